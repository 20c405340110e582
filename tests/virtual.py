"""An event loop whose time passes only while everybody waits: an hour of polling takes milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio
import anyio.lowlevel

T = TypeVar("T")

EPOCH = 1_800_000_000.0
"""Unix time at which virtual time begins."""


class Stuck(RuntimeError):
    """Everybody waits and nothing will ever happen: a call that never answers."""


class _Selector(selectors.DefaultSelector):
    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise Stuck("every task waits for something that nobody will do")
        self.loop.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's loop with `time()` in its own hands."""

    def __init__(self) -> None:
        self.now = 0.0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now


class VirtualClock:
    """The clock of a virtual loop. Waiting is anyio's own, so time-outs and scopes agree with it."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def time(self) -> float:
        return EPOCH + asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class HurriedClock(VirtualClock):
    """A clock for a loop in real time, where a thread or a process takes part: its waits take none."""

    def __init__(self) -> None:
        self.waited = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.waited

    def time(self) -> float:
        return super().time() + self.waited

    async def sleep(self, seconds: float) -> None:
        self.waited += seconds
        await anyio.lowlevel.checkpoint()


def run_virtually(main: Callable[[], Awaitable[T]]) -> T:
    """Run `main` to its end in virtual time."""
    return anyio.run(main, backend="asyncio", backend_options={"loop_factory": VirtualLoop})


def pass_time(seconds: float) -> None:
    """Let virtual time pass as in code that holds up the loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.now += seconds
