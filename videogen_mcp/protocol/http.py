"""MCP over Streamable HTTP, for clients on this machine: one server for several programs, and a place for webhooks.

/mcp speaks both protocol eras without sessions, /health says that it runs, /webhooks/videogen hears of ends. There is
no login yet and every caller spends the same key, so nothing but loopback is listened on.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import anyio
import uvicorn
from mcp.server.lowlevel import Server as MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from videogen_mcp import __version__, listening
from videogen_mcp.clock import Clock
from videogen_mcp.loopback import is_loopback
from videogen_mcp.protocol import webhooks
from videogen_mcp.protocol.slow_clients import BoundedHttp
from videogen_mcp.protocol.stdio import quiet_libraries
from videogen_mcp.settings import Settings

log = logging.getLogger(__name__)

MCP_PATH = "/mcp"
HEALTH_PATH = "/health"

LAST_ANSWERS = 4.0
"""Longest wait, in seconds, until every call whose execution is known has its answer. It takes milliseconds; only a
machine without time for this process needs more."""

DRAIN = 1.0
"""Seconds after that for the bytes of these answers, and for calls that have nothing to answer yet."""

CUT = 6
"""Whole seconds until connections that are still open are dropped; by then they had their last byte."""

HARD_EXIT = 8.0
"""Seconds from the request to end until the process ends whatever hangs; supervisors kill after 10."""

LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")


class CannotServe(Exception):
    """The server does not start. The message says why and what to do."""


@dataclass(frozen=True)
class Served:
    """What is served: the MCP server, how a webhook wakes those who wait for an execution, and how all waiting calls
    are answered before the process exits."""

    server: MCPServer[Any]
    clock: Clock
    wake: Callable[[str], None]
    hurry: Callable[[], Awaitable[None]]


Open = Callable[[], AbstractAsyncContextManager[Served]]
"""Opens what is to be served, and closes it at the end."""


def serve(open_served: Open, settings: Settings, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve on `host`:`port` (0: any free one) until a signal ends it. To be called in the main thread.

    Raises CannotServe for addresses of the network, which need a login that is not there yet, and for taken ports.
    """
    host = host.strip("[]")
    if not is_loopback(host):
        raise CannotServe(
            f"{host} can be reached from other machines, and everybody there could spend your key: this server has no"
            " login yet. Use --host 127.0.0.1"
        )
    quiet_libraries()
    listener = _listen(host, port)
    address = f"http://{listening.named(host)}:{listener.getsockname()[1]}{MCP_PATH}"
    anyio.run(_serve, open_served, settings, listener, host, address)


def application(served: Served, settings: Settings, host: str = "127.0.0.1") -> Starlette:
    """Return the ASGI application: MCP, health and webhooks. Its lifespan must run."""
    receiver = webhooks.Receiver(settings.webhook_secrets, served.wake, served.clock)
    about = {"status": "ok", "version": __version__, "sandbox": settings.uses_sandbox}

    async def health(request: Request) -> Response:
        return JSONResponse(about)

    return served.server.streamable_http_app(
        streamable_http_path=MCP_PATH,
        stateless_http=True,
        transport_security=local_only(host),
        custom_starlette_routes=[
            Route(HEALTH_PATH, health, methods=["GET"]),
            Route(webhooks.PATH, receiver.answer, methods=["POST"]),
        ],
    )


def local_only(host: str) -> TransportSecuritySettings:
    """Requests must name this machine in Host and, when a browser sends them, in Origin: a page from elsewhere whose
    name was pointed at 127.0.0.1 (DNS rebinding) names itself."""
    names = dict.fromkeys((*LOCAL_NAMES, listening.named(host)))
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[form for name in names for form in (name, f"{name}:*")],
        allowed_origins=[form for name in names for form in (f"http://{name}", f"http://{name}:*")],
    )


class Requests:
    """The requests under way, so that they can be ended in order: answered with 503, or their stream closed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._running: set[anyio.CancelScope] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said: list[Message] = []

        async def speak(message: Message) -> None:
            said[:] = [message]
            await send(message)

        with anyio.CancelScope() as running:
            self._running.add(running)
            try:
                await self._app(scope, receive, speak)
            finally:
                self._running.discard(running)
        if not running.cancelled_caught:
            return
        if not said:
            await PlainTextResponse("This server is shutting down; try again in a moment.", 503)(scope, receive, send)
        elif said[0]["type"] == "http.response.start" or said[0].get("more_body"):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def end(self) -> None:
        """Stop waiting for them."""
        for running in list(self._running):
            running.cancel()


class Server(uvicorn.Server):
    """Ends once, in bounded time, when it is told to; what comes after it in the process still runs.

    `ready` is called when it answers. When it is about to stop, `exiting` is awaited, at most LAST_ANSWERS seconds, and
    `over` is called DRAIN seconds later.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        ready: Callable[[], None],
        exiting: Callable[[], Awaitable[None]],
        over: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._ready, self._exiting, self._over = ready, exiting, over
        self._last_resort = threading.Timer(HARD_EXIT, os._exit, [1])
        self._last_resort.daemon = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then call `ready`."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Have waiting calls answered while uvicorn closes its connections."""
        async with anyio.create_task_group() as draining:
            draining.start_soon(self._drain)
            await super().shutdown(sockets)
            draining.cancel_scope.cancel()

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

    def _asked_to_exit(self) -> None:
        self.force_exit = self.should_exit  # Whoever asks twice does not want to wait.
        if not self.should_exit:
            self._last_resort.start()
        self.should_exit = True


async def _serve(open_served: Open, settings: Settings, listener: socket.socket, host: str, address: str) -> None:
    def ready() -> None:
        where = ", in the sandbox" if settings.uses_sandbox else ""
        sys.stderr.write(f"videogen-mcp {__version__} listens on {address}{where}\n")
        sys.stderr.flush()

    async with open_served() as served:
        requests = Requests(application(served, settings, host))
        config = uvicorn.Config(
            requests,
            http=BoundedHttp,
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=CUT,
        )
        server = Server(config, ready=ready, exiting=served.hurry, over=requests.end)
        await server.serve(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """Listening before anything else starts, so that a taken port is one sentence and no half start."""
    try:
        return listening.listener(host, port)
    except socket.gaierror as unknown:
        raise CannotServe(f"{host} is no address of this machine ({unknown.strerror})") from None
    except OSError as refused:
        raise CannotServe(
            f"port {port} of {host} cannot be had ({refused.strerror}): another program may use it;"
            " choose one by --port"
        ) from None
