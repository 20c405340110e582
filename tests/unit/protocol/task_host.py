"""A client that takes tasks, of the real tools around a service in virtual time; only the wire is left out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from mcp import MCPError
from mcp_types import (
    CallToolRequestParams,
    ClientCapabilities,
    ErrorData,
    RequestParams,
)

from tests.faults.declarations import OF_EACH_KIND
from tests.faults.service import Service
from tests.faults.world import World, world
from tests.virtual import run_virtually
from videogen_mcp.calls.upstream import SANDBOX
from videogen_mcp.protocol.handlers import TASKS, Handlers
from videogen_mcp.settings import Settings
from videogen_mcp.tools.cache import Caches
from videogen_mcp.tools.tasks import ExecutionTasks
from videogen_mcp.workflows import WORKFLOWS

MODERN, OLDER = "2026-07-28", "2025-11-25"
DECLARED = ClientCapabilities(extensions={TASKS: {}})
PEAR = {"prompt": "a pear"}

Answer = dict[str, Any]


class Host:
    """A client of one server process, as its handlers see it."""

    def __init__(self, here: World, state_dir: Path, **settings: Any) -> None:
        self.here = here
        clock = here.calls.clock
        self.handlers = Handlers(
            Settings(state_dir=state_dir, **settings),
            here.calls,
            lambda: here.tools,
            lambda tools: ExecutionTasks(tools, here.follower, clock),
            Caches.of(clock),
            SANDBOX,
            local_files=False,
        )

    async def call(self, tool: str = "generate_image", arguments: Answer | None = None, **about: Any) -> Answer:
        """What a tool call is answered with, as the wire has it."""
        params = CallToolRequestParams(name=tool, arguments=arguments or (PEAR if tool == "generate_image" else {}))
        answer = await self.handlers.call_tool(context("tools/call", None, **about), params)
        if isinstance(answer, dict):
            return answer
        return dict(answer.model_dump(by_alias=True, mode="json", exclude_none=True))  # type: ignore[union-attr]

    async def ask(self, method: str, task_id: Any, **about: Any) -> Answer:
        """What tasks/get, tasks/update or tasks/cancel is answered with."""
        params = {"taskId": task_id, "inputResponses": {}} if method == "tasks/update" else {"taskId": task_id}
        answer = await self.handlers.answer_task(context(method, params, **about), RequestParams())
        assert isinstance(answer, dict)
        return answer

    async def get(self, task: Answer, **about: Any) -> Answer:
        return await self.ask("tasks/get", task["taskId"], **about)

    async def end(self, task: Answer) -> Answer:
        """Poll as the task asks for it until it has ended."""
        seen = task
        while seen["status"] == "working":
            await anyio.sleep(seen["pollIntervalMs"] / 1000)
            seen = await self.get(task)
        return seen


def context(
    method: str,
    params: Answer | None,
    capabilities: ClientCapabilities = DECLARED,
    version: str = MODERN,
    name: str | None = None,
) -> Any:
    """A request; `name` is its Mcp-Name header."""
    session = SimpleNamespace(
        client_params=SimpleNamespace(client_info=SimpleNamespace(name="a host")),
        client_capabilities=capabilities,
        can_send_request=False,
    )
    request = None if name is None else SimpleNamespace(headers={"mcp-name": name}, scope={})
    return SimpleNamespace(
        session=session,
        meta={},
        method=method,
        params=params,
        request=request,
        request_id=None,
        protocol_version=version,
    )


Story = Callable[[Host], Awaitable[Any]]


def play(upstream: Service, story: Story, state_dir: Path, *, journal: Path | None = None, **settings: Any) -> Any:
    """Tell a story in one server process, whose keys are in `state_dir`."""

    async def main() -> Any:
        async with world(upstream, journal, workflows=(*WORKFLOWS[:1], *OF_EACH_KIND), **settings) as here:
            return await story(Host(here, state_dir))

    return run_virtually(main)


def polls(upstream: Service) -> int:
    """How often executions of single tools were polled."""
    return upstream.requests.get("execution", 0)


async def refusal(host: Host, method: str, task_id: Any, **about: Any) -> ErrorData:
    """The protocol error of a request."""
    with pytest.raises(MCPError) as refused:
        await host.ask(method, task_id, **about)
    return refused.value.error
