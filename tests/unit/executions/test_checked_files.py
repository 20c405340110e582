"""What the facts of a file say about a request: that slides may be silent, that scenes come after a recording's end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client
from mcp_types import CallToolResult

from tests.unit.protocol.everything import FILE, service
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.dialects import V2
from videogen_mcp.calls.upstream import Account, Upstream
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings
from videogen_mcp.workflows.narrated import NO_NOTES, SPOKEN_NOTES

pytestmark = pytest.mark.anyio

BASE_URL = "http://127.0.0.1:1"
GIVEN = "vg_file_given"


async def call(folder: Path, tool: str, asked: list[tuple[str, str]], facts: Any, **arguments: Any) -> CallToolResult:
    """Call a tool of a service that knows these facts of the given file."""
    others = service("v2", asked)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(GIVEN):
            return httpx.Response(200, json={**FILE, "fileId": GIVEN, **facts})
        return others.handle_request(request)

    client = VideoGen(api_key="key", base_url=BASE_URL, dialect="v2", transport=httpx.MockTransport(answer))

    async def connect(account: Account) -> Upstream:
        return Upstream(client, V2, account.name, True, BASE_URL)

    async with (
        client,
        open_parts(Settings(state_dir=folder, journal=False), connect=connect) as parts,
        Client(build_handlers(parts).server()) as agent,
    ):
        return await agent.call_tool(tool, arguments)


async def narration(folder: Path, file_type: str | None, **arguments: Any) -> str:
    """What the answer to a slideshow tells of who speaks."""
    result = await call(folder, "slideshow_to_video", [], {"type": file_type}, deck=GIVEN, **arguments)
    assert not result.is_error, result.content
    note = str(dict(result.structured_content or {}).get("note", ""))
    told = " ".join(line for line in (NO_NOTES, SPOKEN_NOTES) if line in note)
    assert told in str(result.content)
    return told


@pytest.mark.parametrize("wait", [{}, {"wait_seconds": 0}], ids=["to the end", "at once"])
@pytest.mark.parametrize(("file_type", "said"), [("PDF", NO_NOTES), ("SLIDESHOW", SPOKEN_NOTES), (None, SPOKEN_NOTES)])
async def test_slides_without_scripts_tell_what_is_spoken(
    file_type: str | None, said: str, wait: dict[str, Any], tmp_path: Path
) -> None:
    assert await narration(tmp_path, file_type, **wait) == said


@pytest.mark.parametrize("arguments", [{"slide_scripts": ["Tides rise."]}, {"silent": True}])
async def test_where_it_was_said_nothing_is_told(arguments: dict[str, Any], tmp_path: Path) -> None:
    assert await narration(tmp_path, "PDF", **arguments) == ""


@pytest.mark.parametrize(
    ("length", "refusal"),
    [(20.0, ""), (None, ""), (8.25, "scenes[1] starts at 10 s, and audio ends at 8.2 s")],
)
async def test_scenes_after_the_end_of_a_recording_are_refused_before_anything_is_paid(
    length: float | None, refusal: str, tmp_path: Path
) -> None:
    asked: list[tuple[str, str]] = []
    scenes = [{"start": 0, "end": 10, "show": "waves"}, {"start": 10, "end": 30, "show": "the moon"}]
    facts = {"type": "AUDIO", "durationSeconds": length}
    result = await call(tmp_path, "voiceover_to_video", asked, facts, audio=GIVEN, scenes=scenes)
    assert refusal in str(result.content)
    assert result.is_error is bool(refusal)
    assert (("POST", "/v1/workflows/voiceover-to-video") in asked) is not bool(refusal)
