"""A service of either era that says yes to everything and keeps what it was asked, and a call of every tool."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from scripts.docs.operations import CONTRACTS
from tests.examples import example_of
from videogen_mcp.api.dialects import V0
from videogen_mcp.api.operations import Era
from videogen_mcp.workflows import Workflow, workflows_of

PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(17) + b"\0\0\0\0IEND\xae\x42\x60\x82"
FILE: Mapping[str, Any] = {
    "fileId": "vg_file_1",
    "type": "VIDEO",
    "displayName": "a pear",
    "downloadSource": {"status": "ready", "url": "https://media.test/pear", "expiresAt": 2_000_000_000},
    "staticPublicPreviewSource": {"status": "ready", "url": "https://media.test/public"},
    "isPublicPreviewEnabled": True,
    "publicHlsUrl": "https://media.test/pear.m3u8",
    "publicPlaybackId": "vg_play_1",
}
YES: Mapping[str, Any] = {
    **FILE,
    "uploadUrl": "https://upload.test/pear",
    "status": "succeeded",
    "results": [{"fileId": "vg_file_1", "file": FILE}],
    "workflowRunId": "vg_work_1",
    "projectId": "vg_proj_1",
    "projectUrl": "https://app.test/vg_proj_1",
    "exportId": "vg_expo_1",
    "exportFileId": "vg_file_1",
    "interchangeJobId": "vg_inte_1",
    "interchangeFileId": "vg_file_1",
    "fileImportId": "vg_fimp_1",
    "assistantId": "vg_asst_1",
    "messages": [
        {
            "messageId": "vg_asms_1",
            "role": "assistant",
            "status": "succeeded",
            "actions": [{"actionId": "vg_actn_1", "kind": "APPLY_EDIT", "label": "Shorten", "requiresApp": False}],
        }
    ],
    "messageId": "vg_asms_1",
    "content": "Done.",
    "text": "Tides rise.",
    "entityId": "vg_enti_1",
    "entityType": "ACTOR",
    "name": "Mo",
    "references": [{"fileId": "vg_file_1", "isDefault": True}],
    "endpointId": "ep_1",
    "url": "https://hook.test/",
    "events": [],
    "signingSecret": "whsec_c2VjcmV0",
    "files": [FILE],
    "projects": [{"projectId": "vg_proj_1"}],
    "exports": [{"exportId": "vg_expo_1", "status": "succeeded", "exportFileId": "vg_file_1", "file": FILE}],
    "toolExecutions": [],
    "workflowRuns": [],
    "entities": [],
    "languages": [],
    "ttsVoices": [],
    "avatarPresenters": [],
    "endpoints": [],
}
"""Every field of every response."""


@cache
def requests_of(era: Era) -> frozenset[str]:
    """Every operation of an era's contract, as "GET /v1/files/{fileId}"."""
    paths = json.loads(CONTRACTS[era].read_text(encoding="utf-8"))["paths"]
    return frozenset(f"{method.upper()} {path}" for path, methods in paths.items() for method in methods)


def is_of(request: str, method: str, path: str) -> bool:
    """Whether a method and a path are that operation."""
    return _ids(request, method, path) is not None


def _ids(request: str, method: str, path: str) -> dict[str, str] | None:
    own, template = request.split(" ")
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
    found = re.fullmatch(pattern, path) if own == method else None
    return found.groupdict() if found else None


def started(number: int, method: str) -> dict[str, Any]:
    """Ids of what a POST starts, which are new ones."""
    if method != "POST":
        return {}
    return {
        "toolExecutionId": f"vg_tool_{number}",
        "workflowRunId": f"vg_work_{number}",
        "exportId": f"vg_expo_{number}",
        "interchangeJobId": f"vg_inte_{number}",
        "messageId": f"vg_asms_{number}",
        "remixActionIds": [f"vg_rmix_{number}"],
    }


def service(era: Era, asked: list[tuple[str, str]]) -> httpx.MockTransport:
    """The service; `asked` gets the method and path of every request."""
    # "/v1/workflows/runs" is no run: operations without ids come first.
    known = sorted(requests_of(era), key=lambda request: request.count("{"))
    edits: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        method, path = request.method, request.url.path
        asked.append((method, path))
        if method == "DELETE":
            return httpx.Response(204)
        ids = next((ids for one in known if (ids := _ids(one, method, path)) is not None), None)
        if ids is None and path.startswith("/v1/"):
            return httpx.Response(404, json={"message": "There is no such operation."})
        words: dict[str, Any] = {**YES, **started(len(asked), method), **(ids or {})}
        words["remixActions"] = edits
        if path.endswith("remix"):
            edits.append({"remixActionId": words["remixActionIds"][0], "status": "succeeded"})
        if path.endswith("search"):
            words["results"] = []
        if path.endswith("enable-public-preview") and era == "v2":  # Its address comes later.
            del words["staticPublicPreviewSource"]
        return httpx.Response(200, json=words)

    return httpx.MockTransport(answer)


def calls(era: Era, folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Every tool and the arguments that have it ask for all that it can."""
    picture = folder / "pear.png"
    picture.write_bytes(PICTURE)
    both: list[tuple[str, dict[str, Any]]] = [
        *((workflow.tool_name(), _example(workflow, era)) for workflow in workflows_of(era)),
        ("wait_for_execution", {"execution_id": "vg_tool_1"}),
        ("cancel_execution", {"execution_id": "vg_tool_1"}),
        ("list_voices", {}),
        ("list_presenters", {}),
        ("find_files", {}),
        ("find_files", {"query": "pear"}),
        ("get_file", {"file_id": "vg_file_1"}),
        ("upload_file", {"path": str(picture)}),
        ("set_public_preview", {"file_id": "vg_file_1", "enabled": True}),
        ("set_public_preview", {"file_id": "vg_file_1", "enabled": False}),
        ("archive_file", {"file_id": "vg_file_1"}),
        ("list_webhooks", {}),
        ("create_webhook", {"url": "https://hook.test/"}),
        ("delete_webhook", {"endpoint_id": "ep_1"}),
    ]
    if era == "v0":
        return both
    return [
        *both,
        ("list_executions", {}),
        ("wait_for_execution", {"execution_id": "vg_work_1"}),
        ("cancel_execution", {"execution_id": "vg_work_1"}),
        ("ask_assistant", {"message": "A film about tides"}),
        ("ask_assistant", {"message": "Shorter", "project_id": "vg_proj_1"}),
        ("list_voices", {"language": "klingon"}),
        ("upload_file", {"path": "https://pears.test/pear.png"}),
        ("find_projects", {}),
        ("find_projects", {"project_id": "vg_proj_1"}),
        ("find_entities", {}),
        ("find_entities", {"entity_id": "vg_enti_1"}),
        ("create_entity", {"kind": "actor", "name": "Mo", "images": ["vg_file_2"]}),
        ("update_entity", {"entity_id": "vg_enti_1", "name": "Mona", "add_images": ["vg_file_2"]}),
        ("update_entity", {"entity_id": "vg_enti_1", "remove_images": ["vg_file_1"]}),
        ("update_entity", {"entity_id": "vg_enti_1", "archive": True}),
        ("generate_text", {"prompt": "About tides."}),
    ]


def _example(workflow: type[Workflow], era: Era) -> dict[str, Any]:
    """The workflow's example without what the era does not know."""
    if era == "v2":
        return example_of(workflow)
    known = (V0.fields or {})[workflow.path]
    wire = {name: field.serialization_alias for name, field in workflow.model_fields.items()}
    return {name: value for name, value in example_of(workflow).items() if wire[name] in known}
