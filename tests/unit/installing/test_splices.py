"""Whatever a file holds and however it is written: what is put into it is there, and all else is as before."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.generated import examples
from videogen_mcp.installing import jsonc, toml

PATH = ("mcpServers", "videogen")
ENTRY = {"command": "/opt/videogen-mcp", "args": ["serve"], "env": {}}

KEYS = st.sampled_from(["a", "mcpServers", "videogen", "é//", '"{', "/*", ""])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["", "//", "/* */", "}", "],", "é🎬\\", 'x"y', "\u2028"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(KEYS.filter(lambda key: key != "mcpServers"), VALUES, max_size=3)
SERVERS = st.dictionaries(KEYS.filter(lambda key: key != "videogen"), VALUES, max_size=3)
SPACES = st.sampled_from(["", " ", "\n", "\r\n", "\t", "\n  ", " /* { */ ", " // , \n", "\n/*\n*/\n\t"])


@st.composite
def files(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A file of a host that has servers or none, with white space, comments and trailing commas anywhere."""
    whole = draw(OBJECTS)
    if draw(st.booleans()):
        whole = {**whole, "mcpServers": draw(SERVERS), **{f"{key}z": value for key, value in draw(OBJECTS).items()}}

    def written(value: Any) -> str:
        if not isinstance(value, (dict, list)):
            return json.dumps(value, ensure_ascii=False)
        parts = [
            f"{draw(SPACES)}{json.dumps(one)}{draw(SPACES)}:{draw(SPACES)}{written(value[one])}{draw(SPACES)}"
            if isinstance(value, dict)
            else f"{draw(SPACES)}{written(one)}{draw(SPACES)}"
            for one in value
        ]
        comma = "," if draw(st.booleans()) and parts else ""
        inner = ",".join(parts) + comma + draw(SPACES)
        return f"{{{inner}}}" if isinstance(value, dict) else f"[{inner}]"

    return whole, f"{draw(SPACES)}{written(whole)}{draw(SPACES)}"


def comments(text: str) -> list[str]:
    tokens = re.findall(r'"(?:[^"\\]|\\.)*"|//[^\r\n]*|/\*.*?\*/', text, re.DOTALL)
    return [token for token in tokens if not token.startswith('"')]


@examples(1000)
@given(files())
def test_json_is_read_as_it_was_written(file: tuple[dict[str, Any], str]) -> None:
    whole, text = file
    root = jsonc.parse(text)
    assert root is not None
    assert root.value == whole


@examples(1000)
@given(files())
def test_an_entry_in_json_changes_nothing_else_and_no_comment(file: tuple[dict[str, Any], str]) -> None:
    whole, text = file
    put = jsonc.put(text, PATH, ENTRY)
    root = jsonc.parse(put)
    assert root is not None
    assert root.value == {**whole, "mcpServers": {**whole.get("mcpServers", {}), "videogen": ENTRY}}
    assert comments(put) == comments(text)
    assert jsonc.merge(put, PATH, ENTRY) == put


@examples(1000)
@given(files())
def test_an_entry_that_is_taken_out_of_json_leaves_all_else_and_every_comment(file: tuple[dict[str, Any], str]) -> None:
    whole, text = file
    dropped = jsonc.drop(jsonc.put(text, PATH, ENTRY), PATH)
    root = jsonc.parse(dropped)
    assert root is not None
    assert root.value == {**whole, "mcpServers": whole.get("mcpServers", {})}
    assert comments(dropped) == comments(text)


@examples(1000)
@given(files(), st.data())
def test_any_member_can_be_taken_out(file: tuple[dict[str, Any], str], data: st.DataObject) -> None:
    whole, text = file
    if not whole:
        return
    key = data.draw(st.sampled_from(sorted(whole)))
    root = jsonc.parse(jsonc.drop(text, [key]))
    assert root is not None
    assert root.value == {other: value for other, value in whole.items() if other != key}


BEFORE_TABLES = [
    "",
    "# a comment\n",
    'model = "x"\n',
    'mcp_servers.a.command = "b"\n',
    'n = """\n[x]\n"""\n',
    "l = [\n1,\n]\n",
]
TABLES = [
    "[tui]\n",
    "[[hooks]]\na = 1 # one\n",
    "[[hooks]]\n",
    '[mcp_servers.b]\ncommand = "c"\n',
    '  [mcp_servers."d.e"]\n  url = "f"\n  [mcp_servers."d.e".env]\n',
    "# [mcp_servers.videogen]\n",
    "[g]\nmcp_servers.videogen = {}\n\n\n",
    '[projects."/h/[i]"]\r\ntrust_level = "trusted"\r\n',
]


@examples(1000)
@given(
    st.lists(st.sampled_from(BEFORE_TABLES), unique=True),
    st.permutations(TABLES).flatmap(lambda tables: st.integers(0, len(tables)).map(lambda end: tables[:end])),
    st.booleans(),
)
def test_a_table_in_toml_comes_and_goes_without_a_trace(before: list[str], tables: list[str], ends: bool) -> None:
    text = "".join([*before, *tables])
    text = text if ends else text.rstrip()
    path = ("mcp_servers", "videogen")
    put = toml.put(text, path, ENTRY)
    assert toml.get(put, path) == ENTRY
    assert toml.everything_but(put, path) == toml.everything_but(text, path)
    assert toml.merge(put, path, ENTRY) == put
    assert toml.drop(put, path).split() == text.split()
