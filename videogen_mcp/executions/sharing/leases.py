"""Which replica polls an account: one at a time, by a lease on the database's clock.

A lease is for economy, not for correctness: two owners for a moment cost polls, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from videogen_mcp.database.database import Session
from videogen_mcp.executions.sharing.marks import marks

TTL = 6.0
"""Seconds that a lease holds; an owner that died is replaced after that."""

BEAT = 2.0
"""Seconds between two renewals: two may fail."""

MARGIN = 0.5
"""Seconds before its end at which an owner counts its lease as lost, for requests that are on the wire."""


class Lease(NamedTuple):
    """`left`: seconds until its end, negative afterwards. `others`: replicas that wait for what its owner polls."""

    owner: str
    epoch: int
    left: float
    others: int


async def leases(session: Session, accounts: Sequence[str]) -> dict[str, Lease]:
    """Return the leases of accounts, of those that ever had one. Raises DatabaseUnavailable."""
    rows = await session.rows(
        "SELECT account, owner, epoch, until - now(), ("
        "  SELECT COUNT(DISTINCT waits.replica) FROM waits JOIN waiting_replicas ON waiting_replicas.id = waits.replica"
        "  WHERE waits.account = leases.account AND waiting_replicas.until > now())"
        f" FROM leases WHERE account IN ({marks(len(accounts))})",
        accounts,
    )
    return {account: Lease(*lease) for account, *lease in rows}


async def claim(session: Session, accounts: Sequence[str], replica: str) -> None:
    """Take or renew the leases of accounts that nobody else holds. Raises DatabaseUnavailable."""
    ordered = sorted(accounts)  # Two replicas that claim the same ones lock their rows in the same order.
    rows = ", ".join(f"(?{place}, ?1, now() + ?2, 1)" for place in range(3, 3 + len(ordered)))
    await session.run(
        f"INSERT INTO leases (account, owner, until, epoch) VALUES {rows}"
        " ON CONFLICT (account) DO UPDATE SET owner = excluded.owner, until = excluded.until,"
        " epoch = leases.epoch + CASE WHEN leases.owner = excluded.owner THEN 0 ELSE 1 END"
        " WHERE leases.owner = excluded.owner OR leases.until < now()",
        (replica, TTL, *ordered),
    )


async def release(session: Session, accounts: Sequence[str], replica: str) -> None:
    """Give up the leases of accounts that this replica holds. Raises DatabaseUnavailable."""
    await session.run(
        f"UPDATE leases SET until = now() - 1 WHERE owner = ?1 AND account IN ({marks(len(accounts), 2)})",
        (replica, *accounts),
    )
