"""What does the journal of several servers cost an execution, compared with that of one machine?

The real runner, client and journal; the service answers in memory at once, and PostgreSQL runs on this machine. Prints
the statements of an execution from its submit to its delivery, the milliseconds that a submit takes on either engine,
in turn, how many of 100 submits at once pass a limit of 50, and what a call takes of a file that has grown.

    python -m bench.journal [--executions 200]
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import anyio

from bench.figures import Figure, middle_half, tell
from tests.faults.service import Service
from tests.faults.world import World, world
from tests.postgres import running
from videogen_mcp.calls.call import Caller
from videogen_mcp.clock import SystemClock
from videogen_mcp.database.database import Rows, Session
from videogen_mcp.database.postgres import Postgres, opened
from videogen_mcp.executions.journal import Journal, Limits, SpendingLimitError, Wish
from videogen_mcp.executions.journal_shared import shared_journal

CALLER = Caller("bench")
MOST_STATEMENTS, MOST_ADDED = 6, 10.0
AT_ONCE, LIMIT = 100, 50
YOUNG, GROWN = 20, 5_000
"""Executions of the account that are in the file."""


class Counting:
    """A database that counts its statements by their first two words; the locks of transactions apart."""

    def __init__(self, database: Postgres) -> None:
        self._database = database
        self.counted: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def note(self, sql: str) -> None:
        if "replicas" not in sql:  # signs of life, which are of no execution
            self.counted[" ".join(sql.split()[:2])] += 1

    async def rows(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        self.note(sql)
        return await self._database.rows(sql, values)

    async def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        self.note(sql)
        return await self._database.run(sql, values)

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncIterator[Session]:
        self.counted["(lock)"] += 1
        async with self._database.exclusive(name) as session:
            yield _CountingSession(session, self)


class _CountingSession:
    def __init__(self, session: Session, counting: Counting) -> None:
        self._session = session
        self._counting = counting

    async def rows(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        self._counting.note(sql)
        return await self._session.rows(sql, values)

    async def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        self._counting.note(sql)
        return await self._session.run(sql, values)


async def submit(journal: Journal, key: str) -> None:
    """What a submit waits for before its POST leaves."""
    wish = Wish("bench", None, "bench", key)
    await journal.submitting(key, account="bench", workflow="w", label="l", wish=wish, now=time.time())
    await journal.leaving(key, (), time.time())


async def taking(journal: Journal, key: str) -> float:
    """Return the milliseconds of a submit."""
    began = time.perf_counter()
    await submit(journal, key)
    return (time.perf_counter() - began) * 1000


async def a_call(journal: Journal, key: str) -> float:
    """Return the milliseconds that a call takes of the journal, from its submit to its answer."""
    began = time.perf_counter()
    await submit(journal, key)
    journal.accepted(key, f"execution {key}", time.time())
    await journal.durations("bench", "w")
    journal.ended("bench", f"execution {key}", state="succeeded", now=time.time(), took=1.0)
    journal.delivered("bench", f"execution {key}", time.time())
    return (time.perf_counter() - began) * 1000


async def growing(folder: Path, calls: int) -> None:
    """Measure calls of an account that has few executions in the file, and of one that has many."""
    took: dict[int, list[float]] = {}
    with closing(Journal.in_file(folder / "grown.sqlite3")) as journal:
        there = 0
        for rows in (YOUNG, GROWN):
            for number in range(there, rows):
                await a_call(journal, f"before {number}")
            there = rows
            took[rows] = [await a_call(journal, f"{rows} {number}") for number in range(calls)]
    young, grown = (statistics.median(took[rows]) for rows in (YOUNG, GROWN))
    tell(
        Figure(
            f"what a call takes of a journal with {GROWN:,} executions of its account",
            f"{grown:.2f} ms",
            f"with {YOUNG} of them {young:.2f} ms",
            middle_half(took[GROWN], ".2f", "ms"),
        )
    )
    print(f"a call takes {grown:.2f} ms of a journal with {GROWN} executions, {young:.2f} of one with {YOUNG}")


async def an_execution(here: World, prompt: str) -> None:
    reply = await here.call("generate_image", CALLER, prompt=prompt)
    assert reply.structured["status"] == "succeeded", reply.text


async def measure(url: str, folder: Path, executions: int) -> None:
    async with AsyncExitStack() as held:
        counting = Counting(await held.enter_async_context(opened(url)))
        shared: Journal = await held.enter_async_context(shared_journal(counting, SystemClock()))
        other = await held.enter_async_context(
            shared_journal(await held.enter_async_context(opened(url)), SystemClock())
        )
        file = Journal.in_file(folder / "journal.sqlite3")
        held.callback(file.close)

        service = Service(random.Random(1), seconds=lambda: 0.0, latency=0.0)
        async with world(service, clock=SystemClock(), shared=shared) as here:
            await an_execution(here, "the first, which reads what is kept")
            await shared.flushed()
            counting.counted.clear()
            for number in range(10):
                await an_execution(here, f"pear {number}")
            await shared.flushed()
        each = {kind: count / 10 for kind, count in counting.counted.items()}
        statements = sum(count for kind, count in each.items() if kind != "(lock)")
        print(f"statements of an execution: {statements:.1f} (target {MOST_STATEMENTS}), {each}")

        took: dict[str, list[float]] = {"SQLite": [], "PostgreSQL": []}
        for number in range(executions):
            took["SQLite"].append(await taking(file, f"k{number}"))
            took["PostgreSQL"].append(await taking(shared, f"k{number}"))
        medians = {engine: statistics.median(times) for engine, times in took.items()}
        worst = {engine: sorted(times)[int(len(times) * 0.99)] for engine, times in took.items()}
        for engine, median in medians.items():
            print(
                f"a submit on {engine}: {min(took[engine]):.2f} at least, {median:.2f} ms, p99 {worst[engine]:.1f} ms"
            )
        added = medians["PostgreSQL"] - medians["SQLite"]
        tell(
            Figure(
                "statements of an execution on PostgreSQL, from submit to delivery",
                f"{statements:.1f}",
                target=f"at most {MOST_STATEMENTS}",
                met=statements <= MOST_STATEMENTS,
            ),
            Figure(
                "what a submit waits for the journal on PostgreSQL",
                f"{medians['PostgreSQL']:.2f} ms",
                f"SQLite {medians['SQLite']:.2f} ms",
                middle_half(took["PostgreSQL"], ".2f", "ms"),
                f"at most {MOST_ADDED:.0f} ms more",
                added <= MOST_ADDED,
            ),
        )
        print(f"added by PostgreSQL: {added:.2f} ms (target {MOST_ADDED:.0f} ms)")

        passed: list[str] = []

        async def start(number: int) -> None:
            journal = (shared, other)[number % 2]
            try:
                await submit_within(journal, f"at once {number}", passed)
            except SpendingLimitError:
                return

        began = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for number in range(AT_ONCE):
                tasks.start_soon(start, number)
        tell(
            Figure(
                f"of {AT_ONCE} submits at once of two servers pass a limit of {LIMIT}",
                str(len(passed)),
                target=f"exactly {LIMIT}",
                met=len(passed) == LIMIT,
            )
        )
        print(
            f"{len(passed)} of {AT_ONCE} submits at once of two servers pass a limit of {LIMIT},"
            f" in {time.perf_counter() - began:.2f} s"
        )


async def submit_within(journal: Journal, key: str, passed: list[str]) -> None:
    """Submit in an account of its own, if the limit allows."""
    await journal.submitting(key, account="limited", workflow="w", label="l", now=time.time(), limits=Limits(LIMIT))
    passed.append(key)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--executions", type=int, default=200)
    with tempfile.TemporaryDirectory() as folder, running() as server:
        executions = asked.parse_args().executions
        anyio.run(measure, server.url, Path(folder), executions)
        anyio.run(growing, Path(folder), executions)


if __name__ == "__main__":
    main()
