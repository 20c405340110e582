"""docs/operations.md is true: it lists exactly the seed era's operations, and what it says reaches them exists."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from mcp import Client

from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.dialects import V0
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.protocol.resources import FILE_TEMPLATE, THUMBNAIL_TEMPLATE
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings, Toolset
from videogen_mcp.tools.base import Tool
from videogen_mcp.workflows import WORKFLOWS

ROOT = Path(__file__).parents[3]
Row = tuple[str, str, str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """(operation, request, reached by) of the table."""
    lines = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [(row[0], row[1], row[2]) for row in cells[2:]]


def test_the_table_has_every_operation_of_the_seed_era_once(rows: list[Row]) -> None:
    contract = json.loads((ROOT / "tests" / "contract" / "openapi-seed.json").read_text(encoding="utf-8"))
    operations = [
        (operation["operationId"], f"{method.upper()} {path}")
        for path, methods in contract["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(operations) == 25
    assert sorted((name, request) for name, request, _ in rows) == sorted(operations)


def test_each_operation_is_reached_by_something_that_exists(
    rows: list[Row], every_tool: dict[str, Tool], known_names: set[str]
) -> None:
    for operation, _, reached in rows:
        named = set(re.findall(r"`([^`]+)`", reached))
        assert named & {*every_tool, FILE_TEMPLATE}, operation
        assert named <= {*known_names, FILE_TEMPLATE, THUMBNAIL_TEMPLATE}, operation


def test_every_workflow_stands_at_its_own_path(rows: list[Row]) -> None:
    reached = {request: by for _, request, by in rows}
    for workflow in WORKFLOWS:
        assert reached[f"POST {workflow.path}"] == f"`{workflow.tool_name()}`"


def test_no_tool_is_left_out(every_tool: dict[str, Tool]) -> None:
    words = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(every_tool) <= set(re.findall(r"`([^`]+)`", words))


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
DONE = {"toolExecutionId": "vg_exec_1", "status": "succeeded", "results": [{"fileId": "vg_file_1", "file": FILE}]}


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
            return httpx.Response(200, json=DONE)
        if "/v1/webhooks/" in path:
            return httpx.Response(200, json=ENDPOINT if request.method == "POST" else {"endpoints": []})
        return httpx.Response(200, json=answers.get(path.rsplit("/", 1)[-1], FILE))

    return httpx.MockTransport(answer)


@pytest.mark.anyio
async def test_calling_every_tool_asks_for_every_operation(rows: list[Row], tmp_path: Path) -> None:
    (tmp_path / "pear.png").write_bytes(PICTURE)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("generate_image", {"prompt": "a pear"}),
        ("generate_video_clip", {"prompt": "a pear"}),
        ("text_to_speech", {"text": "A pear."}),
        ("generate_sound_effect", {"prompt": "a bell"}),
        ("generate_avatar_clip", {"presenter_id": "p", "audio": "vg_file_1"}),
        *((name, {"image": "vg_file_1"}) for name in ("vectorize_image", "remove_image_background", "upscale_image")),
        *((name, {"video": "vg_file_1"}) for name in ("remove_video_background", "upscale_video")),
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
            result = await agent.call_tool(name, arguments)
            assert not result.is_error, (name, result.content)
    for operation, request, _ in rows:
        method, path = request.split(" ")
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))
        assert any(m == method and re.fullmatch(pattern, p) for m, p in asked), operation
