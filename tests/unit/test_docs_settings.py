"""Every setting in the code is documented, and every documented one is in the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from tests import pages
from tests.pages import ROOT
from videogen_mcp.default_folders import PROGRAM
from videogen_mcp.settings import HOSTING, VARIABLES

NAME = re.compile(r"\bVIDEOGEN_[A-Z][A-Z_]*[A-Z]\b")

README, HOSTED = ROOT / "README.md", ROOT / "docs" / "hosting.md"


def in_table(page: Path) -> set[str]:
    """The variables in the first column of a page's tables."""
    return set(re.findall(r"^\| `(VIDEOGEN_\w+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE))


def in_code() -> set[str]:
    """The variables that the code of both packages names as a whole."""
    texts = [
        path.read_text(encoding="utf-8") for room in ("videogen_mcp", "videogen_sandbox") for path in sources(room)
    ]
    return {name for text in texts for name in re.findall(r"[\"'](VIDEOGEN_[A-Z][A-Z_]*[A-Z])[\"']", text)}


def sources(room: str) -> list[Path]:
    return list((ROOT / room).rglob("*.py"))


def test_every_setting_of_the_server_is_in_a_table() -> None:
    assert in_table(README) == set(VARIABLES) - set(HOSTING)
    assert set(HOSTING) <= in_table(HOSTED) <= set(VARIABLES)


def test_every_variable_that_the_code_reads_is_documented() -> None:
    told = {name for page in pages.pages() for name in NAME.findall(page.read_text(encoding="utf-8"))}
    assert in_code() - told == set()


def test_every_variable_in_the_pages_is_in_the_code() -> None:
    known = in_code() | set(VARIABLES)
    for page in pages.pages():
        named = set(NAME.findall(page.read_text(encoding="utf-8")))
        assert named - known == set(), pages.name_of(page)


def test_the_readme_says_where_state_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    readme = README.read_text(encoding="utf-8")
    for place in (Unix(PROGRAM).user_state_dir, MacOS(PROGRAM).user_state_dir):
        assert f"`{place.replace('/home/ada', '~')}`" in readme
