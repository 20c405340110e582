"""Submitting: once, journaled before it leaves, and never sent again when it is unclear what became of it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio

from videogen_mcp.api.errors import ApiError, InsufficientCredits, Unclear, VideoGenError
from videogen_mcp.api.retries import SUBMIT_RETRY, retry_delay
from videogen_mcp.calls.messages import Refusal, SubmitUnclear
from videogen_mcp.calls.replies import duration_text
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.executions.background import BackgroundTasks
from videogen_mcp.executions.journal import Journal, SpendingLimitError, Wish
from videogen_mcp.executions.kinds import Handle, Kind
from videogen_mcp.executions.lists import Lists
from videogen_mcp.executions.recovery import Search, recover
from videogen_mcp.executions.timing import CANCEL_TIMEOUT, GUARD_WINDOW, RECOVERY_POLLS, SUBMIT_AND_SLACK

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
    on_their_way: dict[str, Submission] = field(default_factory=dict)
    """By key, until they are done."""
    _lists: Lists = field(init=False)

    def __post_init__(self) -> None:
        self._lists = Lists(self.journal, self.clock)

    def submit(
        self, upstream: Upstream, kind: Kind, workflow: str, label: str, path: str, body: Mapping[str, Any], wish: Wish
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
        self.journal.wished(submission.key, wish)
        self.on_their_way[submission.key] = submission
        self.background.start(self._send, submission, upstream, kind, path, body)
        return submission

    async def _send(
        self, submission: Submission, upstream: Upstream, kind: Kind, path: str, body: Mapping[str, Any]
    ) -> None:
        key, sent = submission.key, False
        try:
            listed = await self._lists.before(upstream, kind)
            if listed is not None:
                ago = self.clock.monotonic() - listed.asked
                self.journal.leaving(key, listed.execution_ids, listed.asked_at, ago)
            else:
                self.journal.leaving(key, None, self.clock.time())
            sent = True
            with anyio.fail_after(SUBMIT_AND_SLACK):
                handle = await self._started(key, upstream, kind, path, body)
            if listed is not None:
                self._believe(key, handle, listed.execution_ids)
            submission.handle = handle
        except TimeoutError:
            await self._unclear(submission, upstream, kind, Unclear("the service did not answer in time"))
        except VideoGenError as error:
            if error.may_have_started:
                await self._unclear(submission, upstream, kind, error)
            else:
                submission.error = error
                self.journal.refused(key, type(error).__name__, self.clock.time())
        except anyio.get_cancelled_exc_class():
            if sent:
                self.journal.unclear(key, "the server was stopped while submitting", self.clock.time())
            else:
                self.journal.refused(key, "the server was stopped before it was submitted", self.clock.time())
            raise
        except Exception as bug:
            # A fault of ours after the request may have left: the call must answer, and the row must stay.
            log.exception("submitting failed unexpectedly")
            submission.error = Unclear(f"an unexpected fault ({type(bug).__name__}), which is in the server's log")
            self.journal.unclear(key, type(bug).__name__, self.clock.time())
        else:
            self.journal.accepted(key, handle.execution_id, self.clock.time(), handle.project_id)
        finally:
            self.on_their_way.pop(key, None)
            submission.done.set()
        if submission.unwanted and submission.handle:
            await cancel_quietly(upstream, submission.handle)

    async def _started(self, key: str, upstream: Upstream, kind: Kind, path: str, body: Mapping[str, Any]) -> Handle:
        """Submit and return what was started. A refusal that may come from a gateway is looked into before it is
        believed, and before the submit is sent again. Raises VideoGenError."""
        if not kind.listed_by(upstream.dialect):
            return Handle(kind, *await kind.submit(upstream.client, path, body))
        began, attempt = self.clock.monotonic(), 0
        while True:
            sent = await self._attempt(upstream, kind, path, body)
            if isinstance(sent, Handle):
                return sent
            attempt += 1
            elapsed = self.clock.monotonic() - began
            delay = retry_delay(sent, once=True, attempt=attempt, elapsed=elapsed, chance=0.0, policy=SUBMIT_RETRY)
            found = await self._search(key, upstream, kind, max(delay or 0.0, RECOVERY_POLLS[0]))
            if found.found:
                return Handle(kind, found.found)
            if found.verdict == "several" or (found.verdict == "unknown" and is_for_now(sent)):
                sent.may_have_started = True
                raise sent
            if delay is None:
                raise sent

    async def _attempt(self, upstream: Upstream, kind: Kind, path: str, body: Mapping[str, Any]) -> Handle | ApiError:
        """Return what was started, or a refusal that may come from a gateway. Raises VideoGenError."""
        try:
            return Handle(kind, *await kind.submit(upstream.client.with_options(repeat_refused=False), path, body))
        except ApiError as refusal:
            if refusal.may_have_started or is_certain(refusal):
                raise
            return refusal

    def _believe(self, key: str, handle: Handle, listed: tuple[str, ...]) -> None:
        """Raise Unclear for the id of an execution that was there before: the answer was that to an earlier submit."""
        entry = self.journal.find(handle.execution_id)
        if handle.execution_id in listed or (entry is not None and entry.key != key):
            raise Unclear("the service answered with the id of an earlier execution")

    async def _unclear(self, submission: Submission, upstream: Upstream, kind: Kind, error: VideoGenError) -> None:
        """Journal that it is unclear, then ask whether the service lists an execution that is proven to be it."""
        submission.error = error
        self.journal.unclear(submission.key, type(error).__name__, self.clock.time())
        if not kind.listed_by(upstream.dialect):
            return
        for delay in RECOVERY_POLLS:
            found = await self._search(submission.key, upstream, kind, delay)
            if found.found:
                submission.handle = Handle(kind, found.found)
                return
            submission.error = SubmitUnclear(error, found.candidates, absent=found.verdict == "absent")

    async def _search(self, key: str, upstream: Upstream, kind: Kind, delay: float) -> Search:
        await self.clock.sleep(delay)
        try:
            return (await recover(upstream, kind, self.journal, self.clock, only=key)).get(key, Search("unknown"))
        except VideoGenError as trouble:
            log.warning("could not look for the execution of a broken submit: %s", trouble)
            return Search("unknown")


def is_for_now(refusal: ApiError) -> bool:
    """Return whether the refusal is about the time only: that is what gateways say, too."""
    return refusal.status in (429, 503)


def is_certain(refusal: ApiError) -> bool:
    """Return whether nothing was started for sure: the service itself says why, with one of its codes."""
    return isinstance(refusal, InsufficientCredits) or (refusal.code is not None and not is_for_now(refusal))


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
