"""A whole hosted server in this process: webhooks of two accounts, from create_webhook to the call that waits."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from tests.hosted.agents import Agent
from tests.hosted.service import IN_MEMORY, Service
from videogen_mcp.database import sqlite
from videogen_mcp.executions.poller import Pollers
from videogen_mcp.protocol import http
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings

pytestmark = pytest.mark.anyio

ADA, BOB = "sk_ada_0123456789", "sk_bob_0123456789"
PUBLIC = "https://videogen.example.com"


@dataclass
class Replica:
    """A server, the service behind it, and its callers."""

    service: Service
    web: httpx.AsyncClient
    pollers: Pollers

    @property
    def waits(self) -> int:
        """How many executions are waited for."""
        return sum(poller.in_flight for poller in self.pollers._pollers.values())

    async def call(self, key: str, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool with a key and return the structure of the answer."""
        answer = await Agent(self.web, key).call(PUBLIC, tool, **arguments)
        return dict(answer.structured)

    async def hear(self, url: str, secret: str, execution_id: str) -> int:
        """Send what VideoGen sends when an execution ends, and return the status."""
        body = json.dumps({"event": "tool_execution.succeeded", "toolExecutionId": execution_id})
        now = datetime.now(timezone.utc)
        signature = Webhook(secret).sign("msg_1", now, body)
        headers = {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        return (await self.web.post(urlsplit(url).path, content=body, headers=headers)).status_code


@asynccontextmanager
async def replica(folder: Path, service: Service | None = None, **changes: Any) -> AsyncIterator[Replica]:
    """Serve; `service`: several replicas do, before the same one."""
    several = service is not None
    service = service or Service(seconds=3_600.0)
    settings = Settings(
        base_url=IN_MEMORY,
        state_dir=folder,
        hosted=True,
        public_url=PUBLIC,
        allowed_hosts=("videogen.example.com",),
        secrets=("s" * 32,),
        poll_interval=600.0,  # so that nothing but an event has anything polled
        toolsets=frozenset({"workflows", "executions", "webhooks"}),
    )
    settings = replace(settings, **changes)
    async with (
        sqlite.opened(folder / "shared.sqlite3") as database,
        open_parts(
            settings, local_files=False, transport=service.transport, database=database, several=several
        ) as parts,
    ):
        wake, hurry = parts.pollers.wake, parts.calls.hurry
        app = http.application(
            http.Served(build_handlers(parts).server(), parts.clock, wake, hurry, parts.endpoints), settings
        )
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=PUBLIC) as web,
        ):
            yield Replica(service, web, parts.pollers)


async def test_an_event_ends_the_wait_of_its_account_and_of_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with replica(tmp_path) as here:
        urls = {key: (await here.call(key, "create_webhook"))["url"] for key in (ADA, BOB)}
        secrets = {key: here.service.accounts[key].webhooks[url] for key, url in urls.items()}
        started = await here.call(ADA, "generate_image", prompt="a pear", wait_seconds=0)
        execution_id = started["execution_id"]
        ada = here.service.account(ADA)
        answers: list[dict[str, Any]] = []

        async def wait() -> None:
            answers.append(await here.call(ADA, "wait_for_execution", execution_id=execution_id, wait_seconds=60))

        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(wait)
                while not here.waits:
                    await anyio.lowlevel.checkpoint()
                assert await here.hear(urls[BOB], secrets[ADA], execution_id) == 401
                assert await here.hear(urls[BOB], secrets[BOB], execution_id) == 204
                ada.jobs[execution_id].seconds = 0.0
                assert await here.hear(urls[ADA], secrets[ADA], execution_id) == 204
    assert ada.requests["execution"] == 1
    assert [answer["status"] for answer in answers] == ["succeeded"]
    for secret in (*secrets.values(), ADA, BOB):
        assert secret not in caplog.text
    written = content_of(tmp_path)
    assert urlsplit(urls[ADA]).path.rpartition("/")[2].encode() in written
    assert secrets[ADA].encode() not in written


def content_of(folder: Path) -> bytes:
    """All that the database has written, its log included."""
    return b"".join(file.read_bytes() for file in folder.glob("shared.sqlite3*"))


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ({"public_url": None}, "VIDEOGEN_MCP_PUBLIC_URL (where VideoGen reaches it) is not set"),
        ({"secrets": ()}, "VIDEOGEN_MCP_SECRETS (which seals the signing secrets that it keeps) is not set"),
        ({"hosted": False, "api_key": ADA}, "it is not a hosted server"),
    ],
)
async def test_what_is_not_set_is_named_before_anything_is_made(
    missing: dict[str, Any], named: str, tmp_path: Path
) -> None:
    async with replica(tmp_path, **missing) as here:
        answer = await here.call(ADA, "create_webhook")
    assert answer["error"]["code"] == "bad_setting"
    assert named in answer["error"]["message"]
    assert here.service.account(ADA).webhooks == {}


async def test_an_event_at_any_replica_ends_the_wait_at_another(tmp_path: Path) -> None:
    service = Service(seconds=3_600.0)
    ada, answers = service.account(ADA), []

    async with replica(tmp_path, service) as waiting, replica(tmp_path, service) as hearing:
        url = (await hearing.call(ADA, "create_webhook"))["url"]
        execution_id = (await waiting.call(ADA, "generate_image", prompt="a pear", wait_seconds=0))["execution_id"]

        async def wait() -> None:
            answers.append(await waiting.call(ADA, "wait_for_execution", execution_id=execution_id, wait_seconds=60))

        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(wait)
                while not waiting.waits:
                    await anyio.lowlevel.checkpoint()
                ada.jobs[execution_id].seconds = 0.0
                assert await hearing.hear(url, ada.webhooks[url], execution_id) == 204
    assert [answer["status"] for answer in answers] == ["succeeded"]


async def test_what_two_replicas_wait_for_one_of_them_polls(tmp_path: Path) -> None:
    service = Service(seconds=3.0)
    ada, answers = service.account(ADA), []

    async with replica(tmp_path, service, poll_interval=None) as one, replica(tmp_path, service) as other:
        execution_id = (await one.call(ADA, "generate_image", prompt="a pear", wait_seconds=0))["execution_id"]

        async def wait(at: Replica) -> None:
            answers.append(await at.call(ADA, "wait_for_execution", execution_id=execution_id, wait_seconds=60))

        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(wait, one)
                while not ada.requests.get("execution"):
                    await anyio.lowlevel.checkpoint()
                tasks.start_soon(wait, other)  # by itself it would poll after ten minutes
    assert [answer["status"] for answer in answers] == ["succeeded", "succeeded"]
