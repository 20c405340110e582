"""MCP over Streamable HTTP, for clients on this machine: one server for several programs, and a place for webhooks.

/mcp speaks both protocol eras without sessions, /health says that it runs, /webhooks/videogen hears of ends. There is
no login yet and every caller spends the same key, so nothing but loopback is listened on.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import anyio
import uvicorn
from mcp.server.lowlevel import Server as MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from videogen_mcp import __version__, listening
from videogen_mcp.clock import Clock
from videogen_mcp.loopback import is_loopback
from videogen_mcp.protocol import webhooks
from videogen_mcp.protocol.connections import LimitedListener, Limits, limited_http
from videogen_mcp.protocol.process import collect_rarely, raise_file_limit
from videogen_mcp.protocol.shutdown import CUT, Requests, Server
from videogen_mcp.protocol.stdio import quiet_libraries
from videogen_mcp.protocol.supervised import Supervised
from videogen_mcp.settings import MCP_PATH, Settings
from videogen_mcp.webhook_endpoints import PATH, WebhookEndpoints

log = logging.getLogger(__name__)

HEALTH_PATH = "/health"

LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")


class CannotServe(Exception):
    """The server does not start. The message says why and what to do."""


@dataclass(frozen=True)
class Served:
    """What is served: the MCP server, how a webhook wakes those who wait for an execution, and how all waiting calls
    are answered before the process exits."""

    server: MCPServer[Any]
    clock: Clock
    wake: Callable[[str, str | None], None]
    hurry: Callable[[], Awaitable[None]]
    endpoints: WebhookEndpoints | None = None
    """Webhook endpoints of accounts, where some are kept."""


Open = Callable[[], AbstractAsyncContextManager[Served]]
"""Opens what is to be served, and closes it at the end."""


def serve(
    open_served: Open,
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = 8000,
    supervised: Supervised | None = None,
) -> None:
    """Serve on `host`:`port` (0: any free one) until a signal ends it. To be called in the main thread.

    `supervised` joins one of several workers to its supervisor: its socket is listened on, and it tells when to end.

    Raises CannotServe for addresses of the network, which need a login that is not there yet, and for taken ports.
    """
    host = host.strip("[]")
    if not is_loopback(host):
        raise CannotServe(
            f"{host} can be reached from other machines, and everybody there could spend your key: this server has no"
            " login yet. Use --host 127.0.0.1"
        )
    quiet_libraries()
    if supervised is not None:
        return anyio.run(_serve, open_served, settings, supervised.listener, host, supervised)
    try:
        listener = listening.listener(host, port)  # Before anything else starts: a taken port is no half start.
    except listening.CannotListen as refused:
        raise CannotServe(str(refused)) from None
    return anyio.run(_serve, open_served, settings, listener, host, None)


def application(served: Served, settings: Settings, host: str = "127.0.0.1") -> Starlette:
    """Return the ASGI application: MCP, health and webhooks. Its lifespan must run."""
    receiver = webhooks.Receiver(settings.webhook_secrets, served.wake, served.clock, served.endpoints)
    about = {"status": "ok", "version": __version__, "sandbox": settings.uses_sandbox}

    async def health(request: Request) -> Response:
        return JSONResponse(about)

    return served.server.streamable_http_app(
        streamable_http_path=MCP_PATH,
        stateless_http=True,
        transport_security=local_only(host),
        custom_starlette_routes=[
            Route(HEALTH_PATH, health, methods=["GET"]),
            Route(PATH, receiver.answer, methods=["POST"]),
            Route(webhooks.ENDPOINT_PATH, receiver.answer_endpoint, methods=["POST"]),
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


async def _serve(
    open_served: Open, settings: Settings, listener: socket.socket, host: str, supervised: Supervised | None
) -> None:
    limits = Limits.of(raise_file_limit(), always=frozenset({HEALTH_PATH}))
    port = listener.getsockname()[1]

    def ready() -> None:
        collect_rarely()
        if supervised is not None:
            supervised.ready()
        else:
            listening.say_where(host, port, MCP_PATH, ", in the sandbox" if settings.uses_sandbox else "")

    async with open_served() as served, anyio.create_task_group() as tasks:
        requests = Requests(application(served, settings, host))
        config = uvicorn.Config(
            requests,
            http=limited_http(limits),
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=CUT,
        )
        server = Server(config, ready=ready, exiting=served.hurry, over=requests.end)
        if supervised is not None:
            tasks.start_soon(supervised.keep, server.end)
        await server.serve(sockets=[LimitedListener(listener, limits)])
        tasks.cancel_scope.cancel()
