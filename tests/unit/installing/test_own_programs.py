"""Hosts whose own program writes their file."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.installing.typing_commands import (
    KEY,
    posix_only,
)
from videogen_mcp.installing import install
from videogen_mcp.installing.hosts import BY_NAME, NAME, Machine
from videogen_mcp.installing.install import Installer

pytestmark = pytest.mark.usefixtures("service")


class Claude:
    """The program `claude`, as far as it changes its file."""

    def __init__(self, file: Path, *, works: bool = True) -> None:
        self.file = file
        self.works = works
        self.asked: list[list[str]] = []

    def __call__(self, command: Sequence[str]) -> bool:
        program, mcp, verb, *rest = command
        self.asked.append([verb, *rest])
        assert (program, mcp, rest[:3]) == ("/bin/claude", "mcp", ["-s", "user", NAME])
        if not self.works:
            return False
        whole = json.loads(self.file.read_text()) if self.file.exists() else {}
        servers = whole.setdefault("mcpServers", {})
        if (verb == "remove") is not (NAME in servers):
            return False
        servers.pop(NAME) if verb == "remove" else servers.update({NAME: json.loads(rest[3])})
        self.file.write_text(json.dumps(whole, indent=2))
        return True


def with_claude(home: Path, *, works: bool = True) -> tuple[Installer, Claude]:
    host, machine = BY_NAME["claude-code"], Machine("linux", {}, home)
    claude = Claude(host.files(machine)[0], works=works)
    return Installer(host, machine, claude, "/bin/claude"), claude


WANTED = {"type": "stdio", "command": "/opt/videogen-mcp", "args": []}


def test_claude_code_is_changed_by_its_own_program(home: Path) -> None:
    installer, claude = with_claude(home)
    (done,) = installer.put(WANTED)
    assert (done.change, done.by, done.backup) == ("was added to", "claude mcp add-json", None)
    assert claude.asked == [["add-json", "-s", "user", NAME, json.dumps(WANTED)]]
    assert [one.change for one in installer.put(WANTED)] == ["is already in"]
    assert [one.by for one in installer.take_out()] == ["claude mcp remove"]
    assert json.loads(claude.file.read_text()) == {"mcpServers": {}}


def test_an_older_entry_is_removed_by_the_program_first_and_what_else_it_had_is_kept(home: Path) -> None:
    installer, claude = with_claude(home)
    older = {"type": "stdio", "command": "uvx", "args": ["videogen-mcp-server"], "timeout": 9000}
    claude.file.write_text(json.dumps({"mcpServers": {NAME: older}}))
    (done,) = installer.put(WANTED)
    assert [verb for verb, *_ in claude.asked] == ["remove", "add-json"]
    assert json.loads(claude.file.read_text())["mcpServers"][NAME] == {**WANTED, "timeout": 9000}
    assert done.backup is not None
    assert json.loads(done.backup.read_text())["mcpServers"][NAME] == older


def test_an_entry_with_variables_is_not_put_on_a_command_line(home: Path) -> None:
    installer, claude = with_claude(home)
    older = {"command": "videogen-mcp", "env": {"VIDEOGEN_API_KEY": KEY}}
    claude.file.write_text(json.dumps({"mcpServers": {NAME: older}}))
    installer.put(WANTED)
    assert claude.asked == []
    assert json.loads(claude.file.read_text())["mcpServers"][NAME] == {**older, **WANTED}


def test_where_the_program_does_not_do_it_the_file_is_changed(home: Path) -> None:
    installer, claude = with_claude(home, works=False)
    claude.file.write_text('{"numStartups": 1}')
    (done,) = installer.put(WANTED)
    assert (done.change, done.by) == ("was added to", None)
    assert json.loads(claude.file.read_text()) == {"numStartups": 1, "mcpServers": {NAME: WANTED}}
    (done,) = installer.take_out()
    assert (done.change, done.by) == ("was removed from", None)
    assert json.loads(claude.file.read_text()) == {"numStartups": 1, "mcpServers": {}}


@pytest.mark.parametrize("content", ["broken", '{"mcpServers": {"videogen": {"url": "https://x.example"}}}'])
def test_the_program_is_not_asked_where_the_file_is_refused(content: str, home: Path) -> None:
    installer, claude = with_claude(home)
    claude.file.write_text(content)
    assert installer.put(WANTED)[0].refused is not None
    assert installer.take_out()[0].refused is not None
    assert (claude.asked, claude.file.read_text()) == ([], content)


@posix_only
def test_the_program_is_found_on_the_path(home: Path) -> None:
    program = home / "bin" / "claude"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    machine = Machine("linux", {"PATH": str(program.parent)}, home)
    assert Installer.here(BY_NAME["claude-code"], machine).cli == str(program)
    assert Installer.here(BY_NAME["zed"], machine).cli is None
    assert install.run_in({})([str(program)]) is False


def test_a_batch_file_is_not_asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: r"C:\npm\claude.CMD")
    assert Installer.here(BY_NAME["claude-code"], Machine("win32", {}, home)).cli is None


def test_a_program_that_hangs_or_is_gone_has_not_done_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert install.run_in({})(["/nowhere/claude"]) is False

    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("claude", install.CLI_SECONDS)

    monkeypatch.setattr(subprocess, "run", hang)
    assert install.run_in({})(["/bin/claude"]) is False
