"""Many replicas that serve one key for hours of virtual time: some die, and the database is away for a while."""

from __future__ import annotations

import bisect
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import anyio

from tests.memory_database import Memory
from tests.polled_service import Process, Service, process
from tests.virtual import VirtualClock, run_virtually
from videogen_mcp.executions.kinds import Handle

HOUR = 3600.0

BUSY, BUSIER = 10, 10
"""One replica in so many gets so many times the calls of the others."""

DEATH_EVERY, OUTAGE = 600.0, 30.0
"""Seconds between two deaths of the replica that polls, and of the one time without a database."""

TAKES = (60.0, 600.0)
"""Seconds that an execution takes, from and to."""


@dataclass
class Fleet:
    """`starts_per_hour` executions, each waited for at one of `count` replicas; at another one when that dies."""

    count: int
    hours: float
    starts_per_hour: float
    rng: random.Random = field(default_factory=lambda: random.Random(3))
    polls: Counter[int] = field(default_factory=Counter)
    """By replica, of what its calls wait for."""
    fair: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    """What it would have been by its share of all that was in flight."""
    late: list[float] = field(default_factory=list)
    """Seconds from the end of each execution until its call was answered."""
    memory: Memory = field(init=False)
    service: Service = field(init=False)
    _at: dict[str, int] = field(default_factory=dict)
    """Execution → the replica at which it is waited for."""
    _replicas: dict[int, Process] = field(default_factory=dict)

    def run(self) -> None:
        """Let the hours pass."""
        with Memory(VirtualClock()) as self.memory:
            run_virtually(self._main)

    @property
    def most_in_an_hour(self) -> int:
        """The polls of the hour that has most, wherever it begins."""
        times = sorted(at for times in self.service.polls.values() for at in times)
        return max(bisect.bisect_left(times, at + HOUR) - place for place, at in enumerate(times))

    @property
    def polls_in_all(self) -> int:
        """How often the service was polled."""
        return sum(map(len, self.service.polls.values()))

    @property
    def budget_statements(self) -> int:
        """How many statements budgets cost, with the locks of their transactions."""
        return sum(
            (2 if words == "SELECT greatest(tat, now()" else 1) * count
            for words, count in self.memory.statements.items()
            if words in ("UPDATE budgets SET", "INSERT INTO budgets", "SELECT greatest(tat, now()")
        )

    def unfairness(self, least: float = 100.0) -> float:
        """Return the greatest error of a replica's share, of those that had so many polls to expect."""
        return max(abs(self.polls[place] / fair - 1) for place, fair in self.fair.items() if fair >= least)

    async def _main(self) -> None:
        clock = self.memory.clock
        self.service = Service(clock, self.rng.uniform(-HOUR, 0.0), seen=self._count)
        end = self.hours * HOUR
        async with anyio.create_task_group() as tasks:
            for place in range(self.count):
                tasks.start_soon(self._live, place)
            tasks.start_soon(self._die)
            tasks.start_soon(self._outage, end / 2)
            await anyio.sleep(1)
            while clock.monotonic() < end:
                tasks.start_soon(self._call, self.service.start(self.rng.uniform(*TAKES)))
                await anyio.sleep(self.rng.expovariate(self.starts_per_hour / HOUR))
            tasks.cancel_scope.cancel()

    async def _live(self, place: int) -> None:
        """Be a replica, and another one in its place when it dies."""
        while True:
            client = self.memory.client()
            async with process(client, self.service) as self._replicas[place]:
                await anyio.sleep_forever()
            self.memory.clients.remove(client)

    async def _die(self) -> None:
        while True:
            await anyio.sleep(DEATH_EVERY)
            owners = {owner for (owner,) in self.memory.db.execute("SELECT owner FROM leases")}
            for replica in self._replicas.values():
                if replica.replica.id in owners:
                    replica.kill()

    async def _outage(self, after: float) -> None:
        await anyio.sleep(after)
        self.memory.away = True
        await anyio.sleep(OUTAGE)
        self.memory.away = False

    async def _call(self, handle: Handle) -> None:
        """Wait for an execution, wherever, until it has ended."""
        weights = [BUSIER if place % BUSY == 0 else 1 for place in range(self.count)]
        ended = anyio.Event()
        while not ended.is_set():
            (place,) = self.rng.choices(range(self.count), weights)
            self._at[handle.execution_id] = place
            gone = anyio.Event()
            self._replicas[place].tasks.start_soon(self._wait, self._replicas[place], handle, ended, gone)
            await gone.wait()
        del self._at[handle.execution_id]
        began, seconds = self.service.jobs[handle.execution_id]
        self.late.append(anyio.current_time() - began - seconds)

    async def _wait(self, replica: Process, handle: Handle, ended: anyio.Event, gone: anyio.Event) -> None:
        try:
            await replica.follow(handle, TAKES)
            ended.set()
        finally:
            gone.set()

    def _count(self, execution_id: str) -> None:
        if execution_id in self._at:
            self.polls[self._at[execution_id]] += 1
            for place, waits in Counter(self._at.values()).items():
                self.fair[place] += waits / len(self._at)
