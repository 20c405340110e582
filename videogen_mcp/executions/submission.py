"""Submitting: once, journaled before it leaves, and never sent again when it is unclear what became of it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio

from videogen_mcp import telemetry
from videogen_mcp.api.errors import ApiError, ConnectionFailed, InsufficientCredits, Unclear, VideoGenError
from videogen_mcp.api.retries import SUBMIT_RETRY, retry_delay
from videogen_mcp.calls.messages import Refusal, SubmitUnclear
from videogen_mcp.calls.replies import duration_text
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.database.database import DatabaseUnavailable
from videogen_mcp.executions.background import BackgroundTasks
from videogen_mcp.executions.journal import Entry, Journal, SpendingLimitError, Wish
from videogen_mcp.executions.journal_spending import NO_LIMITS, Limits
from videogen_mcp.executions.kinds import WORKFLOW_RUN, Handle, Kind, Started
from videogen_mcp.executions.lists import Listed, Lists
from videogen_mcp.executions.recovery import Search, recover
from videogen_mcp.executions.timing import (
    CANCEL_TIMEOUT,
    LISTED_DISTRUST,
    RECOVERY_POLLS,
    STEP_LISTS,
    SUBMIT_AND_SLACK,
    SUBMIT_POLL,
)
from videogen_mcp.executions.wording import settings_text

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be submitted, for the workflow of that name: `path` with its ids in it, `body` in today's wire names.

    `then_export` is the body of the export that is to follow it, where one is. Raise BadRequest for a path that an id
    has broken.
    """

    kind: Kind
    workflow: str
    label: str
    path: str
    body: Mapping[str, Any]
    then_export: Mapping[str, Any] | None = None
    project_id: str | None = None
    """The project that it is about, and listed with where projects have lists; None while that is not known."""
    defaults: Mapping[str, str] = field(default_factory=dict)
    sound: str | None = None
    """What answers tell of what was left out, in words by argument, and of the sound (`Workflow`)."""

    def __post_init__(self) -> None:
        if self.project_id is None:
            object.__setattr__(self, "project_id", self.kind.project(self.path, self.body))

    @property
    def requested(self) -> int:
        """How many results it asks for."""
        return int(self.body.get("numResults") or 1)

    @property
    def edits(self) -> tuple[str, ...]:
        """The types of the edits that it asks for, in order."""
        return tuple(str(action.get("type")) for action in self.body.get("remixActions") or ())


@dataclass(slots=True)
class Submission:
    """One submit on its way. It goes on when its call is cancelled: what the service took must become known."""

    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    done: anyio.Event = field(default_factory=anyio.Event)
    handle: Handle | None = None
    error: VideoGenError | None = None
    is_step: bool = False
    """It follows another execution, and any process may submit it: only one does, as the journal has it."""
    starts: str | None = None
    """How many starts of the hour are used, where they are limited."""
    unwanted: bool = False
    """The client cancelled and the user's policy is to cancel upstream: done as soon as there is an id."""
    wish: Wish | None = None
    """Who asked for it; None for a step, which nobody asks for by itself."""

    async def outcome(self) -> Handle:
        """Return the handle once the service took it. Raises what kept it from being taken."""
        await self.done.wait()
        if self.handle is None:
            raise self.error or Unclear("the server was stopped while submitting")
        return self.handle


EARLIER = "the service answered with the id of an earlier execution"


@dataclass
class Submitter:
    """Submits in background tasks, as many as the limits allow. `owner` can change them (`Settings.owner`)."""

    journal: Journal
    clock: Clock
    background: BackgroundTasks
    limits: Limits = NO_LIMITS
    owner: str = "the user"
    on_their_way: dict[str, Submission] = field(default_factory=dict)
    """By key, until they are done."""
    _lists: Lists = field(init=False)

    def __post_init__(self) -> None:
        self._lists = Lists(self.clock)

    async def submit(self, upstream: Upstream, order: Order, wish: Wish, *, again: bool = False) -> Submission | Entry:
        """Journal the submit and send it off; where the same call had begun an execution before it was cut, return that
        instead, unless it is to be submitted `again`. Raises Refusal when a limit of spending is reached, or it cannot
        be written down where that is required."""
        submission = Submission(wish=wish)
        try:
            begun = await self.journal.submitting(
                submission.key,
                account=upstream.account,
                workflow=order.workflow,
                label=order.label,
                kind=order.kind.name,
                project_id=order.project_id,
                edits=order.edits,
                then_export=order.then_export,
                requested=order.requested,
                settings=settings_text(order.defaults, None, order.sound),
                wish=wish,
                again=again,
                now=self.clock.time(),
                limits=self.limits,
            )
        except DatabaseUnavailable:
            raise _not_written(self.journal.notice) from None
        except SpendingLimitError as reached:
            setting = "SUBJECT_EXECUTIONS" if reached.spent.of_subject else "MAX_EXECUTIONS"
            raise Refusal(
                "spending_limit",
                f"{reached}, and VIDEOGEN_MCP_{setting} allows {reached.spent.limit}",
                f"The next one is allowed in {duration_text(max(reached.frees_at - self.clock.time(), 0.0))}."
                f" Only {self.owner} can raise the limit, in the configuration of this server",
            ) from None
        if isinstance(begun, Entry):
            return begun
        if begun is not None:
            videos = begun.kinds.count(WORKFLOW_RUN.name)
            submission.starts = f"{len(begun.kinds)} of {begun.limit} starts of this hour used, {videos} for videos."
        return self._send_off(submission, upstream, order)

    async def submit_step(self, upstream: Upstream, order: Order, entry: Entry) -> Submission | None:
        """Send off what follows the execution of `entry`; None where another submit of it may have left, from here or
        from another process, or it is not wanted any more. Raises Refusal where nobody else could know of it."""
        key = await self.journal.take_step(
            entry, account=upstream.account, workflow=order.workflow, kind=order.kind.name, now=self.clock.time()
        )
        if key is None:
            return None
        if self.journal.notice is not None:
            self.journal.refused(key, "the journal fails", self.clock.time())
            raise _only_here(self.journal.notice)
        return self._send_off(Submission(key, is_step=True), upstream, order)

    def _send_off(self, submission: Submission, upstream: Upstream, order: Order) -> Submission:
        self.on_their_way[submission.key] = submission
        self.background.start(self._send, submission, upstream, order)
        return submission

    async def _send(self, submission: Submission, upstream: Upstream, order: Order) -> None:
        key, sent = submission.key, False
        try:
            listed = await self._listed(submission, upstream, order)
            if listed is not None:
                ago = self.clock.monotonic() - listed.asked
                leaves = await self.journal.leaving(key, listed.execution_ids, listed.asked_at, ago)
            else:
                leaves = await self.journal.leaving(key, None, self.clock.time())
            if submission.is_step and self.journal.notice is not None:
                raise _only_here(self.journal.notice)
            if self.journal.required and (self.journal.notice is not None or not leaves):
                raise _not_written(self.journal.notice)
            sent = True
            with anyio.fail_after(SUBMIT_AND_SLACK):
                handle = await self._started(key, upstream, order)
            with anyio.CancelScope(shield=True):
                await self._accepted(key, upstream, order, handle, listed)
            submission.handle = handle
        except TimeoutError:
            await self._unclear(submission, upstream, order, Unclear("the service did not answer in time"))
        except VideoGenError as error:
            if error.may_have_started:
                await self._unclear(submission, upstream, order, error)
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
        finally:
            self.on_their_way.pop(key, None)
            submission.done.set()
            _record(submission, upstream, order)
        if submission.unwanted and submission.handle:
            await cancel_quietly(upstream, submission.handle)

    async def _listed(self, submission: Submission, upstream: Upstream, order: Order) -> Listed | None:
        """Return what is listed before the submit; None where that cannot be had in time.

        What follows another execution has time, and without that list it could not be told from what others start: so
        it is not sent before. Raises ConnectionFailed.
        """
        kind = order.kind.starts if order.kind.starts is not None and order.project_id is not None else order.kind
        listed = await self._lists.before(upstream, kind, order.project_id)
        if not submission.is_step or not order.kind.listed_by(upstream.dialect, order.project_id):
            return listed
        for _ in range(STEP_LISTS):
            if listed is not None:
                return listed
            await self.clock.sleep(LISTED_DISTRUST)
            listed = await self._lists.before(upstream, order.kind, order.project_id)
        if listed is None:
            raise ConnectionFailed("what the project has already cannot be listed")
        return listed

    async def _started(self, key: str, upstream: Upstream, order: Order) -> Handle:
        """Submit and return what was started. A refusal that may come from a gateway is looked into before it is
        believed, and before the submit is sent again. Raises VideoGenError."""
        if not order.kind.listed_by(upstream.dialect, order.project_id):
            return _handle(order, await order.kind.submit(upstream.client, order.path, order.body))
        began, attempt = self.clock.monotonic(), 0
        while True:
            sent = await self._attempt(upstream, order)
            if isinstance(sent, Handle):
                return sent
            attempt += 1
            elapsed = self.clock.monotonic() - began
            delay = retry_delay(sent, once=True, attempt=attempt, elapsed=elapsed, chance=0.0, policy=SUBMIT_RETRY)
            found = await self._search(key, upstream, order, max(delay or 0.0, RECOVERY_POLLS[0]))
            if found.found:
                return _handle(order, found.found)
            if found.verdict == "several" or (found.verdict == "unknown" and is_for_now(sent)):
                sent.may_have_started = True
                raise sent
            if delay is None:
                raise sent

    async def _attempt(self, upstream: Upstream, order: Order) -> Handle | ApiError:
        """Return what was started, or a refusal that may come from a gateway. Raises VideoGenError."""
        client = upstream.client.with_options(repeat_refused=False)
        try:
            return _handle(order, await order.kind.submit(client, order.path, order.body))
        except ApiError as refusal:
            if refusal.may_have_started or is_certain(refusal):
                raise
            return refusal

    async def _accepted(
        self, key: str, upstream: Upstream, order: Order, handle: Handle, listed: Listed | None
    ) -> None:
        """Journal the id. Raise Unclear for that of an execution that was there before: then the response was that to
        an earlier submit."""
        speaker = upstream.client.speakers.chosen(order.path, order.body)
        settings = settings_text(order.defaults, speaker, order.sound)
        known = handle.project_id, handle.project_url, handle.actions, settings
        now, execution_id = self.clock.time(), handle.execution_id
        if listed is not None:
            if execution_id in listed.execution_ids:
                raise Unclear(EARLIER)
            if await self.journal.claim(key, execution_id, now, *known):
                return
            entry = await self.journal.find(upstream.account, execution_id)
            if entry is not None and entry.key != key:
                raise Unclear(EARLIER)
        self.journal.accepted(key, execution_id, now, *known)

    async def _unclear(self, submission: Submission, upstream: Upstream, order: Order, error: VideoGenError) -> None:
        """Journal that it is unclear, then ask whether the service lists an execution that is proven to be it."""
        submission.error = error
        self.journal.unclear(submission.key, type(error).__name__, self.clock.time())
        if not order.kind.listed_by(upstream.dialect, order.project_id):
            return
        for delay in RECOVERY_POLLS:
            found = await self._search(submission.key, upstream, order, delay)
            if found.found:
                submission.handle = _handle(order, found.found)
                return
            submission.error = SubmitUnclear(error, found.candidates, absent=found.verdict == "absent")

    async def _search(self, key: str, upstream: Upstream, order: Order, delay: float) -> Search:
        await self.clock.sleep(delay)
        try:
            found = await recover(upstream, order.kind, self.journal, self.clock, only=key)
        except VideoGenError as trouble:
            log.warning("could not look for the execution of a broken submit: %s", trouble)
            return Search("unknown")
        return found.get(key, Search("unknown"))

    async def settle(self, cut: Entry, upstream: Upstream, kind: Kind) -> Entry | None:
        """Return the row of a submit once it has an id or is known to have started nothing; None where it is gone.

        Raises VideoGenError, SubmitUnclear where it stays unknown.
        """
        entry: Entry | None = cut
        while entry is not None and entry.execution_id is None and entry.state == "submitting":
            await self.clock.sleep(SUBMIT_POLL)  # another process is about to know
            entry = await self.journal.entry(cut.key)
        if entry is None or entry.execution_id is not None or entry.state == "refused":
            return entry
        found = Search("unknown")
        for delay in RECOVERY_POLLS if kind.listed_by(upstream.dialect, entry.project_id) else ():
            await self.clock.sleep(delay)
            found = (await recover(upstream, kind, self.journal, self.clock, only=cut.key))[cut.key]
            if found.verdict == "found" or await self._is_refused(cut.key):
                return await self.journal.entry(cut.key)
        if found.verdict == "absent" and upstream.sandbox:
            self.journal.absent(cut.key, self.clock.time())  # no gateway stands before it that could start it later
            return None
        raise SubmitUnclear(
            Unclear("an earlier submit of it broke off"), found.candidates, absent=found.verdict == "absent"
        )

    async def _is_refused(self, key: str) -> bool:
        entry = await self.journal.entry(key)
        return entry is None or entry.state == "refused"


def _handle(order: Order, started: Started) -> Handle:
    then_export = order.then_export is not None
    return Handle(order.kind, *started._replace(project_id=started.project_id or order.project_id), then_export)


def _record(submission: Submission, upstream: Upstream, order: Order) -> None:
    """Record what became of a submit; nothing where this server was stopped over it."""
    wish, error = submission.wish, submission.error
    if submission.handle is None and error is None:
        return
    lost: telemetry.Outcome = "unclear" if error is not None and error.may_have_started else "refused"
    telemetry.submitted(
        order.workflow,
        lost if submission.handle is None else "accepted",
        execution_id=submission.handle.execution_id if submission.handle is not None else None,
        account=upstream.account,
        subject=wish.subject if wish is not None else None,
        client=wish.client if wish is not None else None,
    )


def _only_here(notice: str) -> Refusal:
    """Return the refusal to submit what several processes may submit, when others could not learn of it."""
    return Refusal("journal_fails", f"it is not started while others could start it, too: {notice}")


def _not_written(notice: str | None) -> Refusal:
    """Return the refusal to submit what could not be found again."""
    return Refusal(
        "journal_unavailable",
        f"it could not be written down. {notice or 'This server was taken for dead.'}",
        "Nothing was made or billed: call again in a minute",
    )


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
