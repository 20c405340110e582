"""What the client's tests share: a clock that never makes anybody wait, a scripted service, the contract."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.abc import SocketAttribute, SocketStream
from jsonschema import Draft202012Validator

from videogen_mcp.api.client import VideoGen

KEY = "sk_videogen_live_0123456789abcdef"
CONTRACTS = Path(__file__).resolve().parents[2] / "contract"
METHODS = ("get", "put", "post", "delete", "patch")


@dataclass
class FakeClock:
    """Time that only passes when somebody sleeps, and then at once."""

    now: float = 1_000.0
    unix: float = 1_790_000_000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.unix

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.unix += seconds


Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class Service:
    """Gives the answers it was given, in order (the last answer again and again), and keeps what it was asked."""

    answers: list[Answer] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)

    def will(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return answer(request)

    @property
    def asked(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.requests]


@dataclass
class Contract:
    """One era's document: finds operations and checks what is sent and answered."""

    document: dict[str, Any]

    def operations(self) -> set[tuple[str, str]]:
        return {(m, path) for path, item in self.document["paths"].items() for m in METHODS if m in item}

    def match(self, method: str, path: str) -> str:
        """The template of an operation's path. Fails when the era has no such operation."""
        for found, template in sorted(self.operations(), key=lambda entry: entry[1].count("{")):
            parts, wanted = path.split("/"), template.split("/")
            fits = len(parts) == len(wanted) and all(w in (p, "{" + w[1:]) for p, w in zip(parts, wanted, strict=True))
            if found == method.lower() and fits:
                return template
        raise AssertionError(f"the contract has no {method} {path}")

    def problems(self, schema: dict[str, Any], value: Any) -> list[str]:
        whole = {**schema, "components": self.document["components"]}
        return [error.message for error in Draft202012Validator(whole).iter_errors(value)]

    def request_schema(self, method: str, template: str) -> dict[str, Any] | None:
        body = self.document["paths"][template][method.lower()].get("requestBody")
        return None if body is None else body["content"]["application/json"]["schema"]

    def parameters(self, method: str, template: str) -> dict[str, dict[str, Any]]:
        listed = self.document["paths"][template][method.lower()].get("parameters", [])
        shared = self.document["components"].get("parameters", {})
        found = [shared[p["$ref"].rsplit("/", 1)[1]] if "$ref" in p else p for p in listed]
        return {p["name"]: p["schema"] for p in found if p["in"] == "query"}

    def success(self, method: str, template: str) -> tuple[int, dict[str, Any] | None]:
        responses = self.document["paths"][template][method.lower()]["responses"]
        status = next(code for code in responses if code.startswith("2"))
        content = responses[status].get("content")
        return int(status), None if content is None else content["application/json"]["schema"]

    def properties(self, schema: dict[str, Any]) -> set[str]:
        """Names of the fields an object may have."""
        if "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return set(schema["properties"])


@pytest.fixture(scope="session")
def contracts() -> dict[str, Contract]:
    """By dialect name."""
    return {
        dialect: Contract(json.loads((CONTRACTS / f"openapi-{era}.json").read_text(encoding="utf-8")))
        for dialect, era in (("v0", "seed"), ("v2", "current"))
    }


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def key() -> str:
    return KEY


Make = Callable[..., VideoGen]


@pytest.fixture
async def make(service: Service, clock: FakeClock) -> AsyncIterator[Make]:
    """Builds clients (today's dialect unless asked for the other) and closes them."""
    made: list[VideoGen] = []

    def build(**changes: Any) -> VideoGen:
        settings: dict[str, Any] = {
            "api_key": KEY,
            "base_url": "https://api.example",
            "dialect": "v2",
            "transport": httpx.MockTransport(service),
            "clock": clock,
            "random": lambda: 0.0,
            **changes,
        }
        made.append(VideoGen(**settings))
        return made[-1]

    yield build
    for client in made:
        await client.aclose()


@pytest.fixture
def client(make: Make) -> VideoGen:
    return make()


Handler = Callable[["Peer"], Awaitable[None]]


@dataclass
class Peer:
    """One connection seen from the server, byte by byte."""

    stream: SocketStream

    async def request(self) -> bytes:
        """One whole request: head and, as its Content-Length says, body. Empty when the client left."""
        received = b""
        with suppress(anyio.EndOfStream, anyio.BrokenResourceError):
            while b"\r\n\r\n" not in received:
                received += await self.stream.receive()
        if b"\r\n\r\n" not in received:
            return b""
        head, _, body = received.partition(b"\r\n\r\n")
        length = next((int(x.split(b":")[1]) for x in head.lower().split(b"\r\n") if b"content-length:" in x), 0)
        while len(body) < length:
            more = await self.stream.receive()
            received, body = received + more, body + more
        return received

    async def say(self, data: bytes) -> None:
        await self.stream.send(data)

    async def reset(self) -> None:
        """End the connection with a TCP reset instead of a farewell."""
        raw = self.stream.extra(SocketAttribute.raw_socket)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await self.stream.aclose()


@dataclass
class WireServer:
    """A TCP server on loopback that does to every connection what its handler says."""

    url: str
    connections: int = 0


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Handler], Awaitable[WireServer]]]:
    """Starts wire servers; they end with the test."""
    listeners: list[Any] = []
    async with anyio.create_task_group() as tasks:

        async def start(handler: Handler) -> WireServer:
            listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
            listeners.append(listener)
            server = WireServer(f"http://127.0.0.1:{listener.extra(SocketAttribute.local_port)}")

            async def connected(stream: SocketStream) -> None:
                server.connections += 1
                async with stream:
                    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream):
                        await handler(Peer(stream))

            tasks.start_soon(listener.serve, connected)
            return server

        yield start
        tasks.cancel_scope.cancel()
    for listener in listeners:
        await listener.aclose()
