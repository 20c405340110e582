"""Every workflow as a tool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from videogen_mcp.calls.call import Call, Purpose
from videogen_mcp.calls.replies import ANSWER_SCHEMA, ASSISTANT_ANSWER_SCHEMA, MEDIA_ANSWER_SCHEMA, Reply
from videogen_mcp.executions.runner import Runner
from videogen_mcp.tools.annotations import PAID
from videogen_mcp.tools.base import Tool
from videogen_mcp.workflows.base import Workflow

SCHEMAS: Mapping[str, dict[str, Any]] = {
    "tool_execution": MEDIA_ANSWER_SCHEMA,
    "assistant_message": ASSISTANT_ANSWER_SCHEMA,
}
"""By the kind of execution, where it is not that of everything that belongs to a project."""

NEXT_STEPS_OF_PROJECTS: Mapping[str, str] = {
    "not_found": "Call find_projects, which shows those that exist",
    "project_busy": "list_executions shows what runs on it; call wait_for_execution with that id, then this again",
}
"""By the code of the refusal, for what changes or renders a project."""


def workflow_tools(runner: Runner, workflows: Iterable[type[Workflow]], *, local_files: bool = True) -> list[Tool]:
    """Return one tool for each workflow class. `local_files`: whether paths of this machine are taken."""

    async def late(request: Workflow, call: Call) -> Reply:
        return await runner.follower.late(call)

    return [
        Tool(
            Purpose(
                workflow.tool_name(),
                "started",
                next_steps=NEXT_STEPS_OF_PROJECTS if "project_id" in workflow.model_fields else {},
                follows=True,
            ),
            title=workflow.title,
            description=workflow.description(),
            arguments=workflow,
            handler=runner.run,
            annotations=PAID,
            input_schema=workflow.input_schema(local_files=local_files),
            output_schema=SCHEMAS.get(workflow.kind, ANSWER_SCHEMA),
            late=late,
            eras=workflow.eras,
        )
        for workflow in workflows
    ]
