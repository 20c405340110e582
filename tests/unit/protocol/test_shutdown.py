"""An HTTP server ends in order: what waits is answered, and nothing hangs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest
import uvicorn
from sse_starlette import EventSourceResponse
from starlette.types import Message, Receive, Scope, Send

from tests.virtual import run_virtually
from videogen_mcp.protocol import shutdown


async def stream(scope: Scope, receive: Receive, send: Send) -> None:
    """An event stream as the MCP SDK makes them, which ends with an answer after a slow while."""

    async def answer() -> AsyncIterator[str]:
        await anyio.sleep(shutdown.LAST_ANSWERS / 2)
        yield "the answer"

    await EventSourceResponse(answer())(scope, receive, send)


def nothing() -> None:
    """Wakes nobody."""


async def nobody_waits() -> None:
    """No call has to be answered."""


async def still_connected() -> Message:
    """The client's end of a connection that it keeps."""
    await anyio.sleep_forever()
    raise AssertionError


def test_a_signal_leaves_streams_open_until_they_are_answered() -> None:
    server = shutdown.Server(uvicorn.Config(stream), ready=nothing, leaving=nothing, exiting=nobody_waits, over=nothing)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def main() -> None:
        with server.capture_signals():
            server.should_exit = True
            await stream({"type": "http", "method": "GET"}, still_connected, send)

    run_virtually(main)
    assert b"the answer" in b"".join(message.get("body", b"") for message in sent)


def slow_leaving(seconds: float) -> list[float]:
    """At which seconds the last requests are ended, when the last answers take so long."""
    ended: list[float] = []

    async def main() -> None:
        async def leaving() -> None:
            await anyio.sleep(seconds)

        server = shutdown.Server(
            uvicorn.Config(stream),
            ready=nothing,
            leaving=nothing,
            exiting=leaving,
            over=lambda: ended.append(anyio.current_time()),
        )
        await server._drain()

    run_virtually(main)
    return ended


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.0, shutdown.DRAIN), (3.0, 3.0 + shutdown.DRAIN), (60.0, shutdown.LAST_ANSWERS + shutdown.DRAIN)],
)
def test_the_last_answers_are_waited_for_within_a_limit(seconds: float, expected: float) -> None:
    assert slow_leaving(seconds) == [pytest.approx(expected)]


def test_connections_are_dropped_after_the_last_answers_and_before_the_process_is_ended() -> None:
    assert shutdown.LAST_ANSWERS + shutdown.DRAIN < shutdown.CUT
    assert shutdown.NOTICE + shutdown.CUT < shutdown.HARD_EXIT
