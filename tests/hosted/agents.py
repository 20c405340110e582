"""Agents that call a hosted server on the bare wire of either era, each with a key of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.e2e.wire import META, VERSIONS, Answer, Era

TASKS = "io.modelcontextprotocol/tasks"

EXECUTION = re.compile(r"vg_tool_\w+")


class Broken(Exception):
    """There was no connection, or it ended without an answer. `execution_id` was heard of before, if anything was."""

    def __init__(self, execution_id: str | None, was_sent: bool = True) -> None:
        super().__init__(f"no answer; heard of {execution_id}")
        self.execution_id = execution_id
        self.was_sent = was_sent


class Refused(Exception):
    """The server refused a request. `status` is HTTP's."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text[:300]}")
        self.status = status


@dataclass(frozen=True)
class Agent:
    """A client of one account, at whichever server: `url` is where that answers, without a path."""

    web: httpx.AsyncClient
    key: str
    era: Era = "modern"
    name: str = "agent"

    async def call(self, url: str, tool: str, **arguments: Any) -> Answer:
        """Call a tool and return what it brings. Raises Broken, Refused."""
        return Answer.of(await self.request(url, "tools/call", {"name": tool, "arguments": arguments}, tool))

    async def begin(self, url: str, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool for a task and return it, or the answer that comes instead. Raises Broken, Refused."""
        call = {"name": tool, "arguments": arguments}
        return await self.request(url, "tools/call", call, tool, {"extensions": {TASKS: {}}})

    async def task(self, url: str, method: str, task_id: str) -> dict[str, Any]:
        """Ask about a task: tasks/get or tasks/cancel. Raises Broken, Refused."""
        return await self.request(url, method, {"taskId": task_id}, task_id, {"extensions": {TASKS: {}}})

    async def request(
        self,
        url: str,
        method: str,
        params: Mapping[str, Any],
        name: str,
        capabilities: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Send a request, `name` being its Mcp-Name, and return the result. Raises Broken, Refused."""
        meta: dict[str, Any] = {"progressToken": 1}
        if self.era == "modern":
            meta |= {
                f"{META}protocolVersion": VERSIONS["modern"],
                f"{META}clientInfo": {"name": self.name, "version": "1.0"},
                f"{META}clientCapabilities": capabilities or {},
            }
        headers = {
            "accept": "application/json, text/event-stream",
            "x-videogen-api-key": self.key,
            "mcp-protocol-version": VERSIONS[self.era],
            "mcp-method": method,
            "mcp-name": name,
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
        heard: str | None = None
        try:
            async with self.web.stream("POST", f"{url}/mcp", json=body, headers=headers) as response:
                if response.status_code != 200:
                    raise Refused(response.status_code, (await response.aread()).decode(errors="replace"))
                async for line in response.aiter_lines():
                    if found := EXECUTION.search(line):
                        heard = found[0]
                    if (message := _response(line)) is not None:
                        if "error" in message:
                            raise Refused(200, json.dumps(message["error"]))
                        return dict(message["result"])
        except httpx.ConnectError:
            raise Broken(None, was_sent=False) from None
        except httpx.TransportError:
            raise Broken(heard) from None
        raise Broken(heard)


def _response(line: str) -> dict[str, Any] | None:
    """Return the response that a line of JSON or of an event stream has; None for anything else."""
    text = line.removeprefix("data:").strip()
    if not text.startswith("{"):
        return None
    message: dict[str, Any] = json.loads(text)
    return message if "result" in message or "error" in message else None
