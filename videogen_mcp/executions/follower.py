"""Following executions of all kinds: to their end, all together, or until they are cancelled."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import anyio

from videogen_mcp.api.errors import ApiError, Conflict, VideoGenError
from videogen_mcp.calls import messages
from videogen_mcp.calls.call import Call, Followed
from videogen_mcp.calls.hosts import GIVEN_UP
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import Reply, combined
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.executions.background import BackgroundTasks
from videogen_mcp.executions.chains import EXPORT, Chains
from videogen_mcp.executions.delivery import Delivery
from videogen_mcp.executions.ids import refuse_other_ids, without_project
from videogen_mcp.executions.journal import Entry, Journal
from videogen_mcp.executions.kinds import PROJECT_EXPORT, Begun, Handle, Kinds
from videogen_mcp.executions.locating import project_of
from videogen_mcp.executions.polled import FINAL_ERRORS, lacks_results
from videogen_mcp.executions.poller import Pollers
from videogen_mcp.executions.schedule import BACKOFF, Mark, Seen
from videogen_mcp.executions.started import started_by
from videogen_mcp.executions.submission import cancel_quietly
from videogen_mcp.executions.timing import CANCEL_OUTCOME, HELD_UP, LAST_POLL, POLL_TIMEOUT, UNKNOWN_TYPICAL

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution

log = logging.getLogger(__name__)

LEARNED_FROM = 3
"""Polled executions of a workflow from which its own durations count more than the declared ones."""

FAILED_LOOK = 3
"""As how many failed polls in a row one counts that nobody remembers: some seconds until the next one (BACKOFF)."""

CANCEL_TAKEN = "VideoGen took the cancel; that it has ended was not seen yet."
"""What answers tell until then."""

Typical = tuple[float, float]
"""Seconds that executions usually take, from and to."""


class Expected(NamedTuple):
    """How long an execution will probably take; `known` from earlier ones."""

    typical: Typical
    known: bool


@dataclass(frozen=True)
class Follower:
    """Follows executions. `cancels` is VIDEOGEN_MCP_ON_CANCEL=cancel: one whose client is gone is cancelled upstream.

    Handlers raise VideoGenError; what a call is about is in `call.followed` as soon as it is known, so that every
    answer names the execution.
    """

    journal: Journal
    clock: Clock
    background: BackgroundTasks
    chains: Chains
    pollers: Pollers
    delivery: Delivery
    kinds: Kinds
    cancels: bool = False

    async def follow(self, execution_id: str, call: Call, save_to: str | None = None) -> Reply:
        """Go on waiting for an execution of this account, also one that was not submitted from here; a call that does
        not wait polls it once. `save_to`: where its results are saved, instead of what an earlier call said. Raises
        VideoGenError."""
        self.delivery.refuse_saving(save_to)
        refuse_other_ids(execution_id)
        call.wait_as_asked()
        call.followed = Followed(None, None, execution_id)
        handle, call.followed = await self._recall(execution_id, call, save_to)
        call.on_client_cancellation = partial(self.cancel_later, handle, call)
        upstream = await call.connect()
        handle = await self._located(handle, call.followed, upstream)
        await self._go_on(handle, call, call.followed, upstream, once=not call.patient)
        return await self.answer(call, call.followed, upstream)

    async def follow_all(self, execution_ids: Sequence[str], call: Call, save_to: str | None = None) -> Reply:
        """Go on waiting for several executions until all have ended, and answer with all of them; what went wrong with
        one is its own answer. `save_to` as in `follow`. Raises VideoGenError."""
        self.delivery.refuse_saving(save_to)
        call.wait_as_asked()
        upstream = await call.connect()
        call.several = [Followed(None, None, execution_id) for execution_id in execution_ids]

        async def follow(place: int) -> None:
            followed = call.several[place]
            try:
                refuse_other_ids(execution_ids[place])
                handle, call.several[place] = await self._recall(execution_ids[place], call, save_to)
                followed = call.several[place]
                handle = await self._located(handle, followed, upstream)
                await self._go_on(handle, call, followed, upstream, once=not call.patient)
                followed.answer = await self.answer(call, followed, upstream)
            except VideoGenError as error:
                followed.answer = messages.failure(error, call, followed)

        async with anyio.create_task_group() as tasks:
            for place in range(len(execution_ids)):
                tasks.start_soon(follow, place)
        return self._all_of(call)

    async def look(self, begun: Begun, call: Call, declared: Typical = UNKNOWN_TYPICAL) -> tuple[Reply, float]:
        """Poll an execution once, for a client that goes on polling it: return the answer, and after how many seconds
        the next one may be another. `declared` are the seconds its workflow takes, from and to.

        Trouble that may pass is no end of it: then it still runs. Raises VideoGenError for other trouble.
        """
        handle, followed = await self._recall(begun.execution_id, call, begun=begun)
        call.followed = followed
        try:
            upstream = await call.connect()
            handle = await self._located(handle, followed, upstream)
            with anyio.fail_after(POLL_TIMEOUT):
                await self._go_on(handle, call, followed, upstream, once=True, retry=False)
            if followed.state is not None and lacks_results(followed.state):
                await self.watch(
                    handle, call, followed, upstream, await self.typical(upstream, followed.workflow, declared)
                )
            reply = await self.answer(call, followed, upstream)
        except FINAL_ERRORS:
            raise
        except (VideoGenError, TimeoutError) as trouble:
            why = trouble.message if isinstance(trouble, VideoGenError) else "the service did not answer in time"
            call.note = f"It could not be polled just now: {why}"
            return self.delivery.running(call, followed), await self._poll_after(
                handle, call, followed, declared, trouble
            )
        entry = await self.journal.find(call.account, begun.execution_id)
        if entry is not None and reply.structured["status"] == "running":
            self.polled(entry.key, followed.elapsed(self.clock.monotonic()) or 0.0)
        return reply, await self._poll_after(handle, call, followed, declared)

    def polled(self, key: str, age: float) -> None:
        """Note that its client polls a submit of `age` seconds by itself.

        Clients stop polling without a word. Who then makes the same call means that execution, as over stdio for calls
        that wait: only a call made within GIVEN_UP seconds wants another one.
        """
        self.journal.polled(key, self.clock.time(), max(GIVEN_UP - age, 0.0))

    async def cancel(self, execution_id: str, call: Call, begun: Begun | None = None) -> Reply:
        """Cancel an execution and tell what really happened: it may have ended before. A call that does not wait polls
        it once afterwards. `begun` helps where the journal does not know it; who has that polls by itself and sees
        what came of it. Raises VideoGenError."""
        refuse_other_ids(execution_id)
        call.shorten(CANCEL_OUTCOME)
        call.followed = Followed(None, None, execution_id)
        handle, call.followed = await self._recall(execution_id, call, begun=begun)
        upstream = await call.connect()
        handle = await self._located(handle, call.followed, upstream)
        if handle.kind.cancel is None:
            await self._stop(handle, call, call.followed, upstream)
        else:
            try:
                await handle.kind.cancel(upstream.client, handle)
                call.note = CANCEL_TAKEN
            except Conflict:
                call.note = f"{execution_id} had ended before it could be cancelled."
            if begun is None:
                await self._go_on(handle, call, call.followed, upstream, once=not call.patient)
            if call.followed.state is not None and call.followed.state.is_terminal:
                call.note = None
        reply = await self.answer(call, call.followed, upstream)
        # Cancelled is what was asked for here, not an error.
        return replace(reply, is_error=reply.is_error and reply.structured["status"] != "cancelled")

    async def answer(self, call: Call, followed: Followed, upstream: Upstream) -> Reply:
        """Return the answer for what is known of an execution when the wait is over, and of what that has started."""
        state, entry = followed.state, None
        if state is not None and state.is_terminal:
            entry = await self.journal.find_ended(upstream.account, state.execution_id)
        if state is not None and state.status == "succeeded":
            followed.started_id = await started_by(state, entry, upstream, self.journal, self.kinds, self.clock)
        return await self.delivery.answer(call, followed, entry, upstream)

    async def late(self, call: Call) -> Reply:
        """Answer a call whose time is over with what is known of its execution."""
        if call.several:
            return self._all_of(call)
        followed = call.followed
        if followed is None or not (followed.submitted or followed.execution_id):
            return messages.late(call)
        if call.upstream is not None and followed.execution_id and call.elapsed > call.budget + HELD_UP:
            await self._poll_again(followed.execution_id, call, followed, call.upstream)
        if call.upstream is None or followed.state is None:
            return self.delivery.running(call, followed)
        return await self.answer(call, followed, call.upstream)

    def began(self, entry: Entry | None) -> float | None:
        """Return the monotonic time of its submit, None where that is unknown."""
        age = self.journal.greatest_age(entry, self.clock.time()) if entry is not None else None
        return None if age is None else self.clock.monotonic() - age

    def cancel_later(self, handle: Handle | None, call: Call) -> None:
        """Cancel the execution of a call that its client has cancelled, where the user wants that."""
        if self.cancels and handle is not None and call.upstream is not None:
            self.cancel_upstream(handle, call.upstream)

    def cancel_upstream(self, handle: Handle, upstream: Upstream) -> None:
        """Cancel an execution that nobody wants any more, in the background; what was to follow it does not."""
        self.background.start(self._cancel, handle, upstream)

    async def typical(self, upstream: Upstream, workflow: str | None, declared: Typical = UNKNOWN_TYPICAL) -> Expected:
        """Return what the journal learned of a workflow; `declared` while that is too little."""
        seen = sorted(await self.journal.durations(upstream.account, workflow)) if workflow else []
        if len(seen) < LEARNED_FROM:
            return Expected(declared, known=False)
        quick, slow = math.floor(len(seen) * 0.1), math.ceil(len(seen) * 0.9) - 1
        return Expected((seen[quick], seen[slow]), known=True)

    # -- the steps ---------------------------------------------------------------------------------------------------

    async def _cancel(self, handle: Handle, upstream: Upstream) -> None:
        if handle.then_export:
            await self.journal.halt(upstream.account, handle.execution_id)
        await cancel_quietly(upstream, handle)

    async def _poll_again(self, execution_id: str, call: Call, followed: Followed, upstream: Upstream) -> None:
        """Poll once more, for the process stood still and the last state is old; it is kept if that does not work."""
        handle = self.kinds.handle(execution_id, await self.journal.find(upstream.account, execution_id))
        with anyio.move_on_after(LAST_POLL):
            try:
                await self._go_on(handle, call, followed, upstream, once=True)
            except VideoGenError as error:
                log.info("execution %s could not be polled: %s", execution_id, error)

    async def _poll_after(
        self, handle: Handle, call: Call, followed: Followed, declared: Typical, trouble: Exception | None = None
    ) -> float:
        """Return the seconds after which another look at an execution is worth it; `trouble` kept this one from it."""
        if call.upstream is None:
            return BACKOFF.first
        elapsed = followed.elapsed(self.clock.monotonic()) or 0.0
        percent = followed.state.progress_percentage if followed.state is not None else None
        typical, known = await self.typical(call.upstream, followed.workflow, declared)
        seen = Seen(
            elapsed,
            typical,
            known,
            marks=[Mark(elapsed, percent)] if percent is not None else (),
            failures=FAILED_LOOK if trouble is not None else 0,
            retry_after=trouble.retry_after if isinstance(trouble, ApiError) else None,
        )
        return self.pollers.of(call.upstream).poll_after(handle.kind, seen)

    async def _go_on(
        self,
        handle: Handle,
        call: Call,
        followed: Followed,
        upstream: Upstream,
        *,
        once: bool = False,
        retry: bool = True,
    ) -> None:
        """Follow an execution that was submitted before; `once`: poll it once, and begin what is due."""
        if not once:
            await self.watch(handle, call, followed, upstream, await self.typical(upstream, followed.workflow))
            return
        step = await self.chains.step(handle, upstream)
        state = await self.pollers.of(upstream).poll(step, followed.began, retry=retry)
        followed.state = self.chains.shown(handle, state)
        if state.next_step_due:
            await self.chains.next_step(handle, upstream)

    async def watch(
        self, handle: Handle, call: Call, followed: Followed, upstream: Upstream, expected: Expected
    ) -> None:
        """Poll to the end, telling the host of every change; what follows an execution that is done, too."""
        step = await self.chains.step(handle, upstream)
        while True:
            began, usual = followed.began, expected
            if step.execution_id != handle.execution_id:
                began = self.began(await self.journal.find(upstream.account, step.execution_id))
                usual = await self.typical(upstream, EXPORT)
            began = self.clock.monotonic() if began is None else began
            following = self.pollers.of(upstream).following(step, began=began, typical=usual.typical, known=usual.known)
            async with following as polled:
                async for state in polled.states():
                    followed.state = self.chains.shown(handle, state)
                    await self._tell(call, followed.state)
            if polled.latest is None or not polled.latest.next_step_due:
                return
            await call.report("starting the export")
            step = await self.chains.next_step(handle, upstream)
            if step.execution_id == handle.execution_id:
                handle = step

    async def _tell(self, call: Call, state: Execution) -> None:
        """Report how an execution stands, or how all do that the call follows."""
        if not call.several:
            await call.report(state.status, percent=state.progress_percentage)
            return
        percents = [
            100.0 if one.answer is not None else (one.state.progress_percentage or 0.0) if one.state else 0.0
            for one in call.several
        ]
        ended = sum(one.answer is not None for one in call.several)
        await call.report(f"{ended} of {len(call.several)} ended", percent=sum(percents) / len(percents))

    async def _stop(self, handle: Handle, call: Call, followed: Followed, upstream: Upstream) -> None:
        """Let nothing follow an execution that cannot be cancelled. Raises Refusal where there is nothing to stop."""
        halted = handle.then_export and await self.journal.halt(upstream.account, handle.execution_id)
        step = handle
        if halted:
            entry = await self.journal.find(upstream.account, handle.execution_id)
            step = self.kinds.handle(handle.execution_id, entry)
        state = await self.pollers.of(upstream).poll(await self.chains.step(step, upstream), followed.began)
        followed.state = self.chains.shown(step, state)
        if halted:
            call.note = f"{handle.kind.cannot_cancel}, so they go on; no export follows them any more."
        elif not state.is_terminal:
            raise Refusal(
                "not_supported",
                PROJECT_EXPORT.cannot_cancel if handle.then_export else handle.kind.cannot_cancel,
                f'It goes on: call wait_for_execution with execution_id "{handle.execution_id}" for its result',
            )

    def _all_of(self, call: Call) -> Reply:
        """Return the answers about all executions that a call follows."""
        return combined([one.answer or self.delivery.running(call, one) for one in call.several])

    async def _recall(
        self, execution_id: str, call: Call, save_to: str | None = None, begun: Begun | None = None
    ) -> tuple[Handle, Followed]:
        """Return what the journal knows of an execution, else what `begun` tells, and have the journal remember where
        its results are to be saved."""
        entry = await self.journal.find(call.account, execution_id)
        handle = self.kinds.handle(execution_id, entry)
        followed = Followed(entry.workflow if entry is not None else None, self.began(entry), execution_id)
        if entry is None and begun is not None:
            kind = self.kinds.of(execution_id, begun.kind)
            handle = replace(handle, kind=kind, project_id=begun.project_id, actions=begun.actions)
            age = self.clock.time() - begun.at
            followed.workflow, followed.began = begun.workflow, self.clock.monotonic() - age
        followed.project_id, followed.project_url = handle.project_id, handle.project_url
        if entry is not None:
            if save_to is not None:
                self.journal.saves_to(entry.key, save_to)
            save_to = save_to or entry.save_to
        followed.save_to = save_to
        return handle, followed

    async def _located(self, handle: Handle, followed: Followed, upstream: Upstream) -> Handle:
        """Return the handle with its project, where it is of no use without: the journal has that of what was started
        from here, the lists of projects that of the others. Raises VideoGenError, Refusal where none has it."""
        if not handle.kind.needs_project or handle.project_id is not None:
            return handle
        project_id = followed.project_id = await project_of(handle, upstream, self.journal)
        if project_id is None:
            raise without_project(handle.execution_id)
        return replace(handle, project_id=project_id)
