"""Time as a thing that is handed in, so that tests can turn it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

import anyio


class Clock(Protocol):
    """Seconds, two ways, and waiting for them."""

    def monotonic(self) -> float:
        """Seconds from an unknown start, never going back: for durations and deadlines."""
        ...

    def time(self) -> float:
        """Unix seconds: for what is written down or compared with the service's times."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; a cancelled wait ends at once."""
        ...


@dataclass(frozen=True)
class SystemClock:
    """The machine's own time."""

    def monotonic(self) -> float:
        """Return `time.monotonic()`."""
        return time.monotonic()

    def time(self) -> float:
        """Return `time.time()`."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Sleep on the event loop."""
        await anyio.sleep(seconds)
