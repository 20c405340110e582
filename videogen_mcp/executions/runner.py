"""How one call becomes one execution and one answer, whatever breaks in between."""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from videogen_mcp.api.errors import BadRequest, Conflict, NotSupported, Unclear
from videogen_mcp.calls import messages
from videogen_mcp.calls.call import Call, Followed
from videogen_mcp.calls.hosts import GIVEN_UP, SHORTEST_LIMIT, before, limit_given_up_at
from videogen_mcp.calls.messages import SubmitUnclear
from videogen_mcp.calls.replies import Reply, duration_text
from videogen_mcp.calls.timing import WAITING_FOR_NOTHING
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.executions.background import BackgroundTasks
from videogen_mcp.executions.delivery import Delivery
from videogen_mcp.executions.journal import Entry, Journal, Wish
from videogen_mcp.executions.kinds import Handle, Kinds
from videogen_mcp.executions.poller import Pollers
from videogen_mcp.executions.recovery import Search, recover
from videogen_mcp.executions.submission import Submission, Submitter, cancel_quietly
from videogen_mcp.executions.timing import CANCEL_OUTCOME, RECOVERY_POLLS, SUBMIT_POLL, UNKNOWN_TYPICAL
from videogen_mcp.executions.wording import in_words_of
from videogen_mcp.media.resolve import MediaResolver

if TYPE_CHECKING:
    from videogen_mcp.workflows.base import Workflow

log = logging.getLogger(__name__)

LEARNED_FROM = 3
"""Polled executions of a workflow from which its own durations count more than the declared ones."""

Typical = tuple[float, float]
"""Seconds that executions usually take, from and to."""


class Expected(NamedTuple):
    """How long an execution will probably take; `known` from earlier ones."""

    typical: Typical
    known: bool


@dataclass(frozen=True)
class Runner:
    """Runs workflows and follows executions of all kinds. `cancel_upstream` is VIDEOGEN_MCP_ON_CANCEL=cancel.

    Handlers raise VideoGenError; what a call was about is in `call.followed` from the first moment on, so that every
    answer names the execution if there is one.
    """

    journal: Journal
    clock: Clock
    background: BackgroundTasks
    submitter: Submitter
    pollers: Pollers
    delivery: Delivery
    media: MediaResolver
    kinds: Kinds = field(default_factory=Kinds)
    cancel_upstream: bool = False
    _waiting: dict[str, tuple[Wish, Call]] = field(default_factory=dict)
    """By the key of the submit that it waits for: every call that was neither answered nor cut."""

    async def run(self, request: Workflow, call: Call) -> Reply:
        """Submit one execution, poll it for as long as the host listens, and answer. Raises VideoGenError."""
        followed = call.followed = Followed(request.tool_name(), call.arrived)
        try:
            upstream = await call.connect()
            body = request.wire(await self.media.resolve(request, call))
            handle = await self._begin(request, body, call, followed, upstream)
        except (NotSupported, BadRequest) as error:
            raise in_words_of(request, error) from error
        if call.patient:
            expected = self._typical(upstream, followed.workflow, request.typical_seconds)
            await self._follow(handle, call, followed, upstream, expected)
        return await self.delivery.answer(call, followed, upstream)

    async def follow(self, execution_id: str, call: Call, wait_seconds: float | None = None) -> Reply:
        """Go on waiting for an execution of this account, also one that was not submitted from here.

        `wait_seconds`: at most so long (0: poll once); the host's own budget holds all the same. Raises VideoGenError.
        """
        if wait_seconds:
            call.shorten(wait_seconds)
        handle, followed = self._recall(execution_id, call)
        upstream = await call.connect()
        if wait_seconds == 0 or not call.patient:
            followed.state = await self.pollers.of(upstream).poll(handle, followed.began)
        else:
            await self._follow(handle, call, followed, upstream, self._typical(upstream, followed.workflow))
        return await self.delivery.answer(call, followed, upstream)

    async def cancel(self, execution_id: str, call: Call) -> Reply:
        """Cancel an execution and tell what really happened: it may have ended before. Raises VideoGenError."""
        call.shorten(CANCEL_OUTCOME)
        handle, followed = self._recall(execution_id, call)
        upstream = await call.connect()
        if handle.kind.cancel is None:
            raise NotSupported(execution_id, "executions of this kind cannot be cancelled")
        try:
            await handle.kind.cancel(upstream.client, handle)
        except Conflict:
            log.info("execution %s had ended before it could be cancelled", execution_id)
        await self._follow(handle, call, followed, upstream, self._typical(upstream, followed.workflow))
        reply = await self.delivery.answer(call, followed, upstream)
        # Cancelled is what was asked for here, not an error.
        return replace(reply, is_error=reply.is_error and reply.structured["status"] != "cancelled")

    async def late(self, call: Call) -> Reply:
        """Answer a call whose time is over with what is known of its execution."""
        followed = call.followed
        if followed is None or not (followed.submitted or followed.execution_id):
            return messages.late(call)
        if call.upstream is None or followed.state is None:
            return self.delivery.running(call, followed)
        return await self.delivery.answer(call, followed, call.upstream)

    # -- the steps ---------------------------------------------------------------------------------------------------

    async def _begin(
        self, request: Workflow, body: Mapping[str, Any], call: Call, followed: Followed, upstream: Upstream
    ) -> Handle:
        """Submit, unless the same call did so before it was cut: then return what that one began."""
        await call.report("submitting")
        wish = _wish(request, body, call, upstream)
        self._give_up(wish)
        cut = self.journal.attend(wish, self.clock.time())
        handle = await self._resume(cut, wish, call, followed, upstream) if cut is not None else None
        if handle is None:
            call.note = None
            handle = await self._submit(request, body, call, followed, upstream, wish)
        call.accepted(handle.execution_id)
        await call.report("accepted")
        return handle

    async def _submit(
        self,
        request: Workflow,
        body: Mapping[str, Any],
        call: Call,
        followed: Followed,
        upstream: Upstream,
        wish: Wish,
    ) -> Handle:
        kind = self.kinds.named(request.kind)
        submission = self.submitter.submit(upstream, kind, request.tool_name(), request.label, request.path, body, wish)
        followed.submitted, followed.began = True, self.clock.monotonic()
        self._attend(submission.key, wish, call, partial(self._unwanted, submission, upstream))
        try:
            return await submission.outcome()
        finally:
            call.note = self.journal.notice

    async def _resume(
        self, cut: Entry, wish: Wish, call: Call, followed: Followed, upstream: Upstream
    ) -> Handle | None:
        """Return the execution of a submit whose call was cut; None when it was not started after all.

        Raises VideoGenError, SubmitUnclear where it is not known.
        """
        followed.submitted, followed.began = True, self._began(cut)
        age = followed.elapsed(self.clock.monotonic())
        ago = "" if age is None else f" {duration_text(age)} ago"
        call.note = (
            f"The same call was cut before it had an answer; this is what it had started{ago},"
            " and nothing was started again."
        )
        if cut.cut is not None and cut.cut.elapsed >= SHORTEST_LIMIT:
            call.shorten(max(before(cut.cut.elapsed), WAITING_FOR_NOTHING))
        submission = self.submitter.on_their_way.get(cut.key)
        if submission is not None:
            self._attend(cut.key, wish, call, partial(self._unwanted, submission, upstream))
            return await submission.outcome()
        self._attend(cut.key, wish, call, partial(self._cancel_later, None, call))
        entry = await self._settled(cut, upstream)
        if entry is not None and entry.execution_id is not None:
            handle = Handle(self.kinds.of(entry.execution_id, entry.kind), entry.execution_id, entry.project_id)
            self._attend(cut.key, wish, call, partial(self._cancel_later, handle, call))
            return handle
        call.on_client_cancellation = call.on_answer = None
        self._answered(cut.key)
        return None

    async def _settled(self, cut: Entry, upstream: Upstream) -> Entry | None:
        """Return the row once it has an id or is known to have started nothing. Raises VideoGenError."""
        entry: Entry | None = cut
        while entry is not None and entry.execution_id is None and entry.state == "submitting":
            await self.clock.sleep(SUBMIT_POLL)  # another process is about to know
            entry = self.journal.entry(cut.key)
        if entry is None or entry.execution_id is not None or entry.state == "refused":
            return entry
        found, kind = Search("unknown"), self.kinds.named(entry.kind)
        for delay in RECOVERY_POLLS if kind.listed_by(upstream.dialect) else ():
            await self.clock.sleep(delay)
            found = (await recover(upstream, kind, self.journal, self.clock, only=cut.key))[cut.key]
            if found.verdict == "found" or self._is_refused(cut.key):
                return self.journal.entry(cut.key)
        if found.verdict == "absent" and upstream.sandbox:
            self.journal.absent(cut.key, self.clock.time())  # no gateway stands before it that could start it later
            return None
        self.journal.forget_cut(cut.key)  # whoever asks again after this answer wants a new one
        raise SubmitUnclear(
            Unclear("the same call was cut while it was being submitted"),
            found.candidates,
            absent=found.verdict == "absent",
        )

    def _is_refused(self, key: str) -> bool:
        entry = self.journal.entry(key)
        return entry is None or entry.state == "refused"

    def _give_up(self, wish: Wish) -> None:
        """End the call that waits for the same wish if its client seems to have stopped waiting without a word.

        Only over stdio, where all calls of the process are one client's. What it began goes on for who asks again.
        """
        for key, (waited_for, call) in list(self._waiting.items()):
            if waited_for == wish and call.caller.transport == "stdio" and call.elapsed >= GIVEN_UP:
                log.info("%s is made again after %.1f s: its client gave up on the first", call.tool, call.elapsed)
                limit, now = limit_given_up_at(call.elapsed), self.clock.time()
                call.give_up()
                del self._waiting[key]
                self.journal.cut(key, limit, now)
                self.journal.client_cancelled(call.caller.habits, limit, now)

    def _answered(self, key: str) -> None:
        self._waiting.pop(key, None)
        self.journal.answered(key)

    def _attend(self, key: str, wish: Wish, call: Call, on_cut: Callable[[], None]) -> None:
        """Note how the call that waits for this submit ends: with an answer, or cut by the client."""
        self._waiting[key] = wish, call

        def cut() -> None:
            self._waiting.pop(key, None)
            if self.cancel_upstream:
                self.journal.answered(key)  # it is being cancelled: asked again, it is started again
            else:
                self.journal.cut(key, call.elapsed, self.clock.time())
            on_cut()

        call.on_client_cancellation = cut
        call.on_answer = partial(self._answered, key)

    async def _follow(
        self, handle: Handle, call: Call, followed: Followed, upstream: Upstream, expected: Expected
    ) -> None:
        """Poll to the end, telling the host of every change."""
        poller = self.pollers.of(upstream)
        began = self.clock.monotonic() if followed.began is None else followed.began
        async with poller.following(handle, began=began, typical=expected.typical, known=expected.known) as polled:
            async for state in polled.states():
                followed.state = state
                await call.report(state.status, percent=state.progress_percentage)

    def _recall(self, execution_id: str, call: Call) -> tuple[Handle, Followed]:
        """Make the call about this execution, with what the journal knows of it."""
        entry = self.journal.find(execution_id)
        kind = self.kinds.of(execution_id, entry.kind if entry else None)
        handle = Handle(kind, execution_id, entry.project_id if entry else None)
        followed = Followed(entry.workflow if entry else None, self._began(entry), execution_id)
        call.followed, call.on_client_cancellation = followed, partial(self._cancel_later, handle, call)
        return handle, followed

    # -- when the client cancels -------------------------------------------------------------------------------------

    def _unwanted(self, submission: Submission, upstream: Upstream) -> None:
        if not self.cancel_upstream:
            return
        if submission.handle is None:
            submission.unwanted = True
        else:
            self.background.start(cancel_quietly, upstream, submission.handle)

    def _began(self, entry: Entry | None) -> float | None:
        """Return the monotonic time of its submit, None where that is unknown."""
        age = self.journal.greatest_age(entry, self.clock.time()) if entry is not None else None
        return None if age is None else self.clock.monotonic() - age

    def _cancel_later(self, handle: Handle | None, call: Call) -> None:
        if self.cancel_upstream and handle is not None and call.upstream is not None:
            self.background.start(cancel_quietly, call.upstream, handle)

    # -- how long it usually takes -----------------------------------------------------------------------------------

    def _typical(self, upstream: Upstream, workflow: str | None, declared: Typical = UNKNOWN_TYPICAL) -> Expected:
        """Return what the journal learned of a workflow; `declared` while that is too little."""
        seen = sorted(self.journal.durations(upstream.account, workflow)) if workflow else []
        if len(seen) < LEARNED_FROM:
            return Expected(declared, known=False)
        quick, slow = math.floor(len(seen) * 0.1), math.ceil(len(seen) * 0.9) - 1
        return Expected((seen[quick], seen[slow]), known=True)


def _wish(request: Workflow, body: Mapping[str, Any], call: Call, upstream: Upstream) -> Wish:
    """Return what makes another call the same as this one: who asks for what. Equal files have equal ids."""
    asked = json.dumps([request.tool_name(), body], sort_keys=True).encode()
    caller = call.caller
    return Wish(upstream.account, caller.subject, caller.client.strip().lower(), hashlib.sha256(asked).hexdigest())
