"""What a request passes before MCP sees it: its names, who calls, and how much one caller has under way."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Awaitable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from videogen_mcp.calls.upstream import Account
from videogen_mcp.protocol import pages
from videogen_mcp.protocol.accounts import write_down
from videogen_mcp.protocol.identity import Callers
from videogen_mcp.protocol.names import Names
from videogen_mcp.protocol.refusals import Refused
from videogen_mcp.settings import MCP_PATH

log = logging.getLogger(__name__)

OPEN_METHODS = frozenset(
    {
        "initialize",
        "notifications/initialized",
        "server/discover",
        "ping",
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
    }
)
"""What anybody may ask: what the server is and offers, so that hosts can show it before its user has a key."""

OPEN_BODY = 64 * 1024
"""Bytes that are read of a request without credentials, to see what it asks for; OPEN_METHODS need some hundred."""

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes. The longest scripts and timelines have some hundred kilobytes; files do not come by MCP."""

MOST_DIGITS = 18
"""Of a Content-Length that is read as a number."""

MOST_OPEN = 500
"""Requests that one caller may have under way in one process: as many as VideoGen lets a key start in an hour."""

NO_STREAM = PlainTextResponse("Responses come with the requests; there is no stream besides.", 405, {"allow": "POST"})
"""Who asks for a stream of what the server sends by itself is told that there is none (MCP of 2025-11-25, Streamable
HTTP): without sessions nothing would ever come, and every client of that time would hold a connection for it."""

COME_BACK = 5
"""Whole seconds after which a caller with too many requests may try again."""


@dataclass
class OpenRequests:
    """Counts the requests that each caller has under way."""

    most: int = MOST_OPEN
    _open: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def one_of(self, caller: str) -> Iterator[None]:
        """Count one request for as long as the context lasts. Raise Refused when it is one too many."""
        if self._open[caller] >= self.most:
            message = (
                f"You have {self.most} requests under way, which is as many as one caller may have; try again when some"
                " are answered"
            )
            raise Refused(429, message, retry_after=COME_BACK)
        self._open[caller] += 1
        try:
            yield
        finally:
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]


class Admitted(NamedTuple):
    """What answers a request, what receives its body, and as long as what it is under way."""

    app: ASGIApp
    receive: Receive
    counted: AbstractContextManager[None] = nullcontext()


@dataclass(frozen=True)
class Admission:
    """ASGI middleware: lets requests in, and writes down with them for which account they are made (`account_in`).

    Paths `by_any_name` are for probes and senders of webhooks, who know the server by other names; with a slash at the
    end, for all below. `public` ones are for everybody. All others ask who calls where the server is hosted.
    """

    app: ASGIApp
    callers: Callers
    names: Names
    by_any_name: tuple[str, ...]
    public: tuple[str, ...]
    open_requests: OpenRequests = field(default_factory=OpenRequests)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or self._is_for_any_name(scope["path"]):
            await self.app(scope, receive, send)
            return
        try:
            admitted = await self._admitted(Request(scope, receive))
            with admitted.counted:
                await admitted.app(scope, admitted.receive, send)
        except Refused as refused:
            log.info("a request was refused with %d: %s", refused.status, refused.message)
            login = self.callers.login
            challenge = login.challenge(Request(scope)) if login is not None else None
            await pages.refusal(refused, Request(scope), challenge)(scope, receive, send)

    def _is_for_any_name(self, path: str) -> bool:
        return any(path == one or (one.endswith("/") and path.startswith(one)) for one in self.by_any_name)

    async def _admitted(self, request: Request) -> Admitted:
        """Return what answers a request. Raise Refused for one that is not let in."""
        self.names.check(request.headers)
        _check_size(request.headers.get("content-length", ""))
        path = request.scope["path"]
        if path in self.public:
            return Admitted(self.app, request.receive)
        if pages.wants_page(request):  # Of no account: it says where nothing is, and what is for programs.
            raise pages.not_so(path, request.method, "POST") if path == MCP_PATH else pages.nothing_at(path)
        account = await self.callers.account(request)
        hosted = self.callers.settings.hosted
        known = account is not None or not hosted
        if known and (request.method, path) == ("GET", MCP_PATH):
            return Admitted(NO_STREAM, request.receive)
        receive = request.receive if known else await self._open_request(request)
        write_down(request.scope, account)
        counted = self.open_requests.one_of(_caller(request, account)) if account or hosted else nullcontext()
        return Admitted(self.app, _Bounded(receive), counted)

    async def _open_request(self, request: Request) -> Receive:
        """Return what gives the body of a request that anybody may make. Raise Refused for any other."""
        body = bytearray()
        more = request.method == "POST"
        while more and len(body) <= OPEN_BODY:
            message = await request.receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if more or _method_of(bytes(body)) not in OPEN_METHODS:
            raise self.callers.nobody()
        return _first({"type": "http.request", "body": bytes(body), "more_body": False}, request.receive)


def _check_size(declared: str) -> None:
    """Raise Refused for a body that is said to be too large."""
    if declared.isdecimal() and (len(declared) > MOST_DIGITS or int(declared) > LARGEST_BODY):
        raise _too_large()


class _Bounded:
    """Receives a body. It raises Refused where that turns out to be too large, or breaks off: the SDK would log a stack
    trace for each client that hangs up. What comes after the body, it only hands on."""

    __slots__ = ("_receive", "_received", "_whole")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._received = 0
        self._whole = False

    def __call__(self) -> Awaitable[Message]:
        return self._receive() if self._whole else self._receive_body()

    async def _receive_body(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "The request broke off")
        self._received += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._received > LARGEST_BODY:
            raise _too_large()
        return message


def _too_large() -> Refused:
    return Refused(413, f"A request may have {LARGEST_BODY} bytes at most")


def _caller(request: Request, account: Account | None) -> str:
    """Return whose requests are counted together: those of an account's subject, or without one of an address."""
    if account is None:
        return f"address {request.client.host if request.client else ''}"
    return f"account {account.name} {account.subject or ''}"


def _method_of(body: bytes) -> str | None:
    """Return which method a JSON-RPC message asks for; None where nobody can tell."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    method = message.get("method") if isinstance(message, dict) else None
    return method if isinstance(method, str) else None


def _first(message: Message, receive: Receive) -> Receive:
    """Return what receives `message`, and then what `receive` does."""
    waiting = [message]

    async def receive_next() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_next
