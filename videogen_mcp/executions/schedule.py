"""When to poll an execution again. Pure: no clock, no state, no waiting.

Polls cost a budget that all executions of a key share (5,000 an hour), so they are spent where an end is likely:
never before an execution can be ready, sparsely while a percentage says there is time, closely near the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from videogen_mcp.api.retries import Backoff
from videogen_mcp.executions.timing import EXECUTION_GETS_PER_HOUR, SHARE_OF_BUDGET

FIRST = 1.0
"""Elapsed seconds of the first poll: it catches short jobs and failures that come at once."""

BRIEF = 5.0
"""Where the quickest tenth of earlier executions was seen to end within so many seconds, the first poll may well see an
end. That comes at FIRST; a busy server sees it some seconds later."""

CLOSEST = 0.95
"""Seconds between polls when the end is near: half of it is the mean lag, less than the vendor's own 0.75."""

STEADY, STEADY_SHARE = (1.5, 2.85), 1 / 20
"""Seconds between polls where no percentage is given and the end is likely, from and to (a mean lag of 1.4 at most); in
between they are this part of the declared range: the shorter it is, the more likely is an end at any moment."""

QUIET, QUIET_SHARE = (7.2, 9.0), 0.6
"""Elapsed seconds of the second poll where no percentage is given, from and to; in between it is this part of the
soonest declared end. Hardly anything ends before, and who polls steadily until YOUNG sees an end after 14 s with the
seventh poll."""

EARLY_SHARE = 0.25
"""Part of the elapsed time between polls from YOUNG to the soonest declared end: what was declared may be wrong."""

CLOSE = 1.2
"""Seconds at least between the polls for an end that earlier executions tell: a mean lag of 0.6, with three of them."""

JUST_BEFORE = 0.95
"""Where earlier executions show how long it takes, the polls for the end begin at this part of the quickest one."""

SPARSE = 14.0
"""Seconds at most between polls, for what ends within two minutes: people watch its percentage move."""

SPARSE_SHARE, SPARSEST = 0.15, 28.0
"""For what takes longer: the share of the whole, of which people still see six steps, and seconds at most."""

TOWARDS_THE_END = 0.62
"""Part of the predicted rest that is slept. Percentages bend; this lands short of the end rather than past it."""

YOUNG, TOWARDS_A_NEAR_END = 15.0, 0.75
"""Until so many seconds more of the rest is slept: what ends soon after is worth few polls."""

TRUST = 1.25
"""A prediction is believed for this part of the elapsed time: what is young can end in a jump."""

NEAR_THE_END, TRUST_NEAR_THE_END = 85.0, 0.25
"""From this percentage on services often stand still and then jump, so predictions are believed for less."""

STRETCH = 0.003
"""The interval without percentages grows by this part of the elapsed time beyond what is typical."""

NEARBY = (0.03, 1.0)
"""Seconds between polls at a service on this machine, where one takes milliseconds and costs nothing: from, to. They
count from the request, so one that the service held until the end of a longer time is followed by the next at once."""

NEARBY_SHARE = 0.2
"""In between it is this part of the elapsed time, which is then the most that an answer comes late."""

BACKOFF = Backoff(first=1.0, longest=30.0)
"""After failed polls."""


class Mark(NamedTuple):
    """A percentage and when it was seen, in seconds since the submit."""

    at: float
    percent: float


@dataclass(frozen=True)
class Allowance:
    """What the account may still ask: `polls` within the next `seconds`."""

    polls: float = EXECUTION_GETS_PER_HOUR * SHARE_OF_BUDGET
    seconds: float = 3600.0

    def interval(self, in_flight: int) -> float:
        """Seconds between two polls of one of `in_flight` executions that share what is left."""
        if self.polls < 1:
            return max(self.seconds, CLOSEST)
        return max(in_flight, 1) * self.seconds / self.polls


@dataclass(frozen=True)
class Seen:
    """What is known of an execution when its next poll is scheduled."""

    elapsed: float
    """Seconds since the submit."""
    typical: tuple[float, float]
    """Seconds such executions usually take, from and to: declared by the workflow, or what earlier ones took."""
    known: bool = False
    """Whether `typical` is what earlier ones took."""
    marks: Sequence[Mark] = ()
    """Percentages of the current attempt, oldest first. Empty: the API gives none."""
    in_flight: int = 1
    allowance: Allowance = Allowance()
    failures: int = 0
    """Polls that failed in a row."""
    retry_after: float | None = None
    """Seconds the service asked for."""
    jitter: float = 0.0
    """Drawn by the caller, 0 to 1."""
    nearby: bool = False
    """The service runs on this machine."""
    interval: float | None = None
    """Seconds between polls as the user wants them (VIDEOGEN_MCP_POLL_INTERVAL)."""


def next_poll(seen: Seen) -> float:
    """Seconds until the next poll of an execution.

    The account's budget is a floor under every answer; a service that asks for patience gets it.
    """
    wanted = seen.interval or _undisturbed(seen)
    if seen.failures:
        wanted = max(_after_failure(seen), seen.interval or 0.0)
    fair = seen.allowance.interval(seen.in_flight)
    # The first poll is exempt while there is plenty: one per execution never breaks the budget.
    if not seen.failures and seen.elapsed < FIRST and fair <= CLOSEST * 2:
        return wanted
    return max(wanted, fair)


def _after_failure(seen: Seen) -> float:
    return max(BACKOFF.delay(seen.failures, seen.jitter), seen.retry_after or 0.0)


def _undisturbed(seen: Seen) -> float:
    if seen.nearby:
        closest, sparsest = NEARBY
        return min(max(seen.elapsed * NEARBY_SHARE, closest), sparsest)
    if seen.elapsed < FIRST - 0.001:
        return FIRST - seen.elapsed
    if seen.known and seen.elapsed < seen.typical[0] * JUST_BEFORE - CLOSEST:
        return _towards_the_known_end(seen)
    if seen.marks and seen.marks[-1].percent > 0:
        return _by_percentage(seen)
    if seen.marks:
        # A service that says "0 %" gives percentages; the first real one may come at any moment.
        return max(min(_by_duration(seen), seen.elapsed * TRUST), CLOSEST)
    return _by_duration(seen)


def _by_percentage(seen: Seen) -> float:
    rest = remaining(seen.marks, seen.elapsed)
    if rest is None:
        return _by_duration(seen)
    # A percentage that stands still near 100 must not be asked about at full speed for ever.
    stalled = seen.elapsed - last_move(seen.marks)
    closest = CLOSEST + 0.1 * max(0.0, stalled - 5.0)
    trust = seen.elapsed * (TRUST_NEAR_THE_END if seen.marks[-1].percent >= NEAR_THE_END else TRUST)
    part = TOWARDS_A_NEAR_END if seen.elapsed < YOUNG else TOWARDS_THE_END
    sparse = min(max((seen.elapsed + rest) * SPARSE_SHARE, SPARSE), SPARSEST)
    return max(min(rest * part, sparse, trust), min(closest, SPARSE))


def _towards_the_known_end(seen: Seen) -> float:
    rest = seen.typical[0] * JUST_BEFORE - seen.elapsed
    # One poll half way, so that no silence is long: people watch, and it may be quicker this time.
    half = seen.typical[0] / 2 - seen.elapsed
    return min(half if half > CLOSEST else rest, SPARSE)


def _by_duration(seen: Seen) -> float:
    soonest, latest = seen.typical
    shortest, longest = STEADY
    if seen.known:
        steady = min(max((latest - soonest) / 6, CLOSE), longest)
        return _overdue(steady, seen.elapsed - latest)
    quiet = min(max(soonest * QUIET_SHARE, QUIET[0]), QUIET[1])
    if seen.elapsed < quiet - shortest:
        return quiet - seen.elapsed
    if seen.elapsed < YOUNG:
        return shortest
    if seen.elapsed < soonest:
        return min(seen.elapsed * EARLY_SHARE, max(soonest - seen.elapsed, longest), SPARSE)
    steady = min(max((latest - soonest) * STEADY_SHARE, shortest), longest)
    return _overdue(steady, seen.elapsed - latest)


def _overdue(steady: float, late: float) -> float:
    """Return the interval, stretched where an execution takes `late` seconds more than what is typical."""
    return min(steady + STRETCH * max(0.0, late), SPARSE)


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
