"""Watching executions: one loop per execution however many wait for it, one budget for all of them.

A loop lives while somebody waits. When to look is `schedule.next_look`'s decision; what a look may cost is the
account's: all loops share the looks that are left in the hour. With many executions in flight today's API answers for
all of them with one list.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
from anyio.abc import TaskGroup

from videogen_mcp.api.errors import (
    ApiError,
    BadRequest,
    BadSetting,
    ConnectionFailed,
    Forbidden,
    NotFound,
    NotSupported,
    Unauthorized,
    Unclear,
    VideoGenError,
)
from videogen_mcp.clock import Clock
from videogen_mcp.executions.schedule import Allowance, Look, Mark, next_look
from videogen_mcp.executions.timing import (
    EMPTY_LOOKS,
    EXECUTION_GETS_PER_HOUR,
    FINAL_LOOK_AGE,
    LIST_DISTRUST,
    LIST_FROM,
    LIST_INTERVAL,
    LIST_PAGE,
    LIST_PAGES,
    LOOK_TIMEOUT,
    SHARE_OF_BUDGET,
)

if TYPE_CHECKING:
    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.api.limits import Group
    from videogen_mcp.api.models import Execution

log = logging.getLogger(__name__)

FINAL_ERRORS = (BadRequest, BadSetting, Unauthorized, Forbidden, NotFound, NotSupported)
"""Looking again does not help; everything else may pass."""

HOUR = 3600.0


@dataclass
class Watch:
    """One execution under watch. Times are `clock.monotonic()`."""

    execution_id: str
    began: float
    typical: tuple[float, float]
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    waiting: int = 0
    latest: Execution | None = None
    error: VideoGenError | None = None
    looked_at: float = 0.0
    marks: list[Mark] = field(default_factory=list)
    failures: int = 0
    retry_after: float | None = None
    empty: int = 0
    listed: bool = True
    """Lists reach back to it. False once one did not: later ones will not either."""
    changed: anyio.Event = field(default_factory=anyio.Event)
    nudged: anyio.Event = field(default_factory=anyio.Event)

    @property
    def over(self) -> bool:
        """Nothing new will come: ended, standing still for approval, or not to be looked at any more."""
        if self.error is not None:
            return True
        state = self.latest
        if state is None or (state.status == "succeeded" and not state.results and self.empty <= EMPTY_LOOKS):
            return False
        return state.is_terminal or state.awaits_approval

    async def states(self) -> AsyncIterator[Execution]:
        """Every change from now on, until it is over. Raises the error that made watching pointless."""
        while True:
            changed = self.changed
            if self.error is not None:
                raise self.error
            if self.latest is not None:
                yield self.latest
            if self.over:
                return
            await changed.wait()

    def saw(self, state: Execution, now: float) -> None:
        """Take in what a look brought. A terminal status never changes again, whatever comes later."""
        self.failures, self.retry_after, self.looked_at = 0, None, now
        if self.latest is not None and self.latest.is_terminal and not state.is_terminal:
            return
        if state.status == "succeeded" and not state.results:
            self.empty += 1
        if state.progress_percentage is not None and not state.is_terminal:
            self._mark(Mark(now - self.began, state.progress_percentage))
        self.latest = state
        self._tell()

    def failed(self, error: VideoGenError, now: float) -> None:
        """Take in a look that failed: final, or to be tried again."""
        self.looked_at = now
        if isinstance(error, FINAL_ERRORS):
            self.error = error
            self._tell()
            return
        self.failures += 1
        self.retry_after = error.retry_after if isinstance(error, ApiError) else None

    def _mark(self, mark: Mark) -> None:
        if self.marks and mark.percent < self.marks[-1].percent:
            self.marks = [Mark(self.marks[-1].at, 0.0)]  # A new attempt: the old pace says nothing.
        self.marks.append(mark)
        del self.marks[1:-12]

    def _tell(self) -> None:
        self.changed.set()
        self.changed = anyio.Event()


class Watcher:
    """The look-out for one account. `tasks` must outlive every watch.

    `jitter` gives numbers from 0 to 1, `lists` says that the API lists executions, `nearby` that it runs on this
    machine, `ended` hears of every end that is
    seen, and `unreachable` is awaited when nobody answers at the address.
    """

    def __init__(
        self,
        client: VideoGen,
        clock: Clock,
        tasks: TaskGroup,
        *,
        jitter: Callable[[], float],
        lists: bool = False,
        nearby: bool = False,
        ended: Callable[[Execution], None] = lambda _: None,
        unreachable: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._tasks = tasks
        self._jitter = jitter
        self._ended = ended
        self._unreachable = unreachable
        self._watches: dict[str, Watch] = {}
        self._sweeping = anyio.Lock()
        self._lists = lists
        self._nearby = nearby
        self._swept_at = -HOUR
        self._list_failed_at = -HOUR
        self._list_pages = 1
        self._unlisted = 0
        self._hour_began = clock.monotonic()
        self._looks = 0

    @property
    def in_flight(self) -> int:
        """Executions watched right now."""
        return len(self._watches)

    @asynccontextmanager
    async def watching(self, execution_id: str, *, began: float, typical: tuple[float, float]) -> AsyncIterator[Watch]:
        """Join the watch of an execution, or begin it; the last to leave ends it.

        `began` is the monotonic time of its submit, `typical` the seconds such executions take, from and to.
        """
        watch = self._watches.get(execution_id)
        if watch is None:
            watch = self._watches[execution_id] = Watch(execution_id, began, typical)
            self._tasks.start_soon(self._follow, watch)
        watch.waiting += 1
        try:
            yield watch
        finally:
            watch.waiting -= 1
            if not watch.waiting:
                watch.scope.cancel()
                if self._watches.get(execution_id) is watch:
                    del self._watches[execution_id]

    async def look(self, execution_id: str) -> Execution:
        """One look now, or what a running watch saw a moment ago. Raises VideoGenError."""
        watch = self._watches.get(execution_id)
        now = self._clock.monotonic()
        if watch is not None and watch.latest is not None and now - watch.looked_at < FINAL_LOOK_AGE:
            return watch.latest
        self._looks += 1
        state = await self._client.execution(execution_id)
        self._note(state, watch)
        return state

    def nudge(self, execution_id: str) -> None:
        """Somebody (a webhook) says that something happened: look now."""
        if watch := self._watches.get(execution_id):
            watch.nudged.set()

    async def _follow(self, watch: Watch) -> None:
        with watch.scope:
            while not watch.over:
                nudged = await self._pause(watch)
                if self._many and watch.listed and not nudged:
                    await self._sweep(watch)
                else:
                    await self._look(watch)

    async def _pause(self, watch: Watch) -> bool:
        """Sleep until the next look is due. Looks that others made meanwhile (a list) move it.

        True when somebody asked for this look, which then is a single one at once: lists are kept apart in time.
        """
        while True:
            seen = watch.looked_at
            now = self._clock.monotonic()
            due = max(seen, watch.began) if seen else now
            wait = due + self._delay(watch) - now
            if wait <= 0 or watch.over:
                return False
            with anyio.move_on_after(wait):
                await watch.nudged.wait()
            if watch.nudged.is_set():
                watch.nudged = anyio.Event()
                return True
            if watch.looked_at == seen:
                return False

    def _delay(self, watch: Watch) -> float:
        by_list = self._many and watch.listed
        return next_look(
            Look(
                elapsed=(watch.looked_at or self._clock.monotonic()) - watch.began,
                typical=watch.typical,
                marks=watch.marks,
                in_flight=self._list_pages if by_list else self._looked_at_singly(),
                allowance=self._allowance("executions" if by_list else "execution"),
                failures=watch.failures,
                retry_after=watch.retry_after,
                jitter=self._jitter(),
                nearby=self._nearby,
            )
        )

    def _looked_at_singly(self) -> int:
        return self._unlisted if self._many else self.in_flight

    def _allowance(self, group: Group) -> Allowance:
        """What is left of the hour: as the last answer said, else as counted here."""
        seen = self._client.limits.get(group)
        left = seen.reset_at - self._clock.time() if seen is not None and seen.reset_at is not None else 0.0
        if seen is not None and seen.remaining is not None and left > 0:
            return Allowance(seen.remaining * SHARE_OF_BUDGET, min(left, HOUR))
        passed = self._clock.monotonic() - self._hour_began
        if passed >= HOUR:
            self._hour_began, self._looks, passed = self._clock.monotonic(), 0, 0.0
        return Allowance(max(EXECUTION_GETS_PER_HOUR * SHARE_OF_BUDGET - self._looks, 0.0), HOUR - passed)

    async def _look(self, watch: Watch) -> None:
        self._looks += 1
        try:
            with anyio.fail_after(LOOK_TIMEOUT):
                state = await self._client.execution(watch.execution_id, retry=False)
        except TimeoutError:
            await self._missed(watch, Unclear(f"a look took longer than {LOOK_TIMEOUT:.0f} s"))
        except VideoGenError as error:
            await self._missed(watch, error)
        else:
            self._note(state, watch)

    async def _missed(self, watch: Watch, error: VideoGenError) -> None:
        log.info("a look at %s failed: %s", watch.execution_id, error)
        watch.failed(error, self._clock.monotonic())
        if isinstance(error, ConnectionFailed) and self._unreachable is not None:
            await self._unreachable()

    def _note(self, state: Execution, watch: Watch | None) -> None:
        if watch is not None:
            watch.saw(state, self._clock.monotonic())
        if state.is_terminal:
            self._ended(state)

    # -- one list for many ------------------------------------------------------------------------------------------

    @property
    def _many(self) -> bool:
        trusted = self._clock.monotonic() - self._list_failed_at >= LIST_DISTRUST
        return self._lists and trusted and self.in_flight >= LIST_FROM

    async def _sweep(self, watch: Watch) -> None:
        """Ask once for all. Who comes while another asks is served by that answer."""
        due_at = self._clock.monotonic()
        async with self._sweeping:
            if watch.looked_at >= due_at or not self._many:
                return
            await self._clock.sleep(max(self._swept_at + LIST_INTERVAL - self._clock.monotonic(), 0.0))
            try:
                with anyio.fail_after(LOOK_TIMEOUT):
                    await self._read_list()
            except (VideoGenError, TimeoutError) as error:
                log.info("the list of executions failed, so they are looked at singly for a while: %s", error)
                self._list_failed_at = self._clock.monotonic()
                return
            finally:
                self._swept_at = self._clock.monotonic()

    async def _read_list(self) -> None:
        missing = set(self._watches)
        cursor: str | None = None
        # Those in flight are among the newest, with some that ended in between.
        size = min(2 * len(missing), LIST_PAGE)
        for number in range(1, LIST_PAGES + 1):
            page = await self._client.executions(limit=size, cursor=cursor)
            for state in page.items:
                if state.execution_id in missing:
                    missing.discard(state.execution_id)
                    self._note(state, self._watches.get(state.execution_id))
            cursor = page.next_cursor
            self._list_pages = number
            if not missing or not page.has_more or cursor is None:
                break
        for execution_id in missing:
            if watch := self._watches.get(execution_id):
                watch.listed = False
        self._unlisted = sum(not watch.listed for watch in self._watches.values())
