"""Tools for executions that are already running, and for those that got lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from mcp_types import ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.clock import Clock
from videogen_mcp.executions.answers import ANSWER_SCHEMA, Reply, bounded, moment
from videogen_mcp.executions.calls import Caller
from videogen_mcp.executions.journal import Entry, Journal
from videogen_mcp.executions.recovery import Search, recover
from videogen_mcp.executions.runner import Runner
from videogen_mcp.tools.base import ModelTool, tool

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution
    from videogen_mcp.executions.upstream import Upstream

LISTED = 20
"""Rows by default: enough to find the last hours' work, few enough for a model's context."""

ExecutionId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Arguments(BaseModel):
    """Base of argument models: nothing unknown, nothing that is no number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Wait(Arguments):
    execution_id: ExecutionId
    wait_seconds: float | None = Field(None, ge=0, le=86_400, description="At most this long; 0 looks once.")


class List(Arguments):
    limit: int = Field(LISTED, ge=1, le=100)


class Cancel(Arguments):
    execution_id: ExecutionId


def execution_tools(runner: Runner, history: History) -> list[ModelTool]:
    """wait_for_execution, list_executions, cancel_execution."""

    async def wait(arguments: Wait, caller: Caller) -> Reply:
        return await runner.follow(arguments.execution_id, caller, arguments.wait_seconds)

    async def cancel(arguments: Cancel, caller: Caller) -> Reply:
        return await runner.cancel(arguments.execution_id, caller)

    async def show(arguments: List, caller: Caller) -> Reply:
        return await history.show(arguments.limit)

    return [
        tool(
            "wait_for_execution",
            title="Wait for execution",
            description="Go on waiting for an execution that is still running, with progress, and get its files."
            " Takes any execution id of this account.",
            arguments=Wait,
            handler=wait,
            annotations=ToolAnnotations(read_only_hint=True, open_world_hint=True),
            output_schema=ANSWER_SCHEMA,
        ),
        tool(
            "list_executions",
            title="List executions",
            description="Executions of this account, newest first; those that still run, or ended without their result"
            " being delivered, come before the others. Finds what a cut call or a crash left behind.",
            arguments=List,
            handler=show,
            annotations=ToolAnnotations(read_only_hint=True, open_world_hint=True),
        ),
        tool(
            "cancel_execution",
            title="Cancel execution",
            description="Stop a running execution and tell what became of it: cancelled, or already finished.",
            arguments=Cancel,
            handler=cancel,
            annotations=ToolAnnotations(
                read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=True
            ),
            output_schema=ANSWER_SCHEMA,
        ),
    ]


@dataclass(frozen=True)
class History:
    """What was run: the journal's rows and, where the API lists executions, the service's own."""

    runner: Runner
    journal: Journal
    clock: Clock

    async def show(self, limit: int) -> Reply:
        """Rows newest first, undelivered ones before all. Works from the journal alone when the service is away."""
        notes = [self.journal.notice] if self.journal.notice else []
        try:
            upstream = await self.runner.connect()
        except VideoGenError as error:
            return Reply(
                error.message, {"executions": [], "error": {"code": "unreachable", "message": error.message}}, True
            )
        try:
            verdicts = await recover(upstream, self.journal, self.clock.time())
            listed = (await upstream.client.executions(limit=min(limit * 2, 100))).items if upstream.lists else []
        except VideoGenError as error:
            notes.append(f"The service could not be asked, so this is the journal alone: {bounded(error.message)}")
            verdicts, listed = {}, []
        states = {state.execution_id: state for state in listed}
        rows = [
            self._row(entry, states.pop(entry.execution_id or "", None), verdicts.get(entry.key))
            for entry in self.journal.recent(upstream.account, limit)
        ]
        rows += [_foreign(state) for state in states.values()][: max(limit - len(rows), 0)]
        structured: dict[str, Any] = {"executions": rows}
        if notes:
            structured["note"] = " ".join(notes)
        if _unfinished(rows):
            structured["next_step"] = "Call wait_for_execution with the execution_id of a row that is not delivered."
        return Reply(_words(structured, upstream), structured)

    def _row(self, entry: Entry, state: Execution | None, search: Search | None) -> dict[str, Any]:
        status = entry.state
        if state is not None and (entry.is_open or status == state.status):
            status = state.status
            if state.is_terminal and entry.is_open:
                files = [result.file_id for result in state.results]
                self.journal.ended(state.execution_id, state=status, now=self.clock.time(), files=files)
                entry = self.journal.find(state.execution_id) or entry
        row: dict[str, Any] = {
            "execution_id": entry.execution_id,
            "workflow": entry.workflow,
            "status": status,
            "about": bounded(entry.label, 80),
            "submitted_at": moment(entry.submitted_at),
            "progress_percentage": state.progress_percentage if state is not None and entry.is_open else None,
            "file_ids": list(entry.files) or None,
            "delivered": entry.delivered_at is not None,
            "note": _doubt(search) if entry.execution_id is None and search else None,
        }
        return {name: value for name, value in row.items() if value is not None}


def _foreign(state: Execution) -> dict[str, Any]:
    row = {
        "execution_id": state.execution_id,
        "workflow": (bounded(state.tool_type, 60) or "unknown").lower(),
        "status": state.status,
        "progress_percentage": None if state.is_terminal else state.progress_percentage,
        "file_ids": [result.file_id for result in state.results] or None,
        "note": "not submitted from here",
    }
    return {name: value for name, value in row.items() if value is not None}


def _doubt(search: Search) -> str:
    said = {
        "absent": "The submit broke and the service does not list it: most likely it was not started.",
        "several": "The submit broke and several listed executions fit; it may be any of them.",
        "unknown": "The submit broke and this version of the service cannot tell whether it was started;"
        " look in VideoGen before submitting it again.",
    }
    return said.get(search.verdict, "")


def _unfinished(rows: list[dict[str, Any]]) -> bool:
    return any(row.get("execution_id") and row.get("delivered") is False for row in rows)


def _words(structured: dict[str, Any], upstream: Upstream) -> str:
    rows = structured["executions"]
    where = "the sandbox" if upstream.sandbox else "this account"
    lines = [f"{len(rows)} executions of {where}." if rows else f"No executions of {where} yet."]
    for row in rows:
        facts = [row.get("execution_id", "(no id)"), row["workflow"], row["status"]]
        if "progress_percentage" in row:
            facts.append(f"{row['progress_percentage']:.0f} %")
        if "submitted_at" in row:
            facts.append(row["submitted_at"])
        if row.get("delivered") is False:
            facts.append("not delivered")
        if "file_ids" in row:
            facts.append("files " + " ".join(row["file_ids"]))
        if row.get("about"):
            facts.append(f'"{row["about"]}"')
        lines.append("- " + ", ".join(facts) + (f". {row['note']}" if "note" in row else ""))
    lines += [structured[key] for key in ("note", "next_step") if key in structured]
    return "\n".join(lines)
