"""A call of every operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from videogen_mcp.api import operations
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.library_models import (
    ArchivedEntity,
    Assistant,
    AssistantMessage,
    Entity,
    GeneratedText,
    Language,
    StartedImport,
    StartedMessage,
    UrlImport,
)
from videogen_mcp.api.models import Wire
from videogen_mcp.api.operations import Operation, submit_at
from videogen_mcp.api.parsing import entries, json_object, one, page
from videogen_mcp.api.project_models import (
    Edit,
    Export,
    Project,
    StartedEdits,
    StartedExport,
    StartedRun,
    StartedTimeline,
    Timeline,
    WorkflowRun,
)

Use = Callable[[VideoGen], Awaitable[Any]]

START: dict[str, dict[str, Any]] = {
    "generate-image": {"prompt": "a pear"},
    "generate-video-clip": {"prompt": "a pear falls", "videoFileIds": ["vg_file_1"]},
    "text-to-speech": {"ttsText": "Hello", "voiceId": "vg_voic_1"},
    "generate-sound-effect": {"prompt": "rain"},
    "generate-avatar": {"actorEntityId": "vg_enti_1", "audioFileId": "vg_file_1"},
    "vectorize-image": {"imageFileId": "vg_file_1"},
    "remove-image-background": {"imageFileId": "vg_file_1"},
    "upscale-image": {"imageFileId": "vg_file_1"},
    "remove-video-background": {"videoFileId": "vg_file_1"},
    "upscale-video": {"videoFileId": "vg_file_1"},
}


NEW_TOOLS: dict[str, dict[str, Any]] = {
    "generate-motion-graphic": {"prompt": "a lower third"},
    "generate-music": {"prompt": "calm piano"},
    "image-3d-effect": {"imageFileId": "vg_file_1"},
}
STYLE = {"type": "AI_IMAGE", "aiStyle": "Watercolour"}
RUNS: dict[str, dict[str, Any]] = {
    "script-to-video": {"script": "Tides rise.", "visualStyle": STYLE, "autoExport": True},
    "voiceover-to-video": {"fileId": "vg_file_1", "visualStyle": {"type": "STOCK"}},
    "slideshow-to-video": {"fileId": "vg_file_1"},
    "storyboard-to-video": {"scenes": [{"prompt": "A harbour."}]},
    "prompt-to-video-clip": {"prompt": "a pear falls"},
    "video-to-video": {"prompt": "like anime", "videoFileId": "vg_file_1"},
}


def start(tool: str) -> Use:
    return lambda client: client.start(f"/v1/tools/{tool}", (START | NEW_TOOLS)[tool])


def run(workflow: str) -> Use:
    operation, _ = submit_at(f"/v1/workflows/{workflow}")
    return lambda client: client.submit(operation, one(StartedRun), payload=RUNS[workflow])


def use(operation: Operation, model: type[Wire], *ids: str, **payload: Any) -> Use:
    return lambda client: client.call(operation, one(model), *ids, payload=payload or None)


def rows(operation: Operation, model: type[Wire], key: str, *ids: str) -> Use:
    return lambda client: client.call(operation, page(model, key), *ids, params={"limit": "20"})


BOTH: dict[str, Use] = {
    **{tool: start(tool) for tool in START},
    "execution": lambda c: c.execution("vg_tool_1"),
    "cancel": lambda c: c.cancel("vg_tool_1"),
    "files": lambda c: c.files(limit=20),
    "search": lambda c: c.search_files("pears", 5),
    "file": lambda c: c.file("vg_file_1"),
    "hydrate": lambda c: c.hydrate("vg_file_1"),
    "archive": lambda c: c.archive("vg_file_1"),
    "enable": lambda c: c.enable_public_preview("vg_file_1"),
    "disable": lambda c: c.disable_public_preview("vg_file_1"),
    "upload": lambda c: c.create_upload("pear.png", "IMAGE", temporary=True),
    "voices": lambda c: c.voices(include_deprecated=True),
    "presenters": lambda c: c.presenters(),
    "webhooks": lambda c: c.webhooks(),
    "create webhook": lambda c: c.create_webhook("https://me.example/", ["tool_execution.succeeded"]),
    "delete webhook": lambda c: c.delete_webhook("ep_1"),
}
TODAY: dict[str, Use] = {
    **BOTH,
    **{tool: start(tool) for tool in NEW_TOOLS},
    **{workflow: run(workflow) for workflow in RUNS},
    "account": lambda c: c.call(operations.GET_ACCOUNT, json_object),
    "executions": lambda c: c.executions(limit=20, self_only=True),
    "runs": rows(operations.LIST_RUNS, WorkflowRun, "workflowRuns"),
    "run": use(operations.GET_RUN, WorkflowRun, "vg_work_1"),
    "cancel run": use(operations.CANCEL_RUN, StartedRun, "vg_work_1"),
    "projects": rows(operations.LIST_PROJECTS, Project, "projects"),
    "project": use(operations.GET_PROJECT, Project, "vg_proj_1"),
    "start export": use(operations.EXPORT_PROJECT, StartedExport, "vg_proj_1", quality="HIGH"),
    "exports": rows(operations.LIST_EXPORTS, Export, "exports", "vg_proj_1"),
    "export": use(operations.GET_EXPORT, Export, "vg_proj_1", "vg_expo_1"),
    "edit": use(operations.REMIX_PROJECT, StartedEdits, "vg_proj_1", remixActions=[{"type": "ADD_ZOOM"}]),
    "edits": rows(operations.LIST_REMIX_ACTIONS, Edit, "remixActions", "vg_proj_1"),
    "start timeline": use(operations.CREATE_TIMELINE, StartedTimeline, "vg_proj_1", format="OTIO"),
    "timeline": use(operations.GET_TIMELINE, Timeline, "vg_inte_1"),
    "start import": use(operations.IMPORT_URL, StartedImport, url="https://cdn.example/pear.png"),
    "import": use(operations.GET_IMPORT, UrlImport, "vg_fimp_1"),
    "languages": lambda c: c.call(operations.LIST_LANGUAGES, entries(Language, "languages")),
    "entities": rows(operations.LIST_ENTITIES, Entity, "entities"),
    "create entity": use(operations.CREATE_ENTITY, Entity, entityType="ACTOR", name="Mo"),
    "entity": use(operations.GET_ENTITY, Entity, "vg_enti_1"),
    "update entity": use(operations.UPDATE_ENTITY, Entity, "vg_enti_1", name="Mo"),
    "archive entity": use(operations.ARCHIVE_ENTITY, ArchivedEntity, "vg_enti_1"),
    "add reference": use(operations.ADD_REFERENCE, Entity, "vg_enti_1", fileId="vg_file_1"),
    "remove reference": use(operations.REMOVE_REFERENCE, Entity, "vg_enti_1", fileId="vg_file_1"),
    "start chat": use(operations.START_ASSISTANT, StartedMessage, message="A video about tides."),
    "assistant": use(operations.GET_ASSISTANT, Assistant, "vg_asst_1"),
    "send message": use(operations.SEND_MESSAGE, StartedMessage, "vg_asst_1", message="Shorter."),
    "decide": use(operations.DECIDE_ACTION, StartedMessage, "vg_asst_1", "act_1", decision="REJECT"),
    "message": use(operations.GET_MESSAGE, AssistantMessage, "vg_mesg_1"),
    "text": use(operations.GENERATE_TEXT, GeneratedText, prompt="A script."),
}
