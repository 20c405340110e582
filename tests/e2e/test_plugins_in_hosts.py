"""The plugins in the hosts themselves: their validators take them, and their lists show the server as connected.

Only in CI, and of hosts that `make test-clients` has installed: they are hundreds of megabytes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import plugins, starting
from tests.e2e.real_hosts import environment, only_in_ci, said, trust

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


@only_in_ci
@pytest.mark.parametrize("host", STEPS)
def test_a_host_takes_the_plugin_and_finds_its_server(host: str, tmp_path: Path) -> None:
    folder, home, written = environment(host), tmp_path / "home", tmp_path / "plugins"
    plugins.write(plugins.files(starting.here()), written)
    trust(home, written / "videogen")

    for line, expected in STEPS[host]:
        words = said(line.replace("PLUGINS", str(written)).split(), folder, home)
        assert expected in words, f"{line}\n{words}"
