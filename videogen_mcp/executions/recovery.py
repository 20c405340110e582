"""Finding the execution of a submit that broke: was it started, and which one is it?

The API lists executions newest first, without times and without what they were asked for. So it takes proof: what is
in the list now, was not in it just before the submit, is the only one of that kind, and can be of no other submit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from videogen_mcp.executions.journal import Entry, Journal
from videogen_mcp.executions.kinds import Kind
from videogen_mcp.executions.timing import LIST_PAGE, SETTLED

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution
    from videogen_mcp.calls.upstream import Upstream
    from videogen_mcp.clock import Clock


@dataclass(frozen=True)
class Search:
    """What the list says about one broken submit. `found` has the execution's id where it is proven, `candidates` those
    that fit where it is not, newest first."""

    verdict: Literal["found", "absent", "several", "unknown"]
    found: str | None = None
    candidates: tuple[str, ...] = ()


def search(
    entry: Entry,
    listed: Sequence[Execution],
    *,
    whole: bool,
    known: Collection[str],
    earlier: Collection[str] = (),
    alone: bool = True,
) -> Search:
    """Look for the execution of `entry` among the `listed` ones (newest first). Pure.

    `whole`: the list has no further page. `known`: ids that belong to other submits; `earlier`: those of them that were
    submitted before, which mark the end of what is new where no list was read before the submit. `alone`: no other
    submit can have started what is new, and the list was read soon after this one.
    """
    before = entry.listed if entry.listed is not None else earlier
    ends = [place for place, state in enumerate(listed) if state.execution_id in before]
    if not ends and not whole:
        return Search("unknown")
    new = listed[: ends[0]] if ends else listed
    fitting = tuple(
        state.execution_id for state in new if state.execution_id not in known and _same_tool(state, entry.workflow)
    )
    if not fitting:
        return Search("absent")
    if len(fitting) == 1 and alone and entry.listed is not None:
        return Search("found", fitting[0])
    return Search("several", candidates=fitting)


def _same_tool(state: Execution, workflow: str) -> bool:
    made_by = (state.tool_type or "").lower()
    return made_by in (workflow, workflow.removesuffix("_clip")) or made_by.removesuffix("_clip") == workflow


async def recover(
    upstream: Upstream, kind: Kind, journal: Journal, clock: Clock, only: str | None = None
) -> dict[str, Search]:
    """Search for the account's broken submits of a kind (or for the submit `only`) and journal what is found.

    One list request; none when there is nothing to find. A submit that got its id meanwhile, whoever found it, is
    found. Raises VideoGenError.
    """
    journal.bury(upstream.account, clock.time())
    if only is None:
        wanted = [entry for entry in journal.doubtful(upstream.account) if entry.kind == kind.name]
    else:
        wanted = [entry for entry in [journal.entry(only)] if entry is not None]
    if not wanted or kind.page is None or not kind.listed_by(upstream.dialect):
        return {entry.key: Search("unknown") for entry in wanted}
    asked_at = clock.time()
    ages = {entry.key: journal.greatest_age(entry, asked_at) for entry in wanted}
    page = await kind.page(upstream.client.with_options(alone=True), LIST_PAGE, None)
    verdicts: dict[str, Search] = {}
    for entry in wanted:
        # In this order: who gets an id between the two is counted as a rival, and does no harm.
        age = ages[entry.key]
        alone = not journal.rivals(upstream.account, entry) and age is not None and age <= SETTLED
        rows = journal.known([state.execution_id for state in page.items])
        verdict = search(
            entry,
            page.items,
            whole=not page.has_more,
            known={row.execution_id for row in rows if row.execution_id},
            earlier={row.execution_id for row in rows if row.execution_id and row.submitted_at < entry.submitted_at},
            alone=alone,
        )
        if verdict.verdict == "absent" and _is_settled(journal, entry, clock.time(), page.items, rows):
            journal.absent(entry.key, clock.time())
        if verdict.found and not journal.claim(entry.key, verdict.found, clock.time()):
            verdict = Search("several", candidates=(verdict.found,))
        known = journal.entry(entry.key)  # others may have found out more meanwhile
        verdicts[entry.key] = Search("found", known.execution_id) if known and known.execution_id else verdict
    return verdicts


def _is_settled(
    journal: Journal, entry: Entry, now: float, listed: Sequence[Execution], journaled: Sequence[Entry]
) -> bool:
    """Return whether the submit is over and nothing listed can be of it, wherever it stands: what our rows say of times
    and order is only as right as the clock was."""
    other = {*(row.execution_id for row in journaled), *(entry.listed or ())}
    fits = any(state.execution_id not in other and _same_tool(state, entry.workflow) for state in listed)
    return not fits and journal.least_age(entry, now) > SETTLED
