"""What the calls of other replicas wait for, so that the one that polls the account polls it too."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from videogen_mcp.database.database import Rows, Session
from videogen_mcp.executions.kinds import Handle, Kinds
from videogen_mcp.executions.polled import Polled
from videogen_mcp.executions.sharing.marks import chunks, marks, table

ALIVE = 30.0
"""Seconds that a replica counts as alive after its last sign: what it waited for is polled for so long in vain."""

SIGN_EVERY = ALIVE / 3
"""Seconds between two signs of life."""


WAIT_TYPES = ("TEXT", "TEXT", "TEXT", "DOUBLE PRECISION", "DOUBLE PRECISION", "BIGINT")


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


def is_shareable(execution_id: str) -> bool:
    """Return whether a database takes it: clients may ask for any text, which PostgreSQL refuses with a NUL in it."""
    return execution_id.isascii() and execution_id.isprintable()


async def sign(session: Session, replica: str) -> None:
    """Give a sign of life. Raises DatabaseUnavailable."""
    await session.run(
        "INSERT INTO waiting_replicas (id, until) VALUES (?1, now() + ?2)"
        " ON CONFLICT (id) DO UPDATE SET until = excluded.until",
        (replica, ALIVE),
    )


async def tell_waits(session: Session, told: Sequence[tuple[str, Wait]], replica: str, now: float) -> None:
    """Write down what is waited for, with its account; `now` is monotonic. Raises DatabaseUnavailable."""
    for some in chunks(told):
        values: list[Any] = [replica]
        for account, wait in some:
            polled = wait.polled
            times = now - polled.began, now - wait.since
            values += [account, polled.execution_id, written(polled), *times, int(wait.asking > 0)]
        await session.run(
            "INSERT INTO waits (account, execution_id, replica, handle, began, since, at_once)"
            " SELECT column1, column2, CAST(?1 AS TEXT), column3, now() - column4, now() - column5, column6"
            f" FROM (VALUES {table(len(some), WAIT_TYPES, 2)}) AS told WHERE true"
            " ON CONFLICT (account, execution_id, replica)"
            " DO UPDATE SET handle = excluded.handle, since = excluded.since, at_once = excluded.at_once",
            values,
        )


async def forget_waits(session: Session, gone: Sequence[tuple[str, str]], replica: str) -> None:
    """Take back what is no longer waited for: accounts and executions. Raises DatabaseUnavailable."""
    for some in chunks(gone):
        await session.run(
            "DELETE FROM waits WHERE replica = ?1"
            f" AND (account, execution_id) IN (VALUES {table(len(some), ('TEXT', 'TEXT'), 2)})",
            [replica, *(value for pair in some for value in pair)],
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
