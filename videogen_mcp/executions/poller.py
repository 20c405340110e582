"""Polling executions: one loop per execution however many wait for it, one budget for all of a kind.

A loop lives while somebody waits. `schedule.next_poll` decides when to poll; all loops share what is left of the
account's hour. With many executions in flight, one list answers for all of a kind where the API has such a list.

Where several processes serve an account, `sharing` says which of them polls, and when requests are sent.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup

from videogen_mcp import telemetry
from videogen_mcp.api.errors import ConnectionFailed, RateLimited, Unclear, VideoGenError
from videogen_mcp.clock import Clock
from videogen_mcp.executions.ids import not_listed
from videogen_mcp.executions.kinds import Handle, Kind
from videogen_mcp.executions.lane import HOUR, Lane, duration
from videogen_mcp.executions.polled import Polled
from videogen_mcp.executions.schedule import Allowance, Seen, next_poll
from videogen_mcp.executions.sharing.sharing import ALONE, Sharing
from videogen_mcp.executions.timing import (
    ANSWERED_WITHIN,
    EMPTY_POLLS,
    FRESH_STATE,
    HELD,
    LIST_DISTRUST,
    LIST_FROM,
    LIST_INTERVAL,
    LIST_PAGE,
    LIST_PAGES,
    LOOK_KEPT,
    NEVER_LISTED,
    POLL_TIMEOUT,
    POLLED_LATELY,
    SHARE_OF_BUDGET,
    TAKEN_AT_ONCE,
    UNKNOWN_TYPICAL,
)

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution
    from videogen_mcp.calls.upstream import Upstream
    from videogen_mcp.executions.sharing.replica import Replica

log = logging.getLogger(__name__)


class Poller:
    """Polls one account at one service. `tasks` must outlive every wait.

    `jitter` gives numbers from 0 to 1. `ended` is called with every end that is seen, and with the seconds that the
    execution took where they are known. `unreachable` is awaited when nobody answers at the address. `interval`:
    seconds between polls that the user wants instead of the schedule's.
    """

    def __init__(
        self,
        upstream: Upstream,
        clock: Clock,
        tasks: TaskGroup,
        *,
        jitter: Callable[[], float],
        ended: Callable[[Execution, float | None], None] = lambda *_: None,
        unreachable: Callable[[], Awaitable[None]] | None = None,
        interval: float | None = None,
        sharing: Sharing = ALONE,
    ) -> None:
        self._client = upstream.client
        self._dialect = upstream.dialect
        self._nearby = upstream.sandbox
        self._held = upstream.client.with_options(held=HELD) if upstream.sandbox else upstream.client
        self._clock = clock
        self._tasks = tasks
        self._jitter = jitter
        self._ended = ended
        self._unreachable = unreachable
        self._interval = interval
        self._sharing = sharing
        sharing.attach(self)
        self._lanes: dict[str, Lane] = {}

    @property
    def in_flight(self) -> int:
        """How many executions are being polled."""
        return sum(len(lane.polled) for lane in self._lanes.values())

    @asynccontextmanager
    async def following(
        self, handle: Handle, *, began: float, typical: tuple[float, float], known: bool = False, certain: bool = True
    ) -> AsyncIterator[Polled]:
        """Poll an execution, or join those who wait for it already; the last to leave ends the polling.

        `began` is the monotonic time of its submit (a guess unless `certain`), `typical` the seconds such executions
        take, from and to; `known`: they are what earlier ones took.
        """
        polled = self.join(handle, began=began, typical=typical, known=known, certain=certain)
        polled.waiting_here += 1
        if polled.waiting_here == 1:
            self._sharing.joined(polled)
        try:
            yield polled
        finally:
            polled.waiting_here -= 1
            if not polled.waiting_here:
                self._sharing.left(polled)
            self.leave(polled)

    def join(self, handle: Handle, *, began: float, typical: tuple[float, float], known: bool, certain: bool) -> Polled:
        """Begin what `following` does; `leave` ends it."""
        lane = self._lane(handle.kind)
        polled = lane.polled.get(handle.execution_id)
        if polled is None:
            polled = lane.polled[handle.execution_id] = Polled(handle, began, typical, known, certain)
            self._tasks.start_soon(self._follow, lane, polled)
        polled.waiting += 1
        return polled

    def leave(self, polled: Polled) -> None:
        """End what `join` began."""
        polled.waiting -= 1
        if not polled.waiting:
            polled.scope.cancel()
            lane = self._lane(polled.handle.kind)
            if lane.polled.get(polled.execution_id) is polled:
                del lane.polled[polled.execution_id]

    async def poll(self, handle: Handle, began: float | None = None, *, retry: bool = True) -> Execution:
        """Return the state now, or as a running loop saw it at most FRESH_STATE seconds ago. `began` is the monotonic
        time of its submit, where that is known; without `retry` it is asked for once. Raises VideoGenError."""
        lane = self._lane(handle.kind)
        polled = lane.polled.get(handle.execution_id)
        now = self._clock.monotonic()
        if polled is not None and polled.latest is not None and now - polled.polled_at < FRESH_STATE:
            return polled.latest
        if self._sharing.shared:
            return await self._have_polled(handle, began, retry=retry)
        lane.polls += 1
        state = await handle.kind.poll(self._client, handle, retry)
        self._take(lane, state, polled, began)
        return state

    async def _have_polled(self, handle: Handle, began: float | None, *, retry: bool) -> Execution:
        """Return the state as some process saw it at most LOOK_KEPT seconds ago, or sees it now. Where polls must wait
        for their turn, an older one is better than none. Raises VideoGenError."""
        now = self._clock.monotonic()
        since, begins, certain = now - LOOK_KEPT, now if began is None else began, began is not None
        async with self.following(handle, began=begins, typical=UNKNOWN_TYPICAL, certain=certain) as polled:
            with self._sharing.asking(polled):
                with anyio.move_on_after(ANSWERED_WITHIN):
                    await polled.seen_since(since, patient=retry)
                if polled.latest is None:
                    with anyio.move_on_after(POLL_TIMEOUT):
                        await polled.seen_since(since, patient=retry)
        if polled.latest is None or (polled.trouble is not None and not retry):
            raise polled.trouble or Unclear(f"it was not polled within {POLL_TIMEOUT:.0f} s")
        return polled.latest

    def poll_after(self, kind: Kind, seen: Seen) -> float:
        """Return the seconds after which another `poll` is worth it, for one who polls an execution by itself; `seen`
        is what that one knows of it."""
        lane, now = self._lane(kind), self._clock.monotonic()
        lately = sum(now - at < POLLED_LATELY for at in lane.running.values())
        allowance = self._allowance(lane, by_list=False)
        return next_poll(
            replace(seen, in_flight=lately, allowance=allowance, nearby=self._nearby, interval=self._interval)
        )

    def take_shared(self, polled: Polled, state: Execution, at: float, *, over: bool) -> None:
        """Take in what the poller of another process saw at a monotonic time of this one, which has noted its end;
        `over`: it found that nothing new will come."""
        if over:
            polled.empty = EMPTY_POLLS
        polled.take(state, at)
        if not state.is_terminal:
            self._lane(polled.handle.kind).running[polled.execution_id] = at

    def wake(self, execution_id: str) -> bool:
        """Poll this execution now, for something happened to it; return whether it is this process that polls it."""
        for lane in self._lanes.values():
            polled = lane.polled.get(execution_id)
            if polled is not None and self._sharing.leads(polled):
                polled.woken.set()
                return True
        return False

    def _lane(self, kind: Kind) -> Lane:
        return self._lanes.setdefault(kind.name, Lane(kind, self._clock.monotonic()))

    async def _follow(self, lane: Lane, polled: Polled) -> None:
        with polled.scope:
            while not polled.over:
                await self._sharing.lead(polled)
                woken = await self._pause(lane, polled)
                if not self._sharing.leads(polled):
                    continue
                if self._many(lane) and polled.listed and not woken:
                    await self._poll_list(lane, polled)
                else:
                    await self._poll_one(lane, polled)

    async def _pause(self, lane: Lane, polled: Polled) -> bool:
        """Sleep until the next poll is due. Polls that others made meanwhile (a list) move it.

        Return True when somebody asked for this poll, which then is a single one at once: lists are kept apart in time.
        """
        while True:
            seen_at = polled.polled_at
            now = self._clock.monotonic()
            paced_by = polled.asked_at if self._nearby and not self._many(lane) else seen_at
            due = max(paced_by, polled.began) if seen_at else now
            wait = due + self._delay(lane, polled) - now
            if wait <= 0 or polled.over:
                return False
            with anyio.move_on_after(wait):
                await polled.woken.wait()
            if polled.woken.is_set():
                polled.woken = anyio.Event()
                return True
            if polled.polled_at == seen_at:
                return False

    def _delay(self, lane: Lane, polled: Polled) -> float:
        many = self._many(lane)
        by_list = many and polled.listed
        singly = lane.unlisted if many else len(lane.polled)
        return next_poll(
            Seen(
                elapsed=(polled.polled_at or self._clock.monotonic()) - polled.began,
                typical=polled.typical,
                known=polled.known,
                marks=polled.marks,
                in_flight=lane.list_pages if by_list else singly,
                allowance=self._allowance(lane, by_list=by_list),
                failures=polled.failures,
                retry_after=polled.retry_after,
                jitter=self._jitter(),
                nearby=self._nearby,
                interval=self._interval,
            )
        )

    def _allowance(self, lane: Lane, *, by_list: bool) -> Allowance:
        """Return what is left of the hour: as the last answer said, else as counted here."""
        asked = lane.kind.listing if by_list and lane.kind.listing is not None else lane.kind.get
        limit = self._client.limits.get(asked.group)
        left = limit.reset_at - self._clock.time() if limit is not None and limit.reset_at is not None else 0.0
        if limit is not None and limit.remaining is not None and left > 0:
            return Allowance(limit.remaining * SHARE_OF_BUDGET, min(left, HOUR))
        passed = self._clock.monotonic() - lane.hour_began
        if passed >= HOUR:
            lane.hour_began, lane.polls, passed = self._clock.monotonic(), 0, 0.0
        return Allowance(max(lane.kind.polls_per_hour * SHARE_OF_BUDGET - lane.polls, 0.0), HOUR - passed)

    async def _poll_one(self, lane: Lane, polled: Polled) -> None:
        group, queued_at = lane.kind.get.group, self._clock.monotonic()
        await self._sharing.turn(group)
        if polled.polled_at > queued_at:
            return  # a list has shown it meanwhile
        lane.polls += 1
        polled.asked_at = self._clock.monotonic()
        polled.woken = anyio.Event()
        client = self._client if polled.latest is None else self._held  # that it runs is told at once
        try:
            with anyio.fail_after(POLL_TIMEOUT):
                state = await lane.kind.poll(client, polled.handle, False)
            self._sharing.answered(group, self._client.limits.get(group))
            self._take(lane, state, polled, polled.began if polled.certain else None)
        except TimeoutError:
            await self._failed(polled, Unclear(f"a poll took longer than {POLL_TIMEOUT:.0f} s"))
        except VideoGenError as error:
            await self._failed(polled, error)

    async def _failed(self, polled: Polled, error: VideoGenError) -> None:
        log.info("a poll of %s failed: %s", polled.execution_id, error)
        polled.fail(error, self._clock.monotonic())
        if isinstance(error, RateLimited):
            self._sharing.refused(polled.handle.kind.get.group, error.retry_after)
        if polled.error is not None:
            self._sharing.took(polled)
        if isinstance(error, ConnectionFailed) and self._unreachable is not None:
            await self._unreachable()

    def _take(self, lane: Lane, state: Execution, polled: Polled | None, began: float | None) -> None:
        """Take in a state. Raise Refusal for what its list has not shown for NEVER_LISTED seconds."""
        now = self._clock.monotonic()
        if not state.unlisted:
            lane.unlisted_since.pop(state.execution_id, None)
        elif now - lane.unlisted_since.setdefault(state.execution_id, now) >= NEVER_LISTED:
            raise not_listed(state.execution_id, state.project_id)
        if polled is not None:
            polled.take(state, now)
            self._sharing.took(polled)
        if state.is_terminal:
            running_at = lane.running.pop(state.execution_id, None)
            if running_at is not None:
                telemetry.end_seen(now - running_at)
            self._ended(state, duration(began, running_at, now))
        else:
            lane.running[state.execution_id] = now

    # -- one list for many ------------------------------------------------------------------------------------------

    def _many(self, lane: Lane) -> bool:
        trusted = self._clock.monotonic() - lane.list_failed_at >= LIST_DISTRUST
        return lane.kind.listed_at_once(self._dialect) and trusted and len(lane.polled) >= LIST_FROM

    async def _poll_list(self, lane: Lane, polled: Polled) -> None:
        """Ask once for all. Who comes while another asks is served by that answer."""
        due_at = self._clock.monotonic()
        async with lane.listing:
            if polled.polled_at >= due_at or not self._many(lane):
                return
            await self._clock.sleep(max(lane.listed_at + LIST_INTERVAL - self._clock.monotonic(), 0.0))
            assert lane.kind.listing is not None
            group = lane.kind.listing.group
            await self._sharing.turn(group, lane.list_pages)
            try:
                with anyio.fail_after(POLL_TIMEOUT):
                    await self._read_list(lane)
                self._sharing.answered(group, self._client.limits.get(group))
            except (VideoGenError, TimeoutError) as error:
                log.info("the list of executions failed, so they are polled singly for a while: %s", error)
                lane.list_failed_at = self._clock.monotonic()
                if isinstance(error, RateLimited):
                    self._sharing.refused(group, error.retry_after)
            finally:
                lane.listed_at = self._clock.monotonic()

    async def _read_list(self, lane: Lane) -> None:
        assert lane.kind.page is not None
        missing = set(lane.polled)
        cursor: str | None = None
        # Those in flight are among the newest, with some that ended in between.
        size = min(2 * len(missing), LIST_PAGE)
        for number in range(1, LIST_PAGES + 1):
            page = await lane.kind.page(self._client, None, size, cursor)
            for place, state in enumerate(page.items, start=1):
                if state.execution_id in missing:
                    missing.discard(state.execution_id)
                    if polled := lane.polled.get(state.execution_id):
                        self._take(lane, state, polled, polled.began if polled.certain else None)
                if place % TAKEN_AT_ONCE == 0:
                    await anyio.lowlevel.checkpoint()
            cursor = page.next_cursor
            lane.list_pages = number
            if not missing or not page.has_more or cursor is None:
                break
        for execution_id in missing:
            if polled := lane.polled.get(execution_id):
                polled.listed = False
        lane.unlisted = sum(not polled.listed for polled in lane.polled.values())


class Pollers:
    """The pollers of one process: one for each upstream, for as long as that is there. `replica`: what they share with
    other processes."""

    def __init__(self, make: Callable[[Upstream], Poller], replica: Replica | None = None) -> None:
        self._make = make
        self._replica = replica
        self._pollers: WeakKeyDictionary[Upstream, Poller] = WeakKeyDictionary()

    def of(self, upstream: Upstream) -> Poller:
        """Return the poller of an upstream. It must not hold that, so that they go together."""
        if (poller := self._pollers.get(upstream)) is None:
            poller = self._pollers[upstream] = self._make(upstream)
        return poller

    def wake(self, execution_id: str, account: str | None = None) -> None:
        """Poll this execution now, whoever follows it, in whichever process: a webhook of an account (None: of any)
        says that something happened to it."""
        named = [poller for upstream, poller in list(self._pollers.items()) if account in (None, upstream.account)]
        if not any(poller.wake(execution_id) for poller in named) and self._replica is not None:
            self._replica.wake(execution_id, account or "")
