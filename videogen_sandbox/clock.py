"""The clock, injected so that tests control time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

import anyio


class Clock(Protocol):
    """Monotonic and Unix time in seconds, and a sleep that follows it."""

    def monotonic(self) -> float:
        """Return seconds from an unknown start that never go back: for durations and deadlines."""
        ...

    def time(self) -> float:
        """Return Unix seconds: for timestamps that are stored or sent."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Sleep; cancellation ends it at once."""
        ...


@dataclass(frozen=True)
class SystemClock:
    """The time of the operating system."""

    def monotonic(self) -> float:
        """Return `time.monotonic()`."""
        return time.monotonic()

    def time(self) -> float:
        """Return `time.time()`."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Sleep on the event loop."""
        await anyio.sleep(seconds)


async def wait_for(event: anyio.Event, clock: Clock, timeout: float) -> None:
    """Return when `event` is set or `timeout` seconds have passed on `clock`, whichever comes first."""
    async with anyio.create_task_group() as tasks:

        async def expire() -> None:
            await clock.sleep(timeout)
            tasks.cancel_scope.cancel()

        tasks.start_soon(expire)
        await event.wait()
        tasks.cancel_scope.cancel()
