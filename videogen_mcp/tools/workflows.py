"""Every workflow as a tool."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.calls.call import Call, Purpose
from videogen_mcp.calls.messages import BILLING_PAGE
from videogen_mcp.calls.replies import ANSWER_SCHEMA, ASSISTANT_ANSWER_SCHEMA, MEDIA_ANSWER_SCHEMA, Reply
from videogen_mcp.executions.runner import Runner
from videogen_mcp.tools.annotations import PAID
from videogen_mcp.tools.base import Tool
from videogen_mcp.tools.cache import Caches
from videogen_mcp.tools.speakers import first_speaker, speaker, speaking, usable
from videogen_mcp.workflows.base import SingleMedia, Workflow

log = logging.getLogger(__name__)

SCHEMAS: Mapping[str, dict[str, Any]] = {
    "tool_execution": MEDIA_ANSWER_SCHEMA,
    "assistant_message": ASSISTANT_ANSWER_SCHEMA,
}
"""By the kind of execution, where it is not that of everything that belongs to a project."""

OF_OTHERS = (
    "find_projects shows the projects of this account; if it is one of them, the plan does not include this:"
    f" see {BILLING_PAGE}"
)

NEXT_STEPS_OF_PROJECTS: Mapping[str, str] = {
    "not_found": "Call find_projects, which shows those that exist",
    "not_authorized": OF_OTHERS,
    "forbidden": OF_OTHERS,
    "already_decided": "list_executions shows what it has started",
    "project_busy": "list_executions shows what runs on it; call wait_for_execution with that id, then this again",
}
"""By the code of the refusal, for what changes or renders a project."""


def workflow_tools(
    runner: Runner, workflows: Iterable[type[Workflow]], caches: Caches, *, local_files: bool = True
) -> list[Tool]:
    """Return one tool for each workflow class. `local_files`: whether paths of this machine are taken."""

    async def speak(request: Workflow, call: Call) -> Reply:
        return await runner.run(await _with_speaker(request, caches, call), call)

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
            handler=speak if workflow.model_fields.keys() >= {"voice", "language"} else runner.run,
            annotations=PAID,
            schema=partial(workflow.input_schema, local_files=local_files),
            output_schema=SCHEMAS.get(workflow.kind, ANSWER_SCHEMA),
            late=late,
            eras=workflow.eras,
            gives_files=True,
        )
        for workflow in workflows
    ]


async def _with_speaker(request: Workflow, caches: Caches, call: Call) -> Workflow:
    """Return a request whose voice speaks the language and has the accent that it asks for.

    Where it names no voice and the service would not choose one, the first that does is taken. Raise Refusal where that
    cannot be; it would be made, and paid, all the same. What the service does not list is left to it.
    """
    voice, language = getattr(request, "voice", None), getattr(request, "language", None)
    if language is None:
        return request
    upstream = await call.connect()
    single = isinstance(request, SingleMedia)
    if voice is None and (not single or upstream.dialect.chooses_voice):
        return request
    try:
        known = await caches.voices.all(upstream)
    except VideoGenError as error:
        log.info("the voices cannot be listed, so nobody knows who speaks %s: %s", language, error)
        return request
    if voice is not None:
        speaker(voice, language, speaking(known) if single else usable(known))
        return request
    chosen = first_speaker(language, speaking(known))
    return request.spoken_by(chosen.voice_id, chosen.in_words)
