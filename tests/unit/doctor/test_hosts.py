"""Hosts' configuration files: found, readable, and starting something that can be started."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.unit.api.conftest import KEY
from tests.unit.doctor.conftest import Make, look
from videogen_mcp import cli
from videogen_mcp.doctor.checks import hosts
from videogen_mcp.doctor.findings import Finding
from videogen_mcp.installing.hosts import Host, Machine

pytestmark = pytest.mark.anyio

OPENAI = "sk-" + "a1" * 24


@pytest.fixture
def program(tmp_path: Path) -> str:
    """A server that can be started."""
    script = tmp_path / "bin" / "videogen-mcp"
    script.parent.mkdir()
    script.write_text("")
    script.chmod(0o755)
    return str(script)


async def cursor(make: Make, home: Path, text: str | dict[str, Any]) -> list[Finding]:
    """What is found with this configuration of Cursor."""
    file = home / ".cursor" / "mcp.json"
    file.parent.mkdir()
    file.write_text(text if isinstance(text, str) else json.dumps({"mcpServers": text}))
    found = await look(hosts.hosts, make())
    assert {one.name for one in found} == {"cursor"}
    return found


async def test_without_hosts_there_is_nothing_to_look_at(make: Make) -> None:
    (found,) = await look(hosts.hosts, make())
    assert found.status == "skipped"


async def test_an_entry_that_can_be_started_is_told_with_the_hosts_log(make: Make, home: Path, program: str) -> None:
    (found,) = await cursor(make, home, {"videogen": {"command": program, "env": {"VIDEOGEN_API_KEY": KEY}}})
    assert found.status == "ok"
    assert program in found.message
    assert "Output > MCP Logs" in found.message
    assert KEY not in found.message


async def test_a_host_that_does_not_know_this_server_is_told_how_it_learns(make: Make, home: Path) -> None:
    (found,) = await cursor(make, home, {"github": {"command": "npx"}})
    assert found.status == "skipped"
    assert (found.remedy or "").endswith(" install cursor`")


ENTRIES: list[tuple[dict[str, Any], str, str]] = [
    ({"command": "/nowhere/videogen-mcp"}, "error", "does not exist (ENOENT)"),
    ({"command": "bin/videogen-mcp"}, "error", "depends on the folder"),
    ({"command": "uvx-of-nobody", "args": ["videogen-mcp-server"]}, "error", "nowhere on the PATH (ENOENT)"),
    ({"command": "PROGRAM", "disabled": True}, "warning", "switched off"),
    ({"command": "PROGRAM", "env": "KEY=1"}, "error", "has no object as 'env'"),
    ({"command": "PROGRAM", "env": {"VIDEOGEN_MCP_WAIT": 5}}, "warning", "something else than a text"),
    ({"command": "PROGRAM", "env": {"VIDEOGEN_API_KEY": OPENAI}}, "error", "holds a key of OpenAI"),
    ({"command": "PROGRAM", "env": {"VIDEOGEN_API_KEY": f"'{KEY}'"}}, "warning", "quotes or spaces around the key"),
    ({"command": "PROGRAM", "env": {"VIDEOGEN_API_KEY": "<your key>"}}, "error", "a placeholder, not a key"),
    ({"command": "PROGRAM", "env": {"VIDEOGEN_MCP_WAITS": "5"}}, "warning", "is no setting of this server"),
    ({"command": "PROGRAM", "env": {"VIDEOGEN_API_KEY": "${env:VIDEOGEN_API_KEY}"}}, "ok", "Cursor starts"),
]


@pytest.mark.parametrize(("entry", "status", "says"), ENTRIES)
async def test_what_is_wrong_with_an_entry_is_said(
    make: Make, home: Path, program: str, entry: dict[str, Any], status: str, says: str
) -> None:
    if entry["command"] == "PROGRAM":
        entry = {**entry, "command": program}
    (found,) = await cursor(make, home, {"videogen": entry})
    assert found.status == status
    assert says in found.message
    assert KEY not in found.message
    assert OPENAI not in found.message


@pytest.fixture
def unexecutable(program: str) -> str:
    Path(program).chmod(0o644)
    return program


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such right")
async def test_a_program_that_may_not_be_executed_is_an_error(make: Make, home: Path, unexecutable: str) -> None:
    (found,) = await cursor(make, home, {"videogen": {"command": unexecutable}})
    assert (found.status, "EACCES" in found.message) == ("error", True)


async def test_a_variable_that_the_host_does_not_fill_in_is_a_warning(make: Make, home: Path, program: str) -> None:
    file = home / ".config" / "Claude" / "claude_desktop_config.json"
    file.parent.mkdir(parents=True)
    entry = {"command": program, "env": {"VIDEOGEN_API_KEY": "${VIDEOGEN_API_KEY}"}}
    file.write_text(json.dumps({"mcpServers": {"videogen": entry}}))
    (found,) = await look(hosts.hosts, make())
    assert (found.name, found.status) == ("claude-desktop", "warning")
    assert "VIDEOGEN_API_KEY holds a placeholder that nobody has filled in" in found.message


async def test_a_program_by_its_name_alone_may_not_be_found_by_the_host(make: Make, home: Path, program: str) -> None:
    file = home / ".cursor" / "mcp.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"mcpServers": {"videogen": {"command": "videogen-mcp"}}}))
    (found,) = await look(hosts.hosts, make(PATH=str(Path(program).parent)))
    assert found.status == "warning"
    assert (found.remedy or "").startswith(f"Write {program} in its place; or type: `")


async def test_an_entry_more_than_once_is_a_warning(make: Make, home: Path, program: str) -> None:
    first, *others = await cursor(make, home, {"videogen": {"command": program}, "vg": {"command": program}})
    assert (first.status, "2 times (videogen, vg)" in first.message) == ("warning", True)
    assert [one.status for one in others] == ["ok", "ok"]


async def test_the_vendors_own_server_may_stand_beside_ours_and_not_in_its_place(
    make: Make, home: Path, program: str
) -> None:
    vendor = {"url": f"https://mcp.videogen.io/mcp?key={KEY}"}
    beside, ours = await cursor(make, home, {"vendor": vendor, "videogen": {"command": program}})
    assert (beside.status, ours.status) == ("ok", "ok")
    assert "mcp.videogen.io" in beside.message
    assert KEY not in beside.message


@pytest.mark.parametrize(
    "entry", [None, 5, [1], "x", {"command": 5, "args": 5}, {"command": [], "url": [1], "args": {}}]
)
async def test_entries_of_no_known_shape_are_nobodys(make: Make, home: Path, entry: object) -> None:
    (found,) = await cursor(make, home, {"other": entry})
    assert found.status == "skipped"


async def test_another_server_by_our_name_is_a_warning(make: Make, home: Path) -> None:
    (found,) = await cursor(make, home, {"videogen": {"url": "https://mcp.videogen.io/mcp"}})
    assert found.status == "warning"
    assert "another server as 'videogen' ('mcp.videogen.io')" in found.message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"mcpServers": {', "is no JSON"),
        ("\0", "is not text"),
        ('{"mcpServers": []}', "something other than an object"),
    ],
)
async def test_a_file_that_cannot_be_read_is_an_error_and_stays_as_it_is(
    make: Make, home: Path, text: str, says: str
) -> None:
    (found,) = await cursor(make, home, text)
    assert (found.status, says in found.message) == ("error", True)
    assert (home / ".cursor" / "mcp.json").read_text() == text


@pytest.mark.parametrize("text", ['{"mcpServers": {', '{"mcpServers": {"videogen": {"command": "/bin/true"}}}'])
def test_install_says_of_a_foreign_or_broken_file_what_doctor_says(
    make: Make, home: Path, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(home))
    (found,) = anyio.run(cursor, make, home, text)
    assert cli.run(["install", "cursor"], {}) == 1
    same = re.split(r"\.| so that", found.message.partition("mcp.json ")[2])[0].rstrip(",")
    assert f"{home}/.cursor/mcp.json {same}" in capsys.readouterr().err


async def test_comments_where_the_host_reads_none_are_an_error(make: Make, home: Path) -> None:
    file = home / ".codeium" / "windsurf" / "mcp_config.json"
    file.parent.mkdir(parents=True)
    file.write_text('{ // mine\n "mcpServers": {} }')
    first, _ = await look(hosts.hosts, make())
    assert (first.name, first.status) == ("windsurf", "error")
    assert "comments" in first.message


async def test_a_folder_that_may_not_be_looked_into_is_a_warning_and_the_others_are_read(
    make: Make, home: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(host: Host, machine: Machine) -> bool:
        if host.name == "zed":
            raise PermissionError(13, "Permission denied", "/root/zed")
        return host.name == "cursor"

    monkeypatch.setattr(Host, "is_seen", refuse)
    found = await look(hosts.hosts, make())
    assert [(one.name, one.status) for one in found] == [("cursor", "skipped"), ("zed", "warning")]
    assert "Whether Zed is here cannot be seen (/root/zed: Permission denied)." in found[1].message


async def test_a_file_that_may_only_be_read_is_read(make: Make, home: Path, program: str) -> None:
    file = home / ".codex" / "config.toml"
    file.parent.mkdir()
    file.write_text(f'[mcp_servers.videogen]\ncommand = "{program}"\n')
    file.chmod(0o444)
    (found,) = await look(hosts.hosts, make())
    assert (found.name, found.status) == ("codex", "ok")
