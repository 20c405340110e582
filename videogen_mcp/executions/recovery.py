"""Finding the execution of a submit that broke: was it started, and which one is it?

The API lists executions newest first, without times and without what they were asked for. So it takes proof: what is
in the list now, was not in it just before the submit, is the only one that fits, and can be of no other submit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from videogen_mcp.executions.journal import Entry, Journal
from videogen_mcp.executions.kinds import Kind, Started
from videogen_mcp.executions.timing import LIST_PAGE, SETTLED

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution
    from videogen_mcp.calls.upstream import Upstream
    from videogen_mcp.clock import Clock


@dataclass(frozen=True)
class Search:
    """What the list says about one broken submit. `found` is what is proven to be its, `candidates` are the ids of what
    fits where nothing is proven, newest first."""

    verdict: Literal["found", "absent", "several", "unknown"]
    found: Started | None = None
    candidates: tuple[str, ...] = ()


def search(
    kind: Kind,
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
    proven, candidates = kind.recognise(kind, entry, [state for state in new if state.execution_id not in known])
    if not candidates:
        return Search("absent")
    if proven is not None and alone and entry.listed is not None:
        return Search("found", proven)
    return Search("several", candidates=candidates)


async def recover(
    upstream: Upstream, kind: Kind, journal: Journal, clock: Clock, only: str | None = None
) -> dict[str, Search]:
    """Search for the account's broken submits of a kind (or for the submit `only`) and journal what is found.

    One list request (one for each project, where these have lists of their own); none when there is nothing to find. A
    submit that got its id meanwhile, whoever found it, is found. Raises VideoGenError.
    """
    await journal.bury(upstream.account, clock.time())
    if only is None:
        wanted = [entry for entry in await journal.doubtful(upstream.account) if entry.kind == kind.name]
    else:
        wanted = [entry for entry in [await journal.entry(only)] if entry is not None]
    verdicts: dict[str, Search] = {}
    for project_id in {entry.project_id if kind.of_projects else None for entry in wanted}:
        listed_together = [entry for entry in wanted if not kind.of_projects or entry.project_id == project_id]
        verdicts |= await _recover_listed(upstream, kind, journal, clock, project_id, listed_together)
    return verdicts


async def _recover_listed(
    upstream: Upstream, kind: Kind, journal: Journal, clock: Clock, project_id: str | None, wanted: Sequence[Entry]
) -> dict[str, Search]:
    """Search for submits that one list shows."""
    if kind.page is None or not kind.listed_by(upstream.dialect, project_id):
        return {entry.key: Search("unknown") for entry in wanted}
    asked_at = clock.time()
    ages = {entry.key: journal.greatest_age(entry, asked_at) for entry in wanted}
    page = await kind.page(upstream.client.with_options(alone=True), project_id, LIST_PAGE, None)
    verdicts: dict[str, Search] = {}
    for entry in wanted:
        # In this order: who gets an id between the two is counted as a rival, and does no harm.
        age = ages[entry.key]
        alone = not await journal.rivals(upstream.account, entry) and age is not None and age <= SETTLED
        rows = await journal.known(upstream.account, [state.execution_id for state in page.items])
        verdict = search(
            kind,
            entry,
            page.items,
            whole=not page.has_more,
            known=ids_of(rows),
            earlier=ids_of([row for row in rows if row.submitted_at < entry.submitted_at]),
            alone=alone,
        )
        if alone and project_id is None and kind.of_projects and len(verdict.candidates) == 1:
            verdict = await _in_copy(upstream, kind, entry, verdict)
        if verdict.verdict == "absent" and _is_settled(kind, journal, entry, clock.time(), page.items, rows):
            journal.absent(entry.key, clock.time())
        started = verdict.found
        if started and not await journal.claim(entry.key, started.execution_id, clock.time(), *started[1:]):
            verdict = Search("several", candidates=(started.execution_id,))
        known = await journal.entry(entry.key)  # others may have found out more meanwhile
        verdicts[entry.key] = Search("found", _started(known)) if known and known.execution_id else verdict
    return verdicts


async def _in_copy(upstream: Upstream, kind: Kind, entry: Entry, verdict: Search) -> Search:
    """Return the edits of the only project that is new, where they are proven to be those of the submit."""
    (copy,) = verdict.candidates
    if kind.page is None or entry.listed is None:
        return verdict
    page = await kind.page(upstream.client.with_options(alone=True), copy, LIST_PAGE, None)
    proven = kind.recognise(kind, replace(entry, project_id=copy), page.items).proven
    return Search("found", proven) if proven is not None else verdict


def ids_of(rows: Sequence[Entry]) -> set[str]:
    """Return all ids that belong to submits, and those of their projects."""
    return {one for row in rows for one in (row.execution_id, row.project_id, *row.actions) if one}


def _started(entry: Entry) -> Started:
    return Started(entry.execution_id or "", entry.project_id, entry.project_url, entry.actions)


def _is_settled(
    kind: Kind, journal: Journal, entry: Entry, now: float, listed: Sequence[Execution], journaled: Sequence[Entry]
) -> bool:
    """Return whether the submit is over and nothing listed can be of it, wherever it stands: what our rows say of times
    and order is only as right as the clock was."""
    other = ids_of(journaled) | set(entry.listed or ())
    strangers = [state for state in listed if state.execution_id not in other]
    fits = bool(kind.recognise(kind, entry, strangers).candidates)
    return not fits and journal.least_age(entry, now) > SETTLED
