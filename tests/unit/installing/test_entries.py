"""What becomes of configuration files: nothing of others is lost, a second time changes nothing, and removing our entry
gives the file as it was."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.installing import configurations
from videogen_mcp.installing import entries, jsonc, toml
from videogen_mcp.installing.hosts import BY_NAME, HOSTS, NAME, Host
from videogen_mcp.installing.refusals import Refused

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

COMMAND = ("/opt/video gen/bin/videogen-mcp", "serve")

CODEX = BY_NAME["codex"]


def written_for(host: Host, content: bytes) -> bytes:
    return content.replace(b"SERVERS", host.servers[0].encode())


PLAIN, COMMENTED = BY_NAME["claude-desktop"], BY_NAME["zed"]

FILES: list[tuple[str, Host, bytes]] = [
    *((f"JSON: {name}", PLAIN, written_for(PLAIN, content)) for name, content in configurations.JSON.items()),
    *(
        (f"comments: {name}", COMMENTED, written_for(COMMENTED, content))
        for name, content in configurations.COMMENTED.items()
    ),
    *((f"TOML: {name}", CODEX, content) for name, content in configurations.TOML.items()),
]

GOOD = [pytest.param(host, content, id=name) for name, host, content in FILES]

STRICT = [
    pytest.param(host, content, id=name)
    for name, host, content in FILES
    if entries.unread(host if host is CODEX else PLAIN, content) is None
]
"""Those that the readers of Python take too."""

BROKEN = [
    pytest.param(
        host, written_for(host, content), reason.replace("SERVERS", host.servers[0]), id=f"{host.name}: {name}"
    )
    for host, files in ((COMMENTED, configurations.BROKEN_JSON), (CODEX, configurations.BROKEN_TOML))
    for name, (content, reason) in files.items()
]


def entry_of(host: Host) -> dict[str, Any]:
    return host.shape(COMMAND)


def is_within(some: bytes, other: bytes) -> bool:
    """Whether all characters but white space of one text stand in another, in the same order."""
    rest = iter(other.decode())
    return all(any(one == character for one in rest) for character in some.decode() if not character.isspace())


@pytest.mark.parametrize(("host", "content"), GOOD)
def test_our_entry_is_there_afterwards(host: Host, content: bytes) -> None:
    assert entries.entry_in(host, entries.put(host, content, entry_of(host))) == entry_of(host)


@pytest.mark.parametrize(("host", "content"), GOOD)
def test_no_character_of_others_is_lost(host: Host, content: bytes) -> None:
    assert is_within(content, entries.put(host, content, entry_of(host)))


@pytest.mark.parametrize(("host", "content"), STRICT)
def test_what_a_strict_reader_finds_is_the_same_but_for_our_entry(host: Host, content: bytes) -> None:
    text = content.decode().removeprefix("\ufeff")
    put = entries.put(host, content, entry_of(host)).decode().removeprefix("\ufeff")
    if host.format == "TOML":
        before, after = tomllib.loads(text), tomllib.loads(put)
    else:
        before, after = json.loads(text if text.strip() else "{}"), json.loads(put)
    assert after[host.servers[0]].pop(NAME) == entry_of(host)
    before.setdefault(host.servers[0], {})
    assert sorted(map(repr, after.items())) == sorted(map(repr, before.items()))  # As text, for "nan" is not itself.


@pytest.mark.parametrize(("host", "content"), GOOD)
def test_a_second_time_changes_nothing(host: Host, content: bytes) -> None:
    put = entries.put(host, content, entry_of(host))
    assert entries.put(host, put, entry_of(host)) == put


@pytest.mark.parametrize(("host", "content"), GOOD)
def test_removing_it_gives_the_file_as_it_was(host: Host, content: bytes) -> None:
    put = entries.put(host, content, entry_of(host))
    assert entries.take_out(host, put, [content]) == content


@pytest.mark.parametrize(("host", "content"), GOOD)
def test_removing_it_without_a_backup_keeps_every_character_of_others(host: Host, content: bytes) -> None:
    removed = entries.take_out(host, entries.put(host, content, entry_of(host)))
    assert removed is not None
    assert entries.entry_in(host, removed) is None
    assert is_within(content, removed)


@pytest.mark.parametrize(("host", "content"), GOOD)
def test_line_breaks_and_byte_order_mark_stay_as_they_are(host: Host, content: bytes) -> None:
    put = entries.put(host, content, entry_of(host))
    assert put.startswith(b"\xef\xbb\xbf") == content.startswith(b"\xef\xbb\xbf")
    if b"\r\n" in content:
        assert put.count(b"\n") == put.count(b"\r\n")


@pytest.mark.parametrize(("host", "content", "reason"), BROKEN)
def test_a_file_that_cannot_be_changed_safely_is_refused_with_the_reason(
    host: Host, content: bytes, reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        entries.put(host, content, entry_of(host))
    assert reason in str(refused.value)


@pytest.mark.parametrize(("host", "content"), [(BY_NAME["zed"], b"{}"), (CODEX, b"")])
def test_a_change_that_would_touch_others_is_refused(
    host: Host, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {"JSON": '{"theme": 1}', "TOML": "theme = 1"}[host.format]
    module = toml if host.format == "TOML" else jsonc
    monkeypatch.setattr(module, "put", lambda *_: broken)
    with pytest.raises(Refused, match="would not be the same"):
        entries.put(host, content, entry_of(host))


# -- an entry that is there --------------------------------------------------------------------------------------------

OURS: list[dict[str, Any]] = [
    {"command": "/home/mei/.local/bin/videogen-mcp", "args": []},
    {"command": r"C:\Users\mei\video\Scripts\videogen-mcp.exe"},
    {"command": "/home/mei/env/bin/python", "args": ["-m", "videogen_mcp"]},
    {"command": "uvx", "args": ["videogen-mcp-server[sandbox]"]},
    {"command": "uvx", "args": ["--from", "videogen-mcp-server[sandbox]==0.1.0", "videogen-mcp"]},
    {"command": "uvx", "args": ["videogen-mcp-server @ git+https://git.example/videogen.git"]},
    {"command": "uv", "args": ["run", "--directory", "/home/mei/videogen", "videogen-mcp"]},
    {"command": "uvx", "args": ["--from", "/home/mei/videogen[sandbox]", "videogen-mcp"]},
    {
        "command": "/home/mei/.local/bin/uvx",
        "args": ["--with", "videogen-mcp-server[sandbox]==1", "videogen-mcp-server==1"],
    },
    {"command": "pipx", "args": ["run", "--spec", "videogen-mcp-server", "videogen-mcp"]},
    {"type": "local", "command": ["/home/mei/.local/bin/videogen-mcp"]},
]

FOREIGN: list[Any] = [
    {"url": "https://mcp.videogen.io/mcp"},
    {"serverUrl": "https://mcp.videogen.io/mcp", "headers": {"Authorization": "Bearer sk_secret"}},
    {"command": "npx", "args": ["-y", "@video-gen/mcp"]},
    {"command": "/opt/other/videogen"},
    {"command": "uvx", "args": ["videogen-mcp"]},
    {"command": "/usr/bin/uvx", "args": ["--python", "3.12", "videogen-mcp==1.0"]},
    {"command": "uv", "args": ["tool", "run", "videogen-mcp[all]"]},
    {"command": "uvx", "args": ["--from", "videogen-mcp", "videogen-mcp"]},
    {"command": "pipx", "args": ["run", "videogen-mcp"]},
    {"type": "local", "command": ["node", "server.js"]},
    {},
    "videogen-mcp",
    None,
]


@pytest.mark.parametrize("entry", OURS)
def test_an_entry_that_starts_this_server_is_ours(entry: dict[str, Any]) -> None:
    assert entries.is_ours(entry)


@pytest.mark.parametrize("entry", FOREIGN)
def test_an_entry_that_starts_something_else_is_not_ours(entry: Any) -> None:
    assert not entries.is_ours(entry)


@pytest.mark.parametrize("entry", [one for one in FOREIGN if one is not None])
def test_a_server_of_others_under_our_name_is_refused_and_shown_without_its_secrets(entry: Any) -> None:
    content = json.dumps({"mcpServers": {NAME: entry}}).encode()
    with pytest.raises(entries.NotOurs) as refused:
        entries.put(BY_NAME["cursor"], content, entry_of(BY_NAME["cursor"]))
    assert "has another server as 'videogen'" in str(refused.value)
    assert "secret" not in str(refused.value)
    with pytest.raises(entries.NotOurs):
        entries.take_out(BY_NAME["cursor"], content)


def test_a_password_in_the_address_of_another_server_is_not_shown() -> None:
    shown = str(entries.NotOurs({"url": "https://mei:secret@mcp.example/secret/mcp?key=secret"}))
    assert "secret" not in shown
    assert "mcp.example" in shown


def test_a_server_of_others_is_replaced_when_that_is_asked_for() -> None:
    content = b'{"mcpServers": {"a": {}, "videogen": {"url": "https://mcp.videogen.io/mcp"}}}'
    put = entries.put(BY_NAME["cursor"], content, entry_of(BY_NAME["cursor"]), replace=True)
    assert json.loads(put) == {"mcpServers": {"a": {}, NAME: entry_of(BY_NAME["cursor"])}}


@pytest.mark.parametrize(
    "content",
    [
        b'[mcp_servers.videogen]\nurl = "https://mcp.videogen.io/mcp"\n\n[mcp_servers.videogen.env]\nA = "b"\n[tui]\n',
        b'[mcp_servers]\nvideogen = { url = "https://mcp.videogen.io/mcp" }\n[tui]\n',
        b'mcp_servers = { videogen = { url = "https://mcp.videogen.io/mcp" }, a = { command = "b" } }\ntui = {}\n',
        b'mcp_servers.videogen.url = "https://mcp.videogen.io/mcp"\nmcp_servers.videogen.enabled = true\ntui = {}\n',
    ],
)
def test_a_server_of_others_is_replaced_in_every_form_that_toml_has(content: bytes) -> None:
    put = entries.put(CODEX, content, entry_of(CODEX), replace=True).decode()
    assert tomllib.loads(put)["mcp_servers"][NAME] == entry_of(CODEX)
    assert tomllib.loads(put)["tui"] == {}


def test_an_update_keeps_variables_fields_and_comments_of_the_entry() -> None:
    content = b"""{
  "mcpServers": {
    "videogen": {
      // my own
      "command": "/old/videogen-mcp",
      "env": {"VIDEOGEN_MCP_WAIT": "50"}, // short
      "disabled": false,
      "args": ["serve"]
    }
  }
}
"""
    put = entries.put(BY_NAME["cursor"], content, {"command": "/new/videogen-mcp", "args": ["serve"]})
    assert put == content.replace(b"/old/", b"/new/")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            b'[mcp_servers.videogen]\ncommand = "/old/videogen-mcp" # mine\nenv = { A = "b" }\n\n[tui]\n',
            b'[mcp_servers.videogen]\ncommand = "/new/videogen-mcp" # mine\nenv = { A = "b" }\n'
            b"args = []\ntool_timeout_sec = 300\n\n[tui]\n",
        ),
        (
            b'[mcp_servers]\nvideogen = { command = "/old/videogen-mcp", args = [], env = { A = "b" } }\n',
            b'[mcp_servers]\nvideogen = { command = "/new/videogen-mcp", args = [], env = { A = "b" },'
            b" tool_timeout_sec = 300 }\n",
        ),
        (
            b'[mcp_servers]\nvideogen.command = "/old/videogen-mcp"\nvideogen.env.A = "b"\n[tui]\n',
            b'[mcp_servers]\nvideogen.command = "/new/videogen-mcp"\nvideogen.args = []\n'
            b'videogen.tool_timeout_sec = 300\nvideogen.env.A = "b"\n[tui]\n',
        ),
        (
            b'  [mcp_servers.videogen]\r\n  command = "/old/videogen-mcp"\r\n  [mcp_servers.videogen.env]\r\n  A = "b"',
            b'  [mcp_servers.videogen]\r\n  command = "/new/videogen-mcp"\r\n'
            b"  args = []\r\n  tool_timeout_sec = 300\r\n"
            b'  [mcp_servers.videogen.env]\r\n  A = "b"',
        ),
    ],
)
def test_an_update_of_toml_keeps_variables_fields_and_comments_of_the_entry(content: bytes, expected: bytes) -> None:
    assert entries.put(CODEX, content, CODEX.shape(["/new/videogen-mcp"])).decode() == expected.decode()


def test_an_update_leaves_limits_and_switches_to_who_set_them() -> None:
    opencode = BY_NAME["opencode"]
    older = {"type": "local", "command": ["videogen-mcp"], "enabled": False, "timeout": 9000}
    put = entries.put(opencode, json.dumps({"mcp": {NAME: older}}).encode(), opencode.shape(COMMAND))
    assert entries.entry_in(opencode, put) == {**older, "command": [*COMMAND]}


def test_an_update_changes_no_variable_that_is_there() -> None:
    vscode = BY_NAME["vscode"]
    older = {**vscode.shape(COMMAND), "env": {"VIDEOGEN_API_KEY": "${input:videogen_api_key}"}}
    content = json.dumps({"servers": {NAME: older}}).encode()
    wanted = {**vscode.shape(COMMAND), "env": {"VIDEOGEN_API_KEY": "${env:VIDEOGEN_API_KEY}", "A": "b"}}
    put = entries.entry_in(vscode, entries.put(vscode, content, wanted))
    assert put == {**older, "env": {"VIDEOGEN_API_KEY": "${input:videogen_api_key}", "A": "b"}}


def test_names_of_variables_that_codex_passes_on_are_added_to_those_that_are_there() -> None:
    content = b'[mcp_servers.videogen]\ncommand = "videogen-mcp"\nargs = []\nenv_vars = ["A"]\ntool_timeout_sec = 900\n'
    entry = {**CODEX.shape(["videogen-mcp"]), "env_vars": ["VIDEOGEN_API_KEY"]}
    put = entries.put(CODEX, content, entry)
    assert put == content.replace(b'["A"]', b'["A", "VIDEOGEN_API_KEY"]')
    assert entries.put(CODEX, put, entry) == put


def test_variables_of_ours_are_put_beside_those_that_are_there() -> None:
    content = b'[mcp_servers.videogen]\ncommand = "videogen-mcp"\n[mcp_servers.videogen.env]\nA = "b"\n'
    put = entries.put(CODEX, content, {"command": "videogen-mcp", "env": {"VIDEOGEN_API_KEY_FILE": "/k"}})
    assert put == content + b'VIDEOGEN_API_KEY_FILE = "/k"\n'


def test_variables_that_are_null_are_none_that_stay() -> None:
    content = b'{"mcpServers": {"videogen": {"command": "videogen-mcp", "args": [], "env": null}}}'
    put = entries.put(BY_NAME["cursor"], content, {"command": "videogen-mcp", "args": [], "env": {"A": "b"}})
    assert put == content.replace(b"null", b'{"A": "b"}')


def test_a_table_of_ours_may_stand_before_others_and_those_of_other_servers_after_them() -> None:
    content = b'[mcp_servers.videogen]\ncommand = "videogen-mcp"\n[tui]\na = 1\n[mcp_servers.a]\ncommand = "b"\n'
    assert entries.take_out(CODEX, content) == b'[tui]\na = 1\n[mcp_servers.a]\ncommand = "b"\n'


def test_an_entry_of_dotted_keys_inside_an_inline_table_is_taken_out() -> None:
    content = b'mcp_servers = { videogen.command = "videogen-mcp", a.command = "b", videogen.args = ["c"] } # ours\n'
    assert entries.take_out(CODEX, content) == b'mcp_servers = { a.command = "b" } # ours\n'


def test_numbers_of_more_digits_than_python_reads_are_no_stack_trace() -> None:
    content = b'{"mcpServers": {"a": {"timeout": ' + b"9" * 5000 + b"}}}"
    assert list(entries.servers_in(BY_NAME["cursor"], content)) == ["a"]


def test_an_entry_that_is_not_there_cannot_be_taken_out() -> None:
    assert entries.take_out(BY_NAME["zed"], b"{}") is None
    assert entries.take_out(BY_NAME["zed"], None) is None
    assert entries.take_out(CODEX, b"") is None


def test_a_backup_in_which_other_things_differ_is_not_given_back() -> None:
    zed = BY_NAME["zed"]
    put = entries.put(zed, b'{\n  "theme": 1 // dark\n}\n', entry_of(zed))
    since = put.replace(b"// dark", b"// light")
    assert entries.take_out(zed, since, [b'{\n  "theme": 1 // dark\n}\n']) != b'{\n  "theme": 1 // dark\n}\n'


def test_the_newest_backup_that_fits_is_given_back() -> None:
    zed = BY_NAME["zed"]
    put = entries.put(zed, b"{}\n", entry_of(zed))
    assert entries.take_out(zed, put, [b"not JSON", b'{"a": 1}', put, b"{}\n", b""]) == b"{}\n"


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_what_is_printed_to_be_pasted_is_a_whole_file_with_the_entry(host: Host) -> None:
    assert entries.entry_in(host, entries.block(host, entry_of(host)).encode()) == entry_of(host)


def test_a_path_of_any_user_is_written_as_text(tmp_path: Path) -> None:
    command = ['C:\\Users\\Zoë "Z"\\videogen-mcp.exe', "\x7f\t"]
    for host in (CODEX, BY_NAME["zed"]):
        put = entries.put(host, b"", host.shape(command))
        assert entries.entry_in(host, put) == host.shape(command)


@pytest.mark.parametrize("host", [CODEX, BY_NAME["zed"]], ids=lambda host: host.name)
def test_a_path_that_is_no_text_is_refused(host: Host) -> None:
    with pytest.raises(Refused, match="which the path of this server's command is not"):
        entries.put(host, b"", host.shape(["/opt/\udcff/videogen-mcp"]))


@pytest.mark.parametrize(
    ("name", "content", "unread"),
    [
        ("claude-desktop", b'{"a": 1}', None),
        ("claude-desktop", b'{"a": [1, {"b": "1,}"},], "c": "// d"}', "trailing commas"),
        ("claude-desktop", b"{} // c", "comments"),
        ("claude-desktop", b"// c", "comments"),
        ("claude-desktop", b'{"a": 1, /* b */}', "comments and trailing commas"),
        ("claude-desktop", b"", None),
        ("gemini", b'{"a": 1} // b', None),
        ("gemini", b'{"a": 1,} // b', "trailing commas"),
        ("zed", b'{"a": 1,} // b', None),
        ("codex", b"a = [1,] # b", None),
    ],
)
def test_what_a_host_does_not_read_is_noticed(name: str, content: bytes, unread: str | None) -> None:
    assert entries.unread(BY_NAME[name], content) == unread


@pytest.mark.parametrize("comment", ["", "// mine\n"])
def test_all_servers_of_a_file_are_read_however_long_it_is(comment: str) -> None:
    servers = {NAME: {"command": "videogen-mcp"}, "other": {"command": "npx"}}
    history = [{"said": "x" * 100}] * (entries.LARGE // 100)
    content = (comment + json.dumps({"mcpServers": servers, "history": history})).encode()
    assert entries.servers_in(BY_NAME["claude-code"], content) == servers
