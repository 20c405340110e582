"""Finding the execution of a submit that broke: was it started, and which one is it?

Today's API lists executions, newest first and without times. So the order decides: an execution that we know was
accepted before the broken submit marks where the search ends, one accepted after it where it begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from videogen_mcp.executions.journal import Entry, Journal
from videogen_mcp.executions.kinds import Kind
from videogen_mcp.executions.timing import CLOCKS_APART, LIST_PAGE, SETTLED

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution
    from videogen_mcp.calls.upstream import Upstream


@dataclass(frozen=True)
class Search:
    """What the list says about one broken submit. `found` has the execution's id when exactly one fits, `candidates`
    those that fit when it cannot be told which one it is."""

    verdict: Literal["found", "absent", "several", "unknown"]
    found: str | None = None
    candidates: tuple[str, ...] = ()

    def may_be(self, other: Search) -> bool:
        """Whether the same execution could be both."""
        if "absent" in (self.verdict, other.verdict):
            return False
        if "unknown" in (self.verdict, other.verdict):
            return True
        return bool({self.found, *self.candidates} & {other.found, *other.candidates} - {None})


def search(
    entry: Entry, listed: Sequence[Execution], *, whole: bool, journaled: Sequence[Entry], rivals: int = 0
) -> Search:
    """Look for the execution of `entry` among the `listed` ones (newest first). Pure.

    `whole`: the list has no further page. `journaled`: rows of the listed executions that we know. `rivals`: other
    broken submits of the same workflow, which the same execution would fit as well.
    """
    known = {row.execution_id: row for row in journaled}
    places = {state.execution_id: place for place, state in enumerate(listed)}
    earlier = [places[i] for i, row in known.items() if i in places and row.submitted_at < entry.submitted_at]
    later = [
        places[i] for i, row in known.items() if i in places and row.submitted_at > entry.submitted_at + CLOCKS_APART
    ]
    if not earlier and not whole:
        return Search("unknown")
    begin, end = max(later, default=-1) + 1, min(earlier, default=len(listed))
    fitting = [
        state.execution_id
        for state in listed[begin:end]
        if state.execution_id not in known and _same_tool(state, entry.workflow) and _same_time(state, entry)
    ]
    if not fitting:
        return Search("absent")
    if len(fitting) > 1 or rivals:
        return Search("several", candidates=tuple(fitting))
    return Search("found", fitting[0])


def _same_tool(state: Execution, workflow: str) -> bool:
    told = (state.tool_type or "").lower()
    return workflow == told or workflow.removesuffix("_clip") == told or told.removesuffix("_clip") == workflow


def _same_time(state: Execution, entry: Entry) -> bool:
    told = (state.model_extra or {}).get("createdAt")
    return not isinstance(told, int | float) or abs(told - entry.submitted_at) <= CLOCKS_APART


def _is_settled(
    journal: Journal, entry: Entry, now: float, listed: Sequence[Execution], journaled: Sequence[Entry]
) -> bool:
    """Return whether the submit is over and nothing listed can be of it, wherever it stands: what our rows say of times
    and order is only as right as the clock was."""
    known = {row.execution_id for row in journaled}
    fits = any(state.execution_id not in known and _same_tool(state, entry.workflow) for state in listed)
    return not fits and journal.least_age(entry, now) > SETTLED


async def recover(
    upstream: Upstream, kind: Kind, journal: Journal, now: float, only: str | None = None
) -> dict[str, Search]:
    """Search for the account's broken submits of a kind (or the one with the key `only`) and journal what is found.

    One list request; none when there is nothing to find. Raises VideoGenError.
    """
    doubtful = [entry for entry in journal.doubtful(upstream.account) if entry.kind == kind.name]
    wanted = [entry for entry in doubtful if only in (None, entry.key)]
    if not wanted or kind.page is None or not kind.listed_by(upstream.dialect):
        return {entry.key: Search("unknown") for entry in wanted}
    page = await kind.page(upstream.client, LIST_PAGE, None)
    journaled = journal.known([state.execution_id for state in page.items])
    alone = {entry.key: search(entry, page.items, whole=not page.has_more, journaled=journaled) for entry in doubtful}
    verdicts: dict[str, Search] = {}
    for entry in wanted:
        rivals = sum(
            other.key != entry.key and other.workflow == entry.workflow and alone[entry.key].may_be(alone[other.key])
            for other in doubtful
        )
        verdict = search(entry, page.items, whole=not page.has_more, journaled=journaled, rivals=rivals)
        if verdict.found:
            journal.accepted(entry.key, verdict.found, now)
        elif verdict.verdict == "absent" and _is_settled(journal, entry, now, page.items, journaled):
            journal.refused(entry.key, "the service does not list it", now)
        verdicts[entry.key] = verdict
    return verdicts
