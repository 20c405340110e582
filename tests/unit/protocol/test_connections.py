"""How many connections the HTTP server takes, over real sockets: who is served, who is refused, and what is logged."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial

import anyio
import anyio.lowlevel
import pytest
import uvicorn
from anyio.abc import SocketStream
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from videogen_mcp import listening
from videogen_mcp.protocol.connections import (
    ACCEPTED_AT_ONCE,
    RETRY_AFTER,
    TOLD_EVERY,
    LimitedListener,
    Limits,
    limited_http,
)

pytestmark = pytest.mark.anyio

SOON = 10.0
"""Seconds within which anything here must have happened, on a machine with other work to do."""

GET = b"GET %s HTTP/1.1\r\nhost: x\r\n\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(f"this is {scope['path']}")(scope, receive, send)


def limits(most: int = 2, spare: int = 2) -> Limits:
    return Limits(most, spare, always=frozenset({"/health"}))


class Server:
    def __init__(self, server: uvicorn.Server, port: int, held: AsyncExitStack) -> None:
        self._server, self._port, self._held = server, port, held

    @property
    def open(self) -> int:
        return len(self._server.server_state.connections)

    async def connected(self, count: int = 1) -> SocketStream:
        """Open so many connections, wait until the server has counted them, and return the last."""
        for _ in range(count):
            expected = self.open + 1
            stream = await self._held.enter_async_context(await anyio.connect_tcp("127.0.0.1", self._port))
            await self.until(expected)
        return stream

    async def until(self, expected: int) -> None:
        while self.open != expected:
            await anyio.lowlevel.checkpoint()

    async def refused(self) -> bytes:
        """Everything that a new connection is told without asking anything."""
        async with await anyio.connect_tcp("127.0.0.1", self._port) as stream:
            return await rest(stream)


@asynccontextmanager
async def served(given: Limits) -> AsyncIterator[Server]:
    listener = LimitedListener(listening.listener("127.0.0.1", 0), given)
    config = uvicorn.Config(app, http=limited_http(given), lifespan="off", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.capture_signals = anyio.CancelScope  # type: ignore[method-assign,assignment]  # none: it is not a process
    with anyio.fail_after(SOON):
        async with anyio.create_task_group() as tasks, AsyncExitStack() as held:
            port = listener.getsockname()[1]
            tasks.start_soon(partial(server.serve, sockets=[listener]))
            yield Server(server, port, held)
            server.should_exit = server.force_exit = True


async def asked(stream: SocketStream, path: bytes = b"/mcp") -> bytes:
    """The answer to a request on a connection that stays open."""
    await stream.send(GET % path)
    answer = b""
    while b"this is" not in answer:
        answer += await stream.receive()
    return answer


async def rest(stream: SocketStream) -> bytes:
    """What comes until the server closes the connection."""
    return b"".join([piece async for piece in stream])


async def test_above_the_limit_requests_are_refused_until_a_connection_ends() -> None:
    async with served(limits()) as server:
        first = await server.connected()
        await server.connected()
        third = await server.connected()
        await third.send(GET % b"/mcp")
        refused = await rest(third)
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert f"retry-after: {RETRY_AFTER}\r\n".encode() in refused
        assert b"connection: close\r\n" in refused
        assert b"200 OK" in await asked(first)
        await first.aclose()
        await server.until(1)
        assert b"200 OK" in await asked(await server.connected())


async def test_health_is_answered_above_the_limit_and_the_connection_closed() -> None:
    async with served(limits()) as server:
        third = await server.connected(3)
        await third.send(GET % b"/health")
        answer = await rest(third)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"this is /health" in answer


async def test_far_above_the_limit_connections_are_refused_before_they_ask() -> None:
    async with served(limits(most=2, spare=2)) as server:
        await server.connected(4)
        assert (await server.refused()).startswith(b"HTTP/1.1 503 ")
        assert server.open == 4


async def test_a_connection_above_the_limit_has_little_time_for_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videogen_mcp.protocol.connections.SPARE_SECONDS", 0.02)
    monkeypatch.setattr("videogen_mcp.protocol.slow_clients.CHECK_SECONDS", 0.01)
    async with served(limits(most=0)) as server:
        assert await rest(await server.connected()) == b""


async def test_refusals_are_logged_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    few = limits(most=7)
    with caplog.at_level(logging.WARNING):
        for second in range(int(TOLD_EVERY) * 2 + 1):
            few.refused(1_000.0 + second)
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "1 connections were refused",
        "60 connections were refused",
        "60 connections were refused",
    ]


@pytest.mark.parametrize(
    ("files", "most"), [(256, 128), (1024, 768), (4096, 3840), (1_048_576, 10_000)]
)  # ulimit -n, and what a server of 2,000 calls needs
def test_connections_leave_files_for_everything_else(files: int, most: int) -> None:
    found = Limits.of(files, frozenset())
    assert found.most == most
    assert found.most + found.spare + ACCEPTED_AT_ONCE < files


@contextmanager
def no_file_left() -> Iterator[None]:
    """This process cannot open another file."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of open files to lower")
def test_without_a_file_left_connections_are_refused_by_the_one_that_is_kept_back() -> None:
    with LimitedListener(listening.listener("127.0.0.1", 0), limits()) as listener:
        listener.settimeout(SOON)
        clients = [socket.create_connection(listener.getsockname(), timeout=SOON) for _ in range(3)]
        with no_file_left():
            for client in clients:
                with pytest.raises(BlockingIOError):
                    listener.accept()
                assert client.recv(1000).startswith(b"HTTP/1.1 503 ")
        for client in clients:
            client.close()
        with socket.create_connection(listener.getsockname(), timeout=SOON), listener.accept()[0] as served_again:
            assert served_again.fileno() >= 0


def test_the_event_loop_has_its_turn_between_connections() -> None:
    with LimitedListener(listening.listener("127.0.0.1", 0), limits()) as listener:
        clients = [socket.create_connection(listener.getsockname()) for _ in range(ACCEPTED_AT_ONCE + 1)]
        taken = [listener.accept()[0] for _ in range(ACCEPTED_AT_ONCE)]
        with pytest.raises(BlockingIOError):
            listener.accept()
        taken.append(listener.accept()[0])
        for one in (*clients, *taken):
            one.close()
