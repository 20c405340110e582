"""A project's assistant is looked up, what is decided was offered, and an era without a tool is told at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from mcp import Client
from mcp_types import CallToolResult

from tests.virtual import VirtualClock, run_virtually
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.dialects import DIALECTS
from videogen_mcp.api.operations import Era
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.upstream import Account, Upstream
from videogen_mcp.executions.assistants import assistant_id
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings, Toolset
from videogen_mcp.workflows.base import AssistantOf

pytestmark = pytest.mark.anyio

BASE_URL = "http://127.0.0.1:1"
PROJECT = {"projectId": "vg_proj_1", "assistantId": "vg_asst_1"}
OFFERED = {"actionId": "vg_actn_1", "kind": "APPLY_EDIT", "label": "Shorten scene 3", "requiresApp": False}
CHAT = {
    "assistantId": "vg_asst_1",
    "messages": [
        {"messageId": "vg_mesg_1", "role": "user", "status": "succeeded", "content": "Shorter"},
        {"messageId": "vg_mesg_2", "role": "assistant", "status": "succeeded", "actions": [OFFERED]},
    ],
}
DONE = {"messageId": "vg_mesg_9", "role": "assistant", "status": "succeeded", "content": "Done."}


def service(asked: list[str], **changed: Any) -> httpx.MockTransport:
    """The API; `asked` gets every request, `changed` are other answers by the last step of a path."""
    answers = {"vg_proj_1": PROJECT, "vg_asst_1": CHAT, **changed}

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        return httpx.Response(200, json=answers.get(request.url.path.rsplit("/", 1)[-1], DONE))

    return httpx.MockTransport(answer)


def client(asked: list[str], era: Era = "v2", **changed: Any) -> VideoGen:
    transport = service(asked, **changed)
    return VideoGen(api_key="key", base_url=BASE_URL, dialect=era, transport=transport, clock=VirtualClock())


@asynccontextmanager
async def agent(folder: Path, asked: list[str], era: Era = "v2") -> AsyncIterator[Client]:
    """A client of a server that reaches the service."""
    settings = Settings(
        state_dir=folder / "state", journal=False, allowed_dirs=(folder,), toolsets=frozenset(get_args(Toolset))
    )
    reached = client(asked, era)

    async def connect(account: Account) -> Upstream:
        return Upstream(reached, DIALECTS[era], account.name, True, BASE_URL)

    async with (
        reached,
        open_parts(settings, VirtualClock(), connect=connect) as parts,
        Client(build_handlers(parts).server()) as caller,
    ):
        yield caller


def told(folder: Path, asked: list[str], tool: str, arguments: dict[str, str]) -> CallToolResult:
    """What a tool answers, in virtual time: the next message is waited for."""

    async def call() -> CallToolResult:
        async with agent(folder, asked) as caller:
            return await caller.call_tool(tool, arguments)

    return run_virtually(call)


def test_a_message_goes_to_the_assistant_of_the_project(tmp_path: Path) -> None:
    asked: list[str] = []
    answer = told(tmp_path, asked, "ask_assistant", {"message": "Shorter", "project_id": "vg_proj_1"})
    assert not answer.is_error, answer.content
    assert asked[0] == "GET /v1/projects/vg_proj_1"
    assert "POST /v1/assistants/vg_asst_1/messages" in asked


def test_a_decision_goes_to_the_action_that_was_offered(tmp_path: Path) -> None:
    asked: list[str] = []
    decided = {"project_id": "vg_proj_1", "action_id": "vg_actn_1", "decision": "approve"}
    answer = told(tmp_path, asked, "decide_assistant_action", decided)
    assert not answer.is_error, answer.content
    assert "POST /v1/assistants/vg_asst_1/actions/vg_actn_1" in asked


async def test_a_decision_about_something_else_is_refused_with_what_was_offered() -> None:
    asked: list[str] = []
    async with client(asked) as reached:
        with pytest.raises(Refusal, match="has not offered an action vg_actn_2") as refusal:
            await assistant_id(AssistantOf("vg_proj_1", "vg_actn_2"), reached)
    assert refusal.value.next_step == "It offered vg_actn_1 (Shorten scene 3)"
    assert not [request for request in asked if request.startswith("POST")]


async def test_where_nothing_was_offered_the_assistant_is_to_be_asked_first() -> None:
    async with client([], vg_asst_1={"assistantId": "vg_asst_1", "messages": []}) as reached:
        with pytest.raises(Refusal) as refusal:
            await assistant_id(AssistantOf("vg_proj_1", "vg_actn_1"), reached)
    assert refusal.value.next_step == "It has offered none: ask_assistant first"


async def test_an_old_project_has_no_assistant() -> None:
    async with client([], vg_proj_1={"projectId": "vg_proj_1", "assistantId": None}) as reached:
        with pytest.raises(Refusal, match="too old to have an assistant"):
            await assistant_id(AssistantOf("vg_proj_1"), reached)


async def test_a_deck_is_not_uploaded_to_an_api_that_makes_no_videos(tmp_path: Path) -> None:
    (tmp_path / "deck.pdf").write_bytes(b"%PDF-1.4\n%%EOF")
    asked: list[str] = []
    async with agent(tmp_path, asked, era="v0") as caller:
        answer = await caller.call_tool("slideshow_to_video", {"deck": str(tmp_path / "deck.pdf")})
    assert answer.is_error
    assert "this version of the API does not have this tool" in str(answer.content)
    assert asked == []
