"""Tools for executions that are already running, and for those that got lost."""

from __future__ import annotations

from typing import Annotated

from mcp_types import ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import ANSWER_SCHEMA, Reply
from videogen_mcp.executions.history import History
from videogen_mcp.executions.runner import Runner
from videogen_mcp.tools.base import ModelTool, tool

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
        return await history.show(caller, arguments.limit)

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
