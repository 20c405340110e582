"""What the benches of the HTTP server share: the service behind it, the server in a process of its own that watches
its event loop, and callers on the bare wire, who cost less than an MCP client each.

    python -m bench.hosting       the server of these benches; lines on stdin ask it, JSON lines on stdout answer
"""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import SocketStream

from tests.e2e.wire import environment
from videogen_mcp.protocol import http
from videogen_mcp.server import open_shared_server
from videogen_mcp.settings import Settings

TICK = 0.01
"""Seconds between two looks at the clock of the event loop."""

PYTHONS_OWN = (700, 10, 10)
"""Thresholds of garbage collection that Python begins with (gc.set_threshold, up to 3.12)."""

ENDLESS = 36_000
"""Seconds that an execution takes whose call is to wait."""

VERSION = "2026-07-28"

LAST = 2_000
"""Bytes of a stream that are kept, to tell why it ended."""


# -- the server --------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def watched(settings: Settings) -> AsyncIterator[http.Served]:
    """What `serve --transport http` opens, and beside it what answers the bench."""
    async with open_shared_server(settings) as served, anyio.create_task_group() as tasks:
        lags: list[float] = []
        tasks.start_soon(_watch, lags)
        tasks.start_soon(_answer, lags)
        yield served
        tasks.cancel_scope.cancel()


async def _watch(lags: list[float]) -> None:
    """Note how late the loop is by its own work: what other processes of this machine take is left out."""
    while True:
        due, used = time.perf_counter() + TICK, time.thread_time()
        await anyio.sleep(TICK)
        late = max(time.perf_counter() - due, 0.0)
        lags.append(min(late, time.thread_time() - used))


async def _answer(lags: list[float]) -> None:
    """Do what each line of stdin says and answer it with a line."""
    while True:
        await anyio.wait_readable(sys.stdin)
        asked = sys.stdin.readline().strip()
        found: dict[str, float] = {}
        if asked == "":
            return
        if asked == "python's gc":
            gc.unfreeze()
            gc.set_threshold(*PYTHONS_OWN)
        elif asked == "trace":
            tracemalloc.start()
        elif asked == "traced":
            gc.collect()
            found = await anyio.to_thread.run_sync(_traced)
        elif asked == "settle":
            gc.collect()
            await anyio.sleep(2 * TICK)  # so that this is not among what is found
            lags.clear()
        elif asked == "lags":
            late = sorted(lags)
            found = {"p50": late[len(late) // 2], "p99": late[int(len(late) * 0.99)], "most": late[-1]}
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


def _traced() -> dict[str, float]:
    """Bytes by package that were allocated since the trace began and are still there."""
    found: dict[str, float] = {}
    for one in tracemalloc.take_snapshot().statistics("filename"):
        file = one.traceback[0].filename
        package = re.search(r"site-packages/(\w+)|/(videogen_mcp|asyncio)/", file)
        name = next((part for part in package.groups() if part), "") if package else "other"
        found[name] = found.get(name, 0.0) + one.size
    return found


@dataclass
class Server:
    """A server process, and what the bench asks it."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def ask(self, what: str) -> dict[str, float]:
        """Have it do something; return what it found."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    @property
    def resident(self) -> int:
        """Bytes it has in memory."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def cpu_seconds(pids: Sequence[int]) -> float:
    """What processes have used so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def service(seconds: float) -> Iterator[str]:
    """A VideoGen in a process of its own whose executions take `seconds`; yield its base URL."""
    command = [sys.executable, "-m", "tests.hosted.service", "0", str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@contextmanager
def server(base_url: str, *, command: Sequence[str] = (), prefix: Sequence[str] = ()) -> Iterator[Server]:
    """A server whose calls wait to the end; it serves from the account of "sk_bench" who brings no key of his own.

    `command`: another one than this module, which then is not asked; `prefix` comes before it.
    """
    settings = {
        "VIDEOGEN_API_KEY": "sk_bench",
        "VIDEOGEN_BASE_URL": base_url,
        "VIDEOGEN_MCP_WAIT": "completion",
        "VIDEOGEN_MCP_MAX_EXECUTIONS": "100000",
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        (Path(folder) / "log").open("w+") as log,
        subprocess.Popen(
            [*prefix, *(command or [sys.executable, "-m", "bench.hosting"])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment(Path(folder) / "state", **settings),
        ) as process,
    ):
        try:
            yield Server(process, _port(Path(log.name), process), Path(log.name))
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()


def _port(log: Path, process: subprocess.Popen[str]) -> int:
    while process.poll() is None:
        if found := re.search(r"listens on http://\S+:(\d+)/mcp", log.read_text()):
            return int(found[1])
        time.sleep(0.05)
    raise SystemExit(log.read_text())


# -- callers -----------------------------------------------------------------------------------------------------------


@dataclass
class Callers:
    """Callers of one server. `accepted` counts calls whose execution is known, `progress` messages, `ended` streams."""

    port: int
    accepted: int = 0
    progress: int = 0
    ended: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    last: bytes = b""
    """What came last on a stream that ended."""

    async def wait(self, number: int, key: str) -> None:
        """Make a picture and hear of it until the stream ends."""
        arguments = {"prompt": f"pear {number}"}
        params = {"name": "generate_image", "arguments": arguments, "_meta": {"progressToken": number}}
        with suppress(anyio.BrokenResourceError, anyio.EndOfStream):
            async with await anyio.connect_tcp("127.0.0.1", self.port) as stream:
                await stream.send(self.request("tools/call", params, {"x-videogen-api-key": key}))
                await self._hear(stream)
        self.ended += 1

    async def _hear(self, stream: SocketStream) -> None:
        known, first = False, True
        heard = b""
        async for piece in stream:
            heard = (heard + piece)[-LAST:]
            if first:
                status = piece[9:12].decode()
                self.statuses[status] = self.statuses.get(status, 0) + 1
                first = False
            self.progress += piece.count(b"notifications/progress")
            if not known and b"vg_tool_" in piece:
                known = True
                self.accepted += 1
            if b'"result"' in heard:
                break
        self.last = heard

    def request(self, method: str, params: Mapping[str, Any], headers: Mapping[str, str]) -> bytes:
        """Return a request of today's protocol as it is sent."""
        meta = {
            "io.modelcontextprotocol/protocolVersion": VERSION,
            "io.modelcontextprotocol/clientInfo": {"name": "load", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
            **params.get("_meta", {}),
        }
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
        body = json.dumps(message).encode()
        named = {"mcp-name": params["name"]} if "name" in params else {}
        lines = {
            "host": f"127.0.0.1:{self.port}",
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": VERSION,
            "mcp-method": method,
            "content-length": str(len(body)),
            **named,
            **headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"POST /mcp HTTP/1.1\r\n{head}\r\n".encode() + body


if __name__ == "__main__":
    found = Settings.from_environment(os.environ)
    http.serve(watched, found, "127.0.0.1", 0)
