"""How one call becomes one execution and one answer, whatever breaks in between."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from videogen_mcp.api.errors import BadRequest, NotSupported
from videogen_mcp.calls.call import Call, Followed
from videogen_mcp.calls.hosts import GIVEN_UP, SHORTEST_LIMIT, before, limit_given_up_at
from videogen_mcp.calls.messages import Refusal, SubmitUnclear
from videogen_mcp.calls.replies import Reply, duration_text
from videogen_mcp.calls.timing import WAITING_FOR_NOTHING
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.executions.assistants import assistant_id
from videogen_mcp.executions.follower import Follower
from videogen_mcp.executions.journal import Entry, Journal, Wish
from videogen_mcp.executions.kinds import Handle, Kinds
from videogen_mcp.executions.submission import Order, Submission, Submitter
from videogen_mcp.executions.wording import OTHERWISE, in_words_of
from videogen_mcp.media.resolve import MediaResolver

if TYPE_CHECKING:
    from videogen_mcp.workflows.base import Workflow

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Runner:
    """Runs workflows. Whatever `follower` does for executions, it does for what is begun here.

    Handlers raise VideoGenError; what a call is about is in `call.followed` from the first moment on, so that every
    answer names the execution if there is one.
    """

    journal: Journal
    clock: Clock
    submitter: Submitter
    media: MediaResolver
    follower: Follower
    kinds: Kinds
    waiting: dict[str, Waiting] = field(default_factory=dict)
    """The calls that wait for a submit, by its key."""

    async def run(self, request: Workflow, call: Call) -> Reply:
        """Submit one execution, poll it for as long as the host listens, and answer. Raises VideoGenError."""
        followed = call.followed = Followed(request.tool_name(), call.arrived, save_to=request.save_to)
        self.follower.delivery.refuse_saving(request.save_to, makes_files=request.makes_files)
        try:
            upstream = await call.connect()
            handle = await self._begin(await self._order(request, call, followed, upstream), call, followed, upstream)
        except (NotSupported, BadRequest) as error:
            raise in_words_of(request, error) from error
        call.wait_as_asked()
        if call.patient:
            expected = await self.follower.typical(upstream, followed.workflow, request.typical_seconds)
            await self.follower.watch(handle, call, followed, upstream, expected)
        return await self.follower.answer(call, followed, upstream)

    # -- the steps ---------------------------------------------------------------------------------------------------

    async def _order(self, request: Workflow, call: Call, followed: Followed, upstream: Upstream) -> Order:
        """Return what a request is to submit, with its media there. Raises VideoGenError."""
        if upstream.dialect.name not in request.eras:
            raise NotSupported(request.path, "this version of the API does not have this tool")
        asked = request.assistant_of()
        path = request.submit_path(await assistant_id(asked, upstream.client) if asked is not None else "")
        media = await self.media.resolve(request, call)
        followed.note = await _checked(request, media, upstream)
        order = Order(
            self.kinds.named(request.kind),
            request.tool_name(),
            request.label,
            path,
            request.wire(media),
            request.export_body(),
            asked.project_id if asked is not None else None,
            request.defaults(),
            request.sound(),
        )
        followed.project_id = order.project_id
        return order

    async def _begin(self, order: Order, call: Call, followed: Followed, upstream: Upstream) -> Handle:
        """Submit, unless the same call did so before it was cut: then return what that one began."""
        await call.report("submitting")
        wish = _wish(order, call, upstream)
        self._give_up(wish)
        handle, again = None, False
        while handle is None:
            begun = await self.submitter.submit(upstream, order, wish, again=again)
            if isinstance(begun, Submission):
                handle = await self._submitted(begun, wish, call, followed, upstream)
            else:
                handle, again = await self._resume(begun, wish, call, followed, upstream), True
        call.accepted(handle.execution_id)
        followed.project_id, followed.project_url = handle.project_id, handle.project_url
        await call.report("accepted")
        return handle

    async def _submitted(
        self, submission: Submission, wish: Wish, call: Call, followed: Followed, upstream: Upstream
    ) -> Handle:
        """Return what the service took. Raises VideoGenError."""
        call.note = None
        if followed.save_to is not None:
            self.journal.saves_to(submission.key, followed.save_to)
        followed.submitted, followed.began = True, self.clock.monotonic()
        self._attend(submission.key, wish, call, submission)
        try:
            handle = await submission.outcome()
            call.note = submission.starts
            return handle
        finally:
            call.note = " ".join(filter(None, (call.note, self.journal.notice))) or None

    async def _resume(
        self, cut: Entry, wish: Wish, call: Call, followed: Followed, upstream: Upstream
    ) -> Handle | None:
        """Return the execution of a submit whose call was cut; None when it was not started after all.

        Raises VideoGenError, SubmitUnclear where it is not known.
        """
        followed.submitted, followed.began = True, self.follower.began(cut)
        if followed.save_to is not None:
            self.journal.saves_to(cut.key, followed.save_to)
        followed.save_to = followed.save_to or cut.save_to
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
            self._attend(cut.key, wish, call, submission)
            return await submission.outcome()
        self._attend(cut.key, wish, call, None)
        try:
            entry = await self.submitter.settle(cut, upstream, self.kinds.named(cut.kind))
        except SubmitUnclear:
            self.journal.forget_cut(cut.key)  # whoever asks again after this answer wants a new one
            raise
        if entry is not None and entry.execution_id is not None:
            handle = self.kinds.handle(entry.execution_id, entry)
            self._attend(cut.key, wish, call, handle)
            return handle
        call.on_client_cancellation = call.on_answer = None
        self.waiting.pop(cut.key, None)
        self.journal.answered(cut.key)
        return None

    def _give_up(self, wish: Wish) -> None:
        """End the call that waits for the same wish if its client seems to have stopped waiting without a word.

        What it began goes on for who asks again.
        """
        for key, waiting in list(self.waiting.items()):
            call = waiting.call
            if waiting.wish == wish and call.caller.may_leave_unheard and call.elapsed >= GIVEN_UP:
                log.info("%s is made again after %.1f s: its client gave up on the first", call.tool, call.elapsed)
                limit, now = limit_given_up_at(call.elapsed), self.clock.time()
                call.give_up()
                del self.waiting[key]
                self.journal.cut(key, limit, now)
                self.journal.client_cancelled(call.caller.habits, limit, now)

    def _attend(self, key: str, wish: Wish, call: Call, begun: Submission | Handle | None) -> None:
        """Note how the call that waits for this submit ends: with an answer, or cut by the client."""
        waiting = self.waiting[key] = Waiting(self, key, wish, call, begun)
        call.on_client_cancellation, call.on_answer = waiting.cut, waiting.answered


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that was neither answered nor cut, and the submit that it waits for, or the execution it became."""

    runner: Runner
    key: str
    wish: Wish
    call: Call
    begun: Submission | Handle | None

    def answered(self) -> None:
        """Its client has the answer."""
        runner, call = self.runner, self.call
        runner.waiting.pop(self.key, None)
        followed = call.followed
        if call.polled and call.execution_id is not None:
            runner.follower.polled(self.key, call.elapsed)
        elif followed is None or followed.state is None or not followed.state.is_terminal:
            runner.journal.answered(self.key)  # Else its end is delivered, which says as much.

    def cut(self) -> None:
        """Its client has cancelled it: the execution goes on, unless the user wants it to be cancelled, too."""
        runner, begun = self.runner, self.begun
        runner.waiting.pop(self.key, None)
        if runner.follower.cancels:
            runner.journal.answered(self.key)  # it is being cancelled: asked again, it is started again
        else:
            runner.journal.cut(self.key, self.call.elapsed, runner.clock.time())
        if isinstance(begun, Submission):
            begun.unwanted = runner.follower.cancels and begun.handle is None
            begun = begun.handle
        runner.follower.cancel_later(begun, self.call)


async def _checked(request: Workflow, media: Mapping[str, str], upstream: Upstream) -> str | None:
    """Return what the answer has to tell besides. Raises VideoGenError, Refusal for a file that does not fit."""
    from videogen_mcp.workflows.checked import ChecksFile  # With the first call: listing the tools loads no workflow.

    if not isinstance(request, ChecksFile) or (named := request.file_to_check()) is None:
        return None
    file = await upstream.client.file(media.get(named, named))
    try:
        return request.checked(file.type, file.duration_seconds)
    except ValueError as misfit:
        raise Refusal("invalid_arguments", str(misfit), OTHERWISE) from None


def _wish(order: Order, call: Call, upstream: Upstream) -> Wish:
    """Return what makes another call the same as this one: who asks for what. Equal files have equal ids."""
    asked = json.dumps([order.workflow, order.path, order.body, order.then_export], sort_keys=True).encode()
    caller = call.caller
    return Wish(
        upstream.account, caller.account.subject, caller.client.strip().lower(), hashlib.sha256(asked).hexdigest()
    )
