"""Webhooks of many accounts, over HTTP: each message wakes the waits of the account whose address it came to."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from tests.unit.protocol.test_webhooks import FOREIGN, OLD_SECRET, SECRET, HandClock, message
from videogen_mcp.database import sqlite
from videogen_mcp.database.database import DatabaseUnavailable
from videogen_mcp.protocol.webhooks import ENDPOINT_PATH, Receiver
from videogen_mcp.webhook_endpoints import PATH, Listener, WebhookEndpoints

pytestmark = pytest.mark.anyio

ADA, BOB, NOBODY = "a" * 32, "b" * 32, "c" * 32
SECRETS = {ADA: SECRET, BOB: OLD_SECRET}
ACCOUNTS = {ADA: "ada", BOB: "bob"}


@dataclass
class Replica:
    """A server's receiver, and whom it woke."""

    http: httpx.AsyncClient
    endpoints: WebhookEndpoints
    woken: list[tuple[str, str | None]] = field(default_factory=list)

    async def post(self, address: str, *, secret: str = SECRET, name: str = "msg_1") -> httpx.Response:
        headers, body = message(secret=secret, name=name)
        return await self.http.post(f"{PATH}/{address}", content=body, headers=headers)


@asynccontextmanager
async def replica(database: sqlite.Sqlite) -> AsyncIterator[Replica]:
    clock = HandClock()
    endpoints = WebhookEndpoints(database, ("s" * 32,), clock)
    await endpoints.keep()
    woken: list[tuple[str, str | None]] = []
    receiver = Receiver((), lambda execution_id, account: woken.append((execution_id, account)), clock, endpoints)
    app = Starlette(routes=[Route(ENDPOINT_PATH, receiver.answer_endpoint, methods=["POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as http:
        yield Replica(http, endpoints, woken)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Replica]:
    async with sqlite.opened(tmp_path / "shared.sqlite3") as database, replica(database) as here:
        for address, secret in SECRETS.items():
            await here.endpoints.add(address, f"ep_{address[0]}", ACCOUNTS[address], secret)
        yield here


@pytest.mark.parametrize("address", SECRETS)
async def test_a_message_wakes_the_account_of_its_address(address: str, here: Replica) -> None:
    assert (await here.post(address, secret=SECRETS[address])).status_code == 204
    assert here.woken == [("vg_tool_pear", ACCOUNTS[address])]


@pytest.mark.parametrize(
    ("address", "secret"),
    [(ADA, OLD_SECRET), (ADA, FOREIGN), (NOBODY, SECRET), ("short", SECRET), ("A" * 32, SECRET), ("%00" * 32, SECRET)],
)
async def test_foreign_and_unknown_ones_get_one_and_the_same_answer(address: str, secret: str, here: Replica) -> None:
    answer = await here.post(address, secret=secret)
    assert (answer.status_code, answer.text) == (401, "no signature fits a secret of this server")
    assert here.woken == []


async def test_one_id_at_two_addresses_is_two_messages_and_again_is_none(here: Replica) -> None:
    for address in (ADA, BOB, ADA, BOB):
        assert (await here.post(address, secret=SECRETS[address])).status_code == 204
    assert here.woken == [("vg_tool_pear", "ada"), ("vg_tool_pear", "bob")]


async def test_what_one_replica_keeps_another_one_knows(tmp_path: Path) -> None:
    async with (
        sqlite.opened(tmp_path / "shared.sqlite3") as one,
        sqlite.opened(tmp_path / "shared.sqlite3") as other,
        replica(one) as first,
        replica(other) as second,
    ):
        await first.endpoints.add(ADA, "ep_1", "ada", SECRET)
        assert (await second.post(ADA)).status_code == 204
        await first.endpoints.remove("ep_1", "ada")
        assert (await second.post(ADA, name="msg_2")).status_code == 401
    assert second.woken == [("vg_tool_pear", "ada")]


async def test_while_the_database_is_away_the_sender_is_asked_to_come_again(
    here: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(address: str) -> list[Listener]:
        raise DatabaseUnavailable("the database cannot be used: away")

    monkeypatch.setattr(here.endpoints, "at", away)
    answer = await here.post(ADA)
    assert answer.status_code == 503
    assert "again later" in answer.text


async def test_an_endpoint_with_an_empty_secret_believes_nobody(here: Replica) -> None:
    await here.endpoints.add(NOBODY, "ep_c", "carol", "whsec_")
    headers, body = message()
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    headers["webhook-signature"] = "v1," + base64.b64encode(hmac.new(b"", signed, hashlib.sha256).digest()).decode()
    assert (await here.http.post(f"{PATH}/{NOBODY}", content=body, headers=headers)).status_code == 401


async def test_a_server_that_keeps_no_endpoints_has_none(here: Replica) -> None:
    receiver = Receiver((SECRET,), lambda execution_id, account: None, HandClock())
    app = Starlette(routes=[Route(ENDPOINT_PATH, receiver.answer_endpoint, methods=["POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as http:
        assert (await Replica(http, here.endpoints).post(ADA)).status_code == 401
