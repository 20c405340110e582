"""A server of our own classes with the tools that the suite wants: it holds what the product has no tool for.

Calls, answers, progress, errors and all of Tasks are the product's code; the tools, and what the tasks are of,
are made up here. `python -m tests.conformance.fixture_server` serves it.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import require_client_extension
from mcp_types import (
    INTERNAL_ERROR,
    AudioContent,
    CallToolRequestParams,
    CallToolResult,
    ContentBlock,
    ElicitResult,
    EmbeddedResource,
    InputRequiredResult,
    TextResourceContents,
)
from mcp_types import (
    Tool as Listed,
)

from tests.unit.protocol.everything import PICTURE
from videogen_mcp.calls.call import Call, Caller, Purpose
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import Reply
from videogen_mcp.clock import Clock
from videogen_mcp.executions.kinds import Begun
from videogen_mcp.protocol import http
from videogen_mcp.protocol.handlers import TASKS, Context, Handlers, result
from videogen_mcp.protocol.listing import entry
from videogen_mcp.server import open_parts
from videogen_mcp.settings import Settings
from videogen_mcp.tools.annotations import READING
from videogen_mcp.tools.arguments import Arguments
from videogen_mcp.tools.base import Handler, Tool, Tools
from videogen_mcp.tools.cache import Caches
from videogen_mcp.tools.tasks import Look

NAMED = {
    "method": "elicitation/create",
    "params": {
        "mode": "form",
        "message": "What is your name?",
        "requestedSchema": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    },
}
"""Asks for a name."""

CONFIRMED = {
    "method": "elicitation/create",
    "params": {
        "mode": "form",
        "message": "Is that right?",
        "requestedSchema": {"type": "object", "properties": {"confirm": {"type": "boolean"}}},
    },
}
"""Asks for a yes."""

SILENCE = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA="
"""A WAV file without a sample, in base64."""

PAGE = EmbeddedResource(
    type="resource", resource=TextResourceContents(uri="test://page", mime_type="text/plain", text="A page.")
)

CONTENT: dict[str, list[ContentBlock]] = {
    "test_audio_content": [AudioContent(type="audio", data=SILENCE, mime_type="audio/wav")],
    "test_embedded_resource": [PAGE],
    "test_multiple_content_types": [PAGE],
}
"""What these tools answer besides; no answer of the product has such blocks."""


# -- tools -------------------------------------------------------------------------------------------------------------


class Nothing(Arguments):
    """No arguments."""


class Named(Arguments):
    """Whom to greet."""

    name: str


class Job(Arguments):
    """What a job is about."""

    seconds: float = 0.0
    label: str = "it"
    filename: str = "it"


async def greet(arguments: Named, call: Call) -> Reply:
    return Reply(f"Hello, {arguments.name}!", {})


async def say(arguments: Nothing, call: Call) -> Reply:
    return Reply("This is a simple text response for testing.", {})


async def show(arguments: Nothing, call: Call) -> Reply:
    return Reply("A picture.", {}, pictures=(PICTURE,))


async def fail(arguments: Nothing, call: Call) -> Reply:
    raise Refusal("intended", "This tool intentionally returns an error for testing")


async def progress(arguments: Nothing, call: Call) -> Reply:
    for percent in (0.0, 50.0, 100.0):
        await call.report("working", percent=percent)
        await call.clock.sleep(0.05)
    return Reply("Done.", {})


async def compute(arguments: Job, call: Call) -> Reply:
    await call.clock.sleep(arguments.seconds)
    return Reply(f"{arguments.label} is done.", {})


TOOLS: dict[str, tuple[type[Arguments], Handler]] = {
    "greet": (Named, greet),
    "test_simple_text": (Nothing, say),
    "test_image_content": (Nothing, show),
    "test_audio_content": (Nothing, say),
    "test_embedded_resource": (Nothing, say),
    "test_multiple_content_types": (Nothing, show),
    "test_error_handling": (Nothing, fail),
    "test_tool_with_progress": (Nothing, progress),
    "slow_compute": (Job, compute),
    "failing_job": (Job, compute),
    "protocol_error_job": (Job, compute),
    "confirm_delete": (Job, compute),
    "multi_input": (Job, compute),
    "test_tool_with_task": (Job, compute),
}


def tool(name: str) -> Tool:
    arguments, handler = TOOLS[name]
    return Tool(
        Purpose(name),
        handler,
        title=name,
        description="For the conformance suite.",
        arguments=arguments,
        annotations=READING,
    )


# -- tasks -------------------------------------------------------------------------------------------------------------


@dataclass
class Running:
    """A task: when it ends, how, and what it asks for until then. Times are `clock.monotonic()` seconds."""

    ends: float
    text: str
    is_error: bool = False
    error: dict[str, Any] | None = None
    asks: dict[str, Any] = field(default_factory=dict)
    cancelled: bool = False


JOBS = {name for name, (arguments, _) in TOOLS.items() if arguments is Job}


@dataclass(frozen=True)
class Jobs:
    """Made-up jobs as tasks, in memory: a `protocol.tasks.Source`."""

    tools: Tools
    clock: Clock
    _running: dict[str, Running] = field(default_factory=dict)
    _numbers: Any = field(default_factory=itertools.count)

    async def begin(
        self, name: str, arguments: dict[str, Any], caller: Caller, arrived: float | None = None
    ) -> tuple[Reply, Begun | None]:
        """Begin a job; all other tools answer by themselves."""
        if name not in JOBS:
            return await self.tools.call(name, arguments, caller, arrived), None
        job = f"job_{next(self._numbers)}"
        self._running[job] = self._job(name, **arguments)
        return Reply(f"{name} runs", {}), Begun("job", job, name, int(self.clock.time()))

    async def look(self, begun: Begun, caller: Caller) -> Look:
        """Return how a job stands."""
        job, now = self._running[begun.execution_id], self.clock.time()
        if job.cancelled:
            return Look("cancelled", "cancelled", now)
        if job.asks:
            return Look("input_required", "waits for an answer", now, more={"inputRequests": dict(job.asks)})
        if self.clock.monotonic() < job.ends:
            return Look("working", "working", now)
        if job.error is not None:
            return Look("failed", "failed", now, more={"error": job.error})
        return Look("completed", "done", now, reply=Reply(job.text, {}, job.is_error))

    async def cancel(self, begun: Begun, caller: Caller) -> str | None:
        """Cancel a job that runs."""
        job = self._running[begun.execution_id]
        job.cancelled = bool(job.asks) or self.clock.monotonic() < job.ends
        return None

    async def update(self, begun: Begun, responses: dict[str, Any]) -> None:
        """Take in answers; those to nothing that is asked are ignored."""
        for key in responses:
            self._running[begun.execution_id].asks.pop(key, None)

    def _job(self, name: str, seconds: float = 1.0, label: str = "it", filename: str = "it") -> Running:
        job = Running(self.clock.monotonic() + seconds, f"{label} is done.", is_error=name == "failing_job")
        if name == "protocol_error_job":
            job.error = {"code": INTERNAL_ERROR, "message": "This job breaks."}
        elif name == "confirm_delete":
            job.asks = {"confirm": CONFIRMED}
        elif name == "multi_input":
            job.asks = {"name": NAMED, "confirm": CONFIRMED}
        return job


# -- the server --------------------------------------------------------------------------------------------------------


class FixtureHandlers(Handlers):
    """The product's handlers with the suite's tools."""

    async def call_tool(self, context: Context, params: CallToolRequestParams) -> Any:
        """Carry out a call. Some tools ask back first, want a client that takes tasks, or answer with other blocks."""
        if params.name in ("failing_job", "test_tool_with_task"):
            require_client_extension(context, TASKS)
        if params.name == "test_tool_with_task":
            name = (params.input_responses or {}).get("user_name")
            if not isinstance(name, ElicitResult):
                return InputRequiredResult.model_validate({"inputRequests": {"user_name": NAMED}})
            params.arguments = {"label": str((name.content or {}).get("name"))}
        if params.name not in CONTENT:
            return await super().call_tool(context, params)
        said = result(await self.tools.call(params.name, {}, Caller("suite")))
        return CallToolResult(content=[*said.content, *CONTENT[params.name]])

    @cached_property
    def _listed(self) -> list[Listed]:
        return [entry(tool(name)) for name in TOOLS]


@asynccontextmanager
async def open_fixture(settings: Settings) -> AsyncIterator[http.Served]:
    """Yield the server, ready to be served over HTTP."""
    async with open_parts(settings, local_files=False) as parts:
        tools = Tools.of(map(tool, TOOLS), parts.calls)
        handlers = FixtureHandlers(
            settings,
            parts.calls,
            lambda: tools,
            lambda tools: Jobs(tools, parts.clock),
            Caches.of(parts.clock),
            parts.account,
            local_files=False,
        )
        yield http.Served(handlers.server(), parts.clock, parts.pollers.wake, parts.calls.hurry)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(state_dir=Path(folder))
        http.serve(open_fixture, settings, port=int(sys.argv[1]) if len(sys.argv) > 1 else 0)
