"""The links that add the server to a host, read as the hosts read them."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from scripts import links, starting
from scripts.starting import Command

COMMANDS: list[Command] = [
    starting.BY_NAME,
    starting.from_index("1.2.3"),
    ("/a folder/ü/videogen-mcp", "serve"),
    ("C:\\Users\\mei\\videogen-mcp.exe",),
]


def packed(link: str) -> dict[str, Any]:
    """What Cursor and LM Studio read: the server's name, and its entry in base64."""
    asked = parse_qs(urlsplit(link).query, strict_parsing=True)
    assert asked["name"] == ["videogen"]
    entry: dict[str, Any] = json.loads(base64.b64decode(asked["config"][0], validate=True))
    return entry


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one[0])
@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("Cursor", "cursor://anysphere.cursor-deeplink/mcp/install"),
        ("LM Studio", "lmstudio://add_mcp"),
    ],
)
def test_a_link_with_base64_has_the_entry(host: str, address: str, command: Command) -> None:
    link = links.links(command)[host]
    assert link.startswith(f"{address}?")
    assert packed(link) == {"command": command[0], "args": list(command[1:])}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one[0])
@pytest.mark.parametrize(("host", "scheme"), [("VS Code", "vscode"), ("VS Code Insiders", "vscode-insiders")])
def test_a_link_of_vs_code_has_the_entry_and_asks_for_the_key(host: str, scheme: str, command: Command) -> None:
    address, _, query = links.links(command)[host].partition("?")
    entry = json.loads(unquote(query, errors="strict"))
    (asked,) = entry["inputs"]

    assert address == f"{scheme}:mcp/install"
    assert (entry["name"], entry["type"], entry["command"], *entry["args"]) == ("videogen", "stdio", *command)
    assert entry["env"] == {"VIDEOGEN_API_KEY": f"${{input:{asked['id']}}}"}
    assert asked["password"] is True


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one[0])
def test_links_for_web_pages_lead_to_the_same(command: Command) -> None:
    web, own = links.web_links(command), links.links(command)

    assert {urlsplit(link).scheme for link in web.values()} == {"https"}
    assert packed(web["Cursor"]) == packed(own["Cursor"])
    for host in ("VS Code", "VS Code Insiders"):
        assert parse_qs(urlsplit(web[host]).query, strict_parsing=True) == {"url": [own[host]]}


def test_no_link_has_a_character_that_ends_it_in_a_page() -> None:
    assert not any(
        set(link) & set(' "<>|`()')
        for command in COMMANDS
        for made in (links.links, links.web_links)
        for link in made(command).values()
    )
