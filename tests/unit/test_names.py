"""Nobody is sent to a name of ours on an index, where it could be a stranger's as long as nothing is published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import starting
from tests import pages

ROOT = pages.ROOT

OURS = re.compile(
    r"video[-_.]?gen[-_.](?:mcp(?:[-_.]server)?|sandbox)(?:\[[\w, ]*\])?(?:[=<>~!]=?.*|@[\w.]+)?", re.IGNORECASE
)
"""The distribution, and names of its packages and commands: as good as any to lure people with."""

ONE = r"uvx|uv tool run|pipx run"
"""Programs that install one thing and run it; what follows are its arguments."""

INSTALLS = re.compile(rf"\b({ONE}|pip3? install|uv add|uv tool install|pipx install)\b([^`#]*)")

WORD = re.compile(r"""'([^']*)'|"([^"]*)"|(\S+)""")

AFTER_PUBLISHING = {
    "docs/releasing.md": "is about publishing",
    "docs/packages.md": "shows the registry's command, and says when not to type it",
    "CHANGELOG.md": "tells of what was",
}


def sent_to(line: str) -> str | None:
    """Return the name that a line has somebody install from an index, if it does."""
    for installs in INSTALLS.finditer(line):
        named = list(requirements(installs[2], one=re.fullmatch(ONE, installs[1]) is not None))
        if found := [word for word in named if OURS.fullmatch(word)]:
            return found[0]
    return None


def requirements(arguments: str, *, one: bool) -> Iterator[str]:
    """Yield what is installed by the arguments of an installer; of one thing only, if it runs `one`."""
    words = [next(filter(None, found.groups()), "").rstrip(".,;:)") for found in WORD.finditer(arguments)]
    wanted = iter(words)
    for word in wanted:
        if word in ("--from", "--with"):
            yield next(wanted, "")
            one_is_named = word == "--from"
        elif word.startswith("-"):
            continue
        else:
            yield word
            one_is_named = True
        if one and one_is_named:
            return


def texts() -> list[Path]:
    """Every file with words that people or agents get to read, ours as well as those of the packages."""
    code = [
        path
        for folder in ("videogen_mcp", "videogen_sandbox", "scripts", "docs")
        for path in (ROOT / folder).rglob("*.*")
    ]
    kinds = {".py", ".md", ".json", ".ini", ".html", ".js", ".yaml", ".mjs"}
    hosts = (ROOT / "plugins").rglob("*.json")
    return sorted({*pages.pages(), *hosts, *(path for path in code if path.suffix in kinds), ROOT / "llms.txt"})


@pytest.mark.parametrize(
    "line",
    [
        "pip install videogen-mcp-server",
        'Install it with: pip install "videogen-mcp-server[sandbox]"',
        "uvx videogen-mcp-server",
        "uvx --from videogen-mcp-server videogen-mcp",
        "uvx --with socksio videogen_mcp_server",
        "python3 -m pip install --upgrade videogen-mcp",
        "uv tool install videogen-sandbox",
        "pipx run videogen-mcp",
    ],
)
def test_a_line_that_installs_a_name_is_found(line: str) -> None:
    assert sent_to(line) is not None


@pytest.mark.parametrize(
    "line",
    [
        "uv tool install --editable '.[sandbox]'",
        "pip install -e '.[sandbox]' # for videogen-mcp",
        "uvx --from . videogen-mcp doctor",
        "uvx --from git+https://example.com/videogen-mcp.git videogen-mcp",
        "uvx --from 'videogen-mcp-server @ file:///w.whl' videogen-mcp",
        "pip install opentelemetry-distro",
        "`videogen-mcp install cursor`",
        "pip install ./videogen_mcp",
    ],
)
def test_a_line_that_installs_from_a_place_is_none(line: str) -> None:
    assert sent_to(line) is None


@pytest.mark.skipif(starting.PUBLISHED, reason="the names are ours")
def test_no_message_and_no_page_sends_anybody_to_a_name_on_an_index() -> None:
    found = {
        f"{pages.name_of(path)}:{number}": line.strip()[:150]
        for path in texts()
        if pages.name_of(path) not in AFTER_PUBLISHING
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if sent_to(line)
    }
    assert found == {}


@pytest.mark.skipif(starting.PUBLISHED, reason="the names are ours")
def test_the_page_that_shows_the_registrys_command_says_when_not_to_type_it() -> None:
    page = (ROOT / "docs" / "packages.md").read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if sent_to(line)]
    assert "Do not type it before" in " ".join(page.split())
