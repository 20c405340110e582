"""The plugins in the hosts themselves: their validators take them, and their lists show the server as connected.

Only in CI, and of hosts that `make test-clients` has installed: they are hundreds of megabytes. None needs an account.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from scripts import plugins, starting
from tests.clients import environments
from tests.clients.table import CLIENTS
from tests.generated import is_full

CLIENT = {client.name: client for client in CLIENTS}
QUIET = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1", "DISABLE_TELEMETRY": "1"}

STEPS: dict[str, list[tuple[str, str]]] = {
    "claude-code": [
        ("claude plugin validate --strict PLUGINS/videogen", "Validation passed"),
        ("claude plugin validate --strict PLUGINS", "Validation passed"),
        ("claude plugin marketplace add PLUGINS", "Successfully added"),
        ("claude plugin install videogen@videogen", "Successfully installed"),
        ("claude plugin details videogen@videogen", "Skills (3)"),
        ("claude mcp list", "Connected"),
    ],
    "codex": [
        ("codex plugin marketplace add PLUGINS", "Added marketplace"),
        ("codex plugin add videogen@videogen", "Added plugin"),
        ("codex mcp list", "VIDEOGEN_API_KEY"),
    ],
    "gemini-cli": [
        ("gemini extensions validate PLUGINS/videogen", "successfully validated"),
        ("gemini extensions install PLUGINS/videogen --consent --skip-settings", "installed successfully"),
        ("gemini mcp list", "Connected"),
    ],
}
"""What is typed in each host, and what it then says. Codex shows what it would start, and does not start it."""


def environment(host: str) -> Path | None:
    """The folder in which a host is installed, if it is."""
    folder = environments.folder_of(CLIENT[host])
    return folder if (folder / "ready").exists() else None


@pytest.mark.skipif(not is_full(), reason="takes half a minute; `.ci/run` does it")
@pytest.mark.parametrize("host", STEPS)
def test_a_host_takes_the_plugin_and_finds_its_server(host: str, tmp_path: Path) -> None:
    folder = environment(host)
    if folder is None:
        pytest.skip(f"`make test-clients ARGS={host}` installs it")
    written, home = tmp_path / "plugins", tmp_path / "home"
    plugins.write(plugins.files(starting.here()), written)
    (home / ".gemini").mkdir(parents=True)
    trusted = {str(place): "TRUST_FOLDER" for place in (home, written / "videogen")}
    (home / ".gemini" / "trustedFolders.json").write_text(json.dumps(trusted))
    state = {"VIDEOGEN_MCP_STATE_DIR": str(tmp_path / "state")}

    for line, expected in STEPS[host]:
        done = subprocess.run(
            line.replace("PLUGINS", str(written)).split(),
            cwd=home,
            env={**environments.variables(folder, home), **QUIET, **state},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert expected in done.stdout + done.stderr, f"{line}\n{done.stdout}\n{done.stderr}"
