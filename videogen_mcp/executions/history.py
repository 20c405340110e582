"""What was run: the journal's rows, what became of them, and what else the service lists."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import anyio

from videogen_mcp.api.errors import NotFound, VideoGenError
from videogen_mcp.calls.call import Call
from videogen_mcp.calls.messages import CANDIDATES, candidates_text
from videogen_mcp.calls.replies import Reply, bounded, sentence, timestamp
from videogen_mcp.clock import Clock
from videogen_mcp.executions.chains import Chains
from videogen_mcp.executions.journal import Entry, Journal
from videogen_mcp.executions.kinds import Handle, Kind, Kinds
from videogen_mcp.executions.poller import Pollers
from videogen_mcp.executions.recovery import Search, recover
from videogen_mcp.executions.timing import LIST_PAGE, LONGEST_ASKING, SHARE_FOR_ASKING

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution
    from videogen_mcp.calls.upstream import Upstream

log = logging.getLogger(__name__)

Wanted = Literal["all", "running", "succeeded", "failed", "cancelled"]
"""Which executions are to be shown."""

ENDED = ("succeeded", "failed", "cancelled")

POLLED_SINGLY = 10
"""Open rows that are polled one by one where no list tells their state."""


@dataclass
class Findings:
    """What the service said: states by execution id, and what became of broken submits by journal key."""

    states: dict[str, Execution] = field(default_factory=dict)
    searches: dict[str, Search] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class History:
    """Shows the executions of `account`, also when the service is away: then from the journal alone."""

    journal: Journal
    pollers: Pollers
    clock: Clock
    account: str
    chains: Chains
    kinds: Kinds

    async def show(self, limit: int, call: Call, status: Wanted = "all") -> Reply:
        """Return up to `limit` rows of that status: those of the journal, what still runs or was never delivered first,
        then newest first; where they leave room, what else the service lists."""
        findings = Findings()
        with call.asking(min(call.remaining() * SHARE_FOR_ASKING, LONGEST_ASKING)) as asking:
            await self._ask(findings, limit if status == "all" else LIST_PAGE, call)
        if asking.cancelled_caught:
            findings.notes.append("The service did not answer in time, so this is what the journal knows.")
        if self.journal.notice:
            findings.notes.append(self.journal.notice)
        entries = self.journal.recent(self.account, limit if status == "all" else LIST_PAGE)
        rows = [
            _row(entry, findings.states.pop(entry.execution_id or "", None), findings.searches.get(entry.key))
            for entry in entries
        ]
        rows += [_foreign(state) for state in findings.states.values()]
        return _reply([row for row in rows if _is(row["status"], status)][:limit], findings.notes)

    async def _ask(self, findings: Findings, limit: int, call: Call) -> None:
        """Find broken submits, list, and poll what the list does not show. The journal learns every end."""
        try:
            upstream = await call.connect()
            for kind in self.kinds.declared:
                findings.searches |= await recover(upstream, kind, self.journal, self.clock)
                await self._list(upstream, kind, findings, limit)
            await self._poll_the_rest(upstream, findings, limit)
        except VideoGenError as error:
            reason = bounded(error.message) or type(error).__name__
            findings.notes.append(sentence(f"The service could not be asked, so this is the journal alone: {reason}"))
        for state in findings.states.values():
            if state.is_terminal:
                self.journal.saw_end(state, self.clock.time())

    async def _list(self, upstream: Upstream, kind: Kind, findings: Findings, limit: int) -> None:
        if kind.page is None or not kind.listed_at_once(upstream.dialect):
            return
        try:
            listed = (await kind.page(upstream.client, None, min(limit * 2, LIST_PAGE), None)).items
        except NotFound as error:
            log.info("the service has no list of %s: %s", kind.name, error)
        else:
            findings.states |= {state.execution_id: state for state in listed}

    async def _poll_the_rest(self, upstream: Upstream, findings: Findings, limit: int) -> None:
        rest = [
            self.kinds.handle(entry.execution_id, entry)
            for entry in self.journal.recent(upstream.account, limit)
            if entry.is_open and entry.execution_id and entry.execution_id not in findings.states
        ]
        poller = self.pollers.of(upstream)

        async def poll(handle: Handle) -> None:
            try:
                state = await poller.poll(self.chains.step(handle))
                findings.states[handle.execution_id] = self.chains.shown(handle, state)
            except VideoGenError as error:
                log.info("execution %s could not be polled: %s", handle.execution_id, error)

        async with anyio.create_task_group() as tasks:
            for handle in rest[:POLLED_SINGLY]:
                tasks.start_soon(poll, handle)


def _row(entry: Entry, state: Execution | None, search: Search | None) -> dict[str, Any]:
    return _present(
        execution_id=entry.execution_id,
        workflow=entry.workflow,
        status=state.status if state is not None and entry.is_open else entry.state,
        about=bounded(entry.label, 80),
        project_id=entry.project_id or (state.project_id if state is not None else None),
        submitted_at=timestamp(entry.submitted_at),
        progress_percentage=state.progress_percentage if state is not None and entry.is_open else None,
        file_ids=list(entry.files) or None,
        delivered=entry.delivered_at is not None,
        candidates=list(search.candidates[:CANDIDATES]) or None if search and entry.execution_id is None else None,
        note=_unclear(search) if search and entry.execution_id is None else None,
    )


def _foreign(state: Execution) -> dict[str, Any]:
    return _present(
        execution_id=state.execution_id,
        workflow=(bounded(state.tool_type, 60) or "unknown").lower(),
        status=bounded(state.status, 40),
        project_id=state.project_id,
        progress_percentage=None if state.is_terminal else state.progress_percentage,
        file_ids=[result.file_id for result in state.results] or None,
        note="not submitted from here",
    )


def _is(found: str, wanted: Wanted) -> bool:
    """Return whether a status is what is asked for; whatever has not ended is running."""
    return wanted == "all" or found == wanted or (wanted == "running" and found not in ENDED)


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _unclear(search: Search) -> str | None:
    if search.verdict == "several":
        return f"The submit broke. {candidates_text(search.candidates)}."
    notes = {
        "absent": "The submit broke and the service does not list it: most likely it was not started.",
        "unknown": "The submit broke and this version of the service cannot tell whether it was started;"
        " look in VideoGen before submitting it again.",
    }
    return notes.get(search.verdict)


def _reply(rows: Sequence[dict[str, Any]], notes: Sequence[str]) -> Reply:
    structured: dict[str, Any] = {"executions": list(rows)}
    if notes:
        structured["note"] = " ".join(notes)
    if any(row.get("execution_id") and row.get("delivered") is False for row in rows):
        structured["next_step"] = "Call wait_for_execution with the execution_id of a row that is not delivered"
    counted = f"{len(rows)} execution{'' if len(rows) == 1 else 's'}." if rows else "No executions yet."
    lines = [
        counted,
        *map(_row_text, rows),
        *(sentence(structured[key]) for key in ("note", "next_step") if key in structured),
    ]
    return Reply("\n".join(lines), structured)


def _row_text(row: dict[str, Any]) -> str:
    facts = [row.get("execution_id", "(no id)"), row["workflow"], row["status"]]
    if "progress_percentage" in row:
        facts.append(f"{row['progress_percentage']:.0f} %")
    if "project_id" in row:
        facts.append(f"project {row['project_id']}")
    if "submitted_at" in row:
        facts.append(row["submitted_at"])
    if row.get("delivered") is False:
        facts.append("not delivered")
    if "file_ids" in row:
        facts.append("files " + " ".join(row["file_ids"]))
    if row.get("about"):
        facts.append(f'"{row["about"]}"')
    return "- " + ", ".join(facts) + (f". {row['note']}" if "note" in row else "")
