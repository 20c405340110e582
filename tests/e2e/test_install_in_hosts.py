"""`videogen-mcp install` in the hosts themselves: their own lists show the server until it is removed.

Only in CI, and of hosts that `make test-clients` has installed: they are hundreds of megabytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.real_hosts import environment, only_in_ci, said, trust
from videogen_mcp.installing.hosts import BY_NAME, Machine

INSTALL = [sys.executable, "-m", "videogen_mcp", "install"]

LISTS = {
    "claude-code": ("claude-code", "claude", "Connected"),
    "codex": ("codex", "codex", "enabled"),
    "gemini-cli": ("gemini", "gemini", "Connected"),
    "opencode": ("opencode", "opencode", "connected"),
}
"""By client: what it is called by `install`, its program, and what its list says of a server that works. Codex shows
what it would start, and does not start it."""

BEFORE = {
    "claude-code": '{\n  "numStartups": 3\n}\n',
    "codex": '# mine\nmodel = "gpt-5.5-codex" # the big one\n',
    "gemini-cli": '{\n  // mine\n  "ui": {"theme": "Default"}\n}\n',
    "opencode": '{\n  // mine\n  "$schema": "https://opencode.ai/config.json",\n  "autoupdate": false,\n}\n',
}


@only_in_ci
@pytest.mark.parametrize("client", LISTS)
def test_a_host_lists_the_server_once_it_is_installed_and_no_more_when_it_is_removed(
    client: str, tmp_path: Path
) -> None:
    folder, home = environment(client), tmp_path / "home"
    name, program, works = LISTS[client]
    trust(home)
    (file,) = BY_NAME[name].files(Machine("linux", {}, home))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(BEFORE[client])

    assert "videogen was added to" in said([*INSTALL, name], folder, home)
    listed = said([program, "mcp", "list"], folder, home)
    assert "videogen" in listed
    assert works in listed
    assert "videogen is already in" in said([*INSTALL, name], folder, home)
    assert "videogen was removed from" in said([*INSTALL, name, "--remove"], folder, home)
    assert "videogen_mcp" not in said([program, "mcp", "list"], folder, home)
    if BY_NAME[name].cli is None:
        assert file.read_text() == BEFORE[client]
