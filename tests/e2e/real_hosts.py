"""Hosts that `make test-clients` has installed, and what is typed in them. None needs an account."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.clients import environments
from tests.clients.table import CLIENTS
from tests.generated import is_full

CLIENT = {client.name: client for client in CLIENTS}
QUIET = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1", "DISABLE_TELEMETRY": "1"}

only_in_ci = pytest.mark.skipif(not is_full(), reason="takes half a minute; `.ci/run` does it")

LONGEST = 90
"""Seconds for one line."""


def environment(host: str) -> Path:
    """Return the folder in which a host is installed; skip the test where it is not."""
    folder = environments.folder_of(CLIENT[host])
    if not (folder / "ready").exists():
        pytest.skip(f"`make test-clients ARGS={host}` installs it")
    return folder


def trust(home: Path, *folders: Path) -> None:
    """Have Gemini CLI trust a home folder and others: elsewhere it starts no server."""
    (home / ".gemini").mkdir(parents=True)
    trusted = {str(place): "TRUST_FOLDER" for place in (home, *folders)}
    (home / ".gemini" / "trustedFolders.json").write_text(json.dumps(trusted))


def said(line: Sequence[str], folder: Path, home: Path) -> str:
    """Return what a command says that is typed in the environment of a host, in a home folder of its own."""
    state = {"VIDEOGEN_MCP_STATE_DIR": str(home / "state")}
    done = subprocess.run(
        line,
        cwd=home,
        env={**environments.variables(folder, home), **QUIET, **state},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    return done.stdout + done.stderr
