"""The real runner, client and journal around a service that breaks: everything but the MCP wire."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from tests.faults.service import Service
from tests.virtual import VirtualClock
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.models import Execution
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.executions.background import Errands
from videogen_mcp.executions.delivery import Delivery
from videogen_mcp.executions.history import History
from videogen_mcp.executions.journal import Journal
from videogen_mcp.executions.poller import Watcher
from videogen_mcp.executions.runner import Runner
from videogen_mcp.executions.submission import Submitter

ACCOUNT = "test"


@dataclass
class World:
    """One server process as the tools see it."""

    runner: Runner
    history: History
    journal: Journal
    watcher: Watcher
    errands: Errands
    upstream: Upstream


@asynccontextmanager
async def world(
    service: Service,
    journal_path: Path | None = None,
    *,
    wait: float | None = None,
    limit: int | None = None,
    clock: Clock | None = None,
    **settings: Any,
) -> AsyncIterator[World]:
    """Bring up a server process against `service`; leaving it is a clean stop."""
    clock = clock or VirtualClock()
    journal = Journal(journal_path)
    client = VideoGen(
        api_key="key",
        base_url="https://api.example",
        dialect=service.dialect,  # type: ignore[arg-type]  # one of the literals
        transport=service,
        clock=clock,
        random=service.rng.random,
    )
    lists = service.dialect == "v2"

    def ended(state: Execution) -> None:
        files = [result.file_id for result in state.results]
        journal.ended(state.execution_id, state=state.status, now=clock.time(), files=files)

    async with anyio.create_task_group() as tasks:
        watcher = Watcher(client, clock, tasks, jitter=random.Random(1).random, lists=lists, ended=ended)
        upstream = Upstream(client, watcher, ACCOUNT, False, lists, "https://api.example")
        errands = Errands(tasks)

        async def connect() -> Upstream:
            return upstream

        async def resolve(request: Any, call: Any) -> Mapping[str, str]:
            return {}

        runner = Runner(
            connect=connect,
            journal=journal,
            clock=clock,
            tasks=tasks,
            errands=errands,
            submitter=Submitter(journal, clock, errands, limit),
            delivery=Delivery(journal, clock),
            resolve=resolve,
            wait=wait,
            **settings,
        )
        yield World(runner, History(runner, journal, clock, ACCOUNT), journal, watcher, errands, upstream)
        await errands.settle(60)
        tasks.cancel_scope.cancel()
    await client.aclose()
    journal.close()
