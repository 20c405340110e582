"""Links and paths in the pages lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import pages
from tests.pages import ROOT, name_of

LONGEST_README = 250
"""Lines: who opens it finds his way in a minute."""

PLACES = r"(?:videogen_mcp|videogen_sandbox|tests|bench|scripts|docs|plugins|\.ci)/[\w.-][\w/.-]*"


TO_BE_WRITTEN = {"docs/hosting/.env"}
"""What readers are to write themselves."""

NOT_THERE = {ROOT / place for place in TO_BE_WRITTEN}


@pytest.mark.parametrize("page", pages.pages(), ids=name_of)
def test_every_link_leads_to_a_file_or_heading(page: Path) -> None:
    missing = [link for link in pages.broken(page) if (page.parent / link).resolve() not in NOT_THERE]
    assert missing == []


@pytest.mark.parametrize("page", pages.pages(), ids=name_of)
def test_every_path_of_the_repository_exists(page: Path) -> None:
    named = {word for code in pages.inline_code(page) for word in re.findall(rf"(?<![\w/.~-]){PLACES}", code)}
    assert {place for place in named - TO_BE_WRITTEN if not (ROOT / place).exists()} == set()


def test_every_page_of_docs_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        targets = [(page.parent / link.partition("#")[0]).resolve() for link in pages.links(page) if ":" not in link]
        waiting += [one for one in targets if one.suffix == ".md" and one.is_file() and one not in reached]
    assert {page for page in (ROOT / "docs").rglob("*.md") if page not in reached} == set()


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= LONGEST_README


def test_a_link_to_nowhere_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("# A heading, twice\n\n[a](#a-heading-twice) [b](#b) [c](c.md) [d](https://d.test/) `[e](e.md)`\n")
    assert list(pages.broken(page)) == ["#b", "c.md"]
