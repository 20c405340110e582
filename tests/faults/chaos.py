"""Process lives on one state directory: each submits executions of every kind, goes on with what others left, breaks
the journal's file in some way, and perhaps is killed.

`python -m tests.faults.chaos FOLDER LIVES SEED` forks the lives, a few at a time, and prints what became of what the
service took. The service is the same for all lives: what it took stands in a ledger, which no fault reaches.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import random
import resource
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import anyio

from tests.faults.declarations import OF_EACH_KIND
from tests.faults.ledger import CALLS, Ledger, LedgerService, count
from tests.faults.service import Service
from tests.faults.world import World, world
from tests.virtual import VirtualClock, run_virtually
from videogen_mcp import file_locks
from videogen_mcp.calls.call import Caller
from videogen_mcp.executions import journal_file
from videogen_mcp.executions.journal import Entry, Journal, Spent
from videogen_mcp.executions.machine import Machine
from videogen_mcp.workflows import WORKFLOWS

TOGETHER = 3
"""Lives at the same time."""

REBOOT_EVERY = 2
"""Times so many lives, after which the machine starts again: the seconds since its start begin anew."""

MENDED_WITHIN = 30.0
"""Seconds of real time in which the rows must be on the disk again once nobody of this life breaks the file."""

BEGAN = time.monotonic()

DAY = 86_400.0


class SteppingClock(VirtualClock):
    """A wall clock that is wrong by `wrong_by` seconds."""

    wrong_by = 0.0

    def time(self) -> float:
        return super().time() + self.wrong_by


# -- what breaks: each returns what ends it ----------------------------------------------------------------------------

Mend = Callable[[], None]
Fault = Callable[[Path, random.Random], Mend]


def locked(path: Path, dice: random.Random) -> Mend:
    """Another program holds the journal."""
    try:
        other = sqlite3.connect(path, isolation_level=None, timeout=0)
    except sqlite3.Error:  # another life broke it already
        return lambda: None
    with contextlib.suppress(sqlite3.Error):
        other.execute("BEGIN EXCLUSIVE")
    return other.close


def no_write_works(path: Path, dice: random.Random) -> Mend:
    """Files of this process cannot grow any more."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (dice.choice((0, 5_000, 40_000)), hard))
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def folder_out_of_reach(path: Path, dice: random.Random) -> Mend:
    """The folder is something else for a while."""
    _point(path.parent, Path(os.devnull), dice)
    return lambda: _point(path.parent, path.parent.with_name("real"), dice)


def folder_removed(path: Path, dice: random.Random) -> Mend:
    """Everything is gone."""
    for found in path.parent.with_name("real").iterdir():
        shutil.rmtree(found, ignore_errors=True)
        found.unlink(missing_ok=True)
    return lambda: None


def file_removed(path: Path, dice: random.Random) -> Mend:
    """The database is gone; what SQLite keeps beside it may be left."""
    for name in ("", *dice.choice(((), ("-wal", "-shm")))):
        path.with_name(path.name + name).unlink(missing_ok=True)
    return lambda: None


def _point(link: Path, target: Path, dice: random.Random) -> None:
    """Let the state directory, which is a link here, be another one, in one step."""
    new = link.with_name(f"link-{os.getpid()}-{dice.random()}")
    new.symlink_to(target)
    new.replace(link)


FAULTS: tuple[Fault, ...] = (locked, no_write_works, folder_out_of_reach, folder_removed, file_removed)
REMOVALS = (folder_removed, file_removed)
"""What only a process that has the file open can undo. So the process that does this has it open, and lives until the
rows are on the disk again: what is removed while nobody has it is beyond help."""


# -- one life ----------------------------------------------------------------------------------------------------------


@dataclass
class Life:
    number: int
    path: Path
    ledger: Ledger
    dice: random.Random
    clock: SteppingClock = field(default_factory=SteppingClock)
    removed: bool = False
    mend: Mend = lambda: None

    async def run(self) -> None:
        service = LedgerService(
            self.dice,
            fault_rate=self.dice.choice((0.0, 0.0, 0.1, 0.3)),
            seconds=lambda: self.dice.choice((0.0, 3.0, 20.0, 90.0)),
            ledger=self.ledger,
            life=self.number,
        )
        boot, batch = divmod(self.number // TOGETHER, REBOOT_EVERY)
        # Real time: lives at the same time must agree on it, and each has virtual time of its own.
        machine = Machine(f"boot {boot}", lambda: batch * 1000 + time.monotonic() - BEGAN)
        workflows = (*WORKFLOWS, *OF_EACH_KIND)
        async with world(service, self.path, clock=self.clock, machine=machine, workflows=workflows) as here:
            self._note_submits(here.journal)
            async with anyio.create_task_group() as around:
                for task in (self._break, self._step_the_clock, self._kill, partial(_keep, self.clock)):
                    around.start_soon(task, here.journal)
                await self._wishes(here)
                around.cancel_scope.cancel()
            self._until_rows_are_back(here.journal)
            journal = here.journal
        self.ledger.note(fact="end", life=self.number, how="clean", in_memory=journal.notice is not None)

    async def _wishes(self, here: World) -> None:
        caller = Caller(self.dice.choice(("claude-ai", "mcp", "unknown")))
        if self.dice.random() < 0.5:
            await here.call("list_executions", caller, limit=100)
        for number in range(self.dice.randrange(1, 4)):
            wish = f"wish {self.number}-{number}"
            tool = self.dice.choice([*CALLS, "edit_project", "edit_project"])
            with anyio.move_on_after(self.dice.choice((4.0, 60.0, 1000.0))):
                reply = await here.call(tool, caller, **CALLS[tool](wish))
                known = reply.structured.get("execution_id")
                self.ledger.note(fact="told", prompt=wish, id=known, note=reply.structured.get("note"))
                if known and self.dice.random() < 0.5:
                    await here.call("wait_for_execution", caller, execution_id=known)
        if self.dice.random() < 0.7:
            await self._go_on(here, caller)

    async def _go_on(self, here: World, caller: Caller) -> None:
        """Wait for everything that runs, whoever began it: edits are followed by their export."""
        listed = await here.call("list_executions", caller, status="running", limit=100)
        ids = [row["execution_id"] for row in listed.structured["executions"] if "execution_id" in row]
        if ids:
            with anyio.move_on_after(self.dice.choice((4.0, 60.0, 1000.0))):
                await here.call("wait_for_execution", caller, execution_id=ids[:20])

    async def _break(self, journal: Journal) -> None:
        while True:
            await anyio.sleep(self.dice.choice((0.01, 0.1, 1.0, 10.0, 60.0)) * self.dice.random())
            fault = self.dice.choice(FAULTS)
            if fault in REMOVALS:
                assert isinstance(journal._store, journal_file.JournalFile)
                if journal._store._file is None:
                    continue
                self.removed = True
            with contextlib.suppress(OSError):
                self.mend = fault(self.path, self.dice)
            try:
                await anyio.sleep(self.dice.choice((0.1, 1.0, 30.0)))
            finally:
                self.mend()

    async def _step_the_clock(self, journal: Journal) -> None:
        while True:
            await anyio.sleep(self.dice.uniform(0.0, 30.0))
            self.clock.wrong_by = self.dice.choice((0.0, 60.0, 7200.0, 400 * DAY, -60.0, -7200.0, -400 * DAY))

    async def _kill(self, journal: Journal) -> None:
        if self.dice.random() < 0.4:
            return
        await anyio.sleep(self.dice.choice((0.2, 2.0, 60.0)) * self.dice.random())
        self._until_rows_are_back(journal)
        self.ledger.note(fact="end", life=self.number, how="killed", in_memory=journal.notice is not None)
        self.mend()
        os.kill(os.getpid(), signal.SIGKILL)

    def _until_rows_are_back(self, journal: Journal) -> None:
        """After a removal, wait until the file has what this process still knew."""
        if self.removed:
            self.mend()
            journal._store.check()
            give_up = time.monotonic() + MENDED_WITHIN
            while journal.notice:
                if time.monotonic() > give_up:
                    raise TimeoutError(f"the journal does not come back: {journal.notice}")
                time.sleep(0.01)  # other lives, each in a time of its own, break it meanwhile
                journal._store.check()

    def _note_submits(self, journal: Journal) -> None:
        submitting = journal.submitting

        async def noted(key: str, **details: Any) -> Spent | Entry | None:
            begun = await submitting(key, **details)
            if not isinstance(begun, Entry):
                self.ledger.note(fact="row", key=key, life=self.number, prompt=details["label"])
            return begun

        journal.submitting = noted  # type: ignore[method-assign]


async def _keep(clock: SteppingClock, journal: Journal) -> None:
    await journal.keep(clock)


def live(number: int, folder: Path, seed: int) -> None:
    """Be one process, from its start to its end."""
    logging.disable()
    dice = random.Random(seed * 10_000 + number)
    journal_file.JOURNAL_RETRY = 0.0  # type: ignore[attr-defined]  # virtual time: every use of it is another try
    journal_file.JOURNAL_BUSY = 0.2  # type: ignore[attr-defined]
    if dice.random() < 0.2:
        file_locks.lock = _no_locks  # a file system without them
    run_virtually(Life(number, folder / "state" / "journal.sqlite3", Ledger(folder / "ledger"), dice).run)


def _no_locks(descriptor: int, *, shared: bool = False) -> None:
    raise OSError("no locks available")


# -- all of them -------------------------------------------------------------------------------------------------------


def run(folder: Path, lives: int, seed: int) -> dict[str, int]:
    """Run the lives; return how many executions were taken, and how many of them lost, doubled and wrong."""
    run_virtually(_schemas_built)
    (folder / "real").mkdir()
    (folder / "state").symlink_to(folder / "real")
    for first in range(0, lives, TOGETHER):
        children = []
        for number in range(first, min(first + TOGETHER, lives)):
            child = os.fork()
            if not child:
                _be(partial(live, number, folder, seed))
            children.append(child)
        for child in children:
            _, status = os.waitpid(child, 0)
            if status not in (0, signal.SIGKILL):
                raise RuntimeError(f"a life of {first} to {first + TOGETHER} ended with {status}")
    return count(folder, Ledger(folder / "ledger"))


async def _schemas_built() -> None:
    """Use each tool once: pydantic builds a model when it is first used, and every life would build them all."""
    async with world(Service(random.Random(0)), workflows=(*WORKFLOWS, *OF_EACH_KIND)) as here:
        for tool, arguments in CALLS.items():
            await here.call(tool, Caller("unknown"), **arguments("a wish"))


def _be(life: Callable[[], None]) -> None:
    try:
        life()
    except BaseException:
        logging.getLogger().handlers or logging.basicConfig()
        logging.disable(logging.NOTSET)
        logging.exception("this life ended by a fault of its own")
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))) + "\n")
