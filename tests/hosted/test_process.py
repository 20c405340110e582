"""A hosted server in a process of its own: what it refuses is refused on the wire too, and it leaves in order."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.listening import LEAVES_IN, Listening, listening
from tests.hosted.service import Service, serving

KEY, TOKEN = "sk_ours_0123456789", "3f" * 16
HUGE = 500_000_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Listening]:
    """A server with a key and a token."""
    with serving(Service()) as address:
        settings = {"VIDEOGEN_API_KEY": KEY, "VIDEOGEN_BASE_URL": address, "VIDEOGEN_MCP_HTTP_TOKEN": f"ci:{TOKEN}"}
        with listening(tmp_path, settings=settings) as one:
            yield one


def answer_to(server: Listening, head: list[str], body: bytes = b"") -> bytes:
    """What a request on the bare wire brings until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as stream:
        stream.sendall("\r\n".join([*head, "", ""]).encode() + body)
        found = b""
        while piece := stream.recv(65_536):
            found += piece
    return found


REFUSED: list[tuple[list[str], bytes]] = [
    (["host: localhost"], b"401"),
    (["host: localhost", f"authorization: Bearer {KEY}"], b"401"),
    (["host: localhost", "authorization: Bearer", f" {TOKEN}\x00"], b"400"),
    (["host: localhost", "x-videogen-api-key: sk_a", " b"], b"401"),
    (["host: evil.example", f"authorization: Bearer {TOKEN}"], b"421"),
    ([f"authorization: Bearer {TOKEN}"], b"400"),
    (["host: localhost", f"content-length: {HUGE}"], b"413"),
    (["host: localhost", f"content-length: {HUGE}", f"authorization: Bearer {TOKEN}"], b"413"),
    (["host: localhost", "expect: 100-continue", f"content-length: {HUGE}"], b"413"),
]
"""Headers, those of a folded line too, and the status that they bring before any more of a body is sent."""


def test_what_is_not_taken_is_refused_at_once_and_the_connection_closed(server: Listening) -> None:
    for lines, status in REFUSED:
        length = [] if any("content-length" in line for line in lines) else ["content-length: 2"]
        answer = answer_to(server, ["POST /mcp HTTP/1.1", *length, *lines], b"{}")
        assert answer.startswith(b"HTTP/1.1 " + status), lines
        assert b"connection: close" in answer.lower()
    assert TOKEN not in server.log
    assert KEY not in server.log
    server.process.kill()
    server.process.wait()  # How it leaves is another test's.


def test_a_server_that_is_told_to_end_says_so_before_it_stops_listening(server: Listening) -> None:
    with httpx.Client(base_url=server.url) as web:
        assert web.get("/ready").json() == {"status": "ready"}
        server.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        while (answer := web.get("/ready")).status_code == 200:
            assert time.monotonic() < began + LEAVES_IN
        assert answer.status_code == 503
        assert answer.json()["reasons"] == ["The server is about to exit"]
        assert web.get("/health").status_code == 200
    assert server.process.wait(LEAVES_IN) == 0
