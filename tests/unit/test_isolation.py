from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.isolation import databases_closed
from videogen_mcp.executions.journal import Journal


def test_a_database_that_is_left_open_is_named_and_closed(tmp_path: Path) -> None:
    path = tmp_path / "left.sqlite3"
    with pytest.raises(AssertionError, match=f"left open: .*{path}"), databases_closed():
        left = sqlite3.connect(path)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        left.execute("SELECT 1")


def test_a_journal_that_is_closed_leaves_nothing(tmp_path: Path) -> None:
    with databases_closed():
        Journal.in_file(tmp_path / "journal.sqlite3").close()
