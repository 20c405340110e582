"""The demo's own part: order, going on with running executions, what a failure stops, what is shown."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
from mcp import Client
from mcp.server.mcpserver import MCPServer
from mcp.types import CallToolResult, TextContent
from rich.console import Console

from tests.virtual import VirtualClock, run_virtually
from videogen_mcp import demo
from videogen_mcp.board import Outcome, Step
from videogen_mcp.clock import SystemClock
from videogen_mcp.demo import DemoFailed
from videogen_mcp.installation import Installation, Way
from videogen_mcp.workflows import WORKFLOWS, workflows_of
from videogen_mcp.workflows.examples import FileOf, FirstOf

pytestmark = pytest.mark.anyio


@dataclass
class Studio:
    """A server with three workflows; it remembers what it was asked and how many calls it had at once."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)
    at_once: int = 0
    most_at_once: int = 0

    def server(self) -> MCPServer[None]:
        server: MCPServer[None] = MCPServer("studio", version="1")

        @server.tool(structured_output=False)
        async def paint(prompt: str) -> CallToolResult:
            return await self.make("paint", prompt)

        @server.tool(structured_output=False)
        async def cut(image: str) -> CallToolResult:
            return await self.make("cut", image)

        @server.tool(structured_output=False)
        async def sing(voice_id: str) -> CallToolResult:
            return await self.make("sing", voice_id)

        @server.tool(structured_output=False)
        async def voices() -> CallToolResult:
            return answer({"voices": [{"voice_id": "vg_voic_1"}, {"voice_id": "vg_voic_2"}]})

        @server.tool(structured_output=False)
        async def wait_for_execution(execution_id: str) -> CallToolResult:
            return await self.make("wait", execution_id)

        return server

    async def make(self, tool: str, subject: str) -> CallToolResult:
        self.asked.append((tool, subject))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        for _ in range(50):
            await anyio.lowlevel.checkpoint()
        self.at_once -= 1
        if tool in self.failing:
            return CallToolResult(content=[TextContent(type="text", text=f"{tool}: no credits")], is_error=True)
        if tool in self.slow:
            return answer({"status": "running", "execution_id": f"vg_exec_{tool}"})
        return answer({"status": "succeeded", "files": [{"file_id": f"vg_file_{tool}", "type": "IMAGE"}]})


def answer(structured: dict[str, Any]) -> CallToolResult:
    return CallToolResult(content=[], structured_content=structured)


STEPS = (
    Step("cut", {"image": FileOf("paint")}),
    Step("sing", {"voice_id": FirstOf("voices")}),
    Step("paint", {"prompt": "a pear"}),
)


async def run(studio: Studio, steps: Sequence[Step] = STEPS) -> tuple[dict[str, Outcome], str]:
    out = io.StringIO()
    with anyio.fail_after(20):
        async with Client(studio.server()) as client:
            outcomes = await demo.make(client, steps, Console(file=out, width=demo.LOG_WIDTH), SystemClock())
    return {outcome.step.tool: outcome for outcome in outcomes}, out.getvalue()


def test_the_video_of_the_demo_is_narrated_for_about_half_a_minute() -> None:
    (step,) = demo.steps_for("video")
    assert step.tool == "script_to_video"
    assert 25 < len(step.arguments["script"].split()) / 150 * 60 < 40


def test_all_that_is_asked_for_makes_media() -> None:
    assert {step.tool for step in demo.steps_for("all")} == {
        workflow.tool_name() for workflow in workflows_of("v2", "workflows", "videos")
    }


async def test_a_step_starts_from_the_file_another_one_made() -> None:
    studio = Studio()
    outcomes, shown = await run(studio)

    assert ("cut", "vg_file_paint") in studio.asked
    assert ("sing", "vg_voic_1") in studio.asked
    assert [outcome.problem for outcome in outcomes.values()] == ["", "", ""]
    assert "cut: done" in shown
    assert "vg_file_cut" in shown


async def test_an_execution_handed_back_as_running_is_waited_for() -> None:
    studio = Studio(slow={"paint"})
    outcomes, _ = await run(studio, STEPS[2:])

    assert studio.asked == [("paint", "a pear"), ("wait", "vg_exec_paint")]
    assert outcomes["paint"].file == {"file_id": "vg_file_wait", "type": "IMAGE"}


async def test_a_failure_stops_only_what_depends_on_it() -> None:
    studio = Studio(failing={"paint"})
    outcomes, shown = await run(studio)

    assert outcomes["paint"].problem == "paint: no credits"
    assert outcomes["cut"].problem == "not tried, because paint failed"
    assert outcomes["sing"].problem == ""
    assert "paint: failed" in shown
    assert "cut" not in [tool for tool, _ in studio.asked]


async def test_no_more_than_two_executions_are_asked_for_at_once() -> None:
    studio = Studio()
    await run(studio, [Step("paint", {"prompt": "a"}), STEPS[1], Step("cut", {"image": "vg_file_1"})])
    assert studio.most_at_once == demo.AT_ONCE


async def test_a_server_that_does_not_start_is_reported_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(DemoFailed) as failure:
        async with demo.server({**os.environ, "PYTHONHOME": str(tmp_path / "nothing here")}):
            pytest.fail("it started")
    assert "the server did not answer" in str(failure.value)
    assert "No module named 'encodings'" in str(failure.value)


def test_a_list_of_files_waits_for_all_of_them() -> None:
    step = Step("tell", {"images": [FileOf("paint"), FileOf("cut"), "vg_file_1"]})
    assert step.needs() == ["paint", "cut"]


def test_the_demo_of_everything_runs_each_workflow_once_and_only_on_what_is_made() -> None:
    begun: list[str] = []
    for step in demo.steps_of(WORKFLOWS):
        assert set(step.needs()) <= set(begun)
        begun.append(step.tool)
    assert sorted(begun) == sorted(workflow.tool_name() for workflow in WORKFLOWS)


def test_what_most_is_still_to_come_after_begins_first() -> None:
    begun = [step.tool for step in demo.steps_of(workflows_of("v0"))]
    assert begun[0] == "generate_video_clip"
    assert begun.index("text_to_speech") < begun.index("generate_image") < begun.index("vectorize_image")


def test_the_demo_needs_no_key_and_ignores_settings() -> None:
    given = {"PATH": "/bin", "VIDEOGEN_API_KEY": "secret", "VIDEOGEN_MCP_WAIT": "1", "VIDEOGEN_MCP_STATE_DIR": "/s"}
    assert demo.demo_environment(given, Path("/out")) == {
        "PATH": "/bin",
        "VIDEOGEN_MCP_STATE_DIR": "/s",
        "VIDEOGEN_MCP_SANDBOX": "on",
        "VIDEOGEN_MCP_OUTPUT_DIR": "/out",
    }


def test_a_folder_that_cannot_be_written_to_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file, not a folder")
    assert demo.main("picture", output=taken / "videogen-demo", environment={}) == 1
    assert capsys.readouterr().err.startswith(f"videogen-mcp demo: {taken / 'videogen-demo'} cannot be written to")


GALLERY = "http://127.0.0.1:8791/"


def test_when_nobody_reads_on_it_says_so_once_and_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read, written = os.pipe()
    os.close(read)
    with os.fdopen(written, "w") as out:
        assert demo.main("picture", output=tmp_path, environment={}, out=out) == 1
    assert capsys.readouterr().err == "videogen-mcp demo: nobody reads what it says any more.\n"


def test_it_says_what_stays_and_how_it_ends() -> None:
    log = io.StringIO()
    checkout = Installation(Way.CHECKOUT, Path.cwd() / ".venv" / "bin" / "python", str(Path.cwd()))
    demo.tell_what_stays(Console(file=log, width=demo.LOG_WIDTH), checkout)
    assert re.search(r"stays up .* ten minutes\. To end it now:\n  \S+.* sandbox --stop\n", log.getvalue())


def open_for(*keys: float, monkeypatch: pytest.MonkeyPatch) -> tuple[float, int]:
    """How many seconds the demo stays after its result, and how often it asks for the page meanwhile."""
    asked = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(200 if asked < 10 else 500)

    clock = VirtualClock()
    due = list(keys)

    def pressed() -> bool:
        return bool(due) and clock.monotonic() >= due[0] and due.pop(0) > 0

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    monkeypatch.setattr(httpx, "AsyncClient", lambda **_: client)

    async def stay() -> float:
        await demo.keep_open(GALLERY, pressed, Console(file=io.StringIO()), clock)
        return clock.monotonic()

    return run_virtually(stay), asked


@pytest.mark.parametrize(
    ("pressed", "seconds", "asked"),
    [((), 5, 0), ((7.0,), 5, 0), ((2.0, 30.0), 30, 0), ((2.0, 200.0), 200, 3)],
)
def test_it_ends_by_itself_and_a_key_keeps_it_open_until_the_next(
    pressed: tuple[float, ...], seconds: float, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stayed, requests = open_for(*pressed, monkeypatch=monkeypatch)
    assert (round(stayed), requests) == (seconds, asked)
