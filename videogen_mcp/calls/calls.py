"""Opens every call the same way: its budget by host, progress beats, and what a client cancellation teaches."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import anyio
from anyio.abc import TaskGroup

from videogen_mcp.calls import hosts
from videogen_mcp.calls.beats import Beats
from videogen_mcp.calls.call import Call, Caller, Purpose
from videogen_mcp.calls.timing import LIMIT_MEMORY, LONGEST_WITHOUT_EXECUTION, ONE_CUT_MEMORY
from videogen_mcp.calls.upstream import Connect
from videogen_mcp.clock import Clock

log = logging.getLogger(__name__)


class Cancellations(Protocol):
    """Remembers after how many seconds clients cancelled waiting calls; the journal does. Times are Unix seconds."""

    def client_cancelled(self, client: str, elapsed: float, now: float) -> None:
        """Remember that the client cancelled a call `elapsed` seconds after its arrival."""
        ...

    async def client_cancellations(self, client: str, since: float) -> list[tuple[float, float]]:
        """Return when it cancelled calls since `since`, and after how many seconds each."""
        ...

    def client_survived(self, client: str, elapsed: float) -> None:
        """Forget cancellations below `elapsed` seconds: it waited that long for an answer."""
        ...


@dataclass
class Calls:
    """The calls of one process. `tasks` must outlive them; `wait` is VIDEOGEN_MCP_WAIT (None: by host)."""

    reach: Connect
    clock: Clock
    tasks: TaskGroup
    cancellations: Cancellations
    wait: float | None = None
    _beats: Beats = field(init=False)
    _running: dict[int, Call] = field(default_factory=dict)
    _exiting: bool = False
    _input_is_over: bool = False
    _stopped: bool = False

    def __post_init__(self) -> None:
        self._beats = Beats(self.clock, self.tasks)

    @asynccontextmanager
    async def open(
        self, purpose: Purpose, caller: Caller, wait_seconds: float | None = None, arrived: float | None = None
    ) -> AsyncIterator[Call]:
        """Yield the call. `wait_seconds`: how long it asks to wait for an execution; `arrived`: since when its client
        waits, None: now.

        When the client cancels it, its limit is learned and `on_client_cancellation` is called; when it is answered, a
        limit that it outlived is forgotten.
        """
        polled = caller.polls and purpose.verb == "started" and wait_seconds != 0  # who asks for the id gets that
        wait_seconds = 0.0 if polled else wait_seconds
        learned = await self._learned(caller)
        wait = None if wait_seconds is None else self._wait_for(wait_seconds, caller, learned)
        budget = self._budget(purpose, caller, learned)
        call = Call.begin(purpose, caller, self.clock, budget, self.reach, wait, arrived)
        call.polled = polled
        beating = self._beats.begin(call)
        self._running[id(call)] = call
        if self._exiting:
            call.hurry()
        if self._stopped:
            call.stop()
        try:
            yield call
            learned = await self._learned(caller)
        except anyio.get_cancelled_exc_class():
            self._cancelled(call)
            raise
        else:
            self._answered(call, learned)
        finally:
            call.progress.end()
            self._beats.end(beating)
            call.on_client_cancellation = None  # it holds the call, and all that its request came with
            if call.answered is not None:
                call.answered.set()
            del self._running[id(call)]

    @property
    def under_way(self) -> int:
        """How many calls are not answered yet."""
        return len(self._running)

    async def hurry(self) -> None:
        """Have every call answer as soon as its execution is known, because the process is about to exit.

        Return when those that submitted or follow an execution have answered; a submit on the wire is waited for.
        """
        for call in self._hurry():
            runs = call.followed is not None and (call.followed.submitted or call.execution_id)
            if runs and id(call) in self._running:
                call.answered = call.answered or anyio.Event()
                await call.answered.wait()

    def input_is_over(self) -> None:
        """Have every call answer as soon as its execution is known: its client has sent its last message.

        The client may have gone, so what it does not wait for is treated as cancelled; that shows no limit of its own.
        """
        self._input_is_over = True
        self._hurry()

    def stop(self) -> None:
        """Have every call answer now with what is known."""
        self._stopped = True
        for call in self._running.values():
            call.stop()

    def _budget(self, purpose: Purpose, caller: Caller, learned: float | None) -> float:
        """Return the seconds a call of this client may take, by the user's setting, the table and what was learned."""
        allowed = hosts.wait_budget(caller.client, self.wait, learned, caller.transport)
        return allowed if purpose.follows else min(allowed, LONGEST_WITHOUT_EXECUTION)

    def _wait_for(self, seconds: float, caller: Caller, learned: float | None) -> float:
        """Return how many of the seconds that a call of this client asks to wait it can be answered after."""
        return hosts.asked_wait(seconds, caller.client, self.wait, learned, caller.transport)

    def _hurry(self) -> list[Call]:
        self._exiting = True
        running = list(self._running.values())
        for call in running:
            call.hurry()
        return running

    def _cancelled(self, call: Call) -> None:
        """Learn from a client that is gone: a person, or the host's limit (`hosts.learned_limit` tells which)."""
        if call.given_up:
            return
        log.info("%s was cancelled by %s after %.1f s", call.tool, call.caller.client, call.elapsed)
        if (self.wait is None or call.wait is not None) and call.purpose.teaches:
            self.cancellations.client_cancelled(call.caller.habits, call.elapsed, self.clock.time())
        if call.on_client_cancellation is not None:
            call.on_client_cancellation()

    def _answered(self, call: Call, learned: float | None) -> None:
        if self._input_is_over and call.on_client_cancellation is not None:
            call.on_client_cancellation()
        if call.given_up or self._input_is_over:
            return
        if learned is not None and call.elapsed > learned + hosts.LATE:
            self.cancellations.client_survived(call.caller.habits, call.elapsed - hosts.LATE)

    async def _learned(self, caller: Caller) -> float | None:
        """Return the client's limit as its cancellations show it: one is believed for an hour, several for a day."""
        now = self.clock.time()
        cuts = await self.cancellations.client_cancellations(caller.habits, now - LIMIT_MEMORY)
        lately = [elapsed for at, elapsed in cuts if at > now - ONE_CUT_MEMORY]
        limits = (hosts.learned_limit(lately), hosts.repeated_limit([elapsed for _, elapsed in cuts]))
        return min((limit for limit in limits if limit is not None), default=None)
