"""One call of a client: what it is for, who made it, since when, and until when an answer is of use."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import anyio

from videogen_mcp.calls.hosts import Transport
from videogen_mcp.calls.progress import Progress, Send
from videogen_mcp.calls.timing import ANSWER_RESERVE, READING_THE_JOURNAL, WAITING_FOR_NOTHING
from videogen_mcp.calls.upstream import SANDBOX, Account, Connect, Upstream
from videogen_mcp.clock import Clock

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution
    from videogen_mcp.calls.replies import Reply

Verb = Literal["started", "read", "changed"]
Era = Literal["handshake", "modern"]


@dataclass(frozen=True)
class Purpose:
    """What a call is for, as far as messages about it need to know.

    `tool` names it; `verb` says what did not happen when it is refused; `next_steps` maps error codes to next steps
    that fit this tool better than the general ones (`messages`). `teaches` says whether a client that cancels it shows
    how long it listens: not where people cancel all the time. `follows`: it waits for an execution, so its answer is
    worth waiting for.
    """

    tool: str
    verb: Verb = "read"
    next_steps: Mapping[str, str] = field(default_factory=dict)
    teaches: bool = True
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """The client behind a call, without any of MCP.

    `client` is the name it gives itself, `send` how it gets progress (None: it wants none), `roots` how to ask for the
    folders it offers as file: URLs (None: it cannot be asked), `transport` how it is connected, `era` which form of MCP
    it speaks (with a handshake, or the modern one without), `account` for whom it calls.
    """

    client: str
    send: Send | None = None
    roots: Callable[[], Awaitable[list[str]]] | None = None
    transport: Transport = "stdio"
    era: Era = "modern"
    account: Account = SANDBOX
    polls: bool = False
    """It can poll by itself what its calls begin (MCP Tasks), so that none of them waits for an execution."""

    @property
    def habits(self) -> str:
        """What a limit is learned for: programs that share a name often differ in the rest, and what one account's do
        is nothing to another's."""
        progress = "progress" if self.send is not None else "silent"
        return "|".join((self.account.name, self.client.strip().lower(), self.era, self.transport, progress))

    @property
    def may_leave_unheard(self) -> bool:
        """Whether it may stop waiting for a call unnoticed, and the same call made again is likely its own.

        Over stdio all calls of a process are one client's. Over HTTP the handshake is served without sessions, so no
        cancellation reaches its call; MCP's TypeScript SDK leaves the response open after 60 s (1.32).
        """
        return self.transport == "stdio" or self.era == "handshake"


@dataclass(slots=True)
class Followed:
    """The execution that a call submits or follows, as far as it is known. `began` is `clock.monotonic()` seconds."""

    workflow: str | None
    began: float | None
    """When it was submitted, the call's arrival before that; None where it is unknown."""
    execution_id: str | None = None
    submitted: bool = False
    """Once this is set a POST may have left, and nothing may be started a second time for this call."""
    state: Execution | None = None
    """As last polled."""
    project_id: str | None = None
    project_url: str | None = None
    """The project that it makes or changes, and the page of it for people."""
    save_to: str | None = None
    """Where its results are to be saved, as a call said."""
    note: str | None = None
    """What its answer has to tell beside the outcome."""
    started_id: str | None = None
    """The execution that it has started itself."""
    answer: Reply | None = None
    """The answer about it, where a call follows several and it has ended before the others."""

    def elapsed(self, now: float) -> float | None:
        """Return the seconds since it was submitted, to a tenth; None where that is unknown."""
        return None if self.began is None else round(max(now - self.began, 0.0), 1)


@dataclass(slots=True)
class Call:
    """A running call. Times are `clock.monotonic()` seconds, `budget` is what the call may take in all."""

    purpose: Purpose
    caller: Caller
    clock: Clock
    budget: float
    reach: Connect
    arrived: float
    progress: Progress
    patient: bool
    """Whether it waits for the end; otherwise only until the execution is submitted, or polled once (wait_seconds or
    VIDEOGEN_MCP_WAIT is 0)."""
    wait: float | None = None
    """How long it waits for an execution, from its arrival, where it asks for that itself."""
    upstream: Upstream | None = None
    """Set by `connect`."""
    followed: Followed | None = None
    several: list[Followed] = field(default_factory=list)
    """What it follows instead, where that is more than one execution."""
    on_client_cancellation: Callable[[], None] | None = None
    answered: anyio.Event | None = None
    """Set when the call has ended, however it did; None until somebody waits for that. An event takes 0.7 kB."""
    transferring: int = 0
    """How many transfers of media it waits for, which go on when its time is over."""
    note: str | None = None
    """Something that its answer has to tell beside the outcome."""
    on_answer: Callable[[], None] | None = None
    """Called when the client has the answer."""
    polled: bool = False
    """Its client polls by itself what it begins."""
    _doing: str = "starting"
    _percent: float | None = None
    _reported_at: float = -math.inf
    _waiting: anyio.CancelScope | None = None
    given_up: bool = False
    """The client no longer waits for it, without having said so."""
    _hurried: bool = False
    _asking: anyio.CancelScope | None = None
    _stopped: bool = False

    @classmethod
    def begin(
        cls,
        purpose: Purpose,
        caller: Caller,
        clock: Clock,
        budget: float,
        reach: Connect,
        wait: float | None = None,
        arrived: float | None = None,
    ) -> Call:
        """Start counting, from `arrived` on where it is given. A budget of 0 means: do not wait for executions.

        `wait` decides that instead where it is given; what has to be done before still has the whole budget.
        """
        progress = Progress(caller.send, purpose.tool)
        allowed = max(budget or WAITING_FOR_NOTHING, wait or 0.0)
        patient = (budget if wait is None else wait) > 0
        if arrived is None:
            arrived = clock.monotonic()
        return cls(purpose, caller, clock, allowed, reach, arrived, progress, patient, wait)

    @property
    def tool(self) -> str:
        """The tool's name."""
        return self.purpose.tool

    @property
    def account(self) -> str:
        """The name of the account that it is made for."""
        return self.caller.account.name

    @property
    def doing(self) -> str:
        """What was last reported to the host."""
        return self._doing

    @property
    def execution_id(self) -> str | None:
        """The execution's id, once there is one."""
        followed = self.followed or next(iter(self.several), None)
        return followed.execution_id if followed is not None else None

    @property
    def in_sandbox(self) -> bool:
        """Whether the call reached the sandbox; False before it reached anything."""
        return self.upstream is not None and self.upstream.sandbox

    @property
    def elapsed(self) -> float:
        """Seconds since the request arrived."""
        return self.clock.monotonic() - self.arrived

    def remaining(self) -> float:
        """Seconds left for waiting; what writing the answer takes is kept back."""
        return max(self.budget - self.elapsed - min(ANSWER_RESERVE, self.budget / 10), 0.0)

    def shorten(self, budget: float) -> None:
        """Let the call take at most `budget` seconds from its arrival."""
        self.budget = min(self.budget, budget)
        if self._waiting is not None:
            self._waiting.deadline = anyio.current_time() + self.remaining()

    def wait_as_asked(self) -> None:
        """From here on only an execution is waited for: no longer than the call asks for itself."""
        if self.wait:
            self.shorten(self.wait)

    async def connect(self) -> Upstream:
        """Return the caller's account at its service. Raises VideoGenError with what to do when there is none."""
        self.upstream = await self.reach(self.caller.account)
        return self.upstream

    async def report(self, doing: str, *, percent: float | None = None) -> None:
        """Tell the host what is being done now; `percent` is the execution's own."""
        self._doing, self._percent, self._reported_at = doing, percent, self.elapsed
        began = self.followed.began if self.followed is not None else None
        await self.progress.report(
            doing,
            elapsed=self.clock.monotonic() - (self.arrived if began is None else began),
            percent=percent,
            execution_id=self.execution_id,
        )

    @property
    def silence(self) -> float:
        """Seconds since the last report; infinite before the first."""
        return self.elapsed - self._reported_at

    async def repeat(self) -> None:
        """Report once more what was reported last."""
        await self.report(self._doing, percent=self._percent)

    def out_of_time(self) -> anyio.CancelScope:
        """Return a scope that ends when the call's time for waiting is over."""
        if self._stopped:
            self.shorten(READING_THE_JOURNAL)
        left = self.remaining()
        self._waiting = anyio.CancelScope() if math.isinf(left) else anyio.move_on_after(left)
        return self._waiting

    def accepted(self, execution_id: str) -> None:
        """Take in the id of the execution that the call submitted."""
        if self.followed is not None:
            self.followed.execution_id = execution_id
        if self._hurried:
            self.hurry()

    def asking(self, limit: float) -> anyio.CancelScope:
        """Return a scope of at most `limit` seconds for asking the service what helps, but need not be known."""
        self._asking = anyio.move_on_after(0.0 if self._stopped else limit)
        return self._asking

    def stop(self) -> None:
        """Answer now with what is known without the service: the client sends nothing more, and the process exits."""
        self._stopped = True
        waiting = self._asking or self._waiting
        if waiting is not None:
            waiting.cancel()

    def why_late(self) -> str:
        """Return, as a clause, why its time was over."""
        if self._stopped:
            return "the client closed the input of this server"
        return f"the {self.budget:.0f} s that this host gives a call were over"

    def give_up(self) -> None:
        """End the call, whose client made it again and does not wait for this answer any more."""
        self.given_up = True
        self.on_client_cancellation = self.on_answer = None
        self.hurry()

    def hurry(self) -> None:
        """Answer now with what is known; a call without an execution id as soon as it has one. What changes something
        must tell what became of that."""
        self._hurried = True
        if self.execution_id and self._waiting is not None and self.purpose.verb != "changed":
            self._waiting.cancel()
