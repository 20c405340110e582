"""What the calls of other replicas wait for, so that the one that polls the account polls it too."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from videogen_mcp.database.database import Rows, Session
from videogen_mcp.executions.kinds import Handle, Kinds
from videogen_mcp.executions.polled import Polled
from videogen_mcp.executions.sharing.marks import marks

ALIVE = 30.0
"""Seconds that a replica counts as alive after its last sign: what it waited for is polled for so long in vain."""

SIGN_EVERY = ALIVE / 3
"""Seconds between two signs of life."""


@dataclass
class Wait:
    """An execution that calls of this replica wait for, since a monotonic time.

    `asking`: so many of them want a state from then on, the others its end. `told`: other replicas know all that;
    `written`: they know some of it. `stamp`: of the last state that others have seen (`states.Seen`).
    """

    polled: Polled
    since: float
    asking: int = 0
    told: bool = False
    written: bool = False
    stamp: float | None = None


class Foreign(NamedTuple):
    """One that calls of another replica wait for, since so many seconds."""

    execution_id: str
    handle: str
    age: float
    since: float
    at_once: bool


async def sign(session: Session, replica: str) -> None:
    """Give a sign of life. Raises DatabaseUnavailable."""
    await session.run(
        "INSERT INTO waiting_replicas (id, until) VALUES (?1, now() + ?2)"
        " ON CONFLICT (id) DO UPDATE SET until = excluded.until",
        (replica, ALIVE),
    )


async def tell_wait(session: Session, account: str, wait: Wait, replica: str, now: float) -> None:
    """Write down what is waited for; `now` is monotonic. Raises DatabaseUnavailable."""
    polled = wait.polled
    await session.run(
        "INSERT INTO waits (account, execution_id, replica, handle, began, since, at_once)"
        " VALUES (?1, ?2, ?3, ?4, now() - ?5, now() - ?6, ?7) ON CONFLICT (account, execution_id, replica)"
        " DO UPDATE SET handle = excluded.handle, since = excluded.since, at_once = excluded.at_once",
        (
            account,
            polled.execution_id,
            replica,
            written(polled),
            now - polled.began,
            now - wait.since,
            int(wait.asking > 0),
        ),
    )


async def forget_waits(session: Session, account: str, execution_ids: Sequence[str], replica: str) -> None:
    """Take back what is no longer waited for. Raises DatabaseUnavailable."""
    await session.run(
        f"DELETE FROM waits WHERE account = ?1 AND replica = ?2 AND execution_id IN ({marks(len(execution_ids), 3)})",
        (account, replica, *execution_ids),
    )


async def waits_of_others(session: Session, accounts: Sequence[str], replica: str) -> dict[str, list[Foreign]]:
    """Return what other replicas that are alive wait for, by account, and have not been told the end of yet.

    Raises DatabaseUnavailable.
    """
    rows: Rows = await session.rows(
        "SELECT account, execution_id, handle, now() - began, now() - since, at_once"
        " FROM waits JOIN waiting_replicas ON waiting_replicas.id = waits.replica"
        f" WHERE replica <> ?1 AND until > now() AND account IN ({marks(len(accounts), 2)}) AND NOT EXISTS ("
        "  SELECT 1 FROM states WHERE states.account = waits.account AND states.execution_id = waits.execution_id"
        "  AND (final = 2 OR (final = 1 AND polled_at >= since)))",
        (replica, *accounts),
    )
    found: dict[str, list[Foreign]] = {account: [] for account in accounts}
    for account, execution_id, handle, age, since, at_once in rows:
        found[account].append(Foreign(execution_id, handle, age, since, bool(at_once)))
    return found


def written(polled: Polled) -> str:
    """Return what another replica must know to poll it, as JSON."""
    handle = polled.handle
    return json.dumps(
        {
            "kind": handle.kind.name,
            "project_id": handle.project_id,
            "project_url": handle.project_url,
            "actions": handle.actions,
            "then_export": handle.then_export,
            "typical": polled.typical,
            "known": polled.known,
            "certain": polled.certain,
        }
    )


class Wanted(NamedTuple):
    """What `written` says."""

    handle: Handle
    typical: tuple[float, float]
    known: bool
    certain: bool


def read(wait: Foreign, kinds: Kinds) -> Wanted:
    """Return what another replica wants polled. Raise KeyError for a kind that this version does not know."""
    said = json.loads(wait.handle)
    quick, slow = said["typical"]
    handle = Handle(
        kinds.named(said["kind"]),
        wait.execution_id,
        said["project_id"],
        said["project_url"],
        tuple(said["actions"]),
        said["then_export"],
    )
    return Wanted(handle, (quick, slow), said["known"], said["certain"])
