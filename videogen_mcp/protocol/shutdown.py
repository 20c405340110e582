"""Ending an HTTP server in order, in bounded time: waiting calls are answered, then requests are ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Generator
from types import FrameType

import anyio
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from videogen_mcp import listening

NOTICE = 2.0
"""Seconds between the request to end and the end of listening, where a balancer is to learn from /ready that it should
send its requests elsewhere. All of them together must fit into HARD_EXIT."""

TICK = 0.1
"""Seconds between two looks whether somebody asked twice."""

LAST_ANSWERS = 4.0
"""Longest wait, in seconds, until every call whose execution is known has its answer. It takes milliseconds; only a
machine without time for this process needs more."""

DRAIN = 1.0
"""Seconds after that for the bytes of these answers, and for calls that have nothing to answer yet."""

CUT = 6
"""Whole seconds until connections that are still open are dropped; by then they had their last byte."""

LEAVING = "This server is shutting down; try again in a moment."
RETRY_AFTER = 1
"""Whole seconds after which whoever was not answered may try again, at another replica or a new process."""

HARD_EXIT = 9.0
"""Seconds from the request to end until the process ends whatever hangs; supervisors kill after 10."""


class Requests:
    """The requests under way, so that they can be ended in order: answered with 503, or their stream closed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._running: set[anyio.CancelScope] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        response = _Response(send)
        with anyio.CancelScope() as running:
            self._running.add(running)
            try:
                await self._app(scope, receive, response)
            finally:
                self._running.discard(running)
        if not running.cancelled_caught:
            return
        if not response.began:
            leaving = PlainTextResponse(LEAVING, 503, {"retry-after": str(RETRY_AFTER)})
            await leaving(scope, receive, send)
        elif not response.ended:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def end(self) -> None:
        """Stop waiting for them."""
        for running in list(self._running):
            running.cancel()


class _Response:
    """Sends a response, and knows how far it is."""

    __slots__ = ("_send", "began", "ended")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.began = self.ended = False

    def __call__(self, message: Message) -> Awaitable[None]:
        self.began = True
        self.ended = message["type"] == "http.response.body" and not message.get("more_body")
        return self._send(message)


class Server(uvicorn.Server):
    """Ends once, in bounded time, when it is told to; what comes after it in the process still runs.

    `ready` is called when it answers. When it is told to end, `leaving` is called; `notice` seconds later it listens no
    more. Then `exiting` is awaited, at most LAST_ANSWERS seconds, and `over` is called DRAIN seconds later.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        ready: Callable[[], None],
        leaving: Callable[[], None],
        exiting: Callable[[], Awaitable[None]],
        over: Callable[[], None],
        notice: float = 0.0,
    ) -> None:
        super().__init__(config)
        self._ready, self._leaving, self._exiting, self._over = ready, leaving, exiting, over
        self._notice = notice
        self._last_resort = threading.Timer(HARD_EXIT, os._exit, [1])
        self._last_resort.daemon = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then call `ready`."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that the server is leaving, then have waiting calls answered while uvicorn closes its connections."""
        self._leaving()
        await self._give_notice()
        async with anyio.create_task_group() as draining:
            draining.start_soon(self._drain)
            await super().shutdown(sockets)
            draining.cancel_scope.cancel()

    async def _give_notice(self) -> None:
        for _ in range(round(self._notice / TICK)):
            if not self.force_exit:
                await anyio.sleep(TICK)

    async def _drain(self) -> None:
        with anyio.move_on_after(LAST_ANSWERS):
            await self._exiting()
        await anyio.sleep(DRAIN)
        self._over()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """As uvicorn, but the signals are not raised again at the end: the journal must still be closed.

        The handler is a function, not a method of this server: sse-starlette finds a uvicorn server behind a method and
        closes every stream within half a second of the signal, answered or not (`_get_uvicorn_server` there).
        """

        def asked_to_exit(number: int, frame: FrameType | None) -> None:
            self._asked_to_exit()

        before = {number: signal.signal(number, asked_to_exit) for number in listening.ENDING_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def end(self) -> None:
        """End as on the first signal; nothing new if it ends already."""
        if not self.should_exit:
            self._asked_to_exit()

    def _asked_to_exit(self) -> None:
        self.force_exit = self.should_exit  # Whoever asks twice does not want to wait.
        if not self.should_exit:
            self._last_resort.start()
        self.should_exit = True
