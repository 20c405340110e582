"""Whatever happens to the journal's file, no row is lost, answers name it, and the file has all rows afterwards."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest

from tests.generated import is_full
from tests.virtual import VirtualClock, run_virtually
from videogen_mcp import file_locks
from videogen_mcp.database.database import DatabaseUnavailable
from videogen_mcp.executions import journal_file, timing
from videogen_mcp.executions.journal import Journal
from videogen_mcp.executions.journal_schema import SCHEMA, lacks, merge

NOW = 1_800_000_000.0

Mend = Callable[[], None]


@pytest.fixture(autouse=True)
def _no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_file, "JOURNAL_RETRY", 0.0)
    monkeypatch.setattr(journal_file, "JOURNAL_BUSY", 0.05)
    monkeypatch.setattr(journal_file, "JOURNAL_BUSY_BRIEFLY", 0.05)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal.in_file(path)
    yield opened
    opened.close()


async def submit(journal: Journal, key: str) -> None:
    await journal.submitting(key, account="a", workflow="generate_image", label="a pear", now=NOW)


async def keys(journal: Journal) -> set[str]:
    return {entry.key for entry in await journal.recent("a", 1000)}


def in_the_file(path: Path) -> dict[str, str | None]:
    """Execution ids by key, as another process finds them."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        return dict(db.execute("SELECT key, execution_id FROM executions"))


def locked(path: Path) -> Mend:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other.close


def damaged(path: Path) -> Mend:
    shutil.rmtree(path.parent)
    path.parent.mkdir()
    path.write_bytes(b"this is no database, " * 500)
    return path.unlink


def not_a_file(path: Path) -> Mend:
    path.unlink()
    path.mkdir()
    return path.rmdir


def not_ours(path: Path) -> Mend:
    aside = path.parent.rename(path.parent.with_name("aside"))
    path.parent.write_text("a file where the folder was")

    def mend() -> None:
        path.parent.unlink()
        aside.rename(path.parent)

    return mend


def written_by_a_newer_version(path: Path) -> Mend:
    def stamp(version: int) -> None:
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute(f"PRAGMA user_version = {version}")

    path.unlink()
    stamp(SCHEMA + 1)
    return path.unlink


@pytest.mark.anyio
@pytest.mark.parametrize("fault", [locked, damaged, not_a_file, not_ours, written_by_a_newer_version])
async def test_trouble_is_reported_and_the_rows_are_written_when_it_ends(
    journal: Journal, path: Path, fault: Callable[[Path], Mend]
) -> None:
    await submit(journal, "before")
    mend = fault(path)
    journal.accepted("before", "id", NOW)
    await submit(journal, "during")
    assert await keys(journal) == {"before", "during"}
    assert journal.notice
    assert str(path) in journal.notice
    mend()
    await submit(journal, "after")
    assert journal.notice is None
    assert in_the_file(path) == {"before": "id", "during": None, "after": None}


def removed(path: Path) -> None:
    shutil.rmtree(path.parent)


def file_removed(path: Path) -> None:
    path.unlink()


def replaced_by_an_older_copy(path: Path) -> None:
    older = path.with_name("older")
    with contextlib.closing(sqlite3.connect(older)) as db:
        for statement in lacks(db):
            db.execute(statement)
        db.execute(
            "INSERT INTO executions (key, account, workflow, label, state, process, submitted_at)"
            " VALUES ('by another', 'a', 'w', 'l', 'submitting', 1, 0), ('mine', 'a', 'w', 'l', 'submitting', 1, 0)"
        )
        db.commit()
    older.replace(path)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.anyio
@pytest.mark.parametrize("fault", [removed, file_removed, replaced_by_an_older_copy, emptied])
async def test_what_was_removed_is_written_again(journal: Journal, path: Path, fault: Callable[[Path], None]) -> None:
    other = Journal.in_file(path)
    await submit(other, "by another")
    await submit(journal, "mine")
    journal.accepted("mine", "id", NOW)
    fault(path)
    await submit(journal, "after")
    await submit(other, "by another after")
    journal._store.check()
    assert (
        in_the_file(path).items() >= {"mine": "id", "after": None, "by another": None, "by another after": None}.items()
    )
    assert journal.notice is None
    other.close()


@pytest.mark.anyio
async def test_a_full_disk_is_named_as_such(journal: Journal, path: Path) -> None:
    await submit(journal, "before")
    assert isinstance(journal._store, journal_file.JournalFile)
    file = journal._store._file
    assert file is not None
    file.execute("PRAGMA max_page_count = 1")
    number = 0
    while journal.notice is None:
        number += 1
        await submit(journal, f"full-{number}")
    assert "full" in journal.notice
    assert "free space" in journal.notice
    assert len(await keys(journal)) == number + 1
    journal.close()
    assert len(in_the_file(path)) == number + 1


@pytest.mark.anyio
async def test_rows_that_cannot_be_written_at_the_end_are_named_in_the_log(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal.in_file(path)
    mend = locked(path)
    await submit(journal, "k")
    journal.close()
    mend()
    assert any(record.levelname == "ERROR" and "forgotten" in record.message for record in caplog.records)


@pytest.mark.anyio
async def test_a_journal_of_version_0_1_is_taken_over(path: Path) -> None:
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(
            "CREATE TABLE executions (key TEXT PRIMARY KEY, account TEXT NOT NULL, workflow TEXT NOT NULL,"
            " label TEXT NOT NULL, execution_id TEXT, state TEXT NOT NULL, process INTEGER NOT NULL,"
            " submitted_at REAL NOT NULL, accepted_at REAL, ended_at REAL, delivered_at REAL,"
            " files TEXT NOT NULL DEFAULT '[]', error TEXT);"
            "CREATE TABLE cuts (client TEXT NOT NULL, elapsed REAL NOT NULL, at REAL NOT NULL);"
            "CREATE TABLE uploads (account TEXT NOT NULL, hash TEXT NOT NULL, file_id TEXT NOT NULL, at REAL NOT NULL,"
            " PRIMARY KEY (account, hash));"
            "INSERT INTO executions VALUES"
            " ('old', 'a', 'w', 'l', 'id', 'running', 1, 5, 6, NULL, NULL, '[]', NULL); PRAGMA user_version = 1;"
        )
    journal = Journal.in_file(path)
    assert journal.notice is None
    (entry,) = await journal.recent("a", 10)
    assert (entry.key, entry.kind, entry.owner) == ("old", "tool_execution", None)
    journal.close()


@pytest.mark.anyio
async def test_the_file_is_for_the_user_alone(journal: Journal, path: Path) -> None:
    await submit(journal, "k")
    assert [file.name for file in path.parent.iterdir() if file.stat().st_mode & 0o077] == []


def copy(**row: object) -> sqlite3.Connection:
    """A journal with one row."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    for statement in lacks(db):
        db.execute(statement)
    row = {"key": "k", "account": "a", "workflow": "w", "label": "l", "process": 1, "submitted_at": 0, **row}
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT INTO executions ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
    return db


SUBMITTING = {"state": "submitting"}
UNCLEAR = {"state": "unclear", "error": "Unclear"}
REFUSED = {"state": "refused", "error": "no", "ended_at": 3}
RUNNING = {"state": "running", "execution_id": "id", "accepted_at": 2}
SUCCEEDED = {"state": "succeeded", "execution_id": "id", "accepted_at": 2, "ended_at": 3, "files": '["f"]'}
DELIVERED = {**SUCCEEDED, "delivered_at": 4}


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (SUBMITTING, UNCLEAR),
        (SUBMITTING, RUNNING),
        (UNCLEAR, REFUSED),
        (UNCLEAR, RUNNING),
        (REFUSED, RUNNING),
        (RUNNING, SUCCEEDED),
        (SUCCEEDED, DELIVERED),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_copies_the_row_that_knows_more_is_kept(
    less: dict[str, object], more: dict[str, object], swapped: bool
) -> None:
    one, other, right = copy(**less), copy(**more), copy(**more)
    source, target = (other, one) if swapped else (one, other)
    with contextlib.closing(one), contextlib.closing(other), contextlib.closing(right):
        merge(source, target)
        merge(source, target)
        columns = "state, execution_id, ended_at, delivered_at, files"
        expected = right.execute(f"SELECT {columns} FROM executions").fetchall()
        assert target.execute(f"SELECT {columns} FROM executions").fetchall() == expected


CROWD = """
import os, sys
from pathlib import Path
import anyio
import anyio._backends._asyncio
from videogen_mcp.executions.journal import Journal, Limits

async def life(name):
    journal = Journal.in_file(Path(sys.argv[1]))
    notices = set()
    for number in range(int(sys.argv[3])):
        key = f"{name}-{number}"
        await journal.submitting(key, account="a", workflow="w", label="l", now=1.8e9, limits=Limits(10**6))
        journal.accepted(key, f"id-{key}", 1.8e9)
        journal.ended("a", f"id-{key}", state="succeeded", now=1.8e9 + 5)
        notices.add(journal.notice)
    journal.close()
    return notices == {None}

children = []
for name in range(int(sys.argv[2])):
    child = os.fork()
    if not child:
        os._exit(0 if anyio.run(life, name) else 1)
    children.append(child)
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the crowd is forked")
def test_many_processes_writing_at_once_stay_on_disk(path: Path) -> None:
    processes = 40 if is_full() else 12
    subprocess.run([sys.executable, "-c", CROWD, str(path), str(processes), "10"], check=True, timeout=120)
    assert len(in_the_file(path)) == processes * 10


@pytest.mark.anyio
@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
async def test_a_new_file_begins_beside_nothing_that_is_left_of_the_old_one(journal: Journal, path: Path) -> None:
    await submit(journal, "before")
    left = {end: path.with_name(path.name + end) for end in ("-wal", "-shm")}
    old = {end: file.stat().st_ino for end, file in left.items()}
    with left["-wal"].open("rb"), left["-shm"].open("rb"):  # as in another process; else the numbers may come again
        path.unlink()  # noqa: ASYNC240
        await submit(journal, "after")
        assert in_the_file(path) == {"before": None, "after": None}
        assert {end: file.stat().st_ino for end, file in left.items()}.items().isdisjoint(old.items())


@pytest.mark.anyio
@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
async def test_rows_that_were_only_in_a_removed_log_are_written_again(journal: Journal, path: Path) -> None:
    await submit(journal, "before")
    path.with_name(f"{path.name}-wal").unlink()
    await submit(journal, "after")
    assert in_the_file(path) == {"before": None, "after": None}


def making(path: Path) -> subprocess.Popen[bytes]:
    """Hold the lock of who makes the file, in another process, which says so and goes on running."""
    command = [sys.executable, "-c", MAKING, f"{path}-lock"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@pytest.mark.anyio
async def test_a_process_that_is_killed_while_it_makes_the_file_holds_up_nobody(path: Path) -> None:
    path.parent.mkdir()
    with making(path) as maker:
        assert maker.stdout is not None
        assert maker.stdout.readline()
        journals = [Journal.in_file(path), Journal.in_file(path)]
        for number, journal in enumerate(journals):
            await submit(journal, f"{number}")
            assert "another process" in (journal.notice or "")
        maker.kill()
    for journal in journals:
        journal.close()
    assert in_the_file(path) == {"0": None, "1": None}


MAKING = """
import sys
from videogen_mcp import file_locks

with open(sys.argv[1], "w") as file:
    file_locks.lock(file.fileno())
    print("it is locked", flush=True)
    sys.stdin.read()
"""


@pytest.mark.anyio
async def test_where_files_cannot_be_locked_the_file_is_made_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(descriptor: int, *, shared: bool = False) -> None:
        raise OSError("no locks available")

    monkeypatch.setattr(file_locks, "lock", no_locks)
    journal = Journal.in_file(path)
    await submit(journal, "k")
    assert in_the_file(path) == {"k": None}
    journal.close()


def test_a_folder_that_is_removed_comes_back_without_another_write(journal: Journal, path: Path) -> None:
    async def story() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(journal.keep, VirtualClock())
            await submit(journal, "k")
            await anyio.sleep(1)
            shutil.rmtree(path.parent)
            await anyio.sleep(2 * timing.JOURNAL_RETRY)
            tasks.cancel_scope.cancel()

    run_virtually(story)
    assert in_the_file(path) == {"k": None}


@pytest.mark.anyio
async def test_where_the_file_is_required_nothing_is_begun_that_cannot_be_written(path: Path) -> None:
    with contextlib.closing(Journal.in_file(path, required=True)) as journal:
        await submit(journal, "before")
        mend = locked(path)
        with pytest.raises(DatabaseUnavailable, match="locked"):
            await submit(journal, "during")
        journal.accepted("before", "id", NOW)
        mend()
        await submit(journal, "after")
    assert in_the_file(path) == {"before": "id", "after": None}
