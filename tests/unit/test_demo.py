"""The demo's own part: order, going on with running executions, what a failure stops, what is shown."""

from __future__ import annotations

import io
import os
import re
import runpy
import select
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
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
from videogen_mcp import board, demo
from videogen_mcp.board import Board, Outcome, Step
from videogen_mcp.clock import SystemClock
from videogen_mcp.demo import DemoFailed
from videogen_mcp.installation import Installation, Way
from videogen_mcp.keys import keys
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


def made(saved: str = "videogen-demo/paint.png") -> Outcome:
    file = {
        "file_id": "vg_file_1",
        "type": "IMAGE",
        "preview_url": f"{GALLERY}{'p' * 150}?sig=1",
        "page_url": f"{GALLERY}files/vg_file_1",
    }
    return Outcome(Step("paint", {}), "done", seconds=3.21, file=file, served=14_200, saved=saved)


LOST = Outcome(Step("cut", {}), "failed", problem="no credits")


def test_the_report_begins_with_the_page_and_names_what_was_made_and_what_was_not() -> None:
    log = io.StringIO()
    board.report([made(), LOST], GALLERY, Console(file=log, width=demo.LOG_WIDTH))
    lines = [line.rstrip() for line in log.getvalue().splitlines() if line.strip()]
    assert lines == [
        "See it here: http://127.0.0.1:8791/",
        "  file        kind       size   seconds",
        " ───────────────────────────────────────",
        "  paint.png   image   14.2 kB       3.2",
        "Saved in videogen-demo",
        "cut: no credits",
    ]


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


class Screen(io.TextIOWrapper):
    """A terminal that remembers what was written to it."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding, errors="replace")

    def isatty(self) -> bool:
        return True

    def written(self) -> str:
        self.flush()
        return self.bytes.getvalue().decode(self.encoding)


@pytest.fixture
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ordinary terminal whose user wants no colours, 60 columns wide."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "60", "LINES": "24"}.items():
        monkeypatch.setenv(name, value)


def drawn(screen: Screen, *outcomes: Outcome) -> list[str]:
    """The last picture of a board, without control sequences."""
    shown = Board(Console(file=screen), outcomes)
    with shown.progress:
        for outcome in outcomes:
            shown.show(outcome)
    return plain(screen)[-len(outcomes) :]


def plain(screen: Screen) -> list[str]:
    """The lines of a screen without control sequences and links."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\]8;.*?\x1b\\", "", screen.written()).rstrip().splitlines()


@pytest.mark.usefixtures("plain_terminal")
def test_a_terminal_gets_a_row_for_each_step_and_none_is_wider_than_it() -> None:
    rows = drawn(
        Screen(),
        Outcome(Step("paint", {}), "done", note="vg_file_1"),
        Outcome(Step("cut", {}), "running", 50.0, "a long message " * 10),
        Outcome(Step("sing", {}), note="waits for paint"),
        Outcome(Step("fly", {}), "failed", note="no wings [bold]"),
    )
    assert [row.split()[1] for row in rows] == ["paint", "cut", "sing", "fly"]
    assert all(len(row) <= 60 for row in rows)
    assert re.search(r"✓ paint +━{16} 100% +0\.0 s +vg_file_1", rows[0])
    assert re.search(r"cut +━{8} +50% +0\.0 s +a long m.*…", rows[1])
    assert re.search(r"· sing +waits for paint", rows[2])
    assert re.search(r"✗ fly .* no wings \[bold\]", rows[3])


@pytest.mark.usefixtures("plain_terminal")
def test_without_colours_wanted_there_are_none() -> None:
    screen = Screen()
    drawn(screen, Outcome(Step("paint", {}), "done"))
    assert not re.search(r"\x1b\[(?:\d+;)*[349]\d(?:;\d+)*m", screen.written())


@pytest.mark.usefixtures("plain_terminal")
@pytest.mark.parametrize(("encoding", "term"), [("latin-1", "xterm"), ("utf-8", "dumb")])
def test_a_terminal_that_cannot_draw_gets_plain_lines(
    encoding: str, term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    screen = Screen(encoding)
    drawn(screen, Outcome(Step("paint", {}), "done", note="vg_file_1"))
    assert screen.written() == "paint: done (0.0 s)  vg_file_1\n"


def test_a_log_gets_a_line_at_the_start_at_each_quarter_and_at_the_end() -> None:
    log = io.StringIO()
    outcome = Outcome(Step("paint", {}))
    shown = Board(Console(file=log, width=demo.LOG_WIDTH), [outcome])
    for reached in (None, 3.0, 30.0, 31.0, 24.0, 80.0):
        outcome.state, outcome.percent = "running", reached
        shown.show(outcome)
    outcome.state, outcome.seconds, outcome.note = "done", 4.25, "vg_file_1"
    shown.show(outcome)
    assert log.getvalue() == (
        "paint: started (0.0 s)\npaint: 25 % (0.0 s)\npaint: 75 % (0.0 s)\npaint: done (4.2 s)  vg_file_1\n"
    )


@pytest.mark.usefixtures("plain_terminal")
@pytest.mark.parametrize("width", [40, 80])
def test_names_are_folded_and_not_cut_and_the_table_fits(width: int) -> None:
    screen = Screen()
    board.report([made("videogen-demo/" + "paint" * 20 + ".png")], GALLERY, Console(file=screen, width=width))
    assert "…" not in screen.written()
    assert max(map(len, plain(screen))) <= width


@pytest.mark.usefixtures("plain_terminal")
@pytest.mark.parametrize(("term", "links"), [("xterm", True), ("dumb", False)])
def test_addresses_are_links_where_the_terminal_has_them(
    term: str, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    screen = Screen()
    board.report([made()], GALLERY, Console(file=screen))
    assert (f";{GALLERY}\x1b\\{GALLERY}\x1b]8;;" in screen.written()) is links
    assert f"See it here: {GALLERY}" in plain(screen)


def test_where_nobody_can_press_a_key_nothing_is_waited_for() -> None:
    for stdin, stdout in ((None, Screen()), (io.StringIO(), Screen()), (Screen(), io.StringIO())):
        with keys(stdin, stdout) as pressed:
            assert pressed is None


@pytest.mark.skipif(sys.platform == "win32", reason="ptys are of POSIX")
def test_a_key_is_seen_at_once_and_the_terminal_is_as_before() -> None:
    import termios

    keyboard, terminal = os.openpty()
    before = termios.tcgetattr(terminal)
    with os.fdopen(keyboard, "wb", 0) as typing, os.fdopen(terminal) as stdin:
        with keys(stdin, Screen()) as pressed:
            assert pressed is not None
            assert not pressed()
            typing.write(b"\x1b[A")
            assert select.select([terminal], [], [], 10)[0]
            assert pressed()
            assert not pressed()
        assert termios.tcgetattr(terminal) == before


def test_windows_has_keys_too(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = ["x"]
    console = SimpleNamespace(kbhit=lambda: bool(typed), getwch=typed.pop)
    monkeypatch.setitem(sys.modules, "msvcrt", console)
    monkeypatch.setattr(sys, "platform", "win32")
    there = runpy.run_path(str(Path(demo.__file__).with_name("keys.py")))
    with there["keys"](Screen(), Screen()) as pressed:
        assert [pressed(), pressed()] == [True, False]
