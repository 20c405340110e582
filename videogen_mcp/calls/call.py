"""One tool call: who asked, since when, and until when an answer is of use."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from videogen_mcp.calls.progress import Progress, Send
from videogen_mcp.clock import Clock
from videogen_mcp.executions.timing import ANSWER_RESERVE, BEAT

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution
    from videogen_mcp.calls.upstream import Upstream
    from videogen_mcp.executions.submission import Submission


@dataclass(frozen=True)
class Caller:
    """The client behind a call, without any of MCP: its name, how to send it progress where it wants some, and how to
    ask which folders it offers (file: URLs) where it can be asked."""

    client: str
    send: Send | None = None
    roots: Callable[[], Awaitable[list[str]]] | None = None


@dataclass
class Call:
    """The running call. `tool` names it in answers; times are `clock.monotonic()` seconds."""

    tool: str
    caller: Caller
    clock: Clock
    arrived: float
    budget: float
    progress: Progress
    patient: bool = True
    """Whether it waits for the end; otherwise only until the execution is submitted (VIDEOGEN_MCP_WAIT=0)."""
    doing: str = "starting"
    percent: float | None = None
    workflow: str | None = None
    upstream: Upstream | None = None
    state: Execution | None = None
    """The execution as last seen."""
    submission: Submission | None = None
    """Once this is set a POST may have left, and nothing may be started a second time for this call."""
    execution_id: str | None = None
    began: float = field(default=0.0)
    """When the execution itself was submitted, as `clock.monotonic()`; the arrival where that is unknown."""
    said_at: float = -math.inf
    waiting: anyio.CancelScope | None = None
    answered: anyio.Event = field(default_factory=anyio.Event)
    """Set when the call has ended, however it did."""

    @classmethod
    def begin(cls, tool: str, caller: Caller, clock: Clock, budget: float) -> Call:
        """Start counting now."""
        now = clock.monotonic()
        return cls(tool, caller, clock, now, budget, Progress(caller.send, tool), began=now)

    @property
    def elapsed(self) -> float:
        """Seconds since the request arrived."""
        return self.clock.monotonic() - self.arrived

    def remaining(self) -> float:
        """Seconds left for waiting; what writing the answer takes is kept back."""
        return max(self.budget - self.elapsed - min(ANSWER_RESERVE, self.budget / 10), 0.0)

    async def say(self, doing: str, *, percent: float | None = None) -> None:
        """Tell the host what is being done now."""
        self.doing, self.percent, self.said_at = doing, percent, self.elapsed
        await self.progress.say(
            doing,
            elapsed=self.clock.monotonic() - self.began,
            percent=percent,
            execution_id=self.execution_id,
        )

    async def beat(self, until: anyio.CancelScope) -> None:
        """Break every silence of BEAT seconds until the scope is cancelled."""
        with until:
            await self._beat()

    async def _beat(self) -> None:
        while self.progress.wanted:
            await self.clock.sleep(max(BEAT - (self.elapsed - self.said_at), BEAT / 10))
            if self.elapsed - self.said_at >= BEAT - 0.5:
                await self.say(self.doing, percent=self.percent)

    def out_of_time(self) -> anyio.CancelScope:
        """A scope that ends when the call's time for waiting is over."""
        left = self.remaining()
        self.waiting = anyio.CancelScope() if math.isinf(left) else anyio.move_on_after(left)
        return self.waiting

    def hurry(self) -> None:
        """Answer now with what is known. Only where there is an id: without one that answer would help nobody."""
        if self.execution_id and self.waiting is not None:
            self.waiting.cancel()
