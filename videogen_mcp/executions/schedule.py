"""When to look at an execution again. Pure: no clock, no state, no waiting.

Looks cost a budget that all executions of a key share (5,000 an hour), so they are spent where an end is likely:
never before an execution can be ready, sparsely while a percentage says there is time, closely near the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from videogen_mcp.api.retries import Backoff
from videogen_mcp.executions.timing import EXECUTION_GETS_PER_HOUR, SHARE_OF_BUDGET

YOUNG = (0.05, 0.15, 0.5, 1.5)
"""Elapsed seconds of the first looks: they catch short jobs and failures that come at once."""

CLOSEST = 1.0
"""Seconds between looks when the end is near: half of it is the mean lag, less than the vendor's own 0.75."""

STEADY = 2.7
"""Seconds between looks where no percentage is given and the end is likely: a mean lag of 1.4."""

SPARSE = 14.0
"""Seconds at most between looks while a percentage is given: people watch it move."""

TOWARDS_THE_END = 0.7
"""Part of the predicted rest that is slept. Percentages bend; this lands short of the end rather than past it."""

TRUST = 0.7
"""A prediction is believed for this part of the elapsed time: what is young can end in a jump."""

NEAR_THE_END, TRUST_NEAR_THE_END = 85.0, 0.25
"""From this percentage on services often stand still and then jump, so predictions are believed for less."""

STRETCH = 0.006
"""The interval without percentages grows by this part of the elapsed time beyond what is typical."""

NEARBY = (0.03, 1.0)
"""Seconds between looks at a service on this machine, where one takes milliseconds and costs nothing: from, to."""

NEARBY_SHARE = 0.2
"""In between it is this part of the elapsed time, which is then the most that an answer comes late."""

BACKOFF = Backoff(first=1.0, longest=30.0)
"""After failed looks."""


class Mark(NamedTuple):
    """A percentage seen at a moment, in seconds since the submit."""

    at: float
    percent: float


@dataclass(frozen=True)
class Allowance:
    """What the account may still ask: looks until a moment `seconds` away."""

    looks: float = EXECUTION_GETS_PER_HOUR * SHARE_OF_BUDGET
    seconds: float = 3600.0

    def interval(self, in_flight: int) -> float:
        """Seconds between two looks at one of `in_flight` executions that share what is left."""
        if self.looks < 1:
            return max(self.seconds, CLOSEST)
        return max(in_flight, 1) * self.seconds / self.looks


@dataclass(frozen=True)
class Look:
    """What is known of an execution when the next look is chosen."""

    elapsed: float
    """Seconds since the submit."""
    typical: tuple[float, float]
    """Seconds such executions usually take, from and to: declared by the workflow or learned."""
    marks: Sequence[Mark] = ()
    """Percentages of the current attempt, oldest first. Empty: the API gives none."""
    in_flight: int = 1
    allowance: Allowance = Allowance()
    failures: int = 0
    """Looks that failed in a row."""
    retry_after: float | None = None
    """Seconds the service asked for."""
    jitter: float = 0.0
    """Drawn by the caller, 0 to 1."""
    nearby: bool = False
    """The service runs on this machine."""


def next_look(now: Look) -> float:
    """Seconds until the next look at an execution.

    The account's budget is a floor under every answer; a service that asks for patience gets it.
    """
    wanted = _after_failure(now) if now.failures else _in_good_times(now)
    fair = now.allowance.interval(now.in_flight)
    # The first looks are exempt while there is plenty: a handful per execution never breaks the budget.
    if not now.failures and now.elapsed < YOUNG[-1] and fair <= CLOSEST * 2:
        return wanted
    return max(wanted, fair)


def _after_failure(now: Look) -> float:
    return max(BACKOFF.delay(now.failures, now.jitter), now.retry_after or 0.0)


def _in_good_times(now: Look) -> float:
    if now.nearby:
        closest, sparsest = NEARBY
        return min(max(now.elapsed * NEARBY_SHARE, closest), sparsest)
    for moment in YOUNG:
        if now.elapsed < moment - 0.001:
            return moment - now.elapsed
    if now.marks and now.marks[-1].percent > 0:
        return _by_percentage(now)
    if now.marks:
        # A service that says "0 %" gives percentages; the first real one may come at any moment.
        return max(min(_by_duration(now), now.elapsed * TRUST), CLOSEST)
    return _by_duration(now)


def _by_percentage(now: Look) -> float:
    rest = remaining(now.marks, now.elapsed)
    if rest is None:
        return _by_duration(now)
    # A percentage that stands still near 100 must not be asked about at full speed for ever.
    stalled = now.elapsed - last_move(now.marks)
    closest = CLOSEST + 0.1 * max(0.0, stalled - 5.0)
    trust = now.elapsed * (TRUST_NEAR_THE_END if now.marks[-1].percent >= NEAR_THE_END else TRUST)
    return max(min(rest * TOWARDS_THE_END, SPARSE, trust), min(closest, SPARSE))


def _by_duration(now: Look) -> float:
    soonest, latest = now.typical
    if now.elapsed < soonest * 0.6:
        return max(soonest * 0.6 - now.elapsed, STEADY)
    return min(STEADY + STRETCH * max(0.0, now.elapsed - latest), SPARSE)


def last_move(marks: Sequence[Mark]) -> float:
    """When the percentage last changed, in seconds since the submit."""
    moved = marks[0].at
    for before, after in pairwise(marks):
        if after.percent > before.percent:
            moved = after.at
    return moved


def remaining(marks: Sequence[Mark], elapsed: float) -> float | None:
    """Seconds to 100 % at the pace of the recent marks; None where they show no pace.

    The pace is taken over the younger half of the marks, because most percentages are not straight lines.
    """
    last = marks[-1]
    start = marks[0] if marks[0].percent == 0 else Mark(0.0, 0.0)
    base = marks[len(marks) // 2 - 1] if len(marks) >= 4 else marks[0] if len(marks) >= 2 else start
    if last.percent <= base.percent:
        base = start
    climbed, took = last.percent - base.percent, last.at - base.at
    if climbed <= 0 or took <= 0:
        return None
    return max(0.0, (100.0 - last.percent) * took / climbed - (elapsed - last.at))
