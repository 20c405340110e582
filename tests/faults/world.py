"""The real tools, calls, client and journal around a service that breaks: everything but the MCP wire."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from tests.answers import untold
from tests.faults.service import Service
from tests.virtual import VirtualClock
from videogen_mcp.api.client import VideoGen
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.calls import Calls
from videogen_mcp.calls.replies import Reply
from videogen_mcp.calls.upstream import SANDBOX, Account, Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.executions.background import BackgroundTasks
from videogen_mcp.executions.chains import Chains
from videogen_mcp.executions.delivery import Delivery
from videogen_mcp.executions.follower import Follower
from videogen_mcp.executions.history import History
from videogen_mcp.executions.journal import Journal, Limits
from videogen_mcp.executions.kinds import ALL_KINDS, Kinds
from videogen_mcp.executions.machine import Machine
from videogen_mcp.executions.poller import Poller, Pollers
from videogen_mcp.executions.runner import Runner
from videogen_mcp.executions.submission import Submitter
from videogen_mcp.media.expected import ExpectedUploads
from videogen_mcp.media.imports import Imports
from videogen_mcp.media.resolve import MediaResolver
from videogen_mcp.media.shared import SharedTransfers
from videogen_mcp.tools.base import Tools
from videogen_mcp.tools.cache import Caches
from videogen_mcp.tools.executions import execution_tools
from videogen_mcp.tools.workflows import workflow_tools
from videogen_mcp.workflows import WORKFLOWS
from videogen_mcp.workflows.base import Workflow


@dataclass
class World:
    """One server process as its protocol layer sees it."""

    tools: Tools
    calls: Calls
    journal: Journal
    pollers: Pollers
    background: BackgroundTasks
    upstream: Upstream
    follower: Follower

    async def call(self, tool: str, caller: Caller, **arguments: Any) -> Reply:
        """Call a tool as an agent does."""
        reply = await self.tools.call(tool, arguments, caller)
        reply.delivered()
        assert untold(reply.structured, self.tools.by_name[tool].output_schema or {}) == []
        return reply


@asynccontextmanager
async def world(
    service: Service,
    journal_path: Path | None = None,
    *,
    wait: float | None = None,
    limit: int | None = None,
    clock: Clock | None = None,
    kinds: Kinds = ALL_KINDS,
    workflows: tuple[type[Workflow], ...] = WORKFLOWS,
    machine: Machine | None = None,
    interval: float | None = None,
    cancels: bool = False,
    nearby: bool = False,
    shared: Journal | None = None,
) -> AsyncIterator[World]:
    """Bring up a server process against `service`; leaving it is a clean stop. `nearby`: it counts as the sandbox.
    `shared`: its journal, where that is in a database, which is closed elsewhere."""
    clock = clock or VirtualClock()
    journal = shared or Journal.in_file(journal_path, machine or Machine("virtual", clock.monotonic))
    client = VideoGen(
        api_key="key",
        base_url="https://api.example",
        dialect=service.dialect,  # type: ignore[arg-type]  # one of the literals
        transport=service,
        clock=clock,
        random=service.rng.random,
    )
    async with anyio.create_task_group() as tasks:
        upstream = Upstream(client, await client.dialect(), SANDBOX.name, nearby, "https://api.example")
        background = BackgroundTasks(tasks)

        async def connect(account: Account) -> Upstream:
            return upstream

        def poller(upstream: Upstream) -> Poller:
            return Poller(
                upstream,
                clock,
                tasks,
                jitter=random.Random(1).random,
                ended=lambda state, took: journal.saw_end(SANDBOX.name, state, clock.time(), took),
                interval=interval,
            )

        pollers = Pollers(poller)
        submitter = Submitter(journal, clock, background, Limits(limit))
        chains = Chains(journal, clock, submitter, kinds)
        delivery = Delivery(journal, clock)
        follower = Follower(journal, clock, background, chains, pollers, delivery, kinds, cancels)
        runner = Runner(
            journal,
            clock,
            submitter,
            MediaResolver(
                None,
                Imports(clock, SharedTransfers(tasks, clock)),
                ExpectedUploads(journal, clock, SharedTransfers(tasks, clock)),
            ),
            follower,
            kinds,
        )
        calls = Calls(connect, clock, tasks, journal, wait)
        history = History(journal, pollers, clock, chains, kinds)
        tools = Tools.of(
            [*workflow_tools(runner, workflows, Caches.of(clock)), *execution_tools(follower, history)], calls
        )
        yield World(tools, calls, journal, pollers, background, upstream, follower)
        await background.settle(60)
        tasks.cancel_scope.cancel()
    await client.aclose()
    if shared is None:
        journal.close()
