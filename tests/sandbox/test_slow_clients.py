"""Time limits of connections, over real sockets. The checks that a timer makes are made by hand."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import anyio
import pytest
import uvicorn
from anyio.abc import SocketStream
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tests.sandbox import waiting
from videogen_mcp.protocol import http as mcp_http
from videogen_mcp.protocol import slow_clients as of_the_server
from videogen_mcp.protocol.connections import LimitedHttp
from videogen_sandbox.process import serving
from videogen_sandbox.process import slow_clients as of_the_sandbox

pytestmark = pytest.mark.anyio

SOON = 20.0
"""Seconds of real time after which a test has failed."""

LARGE = 16_000_000
"""Bytes of a response that no socket's buffers hold."""

REQUEST_CHECKS = int(of_the_sandbox.REQUEST_SECONDS / of_the_sandbox.CHECK_SECONDS)
HEAD_CHECKS = int(of_the_sandbox.HEAD_SECONDS / of_the_sandbox.CHECK_SECONDS)
RESPONSE_CHECKS = int(of_the_sandbox.RESPONSE_SECONDS / of_the_sandbox.CHECK_SECONDS)
LEAST = of_the_sandbox.LEAST_BYTES


@pytest.fixture(params=[of_the_sandbox, of_the_server], ids=["sandbox", "server"])
def module(request: pytest.FixtureRequest) -> ModuleType:
    found: ModuleType = request.param
    return found


class Service:
    """A server with one connection to it."""

    def __init__(self, server: uvicorn.Server, stream: SocketStream, requests: list[str]) -> None:
        self.server = server
        self.stream = stream
        self.requests = requests

    @property
    def connection(self) -> Any:
        (found,) = self.server.server_state.connections
        return found

    async def send(self, data: bytes) -> None:
        """Send, and wait until the server has all of it."""
        before = self.connection._received
        await self.stream.send(data)
        await self.until(lambda: self.connection._received >= before + len(data))

    def check(self, times: int) -> None:
        for _ in range(times):
            self.connection.check()

    async def rest(self) -> bytes:
        """What the server sends until it closes the connection."""
        found = b""
        with anyio.fail_after(SOON):
            try:
                while True:
                    found += await self.stream.receive()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return found

    async def until(self, fits: Callable[[], bool]) -> None:
        with anyio.fail_after(SOON):
            await waiting.until(fits)


@asynccontextmanager
async def service(module: ModuleType) -> AsyncIterator[Service]:
    requests: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        requests.append(request.url.path)
        if request.url.path == "/wait":
            await anyio.sleep_forever()
        try:
            size = len(await request.body()) if request.url.path != "/refuse" else 0
        except ClientDisconnect:
            requests.append("disconnected")
            return
        body = b"x" * LARGE if request.url.path == "/large" else str(size).encode()
        await Response(body, status_code=409 if request.url.path == "/refuse" else 200)(scope, receive, send)

    config = uvicorn.Config(
        app, http=module.BoundedHttp, lifespan="off", log_config=None, timeout_graceful_shutdown=1, port=0
    )
    server = uvicorn.Server(config)
    server.capture_signals = anyio.CancelScope  # type: ignore[method-assign,assignment]  # none: it is not a process
    async with anyio.create_task_group() as group:
        group.start_soon(server.serve)
        with anyio.fail_after(SOON):
            await waiting.until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            one = Service(server, stream, requests)
            await one.until(lambda: bool(server.server_state.connections))
            yield one
        server.should_exit = server.force_exit = True


@pytest.mark.parametrize(
    "sent",
    [
        b"G",
        b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ",
        b"PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf",
        b"PUT / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 4000000000\r\n\r\n" + b"x" * 10_000,
    ],
)
async def test_a_request_that_stops_is_refused(module: ModuleType, sent: bytes) -> None:
    async with service(module) as one:
        await one.send(sent)
        one.check(REQUEST_CHECKS + 1)
        answer = await one.rest()
        assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert b"too slowly" in answer
        await one.until(lambda: not one.server.server_state.connections)
        assert one.requests == ([] if b"PUT" not in sent else ["/", "disconnected"])


@pytest.mark.parametrize(
    ("begins", "checks"),
    [
        (b"GET / HTTP/1.1\r\nhost: x\r\n", HEAD_CHECKS),
        (b"PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n", REQUEST_CHECKS + 1),
    ],
    ids=["head", "body"],
)
async def test_a_request_that_trickles_is_refused(module: ModuleType, begins: bytes, checks: int) -> None:
    async with service(module) as one:
        await one.send(begins)
        for number in range(checks - 1):
            await one.send(b"x-%d: y\r\n" % number)
            one.check(1)
        assert not one.connection.transport.is_closing()
        await one.send(b"x: y\r\n")
        one.check(1)
        assert (await one.rest()).startswith(b"HTTP/1.1 408 ")


async def test_a_connection_without_a_request_is_closed_without_a_word(module: ModuleType) -> None:
    async with service(module) as one:
        one.check(REQUEST_CHECKS)
        assert await one.rest() == b""


async def test_the_rest_of_a_refused_body_is_not_waited_for(module: ModuleType) -> None:
    async with service(module) as one:
        await one.send(b"PUT /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 4000000000\r\n\r\n")
        assert (await one.stream.receive()).startswith(b"HTTP/1.1 409 ")
        await one.send(b"x" * 100)
        one.check(REQUEST_CHECKS + 1)
        assert b"HTTP/" not in await one.rest()


async def test_an_upload_that_makes_progress_may_take_as_long_as_it_needs(module: ModuleType) -> None:
    parts = 100
    async with service(module) as one:
        await one.send(b"PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % (LEAST * parts))
        for _ in range(parts):
            one.check(REQUEST_CHECKS - 1)
            await one.send(b"x" * LEAST)
            one.check(1)
        assert (await one.stream.receive()).startswith(b"HTTP/1.1 200 ")


async def test_a_response_may_take_as_long_as_it_needs(module: ModuleType) -> None:
    async with service(module) as one:
        await one.send(b"POST /wait HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}")
        one.check(10 * RESPONSE_CHECKS)
        assert not one.connection.transport.is_closing()


async def test_a_connection_that_is_used_again_and_again_stays(module: ModuleType) -> None:
    async with service(module) as one:
        for _ in range(10):
            await one.send(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            assert (await one.stream.receive()).startswith(b"HTTP/1.1 200 ")
            one.check(REQUEST_CHECKS - 1)


async def test_a_response_that_is_not_taken_ends_the_connection(module: ModuleType) -> None:
    async with service(module) as one:
        await one.send(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
        await one.until(lambda: one.connection.transport.get_write_buffer_size() > 0)
        one.check(RESPONSE_CHECKS + 1)
        assert len(await one.rest()) < LARGE


async def test_a_response_that_is_taken_slowly_arrives(module: ModuleType) -> None:
    async with service(module) as one:
        await one.send(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
        connection, transport = one.connection, one.connection.transport
        found = 0
        with anyio.fail_after(SOON):
            while found < LARGE:
                goal = max(transport.get_write_buffer_size() - LEAST, 0)
                while found < LARGE and transport.get_write_buffer_size() >= goal:
                    found += len(await one.stream.receive(1_000_000))
                for _ in range(RESPONSE_CHECKS - 1):
                    connection.check()
        assert found > LARGE


async def test_a_timer_makes_the_checks(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.01)
    monkeypatch.setattr(module, "REQUEST_SECONDS", 0.05)
    async with service(module) as one:
        assert await one.rest() == b""


def test_both_servers_have_the_same_limits() -> None:
    assert inspect.getsource(of_the_server) == inspect.getsource(of_the_sandbox)
    assert issubclass(LimitedHttp, of_the_server.BoundedHttp)
    for module, chosen in ((mcp_http, "limited_http(limits)"), (serving, "BoundedHttp")):
        assert f"http={chosen}" in inspect.getsource(module)
