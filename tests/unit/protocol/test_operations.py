"""docs/operations.md is true: every operation of both contracts is in it, and what it says reaches one does."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from mcp import Client

from scripts.docs import CONTRACTS, NOT_YET, operation_rows, operations_page
from tests.examples import example_of
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.dialects import V0
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.protocol.resources import FILE_TEMPLATE, THUMBNAIL_TEMPLATE
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings, Toolset
from videogen_mcp.tools.base import Tool
from videogen_mcp.workflows import WORKFLOWS, Workflow, workflows_of

Row = tuple[str, str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """(request, reached by) of what the seed era has."""
    seed = json.loads(CONTRACTS["v0"].read_text(encoding="utf-8"))["paths"]
    requests = {f"{method.upper()} {path}" for path, methods in seed.items() for method in methods}
    return [(request, reached) for _, request, _, reached in operation_rows() if request in requests]


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_the_page_has_every_operation_of_the_contract_by_its_name(contract: Path) -> None:
    paths = json.loads(contract.read_text(encoding="utf-8"))["paths"]
    operations = {
        (operation["operationId"], f"{method.upper()} {path}")
        for path, methods in paths.items()
        for method, operation in methods.items()
    }
    assert operations <= {(name, request) for name, request, _, _ in operation_rows()}


def test_what_is_said_to_reach_an_operation_exists(every_tool: dict[str, Tool], known_names: set[str]) -> None:
    for _, request, _, reached in operation_rows():
        named = set(re.findall(r"`([^`]+)`", reached))
        assert named <= {*known_names, FILE_TEMPLATE, THUMBNAIL_TEMPLATE}, request
        assert named & {*every_tool, FILE_TEMPLATE} or "`" not in reached, request


def test_every_operation_of_the_seed_era_is_reached(rows: list[Row]) -> None:
    assert [request for request, reached in rows if reached == NOT_YET] == []


def test_no_tool_is_left_out(every_tool: dict[str, Tool]) -> None:
    assert set(every_tool) <= set(re.findall(r"`([^`]+)`", operations_page()))


# -- what is really asked --------------------------------------------------------------------------------------------

PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(17) + b"\0\0\0\0IEND\xae\x42\x60\x82"
FILE = {
    "fileId": "vg_file_1",
    "type": "VIDEO",
    "displayName": "a pear",
    "downloadSource": {"status": "ready", "url": "https://media.test/pear", "expiresAt": 2_000_000_000},
    "isPublicPreviewEnabled": True,
    "publicHlsUrl": "https://media.test/pear.m3u8",
    "publicPlaybackId": "vg_play_1",
}
ENDPOINT = {"endpointId": "ep_1", "url": "https://hook.test/", "events": [], "signingSecret": "whsec_c2VjcmV0"}
DONE = {"status": "succeeded", "results": [{"fileId": "vg_file_1", "file": FILE}]}
EXECUTION = re.compile(r"/v1/tools/executions/(\w+)")


def seed_service(asked: list[tuple[str, str]]) -> httpx.MockTransport:
    """The seed era's API, which says yes to everything and keeps what it was asked."""
    answers = {
        "tts-voices": {"ttsVoices": []},
        "avatar-presenters": {"avatarPresenters": []},
        "search": {"results": []},
        "upload": {"fileId": "vg_file_1", "uploadUrl": "https://upload.test/pear"},
        "files": {"files": [FILE]},
    }

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        asked.append((request.method, path))
        if request.method == "DELETE":
            return httpx.Response(204)
        if "/v1/tools/" in path:
            known = EXECUTION.match(path)
            return httpx.Response(200, json={"toolExecutionId": known[1] if known else f"vg_exec_{len(asked)}", **DONE})
        if "/v1/webhooks/" in path:
            return httpx.Response(200, json=ENDPOINT if request.method == "POST" else {"endpoints": []})
        return httpx.Response(200, json=answers.get(path.rsplit("/", 1)[-1], FILE))

    return httpx.MockTransport(answer)


def seed_example(workflow: type[Workflow]) -> dict[str, Any]:
    """Return the workflow's example without what the seed era does not know."""
    known = (V0.fields or {})[workflow.path]
    wire = {name: field.serialization_alias for name, field in workflow.model_fields.items()}
    return {name: value for name, value in example_of(workflow).items() if wire[name] in known}


@pytest.mark.anyio
async def test_each_tool_asks_for_the_operations_it_is_said_to_reach(
    rows: list[Row], every_tool: dict[str, Tool], tmp_path: Path
) -> None:
    (tmp_path / "pear.png").write_bytes(PICTURE)
    calls: list[tuple[str, dict[str, Any]]] = [
        *((workflow.tool_name(), seed_example(workflow)) for workflow in workflows_of("v0")),
        ("wait_for_execution", {"execution_id": "vg_exec_1"}),
        ("cancel_execution", {"execution_id": "vg_exec_1"}),
        ("list_voices", {}),
        ("list_presenters", {}),
        ("find_files", {}),
        ("find_files", {"query": "pear"}),
        ("get_file", {"file_id": "vg_file_1"}),
        ("upload_file", {"path": str(tmp_path / "pear.png")}),
        ("set_public_preview", {"file_id": "vg_file_1", "enabled": True}),
        ("set_public_preview", {"file_id": "vg_file_1", "enabled": False}),
        ("archive_file", {"file_id": "vg_file_1"}),
        ("list_webhooks", {}),
        ("create_webhook", {"url": "https://hook.test/"}),
        ("delete_webhook", {"endpoint_id": "ep_1"}),
    ]
    asked: list[tuple[str, str]] = []
    reached: dict[str, set[tuple[str, str]]] = defaultdict(set)
    settings = Settings(
        api_key="key",
        toolsets=frozenset(get_args(Toolset)),
        allowed_dirs=(tmp_path,),
        state_dir=tmp_path / "state",
        journal=False,
    )
    base_url = "http://api.test"
    client = VideoGen(api_key="key", base_url=base_url, dialect="v0", transport=seed_service(asked))

    async def connect() -> Upstream:
        return Upstream(client, V0, "account", False, base_url)

    async with (
        client,
        open_parts(settings, connect=connect) as parts,
        Client(build_handlers(parts).server()) as agent,
    ):
        for name, arguments in calls:
            before = len(asked)
            result = await agent.call_tool(name, arguments)
            assert not result.is_error, (name, result.content)
            reached[name] |= set(asked[before:])
    of_today = {workflow.tool_name() for workflow in WORKFLOWS} - {one.tool_name() for one in workflows_of("v0")}
    assert set(reached) >= set(every_tool) - {"download_file", "list_executions"} - of_today
    for request, words in rows:
        method, path = request.split(" ")
        pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
        for tool in set(re.findall(r"`([^`]+)`", words)) & set(every_tool):
            assert any(m == method and pattern.fullmatch(p) for m, p in reached[tool]), (request, tool)
