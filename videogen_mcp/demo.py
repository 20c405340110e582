"""`videogen-mcp demo`: a real MCP client starts the stdio server, has media made in the sandbox, and shows it.

Nothing here knows how the server works inside: it calls tools, follows their progress, goes on with
`wait_for_execution` where an answer says "running", has the originals saved by `download_file`, and fetches what the
preview URLs serve.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import httpx
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.types import CallToolResult, Implementation

from videogen_mcp import __version__
from videogen_mcp.clock import Clock, SystemClock
from videogen_mcp.terminal import Board, Row, board, is_terminal, size, table

AT_ONCE = 2
"""Executions in flight: the sandbox makes media on this machine, and two cores are the least one has today."""

FRAME = 0.1
"""Seconds between two pictures of the board; slower looks stuck, faster is not seen."""

LIMIT = 900.0
"""Seconds for the whole demo. The ten workflows take less than one minute on two cores."""

KEEP_ALIVE = 60.0
"""Seconds between two looks at the page while it is kept open; the sandbox leaves after ten idle minutes."""

FETCH_LIMIT = 30.0
"""Seconds for fetching one file from this machine."""

LOG_TAIL = 12
"""Lines of the server's log that are shown when it did not answer."""


@dataclass(frozen=True)
class FileOf:
    """Stands for the file id that another step makes."""

    tool: str


@dataclass(frozen=True)
class FirstOf:
    """Stands for the first id that a catalogue tool lists."""

    tool: str
    rows: str
    key: str


@dataclass(frozen=True)
class Step:
    """One workflow and what it is asked for."""

    tool: str
    arguments: Mapping[str, Any]

    def needs(self) -> list[str]:
        """The steps whose files this one starts from."""
        return [value.tool for value in self.arguments.values() if isinstance(value, FileOf)]


A_PICTURE = Step("generate_image", {"prompt": "A tabby cat on a sofa in a living room"})

EVERYTHING: tuple[Step, ...] = (
    Step("generate_video_clip", {"prompt": "A golden retriever on a sandy beach", "duration_seconds": 2}),
    Step("remove_video_background", {"video": FileOf("generate_video_clip")}),
    Step("upscale_video", {"video": FileOf("generate_video_clip")}),
    Step(
        "text_to_speech",
        {
            "text": "Hello! I was made on your own machine, without an account.",
            "voice_id": FirstOf("list_voices", "voices", "voice_id"),
        },
    ),
    Step(
        "generate_avatar_clip",
        {
            "presenter_id": FirstOf("list_presenters", "presenters", "presenter_id"),
            "audio": FileOf("text_to_speech"),
        },
    ),
    A_PICTURE,
    Step("vectorize_image", {"image": FileOf("generate_image")}),
    Step("upscale_image", {"image": FileOf("generate_image")}),
    Step("remove_image_background", {"image": FileOf("generate_image")}),
    Step("generate_sound_effect", {"prompt": "Rain with distant thunder", "duration_seconds": 4}),
)
"""All ten, what takes longest first: the order in which they begin, as far as their files are there."""


class DemoFailed(Exception):
    """The demo cannot go on. The message says why, in one line or with the server's last words."""


@dataclass
class Outcome:
    """What became of one step."""

    step: Step
    row: Row
    began: float = 0.0
    """Monotonic seconds."""
    file: Mapping[str, Any] | None = None
    problem: str = ""
    served: int = 0
    saved: str = ""


def main(*, everything: bool, output: Path, environment: Mapping[str, str], out: TextIO | None = None) -> int:
    """Run the demo; 0 when everything it asked for was made, fetched and saved, else 1."""
    out = out or sys.stdout
    if isinstance(out, TextIOWrapper):
        out.reconfigure(errors="replace")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return _complain(f"{output} cannot be written to ({error.strerror}); choose another folder with --output.")
    try:
        return anyio.run(partial(_demo, EVERYTHING if everything else (A_PICTURE,), output, environment, out))
    except DemoFailed as failure:
        return _complain(str(failure))


def _complain(words: str) -> int:
    sys.stderr.write(f"videogen-mcp demo: {words}\n")
    return 1


async def _demo(steps: Sequence[Step], output: Path, environment: Mapping[str, str], out: TextIO) -> int:
    clock = SystemClock()
    out.write("Starting the MCP server over stdio, in its sandbox (no account, nothing leaves this machine) …\n")
    out.flush()
    with anyio.move_on_after(LIMIT) as limit:
        async with server(demo_environment(environment, output)) as client:
            tools = (await client.list_tools()).tools
            out.write(f"It answers with {len(tools)} tools. {_plan(steps)}\n\n")
            outcomes = await make(client, steps, out, clock)
            await fetch(client, outcomes)
    if limit.cancelled_caught:
        raise DemoFailed(f"it did not end within {LIMIT:.0f} s.")
    out.write("\n" + report(outcomes))
    page = next((url for outcome in outcomes if (url := (outcome.file or {}).get("page_url"))), None)
    if page:
        await keep_open(f"{urlsplit(page).scheme}://{urlsplit(page).netloc}/", out, clock)
    return 1 if any(outcome.problem for outcome in outcomes) else 0


def demo_environment(environment: Mapping[str, str], output: Path) -> dict[str, str]:
    """The server's environment: everything but VideoGen's settings, so that the demo is the same everywhere."""
    kept = {name: value for name, value in environment.items() if not name.startswith("VIDEOGEN_")}
    if state_dir := environment.get("VIDEOGEN_MCP_STATE_DIR"):
        kept["VIDEOGEN_MCP_STATE_DIR"] = state_dir
    return {**kept, "VIDEOGEN_MCP_SANDBOX": "on", "VIDEOGEN_MCP_OUTPUT_DIR": str(output.absolute())}


@asynccontextmanager
async def server(environment: dict[str, str]) -> AsyncIterator[Client]:
    """A client of the stdio server, which runs in a process of its own for as long as this lasts.

    Raises DemoFailed, with the end of the server's log, when it does not start or breaks off.
    """
    started = StdioServerParameters(command=sys.executable, args=["-m", "videogen_mcp"], env=environment)
    identity = Implementation(name="videogen-mcp-demo", version=__version__)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        try:
            async with Client(stdio_client(started, errlog=log), client_info=identity) as client:
                yield client
        except Exception as wrapped:
            error = _innermost(wrapped)
            if isinstance(error, DemoFailed):
                raise error from None
            if not isinstance(error, MCPError | OSError):
                raise
            log.seek(0)
            last_words = "".join(f"\n    {line.rstrip()}" for line in log.readlines()[-LOG_TAIL:])
            raise DemoFailed(f"the server did not answer ({error}).{last_words}") from None


def _innermost(error: BaseException) -> BaseException:
    """What really happened: the client's task groups wrap whatever passes through them."""
    inner: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    return _innermost(inner[0]) if len(inner) == 1 else error


async def make(client: Client, steps: Sequence[Step], out: TextIO, clock: Clock) -> list[Outcome]:
    """Run the steps, `AT_ONCE` at a time, always the first one whose files are there, and show how far they are."""
    outcomes = {step.tool: Outcome(step, Row(step.tool, note=_waits_for(step))) for step in steps}
    picture = board(out, [outcome.row for outcome in outcomes.values()])
    run = _Run(client, outcomes, picture, clock)
    try:
        async with anyio.create_task_group() as drawing:
            drawing.start_soon(_draw, picture, outcomes, clock)
            async with anyio.create_task_group() as working:
                while any(outcome.row.state in ("waiting", "running") for outcome in outcomes.values()):
                    if following := run.next():
                        following.row.state, following.began = "running", clock.monotonic()
                        working.start_soon(_step, run, following)
                    else:
                        await run.something_ended()
            drawing.cancel_scope.cancel()
    finally:
        picture.close()
    return list(outcomes.values())


@dataclass
class _Run:
    client: Client
    outcomes: Mapping[str, Outcome]
    picture: Board
    clock: Clock
    ended: anyio.Event = field(default_factory=anyio.Event)
    """Set when a step ends; renewed by whoever heard it."""

    def next(self) -> Outcome | None:
        """The first step that may begin: none while `AT_ONCE` are running."""
        if sum(outcome.row.state == "running" for outcome in self.outcomes.values()) >= AT_ONCE:
            return None
        waiting = (outcome for outcome in self.outcomes.values() if outcome.row.state == "waiting")
        over = {tool for tool, outcome in self.outcomes.items() if outcome.row.state in ("done", "failed")}
        return next((outcome for outcome in waiting if over.issuperset(outcome.step.needs())), None)

    async def something_ended(self) -> None:
        """Wait until a step ends."""
        await self.ended.wait()
        self.ended = anyio.Event()


async def _step(run: _Run, outcome: Outcome) -> None:
    row = outcome.row
    row.note = ""
    try:
        arguments = {name: await _filled(run, value) for name, value in outcome.step.arguments.items()}
        answer = await _answer(run, outcome.step.tool, arguments, row)
        outcome.file = answer["files"][0]
        row.state, row.note = "done", str(outcome.file["file_id"])
    except (MCPError, DemoFailed) as error:
        row.state, row.note, outcome.problem = "failed", str(error), str(error)
    finally:
        row.seconds = run.clock.monotonic() - outcome.began
        run.picture.show(row)
        run.ended.set()


async def _filled(run: _Run, value: Any) -> Any:
    """An argument's value, with the ids that only exist now."""
    if isinstance(value, FileOf):
        made = run.outcomes[value.tool].file
        if made is None:
            raise DemoFailed(f"not tried, because {value.tool} failed")
        return made["file_id"]
    if isinstance(value, FirstOf):
        listed = _content(value.tool, await run.client.call_tool(value.tool, {}))
        return listed[value.rows][0][value.key]
    return value


async def _answer(run: _Run, tool: str, arguments: dict[str, Any], row: Row) -> Mapping[str, Any]:
    """The final answer of an execution, however many calls it takes to hear it."""

    async def report_progress(progress: float, total: float | None, message: str | None) -> None:
        row.percent = 100 * progress / total if total else row.percent
        row.note = _stage(message) or row.note
        run.picture.show(row)

    run.picture.show(row)
    answer = _content(tool, await run.client.call_tool(tool, arguments, progress_callback=report_progress))
    while answer["status"] == "running":
        again = {"execution_id": answer["execution_id"]}
        told = await run.client.call_tool("wait_for_execution", again, progress_callback=report_progress)
        answer = _content("wait_for_execution", told)
    if answer["status"] != "succeeded":
        raise DemoFailed(f"ended as {answer['status']}")
    return answer


def _content(tool: str, result: CallToolResult) -> Mapping[str, Any]:
    """The structured answer; raises DemoFailed with the tool's own words when it is an error."""
    if result.is_error or result.structured_content is None:
        said = " ".join(getattr(part, "text", "") for part in result.content)
        raise DemoFailed(" ".join(said.split()) or f"{tool} failed")
    content: Mapping[str, Any] = result.structured_content
    return content


async def _draw(picture: Board, outcomes: Mapping[str, Outcome], clock: Clock) -> None:
    while True:
        for outcome in outcomes.values():
            if outcome.row.state == "running":
                outcome.row.seconds = clock.monotonic() - outcome.began
        picture.tick()
        await clock.sleep(FRAME)


def _stage(message: str | None) -> str:
    """What of "generate_image · running · 42 % · 3 s" the board does not show by itself."""
    parts = (message or "").split(" · ")
    return parts[1] if len(parts) > 1 else parts[0]


def _waits_for(step: Step) -> str:
    return f"waits for {' and '.join(step.needs())}" if step.needs() else ""


async def fetch(client: Client, outcomes: Sequence[Outcome]) -> None:
    """Have the originals saved, and fetch every preview URL to the last byte."""
    async with httpx.AsyncClient(timeout=FETCH_LIMIT) as web:
        for outcome in outcomes:
            if outcome.file is None:
                continue
            wanted = {"file_id": outcome.file["file_id"], "name": outcome.step.tool}
            try:
                outcome.saved = _content("download_file", await client.call_tool("download_file", wanted))["path"]
                preview = await web.get(outcome.file["preview_url"])
                preview.raise_for_status()
                outcome.served = len(preview.content)
            except (httpx.HTTPError, MCPError, DemoFailed) as error:
                outcome.problem = f"made, but not fetched: {error}"


def _plan(steps: Sequence[Step]) -> str:
    return (
        f"Calling {steps[0].tool}." if len(steps) == 1 else f"Calling all {len(steps)} workflows, {AT_ONCE} at a time."
    )


def report(outcomes: Sequence[Outcome]) -> str:
    """What was made, where it is, and what went wrong."""
    good = [outcome for outcome in outcomes if outcome.file]
    rows = [
        (
            outcome.step.tool,
            str((outcome.file or {})["file_id"]),
            f"{outcome.row.seconds:.1f}",
            size(outcome.served),
            from_here(outcome.saved) or "-",
        )
        for outcome in good
    ]
    urls = [f"  {outcome.step.tool}\n    {(outcome.file or {})['preview_url']}\n" for outcome in good]
    text = "".join(["  preview URLs\n", *urls, "\n"]) if good else ""
    text += table(("workflow", "file id", "seconds", "preview", "saved as"), rows) if good else ""
    bad = [outcome for outcome in outcomes if outcome.problem]
    return text + "".join(f"\n  {outcome.step.tool}: {outcome.problem}\n" for outcome in bad)


def from_here(path: str) -> str:
    """A path as one would type it: relative where it lies below the current folder."""
    here = str(Path.cwd()) + os.sep
    return path.removeprefix(here)


async def keep_open(page: str, out: TextIO, clock: Clock) -> None:
    """On a terminal, keep the sandbox's page alive until Enter; elsewhere only say where it is."""
    if not (is_terminal(out) and sys.stdin.isatty()):
        out.write(f"\nThe page of the sandbox: {page} (it leaves after ten idle minutes)\n")
        return
    out.write(f"\nEverything is on {page} - press Enter to leave. ")
    out.flush()
    async with anyio.create_task_group() as open_page, httpx.AsyncClient(timeout=FETCH_LIMIT) as web:
        open_page.start_soon(_keep_alive, web, page, clock)
        await anyio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True)
        open_page.cancel_scope.cancel()


async def _keep_alive(web: httpx.AsyncClient, page: str, clock: Clock) -> None:
    while True:
        await clock.sleep(KEEP_ALIVE)
        try:
            await web.get(page)
        except httpx.HTTPError:
            return
