"""Submitting: once, journaled before it leaves, and never sent again when it is unclear what became of it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio

from videogen_mcp.api.errors import Unclear, VideoGenError
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import duration_text
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.executions.background import BackgroundTasks
from videogen_mcp.executions.journal import Journal, SpendingLimitError
from videogen_mcp.executions.kinds import Handle, Kind
from videogen_mcp.executions.recovery import recover
from videogen_mcp.executions.timing import ADOPTION_DELAY, CANCEL_TIMEOUT, GUARD_WINDOW, SUBMIT_AND_SLACK

log = logging.getLogger(__name__)


@dataclass
class Submission:
    """One submit on its way. It goes on when its call is cancelled: what the service took must become known."""

    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    done: anyio.Event = field(default_factory=anyio.Event)
    handle: Handle | None = None
    error: VideoGenError | None = None
    unwanted: bool = False
    """The client cancelled and the user's policy is to cancel upstream: done as soon as there is an id."""

    async def outcome(self) -> Handle:
        """Return the handle once the service took it. Raises what kept it from being taken."""
        await self.done.wait()
        if self.handle is None:
            raise self.error or Unclear("the server was stopped while submitting")
        return self.handle


@dataclass
class Submitter:
    """Submits in background tasks. `limit`: executions an hour, None for no limit."""

    journal: Journal
    clock: Clock
    background: BackgroundTasks
    limit: int | None = None

    def submit(
        self, upstream: Upstream, kind: Kind, workflow: str, label: str, path: str, body: Mapping[str, Any]
    ) -> Submission:
        """Journal the submit and send it off. Raises Refusal when the spending limit is reached."""
        submission = Submission()
        try:
            self.journal.submitting(
                submission.key,
                account=upstream.account,
                workflow=workflow,
                label=label,
                kind=kind.name,
                now=self.clock.time(),
                limit=self.limit,
                window=GUARD_WINDOW,
            )
        except SpendingLimitError as reached:
            raise Refusal(
                "spending_limit",
                f"{reached}, and VIDEOGEN_MCP_MAX_EXECUTIONS allows {self.limit}",
                f"The next one is allowed in {duration_text(max(reached.frees_at - self.clock.time(), 0.0))}."
                " Only the user can raise the limit, in the host's configuration",
            ) from None
        self.background.start(self._send, submission, upstream, kind, path, body)
        return submission

    async def _send(
        self, submission: Submission, upstream: Upstream, kind: Kind, path: str, body: Mapping[str, Any]
    ) -> None:
        key = submission.key
        try:
            with anyio.fail_after(SUBMIT_AND_SLACK):
                submission.handle = Handle(kind, *await kind.submit(upstream.client, path, body))
        except TimeoutError:
            await self._unclear(submission, upstream, kind, Unclear("the service did not answer in time"))
        except VideoGenError as error:
            if error.may_have_started:
                await self._unclear(submission, upstream, kind, error)
            else:
                submission.error = error
                self.journal.refused(key, type(error).__name__, self.clock.time())
        except anyio.get_cancelled_exc_class():
            self.journal.unclear(key, "the server was stopped while submitting")
            raise
        except Exception as bug:
            # A fault of ours after the request may have left: the call must answer, and the row must stay.
            log.exception("submitting failed unexpectedly")
            submission.error = Unclear(f"an unexpected fault ({type(bug).__name__}), which is in the server's log")
            self.journal.unclear(key, type(bug).__name__)
        else:
            handle = submission.handle
            self.journal.accepted(key, handle.execution_id, self.clock.time(), handle.project_id)
        finally:
            submission.done.set()
        if submission.unwanted and submission.handle:
            await cancel_quietly(upstream, submission.handle)

    async def _unclear(self, submission: Submission, upstream: Upstream, kind: Kind, error: VideoGenError) -> None:
        """Journal that it is unclear, then ask whether the service lists exactly one execution that fits."""
        submission.error = error
        self.journal.unclear(submission.key, type(error).__name__)
        if not kind.listed_by(upstream.dialect):
            return
        await self.clock.sleep(ADOPTION_DELAY)
        try:
            verdicts = await recover(upstream, kind, self.journal, self.clock.time(), only=submission.key)
        except VideoGenError as trouble:
            log.warning("could not look for the execution of a broken submit: %s", trouble)
            return
        found = verdicts[submission.key].found
        submission.handle = Handle(kind, found) if found else None


async def cancel_quietly(upstream: Upstream, handle: Handle) -> None:
    """Cancel upstream for a client that is gone; a failure is only logged."""
    cancel = handle.kind.cancel
    if cancel is None:
        return
    try:
        with anyio.move_on_after(CANCEL_TIMEOUT):
            await cancel(upstream.client, handle)
    except VideoGenError as error:
        log.warning("execution %s was not cancelled upstream: %s", handle.execution_id, error)
