"""The heart: how one tool call becomes one execution and one answer, whatever breaks in between."""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol

import anyio
from anyio.abc import TaskGroup

from videogen_mcp.api.errors import BadRequest, Conflict, NotSupported, VideoGenError
from videogen_mcp.calls import hosts
from videogen_mcp.calls.call import Call, Caller
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import Reply
from videogen_mcp.calls.upstream import Connect, Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.executions.background import Errands
from videogen_mcp.executions.delivery import Delivery
from videogen_mcp.executions.journal import Journal
from videogen_mcp.executions.submission import Submitter, cancel_quietly
from videogen_mcp.executions.timing import CANCEL_OUTCOME, LIMIT_MEMORY, UNKNOWN_TYPICAL, WAITING_FOR_NOTHING
from videogen_mcp.executions.wording import in_words_of

log = logging.getLogger(__name__)

LEARNED_FROM = 10
"""Watched executions of a workflow from which its own durations count more than the declared ones."""

SURPRISE = 0.8
"""The next execution may be this much quicker than the quickest one seen."""


class Request(Protocol):
    """A workflow's arguments, as far as the runner needs them; `workflows.base.Workflow` is one."""

    path: ClassVar[str]
    typical_seconds: ClassVar[tuple[int, int]]

    @property
    def label(self) -> str: ...
    @classmethod
    def tool_name(cls) -> str: ...
    @classmethod
    def argument_for(cls, wire_name: str) -> str | None: ...
    def media(self) -> list[Any]: ...
    def wire(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]: ...


Resolve = Callable[[Request, Call], Awaitable[Mapping[str, str]]]
"""Makes file ids of the media a request names: value → file id. Raises VideoGenError."""


@dataclass
class Runner:
    """Runs workflows and follows executions. `tasks` must outlive every call; `wait` and `cancel_upstream` are the
    user's settings."""

    connect: Connect
    journal: Journal
    clock: Clock
    tasks: TaskGroup
    errands: Errands
    submitter: Submitter
    delivery: Delivery
    resolve: Resolve
    wait: float | None = None
    cancel_upstream: bool = False
    running: dict[int, Call] = field(default_factory=dict)
    leaving: bool = False

    async def run(self, request: Request, caller: Caller) -> Reply:
        """Submit one execution, watch it for as long as the host listens, and answer.

        Never raises a VideoGenError: whatever goes wrong, the answer names the execution if there is one.
        """
        call = self._begin(request.tool_name(), caller)
        call.workflow = request.tool_name()
        async with self._attended(call):
            try:
                with call.out_of_time():
                    upstream = call.upstream = await self.connect()
                    resolved = await self.resolve(request, call)
                    await self._submit(request, resolved, call, upstream)
                    if call.patient:
                        return await self._follow(call, upstream, self._typical(request, upstream))
                return await self._late(call)
            except (NotSupported, BadRequest) as error:
                return self.delivery.failure(in_words_of(request, error), call)
            except VideoGenError as error:
                return self.delivery.failure(error, call)

    async def follow(self, execution_id: str, caller: Caller, wait_seconds: float | None = None) -> Reply:
        """Go on waiting for an execution of this account, also one that was not submitted from here.

        `wait_seconds`: at most so long (0: look once); the host's own budget holds all the same.
        """
        call = self._begin("wait_for_execution", caller, execution_id)
        if wait_seconds:
            call.budget = min(call.budget, wait_seconds)
        async with self._attended(call):
            try:
                with call.out_of_time():
                    upstream = call.upstream = await self.connect()
                    typical = self._recall(call, upstream)
                    if wait_seconds == 0 or not call.patient:
                        call.state = await upstream.watcher.look(execution_id)
                        return await self.delivery.answer(call)
                    return await self._follow(call, upstream, typical)
                return await self._late(call)
            except VideoGenError as error:
                return self.delivery.failure(error, call)

    async def cancel(self, execution_id: str, caller: Caller) -> Reply:
        """Cancel an execution and tell what really happened: it may have ended before."""
        call = self._begin("cancel_execution", caller, execution_id)
        call.budget = min(call.budget, CANCEL_OUTCOME)
        async with self._attended(call):
            try:
                with call.out_of_time():
                    upstream = call.upstream = await self.connect()
                    typical = self._recall(call, upstream)
                    await _ask_to_cancel(upstream, execution_id)
                    reply = await self._follow(call, upstream, typical)
                    # Cancelled is what was asked for here, not an error.
                    return replace(reply, is_error=reply.is_error and reply.structured["status"] != "cancelled")
                return await self._late(call)
            except VideoGenError as error:
                return self.delivery.failure(error, call)

    @asynccontextmanager
    async def attend(self, tool: str, caller: Caller) -> AsyncIterator[Call]:
        """A call that runs no execution (files in and out): the same time budget, signs of life and lessons."""
        call = self._begin(tool, caller)
        async with self._attended(call):
            yield call

    async def hurry(self) -> None:
        """The process is about to leave: whoever waits for an execution is told its id and how to go on.

        Return when these calls have their answers. A submit on the wire is waited for; its call answers with its id.
        """
        self.leaving = True
        last = [call for call in self.running.values() if call.submission or call.execution_id]
        for call in last:
            call.hurry()
        for call in last:
            await call.answered.wait()

    # -- the steps ---------------------------------------------------------------------------------------------------

    async def _submit(self, request: Request, resolved: Mapping[str, str], call: Call, upstream: Upstream) -> None:
        body = request.wire(resolved)
        await call.say("submitting")
        call.submission = self.submitter.submit(upstream, request.tool_name(), request.label, request.path, body)
        call.began = self.clock.monotonic()
        call.execution_id = await call.submission.outcome()
        if self.leaving:
            call.hurry()
        await call.say("accepted")

    async def _follow(self, call: Call, upstream: Upstream, typical: tuple[float, float]) -> Reply:
        """Watch to the end, telling the host of every change, and answer."""
        assert call.execution_id is not None
        async with upstream.watcher.watching(call.execution_id, began=call.began, typical=typical) as watch:
            async for state in watch.states():
                call.state = state
                await call.say(state.status, percent=state.progress_percentage)
        return await self.delivery.answer(call)

    async def _late(self, call: Call) -> Reply:
        """The call's time is over: answer with what is known now."""
        if call.submission or call.execution_id:
            return await self.delivery.answer(call)
        over = Refusal(
            "not_started_in_time",
            f"the {call.budget:.0f} s that this host gives a call were over while {call.doing}",
            f"Nothing was submitted; call {call.tool} again, what was prepared is kept",
        )
        return self.delivery.failure(over, call)

    # -- around the steps --------------------------------------------------------------------------------------------

    def budget(self, caller: Caller) -> float:
        """Seconds a call of this client may take, by the user's setting, the table of hosts and what was learned."""
        lately = self.clock.time() - LIMIT_MEMORY
        return hosts.wait_budget(caller.client, self.wait, self.journal.cuts(caller.client, lately))

    def _begin(self, tool: str, caller: Caller, execution_id: str | None = None) -> Call:
        budget = self.budget(caller)
        call = Call.begin(tool, caller, self.clock, budget or WAITING_FOR_NOTHING)
        call.patient = budget > 0
        call.execution_id = execution_id
        return call

    @asynccontextmanager
    async def _attended(self, call: Call) -> AsyncIterator[None]:
        """Signs of life while the call runs; and when it is cancelled, the lesson and the user's policy."""
        beating = anyio.CancelScope()
        if call.progress.wanted:
            self.tasks.start_soon(call.beat, beating)
        self.running[id(call)] = call
        try:
            yield
        except anyio.get_cancelled_exc_class():
            self._left(call)
            raise
        finally:
            beating.cancel()
            call.answered.set()
            del self.running[id(call)]

    def _left(self, call: Call) -> None:
        """The caller is gone: a person or the host's time-out; moments tell which (hosts.learned_limit)."""
        log.info("%s was cut by %s after %.1f s", call.tool, call.caller.client, call.elapsed)
        if self.wait is None:
            self.journal.cut(call.caller.client, call.elapsed, self.clock.time())
        if not self.cancel_upstream or call.upstream is None:
            return
        if call.execution_id:
            self.errands.start(cancel_quietly, call.upstream, call.execution_id)
        elif call.submission:
            call.submission.unwanted = True

    def _recall(self, call: Call, upstream: Upstream) -> tuple[float, float]:
        """What the journal knows of the call's execution: since when it runs and how long such ones take."""
        entry = self.journal.find(call.execution_id or "")
        if entry is None:
            return UNKNOWN_TYPICAL
        call.workflow = entry.workflow
        call.began = self.clock.monotonic() - max(self.clock.time() - entry.submitted_at, 0.0)
        return self._learned(upstream, entry.workflow) or UNKNOWN_TYPICAL

    def _typical(self, request: Request, upstream: Upstream) -> tuple[float, float]:
        soonest, latest = request.typical_seconds
        return self._learned(upstream, request.tool_name()) or (float(soonest), float(latest))

    def _learned(self, upstream: Upstream, workflow: str) -> tuple[float, float] | None:
        seen = sorted(self.journal.durations(upstream.account, workflow))
        if len(seen) < LEARNED_FROM:
            return None
        return seen[0] * SURPRISE, seen[math.ceil(len(seen) * 0.9) - 1]


async def _ask_to_cancel(upstream: Upstream, execution_id: str) -> None:
    try:
        await upstream.client.cancel(execution_id)
    except Conflict:
        log.info("execution %s had ended before it could be cancelled", execution_id)
