"""One execution that is being polled: its latest state, and who waits for the next one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from videogen_mcp.api.errors import (
    ApiError,
    BadRequest,
    BadSetting,
    Forbidden,
    NotFound,
    NotSupported,
    Unauthorized,
    VideoGenError,
)
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.executions.kinds import Handle
from videogen_mcp.executions.schedule import BRIEF, Mark
from videogen_mcp.executions.timing import EMPTY_POLLS

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution

FINAL_ERRORS = (BadRequest, BadSetting, Unauthorized, Forbidden, NotFound, NotSupported, Refusal)
"""Polling again does not help; everything else may pass."""

MARKS = 12
"""Percentages that are kept for predicting the end."""


def lacks_results(state: Execution) -> bool:
    """Return whether it succeeded and does not show yet what it made."""
    return state.status == "succeeded" and not state.results and not state.may_lack_files


@dataclass(slots=True)
class Polled:
    """One execution that is polled for as long as anybody waits for it. Times are `clock.monotonic()` seconds."""

    handle: Handle
    began: float
    typical: tuple[float, float]
    known: bool = False
    """Whether `typical` is what earlier ones took."""
    certain: bool = True
    """Whether `began` is when it was submitted."""
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    waiting: int = 0
    waiting_here: int = 0
    """Of them, calls of this process."""
    latest: Execution | None = None
    error: VideoGenError | None = None
    asked_at: float = 0.0
    polled_at: float = 0.0
    marks: list[Mark] = field(default_factory=list)
    failures: int = 0
    retry_after: float | None = None
    empty: int = 0
    listed: bool = True
    """Lists reach back to it. False once one did not: later ones will not either."""
    changed: anyio.Event = field(default_factory=anyio.Event)
    woken: anyio.Event = field(default_factory=anyio.Event)
    tried: anyio.Event | None = None
    """Set by the next poll, also by one that fails; None while nobody waits for that."""
    trouble: VideoGenError | None = None
    """Why the last poll failed."""

    @property
    def execution_id(self) -> str:
        """The execution's id."""
        return self.handle.execution_id

    @property
    def is_brief(self) -> bool:
        """Whether its first poll may well see its end, as earlier executions tell."""
        return self.known and self.typical[0] <= BRIEF

    @property
    def over(self) -> bool:
        """Whether nothing new will come: it ended, waits for an approval or for what is to follow, or cannot be polled
        any more."""
        if self.error is not None:
            return True
        state = self.latest
        if state is None:
            return False
        if lacks_results(state) and self.empty <= EMPTY_POLLS:
            return False
        return state.is_terminal or state.awaits_approval or state.next_step_due

    async def states(self) -> AsyncIterator[Execution]:
        """Yield every change from now on, until it is over. Raises the error that made polling pointless."""
        while True:
            changed = self.changed
            if self.error is not None:
                raise self.error
            if self.latest is not None:
                yield self.latest
            if self.over:
                return
            await changed.wait()

    async def seen_since(self, at: float, *, patient: bool) -> None:
        """Return when a state is known that was polled after `at` or never changes, or when it cannot be polled: where
        one is `patient`, only if that is for good."""
        while self.error is None:
            state, is_new = self.latest, self.polled_at >= at
            if state is not None and (state.is_terminal or (is_new and self.trouble is None)):
                return
            if self.trouble is not None and is_new and not patient:
                return
            self.tried = self.tried or anyio.Event()
            await self.tried.wait()

    def take(self, state: Execution, now: float) -> None:
        """Take in what a poll brought. A terminal status never changes again, whatever comes later."""
        self.failures, self.retry_after, self.polled_at, self.trouble = 0, None, now, None
        self._poll_ended()
        if self.latest is not None and self.latest.is_terminal and not state.is_terminal:
            return
        if state.status == "succeeded" and not state.results:
            self.empty += 1
        if state.progress_percentage is not None and not state.is_terminal:
            self._mark(Mark(now - self.began, state.progress_percentage))
        self.latest = state
        self._notify()

    def fail(self, error: VideoGenError, now: float) -> None:
        """Take in a poll that failed: final, or to be tried again."""
        self.polled_at, self.trouble = now, error
        self._poll_ended()
        if isinstance(error, FINAL_ERRORS):
            self.error = error
            self._notify()
            return
        self.failures += 1
        self.retry_after = error.retry_after if isinstance(error, ApiError) else None

    def _mark(self, mark: Mark) -> None:
        if self.marks and mark.percent < self.marks[-1].percent:
            self.marks = [Mark(self.marks[-1].at, 0.0)]  # A new attempt: the old pace says nothing.
        self.marks.append(mark)
        del self.marks[1:-MARKS]

    def _poll_ended(self) -> None:
        if self.tried is not None:
            self.tried.set()
            self.tried = None

    def _notify(self) -> None:
        self.changed.set()
        self.changed = anyio.Event()
