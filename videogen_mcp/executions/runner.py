"""How one call becomes one execution and one answer, whatever breaks in between."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from videogen_mcp.api.errors import BadRequest, Conflict, NotSupported
from videogen_mcp.calls import messages
from videogen_mcp.calls.call import Call, Followed
from videogen_mcp.calls.replies import Reply
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.executions.background import BackgroundTasks
from videogen_mcp.executions.delivery import Delivery
from videogen_mcp.executions.journal import Journal
from videogen_mcp.executions.kinds import Handle, Kinds
from videogen_mcp.executions.poller import Pollers
from videogen_mcp.executions.submission import Submission, Submitter, cancel_quietly
from videogen_mcp.executions.timing import CANCEL_OUTCOME, UNKNOWN_TYPICAL
from videogen_mcp.executions.wording import in_words_of
from videogen_mcp.media.resolve import MediaResolver

if TYPE_CHECKING:
    from videogen_mcp.workflows.base import Workflow

log = logging.getLogger(__name__)

LEARNED_FROM = 10
"""Polled executions of a workflow from which its own durations count more than the declared ones."""

SURPRISE = 0.8
"""The next execution may be this much quicker than the quickest one seen."""

Typical = tuple[float, float]
"""Seconds that executions usually take, from and to."""


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

    async def run(self, request: Workflow, call: Call) -> Reply:
        """Submit one execution, poll it for as long as the host listens, and answer. Raises VideoGenError."""
        followed = call.followed = Followed(request.tool_name(), call.arrived)
        try:
            upstream = await call.connect()
            body = request.wire(await self.media.resolve(request, call))
            handle = await self._submit(request, body, call, followed, upstream)
        except (NotSupported, BadRequest) as error:
            raise in_words_of(request, error) from error
        if call.patient:
            typical = self._typical(upstream, followed.workflow, request.typical_seconds)
            await self._follow(handle, call, followed, upstream, typical)
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
            followed.state = await self.pollers.of(upstream).poll(handle)
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

    async def _submit(
        self, request: Workflow, body: Mapping[str, Any], call: Call, followed: Followed, upstream: Upstream
    ) -> Handle:
        await call.report("submitting")
        kind = self.kinds.named(request.kind)
        submission = self.submitter.submit(upstream, kind, request.tool_name(), request.label, request.path, body)
        followed.submitted, followed.began = True, self.clock.monotonic()
        call.on_client_cancellation = partial(self._unwanted, submission, upstream)
        try:
            handle = await submission.outcome()
        finally:
            call.note = self.journal.notice
        call.accepted(handle.execution_id)
        await call.report("accepted")
        return handle

    async def _follow(
        self, handle: Handle, call: Call, followed: Followed, upstream: Upstream, typical: Typical
    ) -> None:
        """Poll to the end, telling the host of every change."""
        poller = self.pollers.of(upstream)
        async with poller.following(handle, began=followed.began, typical=typical) as polled:
            async for state in polled.states():
                followed.state = state
                await call.report(state.status, percent=state.progress_percentage)

    def _recall(self, execution_id: str, call: Call) -> tuple[Handle, Followed]:
        """Make the call about this execution, with what the journal knows of it."""
        entry = self.journal.find(execution_id)
        kind = self.kinds.of(execution_id, entry.kind if entry else None)
        handle = Handle(kind, execution_id, entry.project_id if entry else None)
        age = max(self.clock.time() - entry.submitted_at, 0.0) if entry else 0.0
        followed = Followed(entry.workflow if entry else None, self.clock.monotonic() - age, execution_id)
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

    def _cancel_later(self, handle: Handle, call: Call) -> None:
        if self.cancel_upstream and call.upstream is not None:
            self.background.start(cancel_quietly, call.upstream, handle)

    # -- how long it usually takes -----------------------------------------------------------------------------------

    def _typical(self, upstream: Upstream, workflow: str | None, declared: Typical = UNKNOWN_TYPICAL) -> Typical:
        """Return what the journal learned of a workflow; `declared` while that is too little."""
        seen = sorted(self.journal.durations(upstream.account, workflow)) if workflow else []
        if len(seen) < LEARNED_FROM:
            return declared
        return seen[0] * SURPRISE, seen[math.ceil(len(seen) * 0.9) - 1]
