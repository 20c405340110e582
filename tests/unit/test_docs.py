"""What README and docs say of tools, clients and settings is what the code says."""

from __future__ import annotations

import pytest

from scripts import docs


@pytest.mark.anyio
async def test_the_tables_are_what_make_docs_would_write() -> None:
    written = await docs.documents()
    stale = [path.name for path, text in written.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run: make docs"


def test_a_place_without_a_table_is_an_error() -> None:
    with pytest.raises(ValueError, match="hosts"):
        docs.with_tables("<!-- table: hosts -->\n<!-- end -->\n", {"tools": "| a |"})


@pytest.mark.anyio
async def test_a_table_without_a_place_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "README", docs.OPERATIONS)
    with pytest.raises(ValueError, match="settings"):
        await docs.documents()


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    text = "before\n<!-- table: hosts -->\n| old |\n<!-- end -->\nafter\n"
    assert docs.with_tables(text, {"hosts": "| new |"}) == text.replace("old", "new")
