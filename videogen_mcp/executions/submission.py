"""Submitting: once, written down before it leaves, and never sent again when nobody knows what became of it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio

from videogen_mcp.api.errors import Unclear, VideoGenError
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import spoken
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.executions.background import Errands
from videogen_mcp.executions.journal import Journal, SpendingLimitError
from videogen_mcp.executions.recovery import recover
from videogen_mcp.executions.timing import ADOPTION_DELAY, CANCEL_TIMEOUT, GUARD_WINDOW, SUBMIT_AND_SLACK

log = logging.getLogger(__name__)


@dataclass
class Submission:
    """One submit on its way. It goes on when its call is cancelled: what the service took must become known."""

    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    done: anyio.Event = field(default_factory=anyio.Event)
    execution_id: str | None = None
    error: VideoGenError | None = None
    unwanted: bool = False
    """The caller left and the user's policy is to cancel: so is this, as soon as it has an id."""

    async def outcome(self) -> str:
        """The execution's id once the service took it. Raises what kept it from being taken."""
        await self.done.wait()
        if self.execution_id is None:
            raise self.error or Unclear("the server was stopped while submitting")
        return self.execution_id


@dataclass
class Submitter:
    """Sends submits off as errands. `limit`: executions an hour, None for no limit."""

    journal: Journal
    clock: Clock
    errands: Errands
    limit: int | None = None

    def submit(self, upstream: Upstream, workflow: str, label: str, path: str, body: Mapping[str, Any]) -> Submission:
        """Write the submit down and send it off. Raises Refusal when the spending limit is reached."""
        submission = Submission()
        try:
            self.journal.submitting(
                submission.key,
                account=upstream.account,
                workflow=workflow,
                label=label,
                now=self.clock.time(),
                limit=self.limit,
                window=GUARD_WINDOW,
            )
        except SpendingLimitError as reached:
            raise Refusal(
                "spending_limit",
                f"{reached}, and VIDEOGEN_MCP_MAX_EXECUTIONS allows {self.limit}",
                f"The next one is allowed in {spoken(max(reached.frees_at - self.clock.time(), 0.0))}."
                " Only the user can raise the limit, in the host's configuration",
            ) from None
        self.errands.start(self._send, submission, upstream, path, body)
        return submission

    async def _send(self, submission: Submission, upstream: Upstream, path: str, body: Mapping[str, Any]) -> None:
        key = submission.key
        try:
            with anyio.fail_after(SUBMIT_AND_SLACK):
                submission.execution_id = await upstream.client.start(path, body)
        except TimeoutError:
            await self._unclear(submission, upstream, Unclear("the service did not answer in time"))
        except VideoGenError as error:
            if error.may_have_started:
                await self._unclear(submission, upstream, error)
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
            self.journal.accepted(key, submission.execution_id, self.clock.time())
        finally:
            submission.done.set()
        if submission.unwanted and submission.execution_id:
            await cancel_quietly(upstream, submission.execution_id)

    async def _unclear(self, submission: Submission, upstream: Upstream, error: VideoGenError) -> None:
        """Nobody knows: write that down, then look whether the service shows exactly one that fits."""
        submission.error = error
        self.journal.unclear(submission.key, type(error).__name__)
        if not upstream.lists:
            return
        await self.clock.sleep(ADOPTION_DELAY)
        try:
            verdicts = await recover(upstream, self.journal, self.clock.time(), only=submission.key)
        except VideoGenError as trouble:
            log.warning("could not look for the execution of a broken submit: %s", trouble)
            return
        submission.execution_id = verdicts[submission.key].found


async def cancel_quietly(upstream: Upstream, execution_id: str) -> None:
    """Cancel upstream for a caller who is gone: nobody is left to be told of a failure but the log."""
    try:
        with anyio.move_on_after(CANCEL_TIMEOUT):
            await upstream.client.cancel(execution_id)
    except VideoGenError as error:
        log.warning("execution %s was not cancelled upstream: %s", execution_id, error)
