"""`videogen-mcp install`, as it is typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.installing.typing_commands import (
    KEY,
    command,
    entry,
    file_of,
    no_program,
    run,
)
from videogen_mcp.installation import this_installation
from videogen_mcp.installing import entries
from videogen_mcp.installing.hosts import BY_NAME, HOSTS, NAME, Host, Machine
from videogen_mcp.installing.install import Installer

pytestmark = pytest.mark.usefixtures("service")


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_every_host_gets_an_entry_that_starts_this_installation(host: Host, home: Path) -> None:
    assert run("install", host.name) == 0
    assert entry(host.name, home) == host.shape(this_installation().command)


@pytest.mark.parametrize("platform", ["darwin", "linux", "win32"])
@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_on_every_platform_install_twice_and_remove_give_back_the_file(host: Host, platform: str, home: Path) -> None:
    machine = Machine(platform, {}, home)
    installer = Installer(host, machine, no_program)
    (file,) = installer.files
    before = b'model = "x"\n' if host.format == "TOML" else b'{"theme": "dark"}\n'
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(before)
    wanted = host.shape(["/opt/videogen-mcp"])
    assert [one.change for one in installer.put(wanted)] == ["was added to"]
    assert [(one.change, one.backup) for one in installer.put(wanted)] == [("is already in", None)]
    assert [one.change for one in installer.take_out()] == ["was removed from"]
    assert file.read_bytes() == before
    assert [one.change for one in installer.take_out()] == ["is not in"]


def test_both_builds_of_claude_desktop_on_windows_are_changed_and_one_that_cannot_be_does_not_stop_the_other(
    home: Path,
) -> None:
    package = home / "AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude"
    usual = home / "AppData/Roaming/Claude"
    for folder in (package, usual):
        folder.mkdir(parents=True)
    (package / "claude_desktop_config.json").write_text("broken")
    first, second = Installer(BY_NAME["claude-desktop"], Machine("win32", {}, home), no_program).put({"command": "x"})
    assert first.refused is not None
    assert (second.change, second.file) == ("was added to", usual / "claude_desktop_config.json")


def test_what_is_printed_names_the_backup_the_next_step_and_the_log(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file_of("zed", home).parent.mkdir(parents=True)
    file_of("zed", home).write_text("{}")
    run("install", "zed")
    out = capsys.readouterr().out
    for part in (str(file_of("zed", home)), "videogen-backup-1", BY_NAME["zed"].after, "Zed.log", "sandbox", "login"):
        assert part in out
    assert "nothing of Zed was found" not in out


def test_a_host_of_which_nothing_was_found_gets_its_file_and_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install", "zed") == 0
    assert "nothing of Zed was found on this machine before" in capsys.readouterr().out


def test_where_nobody_reads_on_it_is_done_all_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert run("install", "zed") == 0
    assert entry("zed", home) == BY_NAME["zed"].shape(command())


def test_a_second_time_says_so_and_makes_no_backup(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("install", "cursor")
    before = file_of("cursor", home).stat()
    capsys.readouterr()
    assert run("install", "cursor") == 0
    assert f"Cursor: videogen is already in {file_of('cursor', home)}" in capsys.readouterr().out
    assert file_of("cursor", home).stat() == before
    assert len(list(file_of("cursor", home).parent.iterdir())) == 1


@pytest.mark.parametrize("content", [b"broken", b"[]", b'{"mcpServers": []}', b"\xff\xfe{\0"])
def test_a_file_that_cannot_be_changed_is_left_and_what_to_paste_is_shown(
    content: bytes, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = file_of("lmstudio", home)
    file.parent.mkdir()
    file.write_bytes(content)
    assert run("install", "lmstudio") == 1
    out, err = capsys.readouterr()
    assert err.startswith(f"videogen-mcp: {file} ")
    assert err.endswith("It was left as it is.\n")
    assert f"paste this into {file}" in out
    assert json.loads(out.partition(":\n")[2]) == {"mcpServers": {NAME: BY_NAME["lmstudio"].shape(command())}}
    assert file.read_bytes() == content
    assert len(list(file.parent.iterdir())) == 1


def test_a_server_of_others_is_told_and_kept_unless_replacing_it_is_asked_for(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = file_of("cursor", home)
    file.parent.mkdir()
    file.write_text('{"mcpServers": {"videogen": {"url": "https://mcp.videogen.io/mcp"}}}')
    assert run("install", "cursor") == 1
    err = capsys.readouterr().err
    assert "has another server as 'videogen' ('mcp.videogen.io')" in err
    assert "--replace" in err
    assert run("install", "cursor", "--remove") == 1
    assert entry("cursor", home) == {"url": "https://mcp.videogen.io/mcp"}
    assert run("install", "cursor", "--replace") == 0
    assert entry("cursor", home) == BY_NAME["cursor"].shape(command())


def test_a_file_with_comments_that_the_host_does_not_read_is_noticed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = file_of("windsurf", home)
    file.parent.mkdir(parents=True)
    file.write_text("{} // mine")
    run("install", "windsurf")
    assert "this file has comments, which Windsurf does not read" in capsys.readouterr().out


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_printing_writes_the_entry_to_stdout_and_nothing_to_disk(
    host: Host, home: Path, capsys: pytest.CaptureFixture[str], typed: Callable[[str], list[str]]
) -> None:
    prompts = typed(KEY)
    assert run("install", host.name, "--print") == 0
    out, err = capsys.readouterr()
    assert entries.entry_in(host, out.encode()) == host.shape(command())
    assert str(file_of(host.name, home)) in err
    assert prompts == []
    assert list(home.iterdir()) == []


def test_removing_what_is_not_there_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install", "codex", "--remove") == 0
    assert f"Codex: videogen is not in {file_of('codex', home)}" in capsys.readouterr().out
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("arguments", [["install"], ["install", "emacs"], ["install", "zed", "--print", "--remove"]])
def test_a_wrong_command_line_changes_nothing(arguments: list[str], home: Path) -> None:
    with pytest.raises(SystemExit) as left:
        run(*arguments)
    assert left.value.code == 2
    assert list(home.iterdir()) == []


def test_nothing_heavy_is_imported_to_install_without_a_key(home: Path) -> None:
    code = "import sys, videogen_mcp.cli as cli; cli.run(['install', 'zed'], {}); print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ended.stdout.rpartition("\n  ")[2].split()
    assert [name for name in ("mcp", "pydantic", "httpx", "anyio", "numpy") if name in loaded] == []
    assert file_of("zed", home).is_file()


def test_an_entry_that_somebody_switched_off_stays_off_and_that_is_said(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = file_of("cursor", home)
    file.parent.mkdir()
    file.write_text('{"mcpServers": {"videogen": {"command": "videogen-mcp", "disabled": true}}}')
    assert run("install", "cursor") == 0
    assert entry("cursor", home)["disabled"] is True
    assert "note:    the entry is switched off, as it was; switch it on in Cursor" in capsys.readouterr().out
