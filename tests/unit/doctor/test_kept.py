"""Folders and the journal: whether they can be used, without changing anything."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.unit.doctor.conftest import Make, look
from videogen_mcp.doctor.checks import kept, service
from videogen_mcp.executions.journal import Journal

pytestmark = pytest.mark.anyio


class Usage(NamedTuple):
    total: int
    used: int
    free: int


async def test_a_folder_that_can_be_written_to_is_told_with_its_space_and_left_as_it_is(make: Make, home: Path) -> None:
    (home / "results").mkdir()
    state, results = await look(kept.folders, make())
    assert (state.status, results.status) == ("ok", "ok")
    assert "(made when first needed)" in state.message
    assert results.message.startswith(f"{home / 'results'}, ")
    assert results.message.endswith(" GB free.")
    assert not (home / "state").exists()
    assert list((home / "results").iterdir()) == []


async def test_a_file_in_the_place_of_a_folder_is_an_error(make: Make, home: Path) -> None:
    (home / "state").write_text("")
    state, _ = await look(kept.folders, make(VIDEOGEN_MCP_STATE_DIR=str(home / "state" / "deeper")))
    assert state.message == f"{home}/state/deeper cannot be used: {home}/state is no folder."
    assert state.remedy == "Set VIDEOGEN_MCP_STATE_DIR to another folder."


async def test_a_folder_that_refuses_files_is_an_error(make: Make, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(dir: Path) -> None:  # noqa: A002 - tempfile's word
        raise OSError(30, os.strerror(30))

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    (home / "results").mkdir()
    _, results = await look(kept.folders, make())
    assert results.message == f"{home}/results cannot be written to: {os.strerror(30)}."
    assert "VIDEOGEN_MCP_OUTPUT_DIR" in (results.remedy or "")


async def test_a_folder_that_cannot_be_made_is_an_error(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert [one.status for one in await look(kept.folders, make())] == ["error", "error"]


async def test_little_space_is_a_warning(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, 120_000_000))
    assert {one.status for one in await look(kept.folders, make())} == {"warning"}


@pytest.fixture
def journal(home: Path) -> Path:
    """The file of a journal without executions."""
    path = home / "state" / "journal.sqlite3"
    with closing(Journal.in_file(path)):
        pass
    return path


def content(file: Path) -> bytes:
    return file.read_bytes()


@pytest.fixture
def overwritten(journal: Path) -> Path:
    journal.write_text("no database" * 500)
    return journal


@pytest.fixture
def locked(journal: Path) -> Iterator[Path]:
    with closing(sqlite3.connect(journal, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        yield journal


async def test_a_journal_that_works_is_told_with_what_it_knows(make: Make, journal: Path) -> None:
    before = content(journal)
    (found,) = await look(kept.journal, make())
    assert (found.status, found.message) == ("ok", f"{journal} knows 0 executions.")
    assert content(journal) == before


async def test_no_journal_is_made_where_there_is_none(make: Make, home: Path) -> None:
    (found,) = await look(kept.journal, make())
    assert found.status == "ok"
    assert not (home / "state").exists()


async def test_a_journal_that_another_program_holds_is_an_error(
    make: Make, locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "LOCK_WAIT", 0.0)
    (found,) = await look(kept.journal, make())
    assert found.message == f"The journal {locked} cannot be used: database is locked."
    assert "Another program holds it" in (found.remedy or "")


async def test_a_journal_that_is_something_else_is_an_error(make: Make, overwritten: Path) -> None:
    (found,) = await look(kept.journal, make())
    assert "file is not a database" in found.message
    assert found.remedy == "Move the file away and a new one is begun."
    (uncounted,) = await look(service.limits, make())
    assert uncounted.status == "skipped"


async def test_a_journal_of_a_newer_version_is_an_error(make: Make, journal: Path) -> None:
    with closing(sqlite3.connect(journal)) as database:
        database.execute("PRAGMA user_version = 99")
    (found,) = await look(kept.journal, make())
    assert "written by a newer videogen-mcp" in found.message


async def test_a_journal_that_is_switched_off_is_a_warning(make: Make) -> None:
    (found,) = await look(kept.journal, make(VIDEOGEN_MCP_JOURNAL="off"))
    assert (found.status, "forgotten" in found.message) == ("warning", True)


@pytest.mark.parametrize(
    ("limit", "status", "says"),
    [
        ("", "ok", "2 executions were submitted within the last hour; VideoGen allows 500"),
        ("5", "ok", "of 5 that VIDEOGEN_MCP_MAX_EXECUTIONS allows"),
        ("2", "warning", "no more are started"),
    ],
)
async def test_what_was_submitted_within_the_hour_is_counted(
    make: Make, journal: Path, limit: str, status: str, says: str
) -> None:
    context = make(VIDEOGEN_API_KEY="", VIDEOGEN_MCP_MAX_EXECUTIONS=limit)
    columns = "key, account, workflow, label, state, process, submitted_at"
    with closing(sqlite3.connect(journal)) as database:
        for key, age in (("a", 10), ("b", 20), ("c", 4000)):
            row = (key, context.account, "generate_image", "", "running", 1, context.clock.time() - age)
            database.execute(f"INSERT INTO executions ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        database.commit()
    (found,) = await look(service.limits, context)
    assert (found.status, says in found.message) == (status, True)
