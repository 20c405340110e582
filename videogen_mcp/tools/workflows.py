"""Every workflow as a tool."""

from __future__ import annotations

from collections.abc import Iterable

from mcp_types import ToolAnnotations

from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import ANSWER_SCHEMA, Reply
from videogen_mcp.executions.runner import Runner
from videogen_mcp.tools.base import ModelTool, tool
from videogen_mcp.workflows.base import Workflow

PAID = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=True)
"""Each call makes (and bills) something new, somewhere else."""


def workflow_tools(runner: Runner, workflows: Iterable[type[Workflow]]) -> list[ModelTool]:
    """One tool for each workflow class."""

    async def run(request: Workflow, caller: Caller) -> Reply:
        return await runner.run(request, caller)

    return [
        tool(
            workflow.tool_name(),
            title=workflow.title,
            description=workflow.description(),
            arguments=workflow,
            handler=run,
            annotations=PAID,
            input_schema=workflow.input_schema(),
            output_schema=ANSWER_SCHEMA,
        )
        for workflow in workflows
    ]
