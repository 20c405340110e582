"""What a call asks of the journal is found by its indexes: it takes as long however many rows an account has."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from videogen_mcp.executions.journal import Journal, Limits, Wish

pytestmark = pytest.mark.anyio

NOW = 1_800_000_000.0

EVERY_ROW = re.compile(r"SCAN executions|executions USING .*INDEX \w+ \(account=\?\)$")
"""A step of a query that goes through all rows, or all of an account."""


class Recorded(sqlite3.Connection):
    """A connection that keeps what it was asked."""

    asked: list[tuple[str, Sequence[Any]]]

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> sqlite3.Cursor:  # type: ignore[override]
        self.asked.append((sql, values))
        return super().execute(sql, values)


async def call(journal: Journal, number: int) -> None:
    """Do what a call of a workflow of its own does from its submit to its answer."""
    key, execution_id, wish = f"key{number}", f"execution{number}", Wish("a", None, "host", f"wish{number}")
    workflow = f"generate_{number}"
    await journal.submitting(
        key, account="a", workflow=workflow, label="a pear", wish=wish, now=NOW, limits=Limits(1000, 1000)
    )
    await journal.leaving(key, ["execution0"], NOW)
    journal.accepted(key, execution_id, NOW)
    await journal.durations("a", workflow)
    journal.ended("a", execution_id, state="succeeded", now=NOW + 1, took=1.0)
    journal.delivered("a", execution_id, NOW + 2)


async def test_no_statement_of_a_call_goes_through_the_rows_of_its_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, asked = tmp_path / "journal.sqlite3", list[tuple[str, Sequence[Any]]]()
    monkeypatch.setattr(Recorded, "asked", asked, raising=False)
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Recorded))
    with contextlib.closing(Journal.in_file(path)) as journal:
        await call(journal, 0)
        asked.clear()
        await call(journal, 1)
    said = {sql: values for sql, values in asked if "executions" in sql}
    assert len(said) >= 6
    with contextlib.closing(sqlite3.connect(path)) as db:
        steps = {sql: [step[3] for step in db.execute(f"EXPLAIN QUERY PLAN {sql}", said[sql])] for sql in said}
    assert {sql: found for sql, found in steps.items() if any(map(EVERY_ROW.search, found))} == {}
    (durations,) = (found for sql, found in steps.items() if sql.startswith("SELECT took"))
    assert [step for step in durations if "COVERING INDEX by_end" not in step] == []


async def test_a_file_of_before_gets_the_indexes(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    Journal.in_file(path).close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        names = {row[1] for row in db.execute("PRAGMA index_list(executions)")}
        db.execute("DROP INDEX by_end")
    Journal.in_file(path).close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert {row[1] for row in db.execute("PRAGMA index_list(executions)")} == names


class Watched(sqlite3.Connection):
    """A connection that notes which changes of executions wait for the disk: PRAGMA synchronous, of which 2 (FULL)
    does, and 1 (NORMAL) does not."""

    levels: list[tuple[int, str]]

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> sqlite3.Cursor:  # type: ignore[override]
        if sql.lstrip().startswith(("INSERT INTO executions", "UPDATE executions")) and self.is_file:
            level = super().execute("PRAGMA synchronous").fetchone()[0]
            self.levels.append((level, " ".join(sql.split()[:4])))
        return super().execute(sql, values)

    @property
    def is_file(self) -> bool:
        """Whether it is not the copy in memory."""
        return bool(super().execute("PRAGMA database_list").fetchone()[2])


async def test_what_money_depends_on_outlives_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that waits for the disk takes all before it along: nothing leaves before the row of its submit is
    there."""
    monkeypatch.setattr(Watched, "levels", levels := list[tuple[int, str]](), raising=False)
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Watched))
    with contextlib.closing(Journal.in_file(tmp_path / "journal.sqlite3")) as journal:
        await call(journal, 0)
        await journal.halt("a", "execution0")
    assert levels == [
        (1, "INSERT INTO executions (key,"),
        (2, "UPDATE executions SET listed"),
        (2, "UPDATE executions SET execution_id"),
        (1, "UPDATE executions SET state"),
        (1, "UPDATE executions SET delivered_at"),
        (2, "UPDATE executions SET halted"),
    ]
