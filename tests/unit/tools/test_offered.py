"""Whatever toolsets are on: no answer advises a tool that the server does not offer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from mcp import Client
from mcp_types import CallToolResult

from tests.generated import some
from tests.isolation import logging_restored
from tests.unit.protocol.everything import calls, service
from tests.virtual import VirtualClock, run_virtually
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.dialects import DIALECTS
from videogen_mcp.calls.replies import Reply
from videogen_mcp.calls.upstream import Account, Upstream
from videogen_mcp.protocol.listing import missing
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import DEFAULT_TOOLSETS, Settings, Toolset
from videogen_mcp.tools.base import Tool
from videogen_mcp.tools.offered import Missing

TOOLSETS: tuple[Toolset, ...] = get_args(Toolset)
BASE_URL = "http://127.0.0.1:1"
OFF = Missing(
    {"find_projects": "videos", "list_executions": "executions", "list_voices": "catalogue", "old_tool": None}
)
HINT = "More is possible with the toolset videos, which is off: the user can add it to VIDEOGEN_MCP_TOOLSETS"


@pytest.mark.parametrize(
    ("advice", "expected"),
    [
        ("Call get_file with a file_id", "Call get_file with a file_id"),
        ("Call find_projects, which shows those that exist", HINT),
        ("Call get_file; find_projects shows the others", f"Call get_file. {HINT}"),
        ("It may be vg_proj_1: call find_projects. Wait first.", f"It may be vg_proj_1. Wait first. {HINT}"),
        ("Ask the user, then call find_projects", f"Ask the user. {HINT}"),
        ("Check: find_files, find_projects and get_file show it", "Check: find_files and get_file show it"),
        ("Check: find_files or find_projects", "Check: find_files"),
        ("Call old_tool; wait", "Wait"),
        ("Call old_tool; find_files shows those that exist", "find_files shows those that exist"),
        ("Call old_tool", ""),
        ("My list_voices_2 and find_projectsx", "My list_voices_2 and find_projectsx"),
    ],
)
def test_advice_keeps_what_can_be_done_here(advice: str, expected: str) -> None:
    assert OFF.advice(advice) == expected


def test_text_and_structure_are_corrected_alike_and_data_is_left_alone() -> None:
    structured = {
        "next_step": "Call old_tool",
        "error": {"code": "x", "message": "list_voices has none: call find_projects"},
        "executions": [{"note": "Call find_projects", "about": "Call find_projects"}],
    }
    text = "list_voices has none: call find_projects.\nCall find_projects\nCall old_tool."
    reply = Missing({"find_projects": None, "old_tool": None}).corrected(Reply(text, structured))
    assert reply.structured == {
        "error": {"code": "x", "message": "list_voices has none"},
        "executions": [{"about": "Call find_projects"}],
    }
    assert "old_tool" not in reply.text
    assert reply.text.startswith("list_voices has none.")


IDS = ("vg_file_1", "vg_proj_1", "vg_enti_1", "vg_voic_1", "vg_pres_1", "vg_asst_1", "vg_rmix_1", "vg_work_1", "ep_1")


def mistakes(names: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Calls that are refused: nothing given, something unknown, ids of something else."""
    for name in names:
        yield name, {}
        yield name, {"nonsense": 1}
    for wrong in IDS:
        yield "wait_for_execution", {"execution_id": wrong}
        yield "cancel_execution", {"execution_id": wrong}
        yield "look_at_file", {"file_id": wrong}
        yield "upscale_video", {"video": wrong}
        yield "find_projects", {"project_id": wrong}
        yield "find_entities", {"entity_id": wrong}


@pytest.fixture(scope="module")
def replies(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Reply]]:
    """Answers of every tool: where all goes well, where nothing is there, is taken or allowed, and to mistakes."""
    with logging_restored():
        folder = tmp_path_factory.mktemp("offered")
        return run_virtually(lambda: answers(folder))


async def answers(folder: Path) -> list[tuple[str, Reply]]:
    settings = Settings(
        toolsets=frozenset(TOOLSETS), allowed_dirs=(folder,), state_dir=folder / "state", journal=False, wait=0.0
    )
    found: list[tuple[str, Reply]] = []
    clock = VirtualClock()
    refusals = {"not_found": 404, "invalid_request": 400, "insufficient_credits": 402, "project_busy": 409}
    services = [
        service("v2", []),
        *(
            httpx.MockTransport(lambda request, status=status, code=code: refused(status, code))
            for code, status in refusals.items()
        ),
        httpx.MockTransport(broken),
    ]
    for transport in services:
        client = VideoGen(api_key="key", base_url=BASE_URL, dialect="v2", transport=transport, clock=clock)

        async def connect(account: Account, client: VideoGen = client) -> Upstream:
            # Of another account than the lists: these name what was run, whatever is off by now.
            return Upstream(client, DIALECTS["v2"], f"not {account.name}", True, BASE_URL)

        async with (
            client,
            open_parts(settings, clock, connect=connect) as parts,
            Client(build_handlers(parts).server()) as agent,
        ):
            names = [tool.name for tool in (await agent.list_tools()).tools]
            asked = calls("v2", folder)
            for name, arguments in [*asked, *mistakes(names)] if transport is services[0] else asked:
                result = await agent.call_tool(name, arguments)
                found.append((name, told(result)))
    return found


def told(result: CallToolResult) -> Reply:
    """Return a result without where its originals are, which is told only where there is that tool."""
    text = "\n".join(getattr(block, "text", "") for block in result.content)
    structured = dict(result.structured_content or {})
    structured.pop("original", None)
    return Reply(re.sub(r"originals?: download_file", "", text, flags=re.IGNORECASE), structured)


def refused(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"message": 'No such "voiceId"; GET /v1/entities lists them.', "code": code})


def broken(request: httpx.Request) -> httpx.Response:
    """Takes what is started without an answer, and refuses the rest."""
    if request.method == "POST":
        raise httpx.ReadError("lost", request=request)
    return refused(404, "not_found")


def test_no_answer_names_a_tool_that_is_off(replies: list[tuple[str, Reply]], every_tool: dict[str, Tool]) -> None:
    assert {name for name, _ in replies} == set(every_tool) - {"create_upload"}  # It is for HTTP.
    all_tools = Missing(dict.fromkeys(every_tool))
    distinct = {
        (name, reply.text): (name, reply, set(all_tools.named_in(f"{reply.text}\n{reply.structured}")) - {name})
        for name, reply in replies
    }.values()
    for on in some([on for number in range(len(TOOLSETS)) for on in combinations(TOOLSETS, number)]):
        off = Missing(missing(Settings(state_dir=Path(), toolsets=frozenset(on)), local_files=True))
        for name, reply, named in distinct:
            if name not in off.toolsets and not named.isdisjoint(off.toolsets):
                shown = off.corrected(reply)
                assert off.named_in(f"{shown.text}\n{shown.structured}") == [], (on, name, shown.text)


def test_who_can_switch_on_what_is_off_is_said() -> None:
    hint = "the operator can add it to VIDEOGEN_MCP_TOOLSETS"
    hosted = Missing({"edit_project": "videos"}, "the operator")
    assert hint in hosted.advice("Call edit_project")
    assert hint in (hosted.why("edit_project") or "")


def test_descriptions_name_tools_of_their_own_toolset_or_of_those_that_are_on_by_default(
    every_tool: dict[str, Tool],
) -> None:
    for toolset in set(TOOLSETS) - DEFAULT_TOOLSETS:
        on = Settings(state_dir=Path(), toolsets=DEFAULT_TOOLSETS | {toolset})
        off = missing(on, local_files=True)
        for name in set(every_tool) - set(off):
            tool = every_tool[name]
            named = set(re.findall(r"[a-z]+(?:_[a-z0-9]+)+", f"{tool.description} {tool.input_schema}"))
            assert named.isdisjoint(off), name


@pytest.mark.anyio
@pytest.mark.parametrize("files_too", [True, False])
async def test_where_originals_are_is_told_where_there_is_a_tool_for_them(files_too: bool, tmp_path: Path) -> None:
    toolsets: frozenset[Toolset] = frozenset({"workflows", *(("files",) if files_too else ())})
    settings = Settings(state_dir=tmp_path, journal=False, toolsets=toolsets)
    client = VideoGen(api_key="key", base_url=BASE_URL, dialect="v2", transport=service("v2", []))

    async def connect(account: Account) -> Upstream:
        return Upstream(client, DIALECTS["v2"], account.name, True, BASE_URL)

    async with (
        client,
        open_parts(settings, connect=connect) as parts,
        Client(build_handlers(parts).server()) as agent,
    ):
        answer = await agent.call_tool("generate_image", {"prompt": "a pear"})
    assert ("download_file" in str(answer)) is files_too


def test_a_tool_that_is_not_offered_is_called_in_vain_for_a_reason() -> None:
    old = Missing(missing(Settings(state_dir=Path(), dialect="v0"), local_files=True))
    assert "takes today's API" in (old.why("slideshow_to_video") or "")
    assert "toolset webhooks, which is off" in (old.why("list_webhooks") or "")
    assert old.why("generate_image") is None


@pytest.mark.anyio
async def test_a_server_corrects_what_it_answers(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, journal=False, toolsets=frozenset({"executions"}))
    async with open_parts(settings) as parts, Client(build_handlers(parts).server()) as agent:
        answer = await agent.call_tool("wait_for_execution", {"execution_id": "vg_proj_1"})
        unknown = await agent.call_tool("find_projects", {})
    assert "toolset videos, which is off" in str(answer.structured_content)
    assert "find_projects" not in str(answer)
    assert "it is in the toolset videos, which is off" in str(unknown.content)
