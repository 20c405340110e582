"""The beat of waiting calls: the last report of each is repeated after every silence, by one task for all of them."""

from __future__ import annotations

import heapq
import itertools

import anyio
from anyio.abc import TaskGroup

from videogen_mcp.calls.call import Call
from videogen_mcp.calls.timing import BEAT
from videogen_mcp.clock import Clock

FIRST = BEAT / 10
"""Seconds until a call that has reported nothing yet is heard of."""

EARLY = 0.5
"""Seconds by which a beat may come before its time, so that a timer that fires early needs no second one."""


class Beats:
    """Repeats reports. `tasks` must outlive the calls.

    A report that its client is slow to take holds up no other call's: each is sent by a task of its own.
    """

    def __init__(self, clock: Clock, tasks: TaskGroup) -> None:
        self._clock = clock
        self._tasks = tasks
        self._numbers = itertools.count()
        self._calls: dict[int, Call] = {}
        self._due: list[tuple[float, int]] = []
        self._sending: dict[int, anyio.CancelScope] = {}
        self._awake = False

    def begin(self, call: Call) -> int:
        """Repeat what the call reports from now on; return the number to end that by."""
        number = next(self._numbers)
        if call.progress.wanted:
            self._calls[number] = call
            self._again(number, call)
            if not self._awake:
                self._awake = True
                self._tasks.start_soon(self._watch)
        return number

    def end(self, number: int) -> None:
        """Stop, also a report that is being sent."""
        self._calls.pop(number, None)
        if (sending := self._sending.get(number)) is not None:
            sending.cancel()

    async def _watch(self) -> None:
        """Start each report when it is due, until there is no call left."""
        try:
            while self._calls:
                # No longer than FIRST: a call that begins meanwhile is due no sooner.
                until = self._due[0][0] - self._clock.monotonic() if self._due else FIRST
                await self._clock.sleep(min(max(until, 0.0), FIRST))
                while self._due and self._due[0][0] <= self._clock.monotonic():
                    self._beat(heapq.heappop(self._due)[1])
        finally:
            self._awake = False
            self._due.clear()

    def _beat(self, number: int) -> None:
        call = self._calls.get(number)
        if call is None or not call.progress.wanted:
            return
        if call.silence < BEAT - EARLY:
            self._again(number, call)
        else:
            self._tasks.start_soon(self._send, number, call)

    async def _send(self, number: int, call: Call) -> None:
        with anyio.CancelScope() as sending:
            self._sending[number] = sending
            try:
                await call.repeat()
            finally:
                del self._sending[number]
        if number in self._calls:
            self._again(number, call)

    def _again(self, number: int, call: Call) -> None:
        heapq.heappush(self._due, (self._clock.monotonic() + max(BEAT - call.silence, FIRST), number))
