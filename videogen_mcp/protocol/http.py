"""MCP over Streamable HTTP: one server for several programs of a machine, or for many people, and a place for webhooks.

/                        what this is, for people
/mcp                     both protocol eras, without sessions
/health, /ready          for supervisors and balancers
/webhooks/videogen       hears of ends
/.well-known/…           where access tokens come from (RFC 9728), where there is a login
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from typing import Any

import anyio
import uvicorn
from mcp.server.lowlevel import Server as MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from videogen_mcp import listening
from videogen_mcp.api.pools import Pools
from videogen_mcp.clock import Clock
from videogen_mcp.protocol import pages, webhooks
from videogen_mcp.protocol.admission import LARGEST_BODY, Admission
from videogen_mcp.protocol.connections import LimitedListener, Limits, limited_http
from videogen_mcp.protocol.hosting import cautions, obstacles
from videogen_mcp.protocol.identity import Callers
from videogen_mcp.protocol.names import Names
from videogen_mcp.protocol.oidc import METADATA_PATH, Login, fetcher
from videogen_mcp.protocol.process import collect_rarely, raise_file_limit
from videogen_mcp.protocol.readiness import HEALTH_PATH, READY_PATH, Reach, Readiness, Trouble
from videogen_mcp.protocol.shutdown import CUT, NOTICE, Requests, Server
from videogen_mcp.protocol.stdio import quiet_libraries
from videogen_mcp.protocol.supervised import Supervised
from videogen_mcp.settings import MCP_PATH, Settings
from videogen_mcp.webhook_endpoints import PATH, WebhookEndpoints

log = logging.getLogger(__name__)


class CannotServe(Exception):
    """The server does not start. The message says why and what to do."""


@dataclass(frozen=True)
class Served:
    """What is served: the MCP server, how a webhook wakes those who wait for an execution, and how all waiting calls
    are answered before the process exits. `troubles` tell what keeps it from its work (`Readiness`)."""

    server: MCPServer[Any]
    clock: Clock
    wake: Callable[[str, str | None], None]
    hurry: Callable[[], Awaitable[None]]
    endpoints: WebhookEndpoints | None = None
    """Webhook endpoints of accounts, where some are kept."""
    troubles: tuple[Trouble, ...] = ()


Open = Callable[[Settings], AbstractAsyncContextManager[Served]]
"""Opens what is to be served with the settings of an HTTP server, and closes it at the end."""


def serve(
    open_served: Open,
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = 8000,
    supervised: Supervised | None = None,
) -> None:
    """Serve on `host`:`port` (0: any free one) until a signal ends it. To be called in the main thread.

    `supervised` joins one of several workers to its supervisor: its socket is listened on, and it tells when to end.

    Raises CannotServe for settings with which a server for many does not start (`obstacles`), and for taken ports.
    """
    host = host.strip("[]")
    settings = settings.served_at(host)
    if reasons := obstacles(settings, host):
        raise CannotServe(" ".join(reasons))
    for caution in cautions(settings):
        log.warning("%s", caution)
    quiet_libraries()
    if supervised is not None:
        return anyio.run(_serve, open_served, settings, supervised.listener, host, supervised)
    try:
        listener = listening.listener(host, port)  # Before anything else starts: a taken port is no half start.
    except listening.CannotListen as refused:
        raise CannotServe(str(refused)) from None
    return anyio.run(_serve, open_served, settings, listener, host, None)


def application(served: Served, settings: Settings, host: str = "127.0.0.1", pools: Pools | None = None) -> Starlette:
    """Return the ASGI application. Its lifespan must run; its `state.readiness` is what /ready answers.

    `host` is the address that is listened on; by `pools` the login is asked, and whether the service can be reached.
    """
    pools = pools or Pools()
    troubles = served.troubles
    if not settings.uses_sandbox:
        troubles += (Reach(settings.base_url, pools, served.clock).trouble,)
    readiness = Readiness(settings, troubles)
    receiver = webhooks.Receiver(settings.webhook_secrets, served.wake, served.clock, served.endpoints)
    routes = [
        Route(HEALTH_PATH, readiness.health, methods=["GET"]),
        Route(READY_PATH, readiness.ready, methods=["GET"]),
        Route(PATH, receiver.answer, methods=["POST"]),
        Route(webhooks.ENDPOINT_PATH, receiver.answer_endpoint, methods=["POST"]),
        Route(f"{MCP_PATH}/", _without_slash, methods=["POST"]),
    ]
    login = None
    if settings.oidc is not None:
        login = Login(settings.oidc, settings.public_url, fetcher(pools), served.clock)
        routes.append(Route(METADATA_PATH, login.metadata, methods=["GET"]))
    callers = Callers(settings, login)
    routes.append(Route("/", pages.Welcome(callers).answer, methods=["GET"]))
    app = served.server.streamable_http_app(
        streamable_http_path=MCP_PATH,
        stateless_http=True,
        max_request_body_size=LARGEST_BODY,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # `Names` does it.
        custom_starlette_routes=routes,
    )
    app.router.redirect_slashes = False  # Its addresses begin with http:// where a proxy does not tell that it has TLS.
    app.add_exception_handler(HTTPException, pages.answer_error)
    app.add_middleware(
        Admission,
        callers=callers,
        names=Names.of(settings, host),
        by_any_name=(HEALTH_PATH, READY_PATH, PATH, f"{PATH}/"),
        public=("/", METADATA_PATH),
    )
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=("GET", "POST", "DELETE"),
            allow_headers=("*",),
            expose_headers=("WWW-Authenticate", "Retry-After", "MCP-Protocol-Version"),
        )
    app.state.readiness = readiness
    return app


async def _without_slash(request: Request) -> Response:
    """Lead a client whose address has a slash too many to the right one, by the same scheme and host: it sends its key
    there again."""
    return RedirectResponse(f"..{MCP_PATH}", 307)


async def _serve(
    open_served: Open, settings: Settings, listener: socket.socket, host: str, supervised: Supervised | None
) -> None:
    limits = Limits.of(raise_file_limit(), always=frozenset({HEALTH_PATH, READY_PATH}))
    port = listener.getsockname()[1]

    def ready() -> None:
        collect_rarely()
        if supervised is not None:
            supervised.ready()
        else:
            listening.say_where(host, port, MCP_PATH, ", in the sandbox" if settings.uses_sandbox else "")

    async with aclosing(Pools()) as pools, open_served(settings) as served, anyio.create_task_group() as tasks:
        app = application(served, settings, host, pools)
        requests = Requests(app)
        config = uvicorn.Config(
            requests,
            http=limited_http(limits),
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="error",  # its warnings are of malformed requests, which anybody can send
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=CUT,
        )
        server = Server(
            config,
            ready=ready,
            leaving=app.state.readiness.leave,
            exiting=served.hurry,
            over=requests.end,
            notice=NOTICE if settings.hosted else 0.0,
        )
        if supervised is not None:
            tasks.start_soon(supervised.keep, server.end)
        await server.serve(sockets=[LimitedListener(listener, limits)])
        tasks.cancel_scope.cancel()
