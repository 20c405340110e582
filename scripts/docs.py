"""Write the tables of README.md, docs/hosting.md and the skills, docs/operations.md and docs/clients.md from code and
measurements.

    python -m scripts.docs

They keep their own words; what stands between `<!-- table: NAME -->` and `<!-- end -->` is replaced. The tools come
from the server itself, as a client lists them. A test fails while what is written differs from what would be.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import anyio
from pydantic.alias_generators import to_camel

from tests.clients import results
from videogen_mcp import workflows
from videogen_mcp.calls import hosts
from videogen_mcp.media import sniff
from videogen_mcp.protocol import skills
from videogen_mcp.server import every_tool, open_parts
from videogen_mcp.settings import HOSTING, VARIABLES, Settings, Toolset
from videogen_mcp.tools.base import Tool
from videogen_mcp.tools.cache import Caches
from videogen_mcp.workflows.base import Era, range_text

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
OPERATIONS = ROOT / "docs" / "operations.md"
CLIENTS = ROOT / "docs" / "clients.md"
HOSTED = ROOT / "docs" / "hosting.md"
CONTRACTS: dict[Era, Path] = {
    "v0": ROOT / "tests" / "contract" / "openapi-seed.json",
    "v2": ROOT / "tests" / "contract" / "openapi-current.json",
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

HOSTED_SETTINGS = (*HOSTING, "VIDEOGEN_MCP_SECRETS", "VIDEOGEN_MCP_MAX_EXECUTIONS")
"""What docs/hosting.md explains; README has the others."""

Row = Sequence[str]


def main() -> None:
    """Rewrite the files that are stale and name them."""
    for path, text in anyio.run(documents).items():
        if path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"{path.relative_to(ROOT)} is rewritten")


async def documents() -> dict[Path, str]:
    """Return the whole text of every generated file as it should be."""
    listed = await tools()
    tables = {
        "tools": table(("tool", "what it does", "toolset"), tool_rows(listed)),
        "hosts": table(("client", "a call answers within", "because"), host_rows()),
        "settings": table(
            ("variable", "meaning", "default"), setting_rows(name for name in VARIABLES if name not in HOSTING)
        ),
        "hosting": table(("variable", "meaning", "default"), setting_rows(HOSTED_SETTINGS)),
        "workflows": table(("Tool", "What it does", "Usually takes"), maker_rows("workflows")),
        "videos": table(("Tool", "What it does", "Usually takes"), maker_rows("videos")),
        "formats": table(("Kind", "Formats"), format_rows()),
    }
    with_places = {
        path: path.read_text(encoding="utf-8") for path in (README, HOSTED, *sorted(skills.FOLDER.rglob("*.md")))
    }
    if unplaced := [name for name in tables if not any(place(name) in text for text in with_places.values())]:
        raise ValueError(f"there is no place for the tables {unplaced}")
    filled = {path: with_tables(text, tables) for path, text in with_places.items()}
    return {**filled, OPERATIONS: operations_page(), CLIENTS: results.page()}


async def tools() -> list[tuple[Toolset, Tool]]:
    """Return every tool in the order in which clients see them, with the toolset it is in."""
    with tempfile.TemporaryDirectory() as state:
        settings = Settings(state_dir=Path(state), journal=False)
        async with open_parts(settings) as here, open_parts(settings, local_files=False) as elsewhere:
            listed = list(every_tool(here, Caches.of(here.clock)))
            names = {tool.name for _, tool in listed}
            listed += [
                (toolset, replace(tool, description=f"{tool.description} Over HTTP only."))
                for toolset, tool in every_tool(elsewhere, Caches.of(elsewhere.clock))
                if tool.name not in names
            ]
    return sorted(listed, key=lambda one: get_args(Toolset).index(one[0]))


def tool_rows(listed: Iterable[tuple[Toolset, Tool]]) -> list[Row]:
    """Return a row for each tool: a workflow says what it makes and how long that takes, the others what they do."""
    makers = {workflow.tool_name(): workflow for workflow in workflows.WORKFLOWS}
    rows: list[Row] = []
    for toolset, tool in listed:
        words = tool.description
        if workflow := makers.get(tool.name):
            words = f"{workflow.purpose()} Takes {range_text(workflow.typical_seconds)}."
            if len(workflow.eras) == 1:
                words += f" Only {ERA_WORDS[workflow.eras]} API has it."
        rows.append((f"`{tool.name}`", words, toolset))
    return rows


def maker_rows(toolset: Toolset) -> list[Row]:
    """Return a row for each workflow of a toolset, with the first sentence about it."""
    return [
        (
            f"`{workflow.tool_name()}`",
            re.split(r"[.;] ", workflow.purpose().rstrip("."))[0],
            range_text(workflow.typical_seconds),
        )
        for workflow in workflows.workflows_of("auto", toolset)
    ]


def format_rows() -> list[Row]:
    """Return a row for each kind of media, with the formats that are recognised."""
    formats = [value for value in vars(sniff).values() if isinstance(value, sniff.Found)]
    return [
        (words, ", ".join(endings))
        for kind, words in sniff.KIND_WORDS.items()
        if (endings := sorted({found.ending for found in formats if found.kind == kind}))
    ]


def host_rows() -> list[Row]:
    """Return a row for each client whose limit is known, and one for all others."""
    known = [(f"`{name}`", host.text, host.source) for name, host in hosts.HOSTS.items()]
    return [*known, ("any other", hosts.UNKNOWN.text, hosts.UNKNOWN.source)]


def setting_rows(names: Iterable[str]) -> list[Row]:
    """Return a row for each of these variables."""
    return [(f"`{name}`", *VARIABLES[name]) for name in names]


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


def operations_page() -> str:
    """Return docs/operations.md."""
    return f"""\
# Which tool reaches which operation

<!-- Written by `make docs`; change scripts/docs.py or the code instead. -->

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


def place(name: str) -> str:
    """Return the marker before a table."""
    return f"<!-- table: {name} -->"


def with_tables(text: str, tables: dict[str, str]) -> str:
    """Return `text` with the tables between its markers; raise ValueError where one has no table."""
    places = re.findall(r"^<!-- table: (\w+) -->$", text, re.MULTILINE)
    if unknown := set(places) - set(tables):
        raise ValueError(f"there are places for {sorted(unknown)}, and tables for {list(tables)}")

    def filled(place: re.Match[str]) -> str:
        return f"{place[1]}\n{tables[place[2]]}\n<!-- end -->"

    return re.sub(r"^(<!-- table: (\w+) -->)\n.*?^<!-- end -->", filled, text, flags=re.MULTILINE | re.DOTALL)


def table(head: Row, rows: Iterable[Row]) -> str:
    """Return a Markdown table."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows))


if __name__ == "__main__":
    main()
