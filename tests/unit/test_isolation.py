from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path

import anyio
import psycopg
import pytest

from tests.isolation import databases_closed, environment_restored, logging_restored
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


async def _listen(url: str) -> psycopg.AsyncConnection:
    return await psycopg.AsyncConnection.connect(url)


def test_a_connection_to_postgresql_that_is_left_open_is_named_and_closed(postgres_url: str) -> None:
    with pytest.raises(AssertionError, match=r"left open: \[<psycopg.AsyncConnection"), databases_closed():
        left = anyio.run(_listen, postgres_url)
    assert left.closed


def test_variables_that_were_set_changed_or_removed_are_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "a")
    monkeypatch.setenv("REMOVED", "b")
    with environment_restored():
        os.environ |= {"KEPT": "c", "NEW": "d"}
        del os.environ["REMOVED"]
    assert (os.environ["KEPT"], os.environ["REMOVED"]) == ("a", "b")
    assert "NEW" not in os.environ


def test_loggers_are_as_before_and_new_ones_as_new() -> None:
    known, handler = logging.getLogger("known to the test"), logging.NullHandler()
    known.setLevel(logging.ERROR)
    with logging_restored():
        known.setLevel(logging.DEBUG)
        known.addHandler(handler)
        known.propagate = False
        new = logging.getLogger("made meanwhile")
        new.addHandler(handler)
        new.disabled = True
        logging.disable(logging.CRITICAL)
    assert (known.level, known.propagate, known.handlers) == (logging.ERROR, True, [])
    assert (new.disabled, new.handlers) == (False, [])
    assert known.isEnabledFor(logging.ERROR)
    assert not known.isEnabledFor(logging.DEBUG)
