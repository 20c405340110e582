"""Whose submit may still be on its way: known by a lock, not by a process id that somebody else may have by now."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from videogen_mcp import file_locks
from videogen_mcp.executions.journal import Journal
from videogen_mcp.executions.machine import Machine, this_machine
from videogen_mcp.executions.timing import SETTLED

SUBMITTER = """
import sys
from pathlib import Path
import anyio
from videogen_mcp.executions.journal import Journal

journal = Journal.in_file(Path(sys.argv[1]))

async def submit():
    await journal.submitting("theirs", account="a", workflow="w", label="l", now=1.8e9)

anyio.run(submit)
print("submitted", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal.in_file(path)
    yield opened
    opened.close()


async def submit(journal: Journal, key: str) -> None:
    await journal.submitting(key, account="a", workflow="w", label="l", now=1.8e9)


def another_process(path: Path) -> subprocess.Popen[str]:
    """Submit in another process, which says so and goes on running."""
    command = [sys.executable, "-c", SUBMITTER, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


async def doubtful(journal: Journal) -> list[str]:
    return [entry.key for entry in await journal.doubtful("a")]


@pytest.mark.anyio
async def test_a_submit_is_doubtful_when_its_process_is_gone_and_not_before(journal: Journal, path: Path) -> None:
    await submit(journal, "mine")
    with another_process(path) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "submitted\n"
        assert await doubtful(journal) == []
        other.kill()
        other.wait()
        assert await doubtful(journal) == ["theirs"]


@pytest.mark.anyio
async def test_a_process_id_that_is_given_again_hides_nothing(journal: Journal, path: Path) -> None:
    before = Journal.in_file(path)
    await submit(before, "of the same process id")
    before.close()
    await submit(journal, "mine")
    assert await doubtful(journal) == ["of the same process id"]


@pytest.mark.anyio
async def test_a_folder_that_was_removed_does_not_make_the_living_dead(journal: Journal, path: Path) -> None:
    await submit(journal, "mine")
    shutil.rmtree(path.parent)
    other = Journal.in_file(path)
    journal._store.check()
    assert [entry.key for entry in await other.recent("a", 10)] == ["mine"]
    assert await doubtful(other) == []
    other.close()


@pytest.mark.anyio
async def test_what_the_dead_left_is_removed_and_the_living_keep_theirs(journal: Journal, path: Path) -> None:
    await submit(journal, "mine")
    (path.parent / "alive" / "0123456789abcdef.lock").touch()
    other = Journal.in_file(path)
    other.prune(1.8e9)
    assert [lock.name for lock in (path.parent / "alive").iterdir()] == [f"{journal._owner.name}.lock"]
    other.close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("boot", "later", "expected"),
    [("this boot", 5, []), ("this boot", SETTLED, ["theirs"]), ("another boot", 5, ["theirs"]), (None, 5, ["theirs"])],
)
async def test_without_locks_the_age_of_a_submit_decides(
    path: Path, monkeypatch: pytest.MonkeyPatch, boot: str | None, later: float, expected: list[str]
) -> None:
    def no_locks(descriptor: int, *, shared: bool = False) -> None:
        raise OSError("no locks available")

    monkeypatch.setattr(file_locks, "lock", no_locks)
    theirs, ours = (
        Journal.in_file(path, Machine(boot, lambda: 100.0)),
        Journal.in_file(path, Machine("this boot", lambda: 100 + later)),
    )
    await submit(theirs, "theirs")
    assert await doubtful(ours) == expected
    theirs.close()
    ours.close()


def test_the_machine_tells_its_boot_and_time_goes_on() -> None:
    machine = this_machine()
    assert machine.boot
    assert (machine.since(machine.boot, machine.uptime()) or 0) >= 0
    assert machine.since("another boot", 0.0) is None
    assert machine.since(machine.boot, machine.uptime() + 3600) is None
