"""What the replica that polls an account has seen, for the calls of the others.

Links of files are not written down: who answers fetches fresh ones.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from videogen_mcp.database.database import Session
from videogen_mcp.executions.polled import Polled
from videogen_mcp.executions.sharing.marks import chunks, table

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution

log = logging.getLogger(__name__)

KEPT = 600.0
"""Seconds that the last state of an execution is kept: who comes later polls anew."""

GOES_ON, OVER_FOR_NOW, ENDED = 0, 1, 2
"""`final`: whether polling goes on, is over until somebody waits anew (an approval, trouble), or for ever."""

NOT_DUMPED = ("may_lack_files", "next_step_due", "unlisted")
"""Fields of an execution that its model leaves out of JSON."""


NEWS_TYPES = ("TEXT", "TEXT", "TEXT", "BIGINT", "DOUBLE PRECISION", "BIGINT")


class Seen(NamedTuple):
    """`state` as JSON, None where polling failed for good: who waits finds out by a poll of its own. `at`: monotonic
    seconds of the process that has it; `stamp`: the same in the database's time, where it was read there."""

    state: str | None
    final: int
    at: float
    stamp: float | None = None


def seen(polled: Polled) -> Seen:
    """Return what other replicas are told of an execution that this one has polled."""
    if polled.error is not None or polled.latest is None:
        return Seen(None, OVER_FOR_NOW, polled.polled_at)
    final = GOES_ON if not polled.over else ENDED if polled.latest.is_terminal else OVER_FOR_NOW
    return Seen(written(polled.latest), final, polled.polled_at)


def written(state: Execution) -> str:
    """Return a state as JSON: what is declared of it (what is not may be a signed URL) but its files' details."""
    from videogen_mcp.api.models import ErrorBody, Offer  # loaded with the client that brought the state

    declared: dict[str, Any] = dict.fromkeys(type(state).model_fields, True)
    declared |= {
        "results": {"__all__": {"file_id", "type"}},
        "error": set(ErrorBody.model_fields),
        "offers": {"__all__": set(Offer.model_fields)},
    }
    said = state.model_dump(mode="json", include=declared)
    return json.dumps(said | {name: True for name in NOT_DUMPED if getattr(state, name)})


def read(text: str) -> Execution:
    """Return the state that `written` wrote. Raises ValueError."""
    from videogen_mcp.api.models import Execution  # With the first state: hosts measure how fast the tools are listed.

    return Execution.model_validate_json(text)


def readable(text: str) -> Execution | None:
    """Return the state that another replica wrote; None where this version cannot read it."""
    try:
        return read(text)
    except ValueError as trouble:  # pydantic's says what it read, which may be anybody's
        log.warning("another server wrote a state that this one cannot read: %s", type(trouble).__name__)
        return None


class News(NamedTuple):
    """What others are to be told of an execution; `epoch`: of the lease, None for one who does not hold it."""

    account: str
    execution_id: str
    seen: Seen
    epoch: int | None


async def tell_states(session: Session, news: Sequence[News], replica: str, now: float) -> None:
    """Write down states; only the owner of the lease of that epoch writes what is no end. Raises DatabaseUnavailable.

    What has ended stays as it is, and what was seen later. `now` is monotonic.
    """
    for some in chunks(news):
        values: list[Any] = [replica]
        for account, execution_id, seen, epoch in some:
            values += [account, execution_id, seen.state, seen.final, now - seen.at, epoch or 0]
        await session.run(
            "INSERT INTO states (account, execution_id, state, final, polled_at)"
            " SELECT column1, column2, column3, column4, now() - column5"
            f" FROM (VALUES {table(len(some), NEWS_TYPES, 2)}) AS news WHERE column4 = {ENDED}"
            " OR EXISTS (SELECT 1 FROM leases WHERE account = column1 AND owner = ?1 AND epoch = column6)"
            " ON CONFLICT (account, execution_id) DO UPDATE"
            " SET state = excluded.state, final = excluded.final, polled_at = excluded.polled_at"
            f" WHERE states.final < {ENDED} AND (excluded.final = {ENDED} OR states.polled_at < excluded.polled_at)",
            values,
        )


async def states_of(session: Session, waited_for: Sequence[tuple[str, str]], now: float) -> list[tuple[str, str, Seen]]:
    """Return (account, execution id, what was seen of it) for those that others have polled; `now` is monotonic.

    Raises DatabaseUnavailable.
    """
    found = []
    for some in chunks(waited_for):
        for account, execution_id, state, final, age, stamp in await session.rows(
            "SELECT account, execution_id, state, final, now() - polled_at, polled_at FROM states"
            f" WHERE (account, execution_id) IN (VALUES {table(len(some), ('TEXT', 'TEXT'))})",
            [value for pair in some for value in pair],
        ):
            found.append((account, execution_id, Seen(state, final, now - age, stamp)))
    return found


async def tidy(session: Session) -> None:
    """Delete states that nobody needs any more, waits of replicas that are gone, and what has not been used for an
    hour. Raises DatabaseUnavailable."""
    await session.run("DELETE FROM states WHERE polled_at < now() - ?1", (KEPT,))
    await session.run("DELETE FROM wakes WHERE since < now() - ?1", (KEPT,))
    await session.run("DELETE FROM waiting_replicas WHERE until < now() - ?1", (KEPT,))
    await session.run("DELETE FROM waits WHERE replica NOT IN (SELECT id FROM waiting_replicas)")
    await session.run("DELETE FROM leases WHERE until < now() - 3600")
    await session.run("DELETE FROM budgets WHERE tat < now() - 3600 AND not_before < now() - 3600")
