"""docs/operations.md: which tool reaches which operation of the API."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic.alias_generators import to_camel

from scripts.docs.markers import Row, table
from videogen_mcp import workflows
from videogen_mcp.workflows.base import Era

CONTRACT = Path(__file__).resolve().parents[2] / "tests" / "contract"
CONTRACTS: dict[Era, Path] = {
    "v0": CONTRACT / "openapi-seed.json",
    "v2": CONTRACT / "openapi-current.json",
}
ERA_WORDS: dict[tuple[Era, ...], str] = {("v0", "v2"): "both", ("v0",): "0.0.38", ("v2",): "today's"}

REACHED = {
    "GET /v1/tools/executions/{toolExecutionId}": "`wait_for_execution`; every workflow while it waits",
    "POST /v1/tools/executions/{toolExecutionId}/cancel": "`cancel_execution`",
    "GET /v1/tools/executions": "`list_executions`; the recovery of a submit that broke",
    "GET /v1/files": "`find_files` without `query`",
    "POST /v1/files/search": "`find_files` with `query`",
    "GET /v1/files/{fileId}": "`set_public_preview`, which polls until the address is there",
    "POST /v1/files/upload": "`upload_file` with a path, `create_upload`; a path wherever media is taken",
    "POST /v1/files/{fileId}/hydrate": (
        "`get_file`, `look_at_file`, `videogen://files/{file_id}`, `videogen://files/{file_id}/thumbnail`"
    ),
    "POST /v1/files/{fileId}/archive": "`archive_file`",
    "POST /v1/files/{fileId}/enable-public-preview": "`set_public_preview` with `enabled` true",
    "POST /v1/files/{fileId}/disable-public-preview": "`set_public_preview` with `enabled` false",
    "GET /v1/resources/tts-voices": "`list_voices`",
    "GET /v1/resources/avatar-presenters": "`list_presenters`",
    "GET /v1/resources/languages": "`list_voices` for a language that no voice speaks",
    "GET /v1/entities": "`find_entities`, `list_presenters`; `create_entity`, which looks first",
    "POST /v1/entities": "`create_entity`",
    "GET /v1/entities/{entityId}": "`find_entities` with `entity_id`; `update_entity`, which looks first",
    "POST /v1/entities/{entityId}/update": "`update_entity` with `name` or `description`",
    "POST /v1/entities/{entityId}/archive": "`update_entity` with `archive`",
    "POST /v1/entities/{entityId}/references": "`create_entity` with `images`, `update_entity` with `add_images`",
    "POST /v1/entities/{entityId}/references/remove": "`update_entity` with `remove_images`",
    "POST /v1/files/import-url": "`upload_file` with a URL; a URL wherever media is taken",
    "GET /v1/files/imports/{fileImportId}": "`upload_file` while it waits for an import; so does whatever takes media",
    "GET /v1/projects": "`find_projects`",
    "GET /v1/projects/{projectId}": "`find_projects` with `project_id`; `ask_assistant`, for the project's assistant",
    "GET /v1/projects/{projectId}/exports": "`find_projects` with `project_id`",
    "POST /v1/text/generate": "`generate_text`",
    "GET /v1/workflows/runs/{workflowRunId}": "`wait_for_execution`; what makes finished videos, while it waits",
    "POST /v1/workflows/runs/{workflowRunId}/cancel": "`cancel_execution`",
    "GET /v1/workflows/runs": "`list_executions`; the recovery of a submit that broke",
    "GET /v1/projects/{projectId}/exports/{exportId}": "`export_project`, `edit_project` while they wait",
    "GET /v1/projects/{projectId}/remix-actions": "`edit_project` while it waits",
    "GET /v1/timeline-interchange/{interchangeJobId}": "`export_timeline` while it waits",
    "POST /v1/projects/{projectId}/export": "`edit_project`, once its edits are done",
    "POST /v1/assistants/{assistantId}/messages": "`ask_assistant` with `project_id`",
    "GET /v1/assistants/{assistantId}": "`decide_assistant_action`, which looks first",
    "GET /v1/assistant-messages/{messageId}": "`ask_assistant`, `decide_assistant_action` while they wait",
    "GET /v1/webhooks/endpoints": "`list_webhooks`",
    "POST /v1/webhooks/endpoints": "`create_webhook`",
    "DELETE /v1/webhooks/endpoints/{endpointId}": "`delete_webhook`",
    "GET /v1/me": "the server itself, once, to tell today's API from the older one",
}
"""What reaches each operation that is no workflow's. tests/unit/protocol/test_operations.py calls every tool and
compares what it asks the API for."""

NOT_YET = "nothing yet"


def operation_rows() -> list[Row]:
    """Return a row for each operation of either era: its name, its request, who has it, and what reaches it."""
    names: dict[str, str] = {}
    eras: dict[str, tuple[Era, ...]] = {}
    for era, contract in CONTRACTS.items():
        for path, methods in json.loads(contract.read_text(encoding="utf-8"))["paths"].items():
            for method, operation in methods.items():
                request = f"{method.upper()} {path}"
                names.setdefault(request, operation["operationId"])
                eras[request] = (*eras.get(request, ()), era)
    reached = dict(REACHED)
    for workflow in workflows.WORKFLOWS:
        request = f"POST {workflow.path}"
        names.setdefault(request, to_camel(workflow.tool_name()))
        eras.setdefault(request, workflow.eras)
        reached[request] = "; ".join(filter(None, (f"`{workflow.tool_name()}`", reached.get(request))))
    of_workflows = [f"POST {workflow.path}" for workflow in workflows.WORKFLOWS]
    return [
        (names[request], request, ERA_WORDS[eras[request]], reached.get(request, NOT_YET))
        for request in dict.fromkeys([*of_workflows, *names])
    ]


def page() -> str:
    """Return docs/operations.md."""
    return f"""\
# Which tool reaches which operation

<!-- Written by `make docs`; change scripts/docs/operations.py or the code instead. -->

The operations of VideoGen's REST API as it is today and as it was in SDK 0.0.38 (the seed era), and what reaches them.
Every one of them can be reached; a test calls them all.

{table(("operation", "request", "API", "reached by"), operation_rows())}

The toolsets `entities`, `editor` (timelines, the assistant, text) and `webhooks` are off until `VIDEOGEN_MCP_TOOLSETS`
names them, or is `all`. Over HTTP no paths are taken and nothing is saved: `create_upload` gives the command that sends
a file from the caller's machine, `upload_file` takes URLs, and `download_file` is not there.

## Beyond

- `download_file` fetches a file's signed address, which is no operation of the API.
- `list_executions` shows what this machine submitted, and on today's API also what the account's list holds.
"""
