"""`videogen-mcp demo`: a real MCP client starts the stdio server, has media made in the sandbox, and shows it.

What it asks for are the examples of the workflows. Nothing here knows how the server works inside: it calls tools,
follows their progress, goes on with `wait_for_execution` where an answer says "running", has the originals saved by
`download_file`, and fetches what the preview URLs serve.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Literal, TextIO
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import httpx
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.types import CallToolResult, Implementation
from rich.console import Console

from videogen_mcp import __version__
from videogen_mcp.board import Board, Outcome, Step, from_here, report, say, tell
from videogen_mcp.clock import Clock, SystemClock
from videogen_mcp.demo_files import OWN_FILES
from videogen_mcp.installation import Installation, this_installation
from videogen_mcp.keys import Pressed, keys
from videogen_mcp.workflows import Workflow, workflows_of
from videogen_mcp.workflows.examples import FirstOf, OwnFile, ProjectOf, ResultOf, arguments
from videogen_mcp.workflows.image import GenerateImage

AT_ONCE = 2
"""Executions in flight: the sandbox makes media on this machine, and two cores are the least one has today."""

LIMIT = 900.0
"""Seconds for the whole demo. All workflows together take about a minute on two cores."""

OPEN_FOR = 5.0
"""Seconds that the demo waits for a key after its result: enough to read that it does."""

KEY_EVERY = 0.1
"""Seconds between two looks at the keyboard: what feels immediate."""

KEEP_ALIVE = 60.0
"""Seconds between two requests for the page while it is kept open; the sandbox exits after ten idle minutes."""

FETCH_LIMIT = 30.0
"""Seconds for fetching one file from this machine."""

LOG_TAIL = 12
"""Lines of the server's log that are shown when it did not answer."""


def steps_of(workflows: Iterable[type[Workflow]]) -> list[Step]:
    """Return the examples of the workflows, in the order in which they begin as far as their files are there: first
    those after which, with all that starts from their files, most time is still to come."""
    seconds = {workflow.tool_name(): workflow.typical_seconds[1] for workflow in workflows}
    steps = [Step(workflow.tool_name(), workflow.example) for workflow in workflows]

    def to_come(step: Step) -> int:
        following = (to_come(other) for other in steps if step.tool in other.needs())
        return seconds[step.tool] + max(following, default=0)

    return sorted(steps, key=to_come, reverse=True)


LOG_WIDTH = 200
"""Columns where there is no terminal: nothing is folded in a file."""


class DemoFailed(Exception):
    """The demo cannot go on. The message says why, in one line or with the server's last words."""


VIDEO = Step(
    "script_to_video",
    arguments(
        script="A lighthouse stands by the sea. Every evening a fishing boat sails past the rocks. On the beach, a dog"
        " looks at the waves. Far away in the forest, a fox sits in the snow. High in the mountains, an eagle glides"
        " over the trees. In the city, a red bus drives through the rain. A girl with a balloon walks through the"
        " park. At night the moon shines over the desert, and everything is quiet. Then the sun rises over a meadow"
        " full of sunflowers.",
        style="storybook illustration, warm light",
        music="calm piano",
    ),
)
"""Half a minute of narration."""

Choice = Literal["picture", "video", "all"]


class Shown(Console):
    """Where the demo is shown. It raises DemoFailed when nobody reads on, as after `demo | head -1`."""

    def on_broken_pipe(self) -> None:
        """End the demo where nobody reads on. Raise DemoFailed."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())  # What is still buffered has somewhere to go.
        raise DemoFailed("nobody reads what it says any more.")


def steps_for(choice: Choice) -> list[Step]:
    """Return what the demo asks for: a picture, a narrated video, or the examples of all that makes media."""
    if choice == "video":
        return [VIDEO]
    return steps_of(workflows_of("v2", "workflows", "videos") if choice == "all" else (GenerateImage,))


def main(choice: Choice, *, output: Path, environment: Mapping[str, str], out: TextIO | None = None) -> int:
    """Run the demo; 0 when everything it asked for was made, fetched and saved, else 1."""
    out = out or sys.stdout
    if isinstance(out, TextIOWrapper):
        out.reconfigure(errors="replace")
    console = Shown(file=out, width=None if out.isatty() else LOG_WIDTH)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return _complain(f"{output} cannot be written to ({error.strerror}); choose another folder with --output.")
    try:
        return anyio.run(partial(_demo, steps_for(choice), output, environment, console))
    except DemoFailed as failure:
        return _complain(str(failure))


def _complain(words: str) -> int:
    sys.stderr.write(f"videogen-mcp demo: {words}\n")
    return 1


async def _demo(steps: Sequence[Step], output: Path, environment: Mapping[str, str], console: Console) -> int:
    clock = SystemClock()
    tell(console, "Starting the MCP server and its sandbox: no account, all on this machine …")
    with anyio.move_on_after(LIMIT) as limit:
        async with server(demo_environment(environment, output)) as client:
            tools = (await client.list_tools()).tools
            tell(console, f"It answers with {len(tools)} tools. {_plan(steps)}\n")
            outcomes = await make(client, steps, console, clock)
            await fetch(client, outcomes)
    if limit.cancelled_caught:
        raise DemoFailed(f"it did not end within {LIMIT:.0f} s.")
    gallery = _gallery(outcomes)
    report(outcomes, gallery, console)
    if gallery:
        tell_what_stays(console, this_installation())
        with keys(sys.stdin, console.file) as pressed:
            if pressed:
                await keep_open(gallery, pressed, console, clock)
    return 1 if any(outcome.problem for outcome in outcomes) else 0


def demo_environment(environment: Mapping[str, str], output: Path) -> dict[str, str]:
    """Return the server's environment: everything but VideoGen's settings, so that the demo is the same everywhere."""
    kept = {name: value for name, value in environment.items() if not name.startswith("VIDEOGEN_")}
    if state_dir := environment.get("VIDEOGEN_MCP_STATE_DIR"):
        kept["VIDEOGEN_MCP_STATE_DIR"] = state_dir
    return {**kept, "VIDEOGEN_MCP_SANDBOX": "on", "VIDEOGEN_MCP_OUTPUT_DIR": str(output.absolute())}


@asynccontextmanager
async def server(environment: dict[str, str]) -> AsyncIterator[Client]:
    """Yield a client of the stdio server, which runs in a process of its own for as long as this lasts.

    Raise DemoFailed, with the end of the server's log, when it does not start or breaks off.
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


async def make(client: Client, steps: Sequence[Step], console: Console, clock: Clock) -> list[Outcome]:
    """Run the steps, `AT_ONCE` at a time, always the first one whose files are there, and show how far they are."""
    outcomes = {step.tool: Outcome(step, note=_waits_for(step)) for step in steps}
    with tempfile.TemporaryDirectory(prefix="videogen-demo-") as own:
        run = _Run(client, outcomes, Board(console, outcomes.values()), clock, Path(own))
        await _made(run)
    return list(outcomes.values())


async def _made(run: _Run) -> None:
    with run.board.progress:
        async with anyio.create_task_group() as working:
            while any(outcome.state in ("waiting", "running") for outcome in run.outcomes.values()):
                if following := run.next():
                    following.state, following.began = "running", run.clock.monotonic()
                    working.start_soon(_step, run, following)
                else:
                    await run.something_ended()


@dataclass
class _Run:
    client: Client
    outcomes: Mapping[str, Outcome]
    board: Board
    clock: Clock
    own: Path
    """The folder of the files that the demo brings along: a temporary one, which the server may read."""
    ended: anyio.Event = field(default_factory=anyio.Event)
    """Set when a step ends; renewed by whoever waited for it."""

    def next(self) -> Outcome | None:
        """Return the first step that may begin: none while `AT_ONCE` are running."""
        if sum(outcome.state == "running" for outcome in self.outcomes.values()) >= AT_ONCE:
            return None
        waiting = (outcome for outcome in self.outcomes.values() if outcome.state == "waiting")
        over = {tool for tool, outcome in self.outcomes.items() if outcome.state in ("done", "failed")}
        return next((outcome for outcome in waiting if over.issuperset(outcome.step.needs())), None)

    async def something_ended(self) -> None:
        """Wait until a step ends."""
        await self.ended.wait()
        self.ended = anyio.Event()


async def _step(run: _Run, outcome: Outcome) -> None:
    outcome.note = ""
    run.board.show(outcome)
    try:
        asked = {name: await _filled(run, name, value) for name, value in outcome.step.arguments.items()}
        answer = await _answer(run, outcome, asked)
        outcome.file, outcome.project_id = answer["files"][0], answer.get("project_id")
        outcome.state, outcome.note = "done", str(outcome.file["file_id"])
    except (MCPError, DemoFailed) as error:
        outcome.state, outcome.note, outcome.problem = "failed", str(error), str(error)
    finally:
        outcome.seconds = run.clock.monotonic() - outcome.began
        run.board.show(outcome)
        run.ended.set()


async def _filled(run: _Run, name: str, value: Any) -> Any:
    """Return an argument's value with the ids that only exist now."""
    if isinstance(value, list):
        return [await _filled(run, name, one) for one in value]
    if isinstance(value, ResultOf):
        made = run.outcomes[value]
        result = made.project_id if isinstance(value, ProjectOf) else (made.file or {}).get("file_id")
        if result is None:
            raise DemoFailed(f"not tried, because {value} failed")
        return result
    if isinstance(value, OwnFile):
        path = run.own / value
        await anyio.to_thread.run_sync(path.write_bytes, OWN_FILES[value]())
        return str(path)
    if isinstance(value, FirstOf):
        listed = _content(value, await run.client.call_tool(value, {}))
        rows = next((rows for rows in listed.values() if isinstance(rows, list) and rows), None)
        if rows is None:
            raise DemoFailed(f"not tried, because {value} lists nothing")
        return rows[0].get(name) or rows[0][f"{name}_id"]
    return value


async def _answer(run: _Run, outcome: Outcome, arguments: dict[str, Any]) -> Mapping[str, Any]:
    """Return the final answer of an execution, however many calls that takes."""
    tool = outcome.step.tool

    async def report_progress(progress: float, total: float | None, message: str | None) -> None:
        outcome.percent = 100 * progress / total if total else outcome.percent
        outcome.note = _stage(message) or outcome.note
        outcome.seconds = run.clock.monotonic() - outcome.began
        run.board.show(outcome)

    answer = _content(tool, await run.client.call_tool(tool, arguments, progress_callback=report_progress))
    while answer["status"] == "running":
        again = {"execution_id": answer["execution_id"]}
        result = await run.client.call_tool("wait_for_execution", again, progress_callback=report_progress)
        answer = _content("wait_for_execution", result)
    if answer["status"] != "succeeded":
        raise DemoFailed(f"ended as {answer['status']}")
    return answer


def _content(tool: str, result: CallToolResult) -> Mapping[str, Any]:
    """Return the structured answer; raise DemoFailed with the tool's own words when it is an error."""
    if result.is_error or result.structured_content is None:
        message = " ".join(getattr(part, "text", "") for part in result.content)
        raise DemoFailed(" ".join(message.split()) or f"{tool} failed")
    content: Mapping[str, Any] = result.structured_content
    return content


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
                saved = _content("download_file", await client.call_tool("download_file", wanted))
                outcome.saved, outcome.size = saved["path"], saved["size_bytes"]
                preview = await web.get(outcome.file["preview_url"])
                preview.raise_for_status()
            except (httpx.HTTPError, MCPError, DemoFailed) as error:
                outcome.problem = f"made, but not fetched: {error}"


def _plan(steps: Sequence[Step]) -> str:
    return (
        f"Calling {steps[0].tool}." if len(steps) == 1 else f"Calling all {len(steps)} workflows, {AT_ONCE} at a time."
    )


def _gallery(outcomes: Sequence[Outcome]) -> str | None:
    """The address of the sandbox's page with all that was made, if something was."""
    pages = (urlsplit((outcome.file or {}).get("page_url", "")) for outcome in outcomes)
    return next((f"{page.scheme}://{page.netloc}/" for page in pages if page.netloc), None)


def tell_what_stays(console: Console, installation: Installation) -> None:
    """Say what goes on running and how it ends, and how a host gets the server."""
    tell(console, "\nThe sandbox stays up until it has been idle for ten minutes. To end it now:")
    say(console, f"  {from_here(installation.running('sandbox', '--stop'))}")
    say(console, "To have these tools in your agent:")
    say(console, f"  {from_here(installation.running('install', '--help'))}")


async def keep_open(gallery: str, pressed: Pressed, console: Console, clock: Clock) -> None:
    """Return after `OPEN_FOR` seconds; when a key is pressed in them, keep the page up until the next one."""
    tell(console, f"\nThis ends in {OPEN_FOR:.0f} s; press a key to keep the page up for longer.")
    if not await _key_within(OPEN_FOR, pressed, clock):
        return
    say(console, f"{gallery} stays up until you press a key again.")
    try:
        async with httpx.AsyncClient(timeout=FETCH_LIMIT) as web:
            while not await _key_within(KEEP_ALIVE, pressed, clock):
                await web.get(gallery)
    except httpx.HTTPError as error:
        say(console, f"{gallery} is gone ({error}).")


async def _key_within(seconds: float, pressed: Pressed, clock: Clock) -> bool:
    """Whether a key was pressed in the seconds to come."""
    until = clock.monotonic() + seconds
    while clock.monotonic() < until:
        if pressed():
            return True
        await clock.sleep(KEY_EVERY)
    return False
