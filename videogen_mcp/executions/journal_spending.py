"""The spending guard: how many executions an account, and each of several people who share it, may start in an hour."""

from __future__ import annotations

from typing import NamedTuple

from videogen_mcp.database.database import Session
from videogen_mcp.executions.machine import Machine
from videogen_mcp.executions.timing import GUARD_WINDOW

CLOCKS_DIFFER = 90.0
"""Seconds that a row of another machine may lie in the future."""


class Spent(NamedTuple):
    """What is used of a number of executions that an hour has: the kinds of those. `of_subject`: it is one person's."""

    limit: int
    kinds: tuple[str, ...]
    of_subject: bool


class SpendingLimitError(Exception):
    """An hour's number of executions is used up. `frees_at` is the Unix time at which the next one is allowed."""

    def __init__(self, spent: Spent, frees_at: float) -> None:
        by = " by this person or token" if spent.of_subject else ""
        super().__init__(f"{len(spent.kinds)} executions were submitted{by} within the last hour")
        self.spent = spent
        self.frees_at = frees_at


class Limits(NamedTuple):
    """Executions in an hour: of an account, and of each subject that shares it; None for no limit."""

    of_account: int | None = None
    of_subject: int | None = None


NO_LIMITS = Limits()


async def spend(
    session: Session, machine: Machine, account: str, subject: str | None, limits: Limits, kind: str, now: float
) -> Spent | None:
    """Return what is used with one more execution of a kind, of the limit that is nearer; None where there is none.

    To be called in the transaction that writes it down, and alone in that for the account. Raise SpendingLimitError.
    """
    spent = []
    of_subject = limits.of_subject if subject is not None else None
    for limit, whose in ((limits.of_account, None), (of_subject, subject)):
        if limit is None:
            continue
        earlier = await submitted(session, machine, account, whose, now)
        kinds = tuple(kind for _, kind in earlier)
        if len(earlier) >= limit:
            frees = GUARD_WINDOW - (earlier[limit - 1][0] if limit else 0.0)
            raise SpendingLimitError(Spent(limit, kinds, whose is not None), now + frees)
        spent.append(Spent(limit, (kind, *kinds), whose is not None))
    return min(spent, key=lambda one: one.limit - len(one.kinds), default=None)


async def submitted(
    session: Session, machine: Machine, account: str, subject: str | None, now: float
) -> list[tuple[float, str]]:
    """Return how many seconds ago the executions of the last hour were submitted, and their kinds; newest first.
    `subject`: only those of that one; None: all of the account.

    Those of this boot are counted by the machine's own time, which no clock change moves. Of the others, those in the
    future say that the clock was wrong when they were written, and nothing about when that was.
    """
    whose, values = ("", (account,)) if subject is None else (" AND subject = ?", (account, subject))
    rows = await session.rows(
        f"SELECT submitted_at, boot, uptime, kind FROM executions WHERE account = ?{whose}"
        " AND state != 'refused' AND parent IS NULL"
        " AND ((boot = ? AND uptime > ?) OR submitted_at BETWEEN ? AND ?)",
        (*values, machine.boot, machine.uptime() - GUARD_WINDOW, now - GUARD_WINDOW, now + CLOCKS_DIFFER),
    )
    counted = []
    for submitted_at, boot, uptime, kind in rows:
        exact = machine.since(boot, uptime)
        age = max(now - submitted_at, 0.0) if exact is None else exact
        if age < GUARD_WINDOW and (exact is not None or submitted_at <= now + CLOCKS_DIFFER):
            counted.append((age, kind))
    return sorted(counted)
