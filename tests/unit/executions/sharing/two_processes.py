"""Two processes that serve one account, in virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup

from tests.memory_database import Client, Memory
from tests.polled_service import Process, Service, process
from tests.virtual import VirtualClock, run_virtually
from videogen_mcp.executions.kinds import Handle

BRIEF = (1.0, 2.0)
"""Seconds that executions take of which the first poll sees the end."""


@dataclass
class Two:
    """Two processes that serve one account. The first one polls, for a call of it waits for something long."""

    memory: Memory
    service: Service
    one: Process
    other: Process
    databases: tuple[Client, Client]
    """Of the two."""
    calls: TaskGroup
    long_call: anyio.CancelScope = field(default_factory=anyio.CancelScope)

    async def wait_long(self) -> None:
        with self.long_call:
            await self.one.follow(self.service.start(10_000.0))

    def times(self, handle: Handle) -> list[float]:
        """When an execution was polled."""
        return self.service.polls[handle.execution_id]


@asynccontextmanager
async def two() -> AsyncIterator[Two]:
    clock = VirtualClock()
    service = Service(clock)
    with Memory(clock) as memory:
        databases = memory.client(), memory.client()
        async with (
            process(databases[0], service) as one,
            process(databases[1], service) as other,
            anyio.create_task_group() as calls,
        ):
            here = Two(memory, service, one, other, databases, calls)
            calls.start_soon(here.wait_long)
            await anyio.sleep(0.5)
            yield here
            calls.cancel_scope.cancel()


def story(tell: Callable[[Two], Awaitable[None]]) -> Callable[[], None]:
    """Make a test of what happens to two processes."""

    async def main() -> None:
        async with two() as here:
            await tell(here)

    return lambda: run_virtually(main)
