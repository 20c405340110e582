import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from videogen_mcp.executions.journal import SCHEMA, Journal, SpendingLimitError

NOW = 1_800_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal(path)
    yield opened
    opened.close()


def submit(journal: Journal, key: str, now: float = NOW, limit: int | None = None, account: str = "a") -> None:
    journal.submitting(
        key, account=account, workflow="generate_image", label="a pear", now=now, limit=limit, window=3600
    )


def test_a_row_exists_before_there_is_an_id(journal: Journal, path: Path) -> None:
    submit(journal, "k")
    other = Journal(path)
    assert [entry.state for entry in other.recent("a", 10)] == ["submitting"]
    other.close()


def test_undelivered_executions_come_first(journal: Journal) -> None:
    for number, key in enumerate(("old", "new")):
        submit(journal, key, NOW + number)
        journal.accepted(key, f"id-{key}", NOW + number)
        journal.ended(f"id-{key}", state="succeeded", now=NOW + 10, files=["f"])
    journal.delivered("id-new", NOW + 11)
    assert [entry.key for entry in journal.recent("a", 10)] == ["old", "new"]


def test_accounts_do_not_see_each_other(journal: Journal) -> None:
    submit(journal, "k", account="b")
    assert journal.recent("a", 10) == []


def test_a_refused_submit_is_nothing_to_remember(journal: Journal) -> None:
    submit(journal, "k")
    journal.refused("k", "BadRequest", NOW)
    assert journal.recent("a", 10) == []


def test_the_first_end_that_was_seen_is_kept(journal: Journal) -> None:
    submit(journal, "k")
    journal.accepted("k", "id", NOW)
    journal.ended("id", state="succeeded", now=NOW + 5)
    journal.ended("id", state="succeeded", now=NOW + 50)
    assert journal.durations("a", "generate_image") == [5.0]


def test_a_submit_whose_process_died_is_doubtful_and_a_living_one_is_not(journal: Journal, path: Path) -> None:
    submit(journal, "mine")
    submit(journal, "dead")
    with sqlite3.connect(path) as db:
        db.execute("UPDATE executions SET process = ? WHERE key = 'dead'", (_free_process_id(),))
    db.close()
    assert [entry.key for entry in journal.doubtful("a")] == ["dead"]


def test_the_spending_limit_holds_across_processes(journal: Journal, path: Path) -> None:
    other = Journal(path)
    submit(journal, "1", NOW, limit=2)
    submit(other, "2", NOW + 10, limit=2)
    with pytest.raises(SpendingLimitError) as reached:
        submit(journal, "3", NOW + 20, limit=2)
    assert reached.value.frees_at == NOW + 3600
    submit(other, "4", NOW + 3601, limit=2)
    other.close()


def test_what_was_never_started_does_not_count_as_spent(journal: Journal) -> None:
    submit(journal, "1", limit=1)
    journal.refused("1", "RateLimited", NOW)
    submit(journal, "2", limit=1)


def test_a_limit_of_zero_refuses_everything(journal: Journal) -> None:
    with pytest.raises(SpendingLimitError):
        submit(journal, "1", limit=0)


def test_old_rows_go_and_young_ones_stay(journal: Journal) -> None:
    submit(journal, "old", NOW - 31 * 86_400)
    submit(journal, "young", NOW - 86_400)
    journal.prune(NOW)
    assert [entry.key for entry in journal.recent("a", 10)] == ["young"]


def test_a_corrupt_file_is_left_as_it_is_and_the_journal_goes_on_in_memory(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database, " * 100)
    journal = Journal(path)
    submit(journal, "k")
    assert [entry.key for entry in journal.recent("a", 10)] == ["k"]
    assert journal.notice
    assert str(path) in journal.notice
    assert path.read_bytes().startswith(b"this is no database")
    journal.close()


def test_a_journal_of_a_newer_version_is_not_touched(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    db.close()
    before = path.read_bytes()
    journal = Journal(path)
    submit(journal, "k")
    assert journal.notice
    assert "newer" in journal.notice
    assert path.read_bytes() == before
    journal.close()


def test_a_locked_file_delays_a_call_but_does_not_stop_it(journal: Journal, path: Path) -> None:
    submit(journal, "before")
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    submit(journal, "during")
    blocker.execute("ROLLBACK")
    blocker.close()
    assert {entry.key for entry in journal.recent("a", 10)} == {"before", "during"}
    assert journal.notice


def test_a_full_disk_does_not_stop_the_call(journal: Journal) -> None:
    submit(journal, "k")
    journal._db.execute("PRAGMA max_page_count = 1")
    for number in range(200):
        submit(journal, f"full-{number}")
    assert journal.notice
    assert {"k", "full-199"} <= {entry.key for entry in journal.recent("a", 500)}


def test_a_directory_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    journal = Journal(blocked / "journal.sqlite3")
    submit(journal, "k")
    assert journal.notice
    assert journal.recent("a", 10)
    journal.close()


def test_switched_off_it_leaves_nothing_on_disk(tmp_path: Path) -> None:
    journal = Journal(None)
    submit(journal, "k")
    assert journal.recent("a", 10)
    assert journal.notice is None
    assert list(tmp_path.iterdir()) == []
    journal.close()


def test_the_file_is_for_the_user_alone(journal: Journal, path: Path) -> None:
    assert path.stat().st_mode & 0o077 == 0


def test_prompts_are_shortened(journal: Journal) -> None:
    journal.submitting("k", account="a", workflow="w", label="p" * 500, now=NOW, window=3600)
    assert len(journal.recent("a", 1)[0].label) == 80


def _free_process_id() -> int:
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    return child
