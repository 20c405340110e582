"""The demo's own part: order, going on with running executions, what a failure stops, what is told at the end."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from mcp import Client
from mcp.server.mcpserver import MCPServer
from mcp.types import CallToolResult, TextContent

from videogen_mcp import demo
from videogen_mcp.clock import SystemClock
from videogen_mcp.demo import EVERYTHING, DemoFailed, FileOf, FirstOf, Outcome, Step
from videogen_mcp.terminal import Row
from videogen_mcp.workflows import WORKFLOWS

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
        async def sing(voice: str) -> CallToolResult:
            return await self.make("sing", voice)

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
        return answer({"status": "succeeded", "files": [{"file_id": f"vg_file_{tool}", "preview_url": "http://x/p"}]})


def answer(structured: dict[str, Any]) -> CallToolResult:
    return CallToolResult(content=[], structured_content=structured)


STEPS = (
    Step("cut", {"image": FileOf("paint")}),
    Step("sing", {"voice": FirstOf("voices", "voices", "voice_id")}),
    Step("paint", {"prompt": "a pear"}),
)


async def run(studio: Studio, steps: Sequence[Step] = STEPS) -> tuple[dict[str, Outcome], str]:
    out = io.StringIO()
    with anyio.fail_after(20):
        async with Client(studio.server()) as client:
            outcomes = await demo.make(client, steps, out, SystemClock())
    return {outcome.step.tool: outcome for outcome in outcomes}, out.getvalue()


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
    assert outcomes["paint"].file == {"file_id": "vg_file_wait", "preview_url": "http://x/p"}


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


async def test_a_server_that_does_not_start_is_told_in_its_own_words() -> None:
    with pytest.raises(DemoFailed) as failure:
        async with demo.server({**os.environ, "VIDEOGEN_MCP_WAIT": "soon"}):
            pytest.fail("it started")
    assert "the server did not answer" in str(failure.value)
    assert "VIDEOGEN_MCP_WAIT" in str(failure.value)


def test_the_demo_of_everything_runs_each_workflow_once_and_only_on_what_is_made() -> None:
    tools = [step.tool for step in EVERYTHING]
    assert sorted(tools) == sorted(workflow.tool_name() for workflow in WORKFLOWS)
    assert {needed for step in EVERYTHING for needed in step.needs()} <= set(tools)


@pytest.mark.parametrize("step", EVERYTHING, ids=lambda step: step.tool)
def test_what_the_demo_asks_for_is_what_the_workflow_takes(step: Step) -> None:
    (workflow,) = [workflow for workflow in WORKFLOWS if workflow.tool_name() == step.tool]
    filled = {name: "vg_id" if isinstance(value, FileOf | FirstOf) else value for name, value in step.arguments.items()}
    workflow.model_validate(filled)


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
    assert demo.main(everything=False, output=taken / "videogen-demo", environment={}) == 1
    assert capsys.readouterr().err.startswith(f"videogen-mcp demo: {taken / 'videogen-demo'} cannot be written to")


def test_the_report_names_what_was_made_and_what_was_not() -> None:
    made = Outcome(
        Step("paint", {}),
        Row("paint", "done", seconds=3.21),
        file={"file_id": "vg_file_1", "preview_url": "http://127.0.0.1/p?sig=1"},
        served=14_200,
        saved="videogen-demo/paint.png",
    )
    lost = Outcome(Step("cut", {}), Row("cut", "failed"), problem="no credits")
    assert demo.report([made, lost]) == (
        "  preview URLs\n"
        "  paint\n"
        "    http://127.0.0.1/p?sig=1\n"
        "\n"
        "  workflow  file id    seconds  preview  saved as\n"
        "  ────────  ─────────  ───────  ───────  ───────────────────────\n"
        "  paint     vg_file_1  3.2      14 kB    videogen-demo/paint.png\n"
        "\n"
        "  cut: no credits\n"
    )
