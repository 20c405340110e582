"""Waiting for a state in the test's own event loop, without sleeping and without keeping the processor busy."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from contextvars import Context
from typing import Any

from typing_extensions import TypeVarTuple, Unpack

Ts = TypeVarTuple("Ts")


class _Selector(selectors.DefaultSelector):
    loop: WatchedLoop

    def select(self, timeout: float | None = None) -> Any:
        return super().select(0 if self.loop.ask() else timeout)


class WatchedLoop(asyncio.SelectorEventLoop):
    """asyncio's loop, which asks after each of its steps whether what `until` waits for has come about."""

    def __init__(self) -> None:
        self.awaited: dict[asyncio.Future[None], Callable[[], bool]] = {}
        self.handed_over = 0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def ask(self) -> bool:
        """Whether there is something to do now: a condition holds, or asking for it has set something going."""
        before = self.handed_over
        for future, fits in list(self.awaited.items()):
            if not future.done() and fits():
                future.set_result(None)
        return self.handed_over > before

    def call_soon(
        self, callback: Callable[[Unpack[Ts]], object], *args: Unpack[Ts], context: Context | None = None
    ) -> asyncio.Handle:
        self.handed_over += 1
        return super().call_soon(callback, *args, context=context)


async def until(fits: Callable[[], bool]) -> None:
    """Return when `fits()` is true: it is asked at once and after each step of the loop, a WatchedLoop."""
    if fits():
        return
    loop = asyncio.get_running_loop()
    assert isinstance(loop, WatchedLoop)
    future = loop.create_future()
    loop.awaited[future] = fits
    try:
        await future
    finally:
        del loop.awaited[future]
