"""Executions that are to be polled now: a webhook told some replica that something happened to them."""

from __future__ import annotations

from typing import NamedTuple

from videogen_mcp.database.database import Session

HEARD_WITHIN = 60.0
"""Seconds after which a wake is of no use any more: by then it has been polled anyway."""


class Wake(NamedTuple):
    """`account` is empty where nobody knows it. `since`: seconds since it was told."""

    account: str
    execution_id: str
    since: float = 0.0


async def tell_wake(session: Session, wake: Wake) -> None:
    """Write down that an execution is to be polled. Raises DatabaseUnavailable."""
    await session.run(
        "INSERT INTO wakes (account, execution_id, since) VALUES (?1, ?2, now())"
        " ON CONFLICT (account, execution_id) DO UPDATE SET since = excluded.since",
        wake[:2],
    )


async def wakes(session: Session) -> list[Wake]:
    """Return what is to be polled, or has been since. Raises DatabaseUnavailable."""
    rows = await session.rows(
        "SELECT account, execution_id, now() - since FROM wakes WHERE since > now() - ?1", (HEARD_WITHIN,)
    )
    return [Wake(*row) for row in rows]
