"""The hour's requests of one account and group of operations, shared by any number of replicas.

A budget is a row with one timestamp: when the next request after all that were handed out is due (the theoretical
arrival time of GCRA, the generic cell rate algorithm). Who wants to send takes the next ones, in order: nothing is
refused, nobody starves, and no hour overruns, wherever the service begins to count it. Counters that refuse did both.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import anyio

from videogen_mcp.api.limits import HOURLY_LIMITS, Group
from videogen_mcp.clock import Clock
from videogen_mcp.database.database import Database, DatabaseUnavailable, Rows, Session
from videogen_mcp.executions.sharing.marks import marks
from videogen_mcp.executions.timing import EXECUTION_GETS_PER_HOUR, SHARE_OF_BUDGET

HOUR = 3600.0

BATCH = 30
"""Requests that the replica which polls takes at a time. It keeps them until they are used or it is replaced."""

AHEAD = 5
"""Requests that another replica takes at a time while more than half of the burst is left: each time is a transaction.
Else it takes one, so that none are kept that others wait for."""

AHEAD_KEPT = 10.0
"""Seconds for which those are kept. Hour and this are the time in which the requests of an hour are taken."""

BURST_SHARE = 0.066
"""Part of the hour's limit that may be sent at once after a quiet time: 330 of 5,000."""

SCARCE = 0.1
"""Part of what our rate would use until the reset. With less left than that, others use the key too: what is left is
spread over the rest of the hour."""


class Rate(NamedTuple):
    """Seconds from one request to the next, and how many of them may be made up for after a quiet time."""

    step: float
    burst: int


def rate_of(group: Group) -> Rate:
    """Return the rate at which SHARE_OF_BUDGET of the limit passes in no hour, whenever that begins.

    In an hour are sent at most: what the step allows in it and the time that others keep theirs, the burst before it,
    and the batch that its owner had kept.
    """
    limit = HOURLY_LIMITS.get(group, EXECUTION_GETS_PER_HOUR)
    burst = int(limit * BURST_SHARE)
    return Rate((HOUR + AHEAD_KEPT) / max(limit * SHARE_OF_BUDGET - burst - BATCH, 1.0), burst)


def due(left: float, count: int, step: float) -> list[float]:
    """Return in how many seconds each of `count` requests may be sent, where the last one may in `left`."""
    return [left - place * step for place in reversed(range(count))]


def spread(remaining: int, seconds: float, step: float) -> float:
    """Return for how many seconds nothing should be sent, so that what remains lasts until the reset in `seconds`.

    0 where there is enough.
    """
    if seconds <= 0 or remaining >= SCARCE * seconds / step:
        return 0.0
    return seconds / (remaining + 1)


async def postpone(session: Session, account: str, group: str, seconds: float) -> None:
    """Let no replica take requests that are due within so many seconds. Raises DatabaseUnavailable."""
    await session.run(
        "INSERT INTO budgets (account, grp, tat, not_before) VALUES (?1, ?2, 0, now() + ?3)"
        " ON CONFLICT (account, grp) DO UPDATE SET not_before = greatest(budgets.not_before, excluded.not_before)",
        (account, group, seconds),
    )


async def postponed(session: Session, accounts: Sequence[str]) -> Rows:
    """Return (account, group, seconds) where requests are put off for so long. Raises DatabaseUnavailable."""
    return await session.rows(
        "SELECT account, grp, not_before - now() FROM budgets"
        f" WHERE not_before > now() AND account IN ({marks(len(accounts))})",
        accounts,
    )


class Holder(Protocol):
    """What a budget asks about its replica."""

    @property
    def reachable(self) -> bool:
        """Whether the database answers."""
        ...

    @property
    def holds(self) -> bool:
        """Whether it is the one that polls the account."""
        ...

    @property
    def replicas(self) -> int:
        """How many share the account, as last seen."""
        ...

    def lost(self) -> None:
        """The database did not answer."""
        ...


@dataclass
class Budget:
    """One account's requests of a group, as one replica takes them. Times are monotonic seconds."""

    account: str
    group: Group
    database: Database
    clock: Clock
    holder: Holder
    rate: Rate = field(init=False)
    _taken: deque[float] = field(default_factory=deque)
    _kept_until: float = float("inf")
    _queue: anyio.Lock = field(default_factory=lambda: anyio.Lock(fast_acquire=True))
    _moved: anyio.Event = field(default_factory=anyio.Event)
    _last: float = float("-inf")
    _untold: int = 0
    """Requests that were sent while the database was away."""

    def __post_init__(self) -> None:
        self.rate = rate_of(self.group)

    async def turn(self, requests: int = 1) -> None:
        """Return when so many requests may be sent; who comes first is served first."""
        async with self._queue:
            for _ in range(requests):
                await self._next()

    async def _next(self) -> None:
        while True:
            now = self.clock.monotonic()
            if now >= self._kept_until:
                self._taken.clear()
            if not self._taken:
                await self._take()
            elif self._taken[0] <= now:
                self._taken.popleft()
                self._last = now
                return
            else:
                moved = self._moved
                with anyio.move_on_after(self._taken[0] - now):
                    await moved.wait()

    def drop(self) -> None:
        """Forget what was taken: another replica polls now."""
        self._taken.clear()
        self._move()

    def postpone(self, seconds: float) -> None:
        """Send nothing for so long."""
        earliest = self.clock.monotonic() + seconds
        self._taken = deque(max(at, earliest + place * self.rate.step) for place, at in enumerate(self._taken))
        self._last = max(self._last, earliest - self.rate.step)
        self._move()

    def _move(self) -> None:
        self._moved.set()
        self._moved = anyio.Event()

    async def _take(self) -> None:
        """Take the next requests; while the database is away, at this replica's share of the rate."""
        if self.holder.reachable:
            try:
                before, untold = self.clock.monotonic(), self._untold
                left = await self._take_shared(untold)
                self._untold -= untold
            except DatabaseUnavailable:
                self.holder.lost()
            else:
                self._taken.extend(before + seconds for seconds in left)
                self._kept_until = before + AHEAD_KEPT if len(left) == AHEAD else float("inf")
                return
        self._untold += 1
        self._kept_until = float("inf")
        self._taken.append(max(self.clock.monotonic(), self._last + self.rate.step * self.holder.replicas))

    async def _take_shared(self, untold: int) -> Sequence[float]:
        """Take the next requests behind `untold` ones, which were sent; return in how many seconds each is due."""
        step, burst = self.rate
        whose = (self.account, self.group)
        async with self.database.exclusive(f"budget {self.account} {self.group}") as session:
            found = await session.rows(
                "SELECT greatest(tat, now() - ?3, not_before), now() FROM budgets WHERE account = ?1 AND grp = ?2",
                (*whose, step * burst),
            )
            tat, now = found[0] if found else (-step * burst, 0.0)
            tat += step * untold
            is_plenty = tat - now + step * AHEAD <= -step * burst / 2
            count = BATCH if self.holder.holds else AHEAD if is_plenty else 1
            tat += step * count
            if found:
                await session.run("UPDATE budgets SET tat = ?3 WHERE account = ?1 AND grp = ?2", (*whose, tat))
            else:
                await session.run("INSERT INTO budgets VALUES (?1, ?2, now() + ?3, 0)", (*whose, tat))
        return due(tat - now, count, step)
