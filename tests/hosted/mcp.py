"""Clients of one HTTP server in this process, each with a VideoGen key of its own, against the service of the tests."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.wire import META, VERSIONS, Answer
from tests.hosted.service import IN_MEMORY, Service
from videogen_mcp.database import sqlite
from videogen_mcp.database.database import Database
from videogen_mcp.database.postgres import opened
from videogen_mcp.protocol import http
from videogen_mcp.protocol.handlers import TASKS
from videogen_mcp.server import Parts, build_handlers, open_parts
from videogen_mcp.settings import MCP_PATH, Settings

NAMED_BY = {"tools/call": "name", "resources/read": "uri", "tasks/get": "taskId", "tasks/cancel": "taskId"}
"""Which parameter of a method is in the header Mcp-Name."""

_numbers = itertools.count(1)


class Refused(Exception):
    """A JSON-RPC error. `code` and the message are the server's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Agent:
    """A client of today's wire with a key, or a token of the server. `tasks`: it takes them instead of answers."""

    web: httpx.AsyncClient
    key: str
    name: str = "agent"
    token: str | None = None
    tasks: bool = False

    async def call(self, tool: str, **arguments: Any) -> Answer:
        """Call a tool and return what it brings."""
        return Answer.of(await self.ask("tools/call", name=tool, arguments=arguments))

    async def begin(self, tool: str, **arguments: Any) -> str:
        """Call a tool for a task and return the task's id."""
        return str((await replace(self, tasks=True).ask("tools/call", name=tool, arguments=arguments))["taskId"])

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a request and return its result. Raises Refused."""
        taken: dict[str, Any] = {TASKS: {}} if self.tasks or method.startswith("tasks/") else {}
        meta = {
            f"{META}protocolVersion": VERSIONS["modern"],
            f"{META}clientInfo": {"name": self.name, "version": "1"},
            f"{META}clientCapabilities": {"extensions": taken},
        }
        headers = {
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": VERSIONS["modern"],
            "mcp-method": method,
            **({"x-videogen-api-key": self.key} if self.token is None else {"authorization": f"Bearer {self.token}"}),
        }
        if method in NAMED_BY:
            headers["mcp-name"] = str(params[NAMED_BY[method]])
        body = {"jsonrpc": "2.0", "id": next(_numbers), "method": method, "params": {**params, "_meta": meta}}
        answer = await self.web.post(MCP_PATH, json=body, headers=headers)
        message = json.loads(answer.text.rpartition("data: ")[2])
        if "error" in message:
            raise Refused(message["error"]["code"], message["error"]["message"])
        return dict(message["result"])


@dataclass(frozen=True)
class Hosted:
    """A running server and its service."""

    service: Service
    parts: Parts
    web: httpx.AsyncClient

    def agent(self, key: str, name: str = "agent") -> Agent:
        """Return a client with a key."""
        return Agent(self.web, key, name)


@asynccontextmanager
async def hosted(service: Service, folder: Path, *, is_worker: bool = False, **settings: Any) -> AsyncIterator[Hosted]:
    """Yield a hosted server, without a key of its own unless the settings say so; with a database it is one replica of
    several, and as a worker it shares a file in the folder with the others."""
    chosen = Settings(base_url=IN_MEMORY, state_dir=folder, hosted=True, **settings)
    async with AsyncExitStack() as held:
        database: Database | None = None
        if chosen.database is not None:
            database = await held.enter_async_context(opened(chosen.database))
        elif is_worker:
            database = await held.enter_async_context(sqlite.opened(folder / "shared.sqlite3"))
        parts = await held.enter_async_context(
            open_parts(
                chosen,
                local_files=False,
                transport=service.transport,
                database=database,
                several=database is not None,
            )
        )
        served = http.Served(build_handlers(parts).server(), parts.clock, parts.pollers.wake, parts.calls.hurry)
        app = http.application(served, chosen)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as web,
        ):
            yield Hosted(service, parts, web)
