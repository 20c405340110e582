"""What follows an execution: the export of a project whose edits are done, started once, whoever goes on with it.

For people it is one execution with one id. Until the edits are done they are polled; then one process, as the journal
decides (`journal_steps`), starts the export, and all poll that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.api.operations import EXPORT_PROJECT
from videogen_mcp.calls.messages import Refusal, SubmitUnclear, candidates_text
from videogen_mcp.clock import Clock
from videogen_mcp.executions.journal import Entry, Journal
from videogen_mcp.executions.kinds import PROJECT_EXPORT, Handle, Kinds
from videogen_mcp.executions.submission import Order, Submitter
from videogen_mcp.executions.timing import SUBMIT_POLL

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution
    from videogen_mcp.calls.upstream import Upstream

EXPORT = "export_project"
"""The workflow that an export counts for, also one that follows edits."""

SHARE = 0.5
"""The part of the whole that the edits are, in percentages; the export is the rest."""


@dataclass(frozen=True)
class Chains:
    """Executions of one step and of several, as one."""

    journal: Journal
    clock: Clock
    submitter: Submitter
    kinds: Kinds

    async def step(self, handle: Handle, upstream: Upstream) -> Handle:
        """Return what runs of an execution: the export that followed it, once that has an id, else itself."""
        export = await self._export(handle, upstream)
        if export is None or export.execution_id is None:
            return handle
        return self.kinds.handle(export.execution_id, export)

    async def next_step(self, handle: Handle, upstream: Upstream) -> Handle:
        """Start what follows an execution that is done, unless somebody did, and return it; the execution itself where
        nothing follows any more. Raises VideoGenError, with what was done."""
        while True:
            entry = await self.journal.find(upstream.account, handle.execution_id)
            if entry is None or entry.then_export is None or entry.halted:
                return self.kinds.handle(handle.execution_id, entry)
            try:
                started = await self._started(entry, upstream)
            except SubmitUnclear as unclear:
                raise _unclear_export(entry, unclear) from unclear
            except VideoGenError as error:
                raise _no_export(entry, error) from error
            if started is not None:
                return started
            await self.clock.sleep(SUBMIT_POLL)

    async def _started(self, entry: Entry, upstream: Upstream) -> Handle | None:
        """Return the export; None where it is to be looked at again who starts it. Raises VideoGenError."""
        order = Order(
            self.kinds.named(PROJECT_EXPORT.name),
            EXPORT,
            entry.label,
            EXPORT_PROJECT.fill(entry.project_id or ""),
            entry.then_export or {},
        )
        submission = await self.submitter.submit_step(upstream, order, entry)
        if submission is not None:
            return await submission.outcome()
        export = await self.journal.step(entry)
        if export is None:
            return None
        if export.execution_id is None and (mine := self.submitter.on_their_way.get(export.key)) is not None:
            return await mine.outcome()
        settled = await self.submitter.settle(export, upstream, order.kind)
        if settled is None or settled.execution_id is None:
            return None
        return self.kinds.handle(settled.execution_id, settled)

    def shown(self, handle: Handle, state: Execution) -> Execution:
        """Return the state of a step as that of the whole execution. Pure."""
        export = state.execution_id != handle.execution_id
        if not (handle.then_export or export):
            return state
        changes: dict[str, object] = {"execution_id": handle.execution_id}
        if (percent := state.progress_percentage) is not None:
            changes["progress_percentage"] = 100 * SHARE + percent * (1 - SHARE) if export else percent * SHARE
        if export:
            changes |= {"project_id": handle.project_id, "project_url": handle.project_url}
        return state.model_copy(update=changes)

    async def _export(self, handle: Handle, upstream: Upstream) -> Entry | None:
        if not handle.then_export:
            return None
        entry = await self.journal.find(upstream.account, handle.execution_id)
        return await self.journal.step(entry) if entry is not None else None


def _done(entry: Entry) -> str:
    return f"the edits of {entry.project_id} are done"


def _no_export(entry: Entry, error: VideoGenError) -> Refusal:
    """Return the refusal of an export whose edits are done."""
    code = error.code if isinstance(error, Refusal) else getattr(error, "code", None) or "export_refused"
    return Refusal(
        code,
        f"{_done(entry)}, but their export was not started: {error.message}",
        f'Call wait_for_execution with execution_id "{entry.execution_id}" to have it started once that is mended, or'
        f' export_project with project_id "{entry.project_id}"',
        request_id=error.request_id,
    )


def _unclear_export(entry: Entry, unclear: SubmitUnclear) -> Refusal:
    """Return what is known of an export that may have been started."""
    which = ""
    if unclear.candidates:
        which = f"{candidates_text(unclear.candidates)}; "
    return Refusal(
        "submit_unclear",
        f"{_done(entry)}; {unclear.message} while their export was being submitted, so it may be running",
        f'{which}find_projects with project_id "{entry.project_id}" lists its exports. Exporting it again could make it'
        " twice",
        request_id=unclear.request_id,
        candidates=unclear.candidates,
    )
