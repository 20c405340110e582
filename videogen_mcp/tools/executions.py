"""Tools for executions that are already running, and for those that got lost."""

from __future__ import annotations

from pydantic import Field

from videogen_mcp.calls.call import Call, Purpose
from videogen_mcp.calls.replies import ANSWER_SCHEMA, Reply
from videogen_mcp.executions.history import History
from videogen_mcp.executions.runner import Runner
from videogen_mcp.tools.annotations import READING, REMOVING
from videogen_mcp.tools.arguments import Arguments, Limit
from videogen_mcp.tools.base import Tool
from videogen_mcp.workflows.base import Identifier
from videogen_mcp.workflows.schema import published

LISTED = 20
"""Rows by default: enough to find the last hours' work, few enough for a model's context."""


class Wait(Arguments):
    """Arguments of wait_for_execution."""

    execution_id: Identifier
    wait_seconds: float | None = Field(None, ge=0, le=86_400, description="At most this long; 0 polls once.")


class List(Arguments):
    """Arguments of list_executions."""

    limit: Limit = LISTED


class Cancel(Arguments):
    """Arguments of cancel_execution."""

    execution_id: Identifier


def execution_tools(runner: Runner, history: History) -> list[Tool]:
    """Return wait_for_execution, list_executions and cancel_execution."""

    async def wait(arguments: Wait, call: Call) -> Reply:
        return await runner.follow(arguments.execution_id, call, arguments.wait_seconds)

    async def show(arguments: List, call: Call) -> Reply:
        return await history.show(arguments.limit, call)

    async def cancel(arguments: Cancel, call: Call) -> Reply:
        return await runner.cancel(arguments.execution_id, call)

    async def late(arguments: Wait | Cancel, call: Call) -> Reply:
        return await runner.late(call)

    return [
        Tool(
            Purpose("wait_for_execution", follows=True),
            title="Wait for execution",
            description="Go on waiting for an execution that is still running, with progress, and get its files."
            " Takes any execution id of this account.",
            arguments=Wait,
            handler=wait,
            annotations=READING,
            input_schema=published(Wait),
            output_schema=ANSWER_SCHEMA,
            late=late,
        ),
        Tool(
            Purpose("list_executions"),
            title="List executions",
            description="Executions of this account, newest first; those that still run, or ended without their result"
            " being delivered, come before the others. Finds what a cancelled call or a crash left behind.",
            arguments=List,
            handler=show,
            annotations=READING,
            input_schema=published(List),
        ),
        Tool(
            Purpose("cancel_execution", "changed", follows=True),
            title="Cancel execution",
            description="Stop a running execution and tell what became of it: cancelled, or already finished.",
            arguments=Cancel,
            handler=cancel,
            annotations=REMOVING,
            input_schema=published(Cancel),
            output_schema=ANSWER_SCHEMA,
            late=late,
        ),
    ]
