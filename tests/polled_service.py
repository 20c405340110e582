"""A service that is only polled, and processes that share the polling of it."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
from anyio.abc import TaskGroup

from videogen_mcp.api import operations
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.dialects import Dialect
from videogen_mcp.api.errors import NotFound, RateLimited
from videogen_mcp.api.limits import RateLimit
from videogen_mcp.api.models import Execution
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.database.database import Database
from videogen_mcp.executions.kinds import Handle, Kind, Kinds, Started
from videogen_mcp.executions.poller import Poller
from videogen_mcp.executions.sharing.replica import Replica

ACCOUNT = "one"


@dataclass
class Service:
    """Executions of one key: id → when it began and how long it takes, both in monotonic seconds.

    `hour_begins`: where in time the service's hours begin, in which it allows `gets_per_hour` polls.
    """

    clock: Clock
    hour_begins: float = 0.0
    gets_per_hour: int = 5_000
    latency: float = 0.05
    jobs: dict[str, tuple[float, float]] = field(default_factory=dict)
    polls: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """When each was polled."""
    polled_by: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Which processes polled it."""
    hours: Counter[int] = field(default_factory=Counter)
    retry_after: float = 5.0
    next_poll: anyio.Event = field(default_factory=anyio.Event)
    seen: Callable[[str], None] = lambda _: None
    """Called with what is polled."""
    refused: int = 0
    """Requests that were answered with 429."""

    def start(self, seconds: float) -> Handle:
        """Begin an execution."""
        execution_id = f"vg_tool_{len(self.jobs):06d}"
        self.jobs[execution_id] = self.clock.monotonic(), seconds
        return Handle(POLLED, execution_id)

    async def poll(self, execution_id: str, process: str) -> Execution:
        """Return its state. Raises NotFound, and RateLimited where the hour is used up."""
        now = self.clock.monotonic()
        self.polls[execution_id].append(now)
        self.polled_by[execution_id].add(process)
        self.seen(execution_id)
        self.next_poll.set()
        self.next_poll = anyio.Event()
        hour = int((now - self.hour_begins) // 3600)
        self.hours[hour] += 1
        await anyio.sleep(self.latency)
        if self.hours[hour] > self.gets_per_hour:
            self.refused += 1
            raise RateLimited("too many", status=429, retry_after=self.retry_after)
        if execution_id not in self.jobs:
            raise NotFound("unknown", status=404)
        began, seconds = self.jobs[execution_id]
        part = min((self.clock.monotonic() - began) / seconds, 1.0)
        result = {"fileId": "vg_file_1", "file": {"fileId": "vg_file_1", "previewSource": {"url": "https://signed"}}}
        return Execution.model_validate(
            {
                "toolExecutionId": execution_id,
                "status": "succeeded" if part == 1 else "running",
                "progressPercentage": 100 * part,
                "results": [result] if part == 1 else [],
            }
        )


@dataclass
class Client:
    """The service as the poller of a process has it."""

    service: Service
    process: str
    limits: dict[Any, RateLimit] = field(default_factory=dict)

    def with_options(self, **_: Any) -> Client:
        """The same client."""
        return self


async def _nothing(*_: Any) -> Started:
    raise NotImplementedError


async def _poll(client: Client, handle: Handle) -> Execution:
    return await client.service.poll(handle.execution_id, client.process)


POLLED = Kind(
    name="polled",
    prefixes=("vg_tool_",),
    submit=_nothing,
    poll=lambda client, handle, _: _poll(cast(Client, client), handle),
    get=operations.GET_EXECUTION,
)


@dataclass
class Process:
    """One process that serves the account."""

    replica: Replica
    client: Client
    poller: Poller
    tasks: TaskGroup
    ends: list[tuple[str, float | None]]
    """Ends that its poller has seen, and how long those executions took."""

    def kill(self) -> None:
        """It is gone, and gives nothing up."""
        self.tasks.cancel_scope.cancel()

    async def follow(
        self, handle: Handle, typical: tuple[float, float] = (5.0, 180.0), *, known: bool = False
    ) -> Execution:
        """Wait for the end of an execution."""
        began, _ = self.client.service.jobs.get(handle.execution_id, (self.replica.clock.monotonic(), 0.0))
        async with self.poller.following(handle, began=began, typical=typical, known=known) as polled:
            async for state in polled.states():
                last = state
        return last


@asynccontextmanager
async def process(
    database: Database, service: Service, account: str = ACCOUNT, interval: float | None = None
) -> AsyncIterator[Process]:
    """Run a process until it is left or killed. `interval`: seconds between polls, instead of the schedule's."""
    async with anyio.create_task_group() as tasks:
        replica = Replica(database, service.clock, Kinds((POLLED,)))
        client = Client(service, replica.id)
        upstream = Upstream(cast(VideoGen, client), cast(Dialect, None), account, False, "https://api.example")
        ends: list[tuple[str, float | None]] = []
        poller = Poller(
            upstream,
            service.clock,
            tasks,
            jitter=random.Random(1).random,
            interval=interval,
            ended=lambda state, took: ends.append((state.execution_id, took)),
            sharing=replica.of(account),
        )
        tasks.start_soon(replica.run)
        yield Process(replica, client, poller, tasks, ends)
        tasks.cancel_scope.cancel()
