"""Between HTTP and the operations of the API: the key, the limits, the body, and errors as JSON."""

from __future__ import annotations

import hmac
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from videogen_sandbox.api.faults import Fault, FaultDice, Faults
from videogen_sandbox.config import Dialect
from videogen_sandbox.contract.errors import Refusal, error_body
from videogen_sandbox.contract.limits import Allowance
from videogen_sandbox.service import Sandbox

log = logging.getLogger(__name__)

MAX_BODY = 2 * 1024**2
"""Bytes of a JSON body. The longest sensible one, a transcript with an upload, has some hundred kB."""

BOTH: tuple[Dialect, ...] = ("v0", "v2")

Handler = Callable[["Call"], Awaitable[Response]]


@dataclass(frozen=True)
class Call:
    """One admitted request to the API."""

    request: Request
    sandbox: Sandbox
    today: bool

    def path(self, name: str) -> str:
        value: str = self.request.path_params[name]
        return value

    async def body(self) -> dict[str, Any]:
        """The JSON object that was sent. Raises Refusal (400, 413)."""
        raw = bytearray()
        try:
            async for chunk in self.request.stream():
                raw += chunk
                if len(raw) > MAX_BODY:
                    raise Refusal(413, f"The body may have at most {MAX_BODY} bytes.")
        except ClientDisconnect:
            raise Refusal(400, "The request broke off.") from None
        return parse_object(bytes(raw))


@dataclass(frozen=True)
class Operation:
    """One operation of the API. `group` is what its rate limit is counted in."""

    method: str
    path: str
    group: str
    handler: Handler
    dialects: tuple[Dialect, ...] = BOTH


def parse_object(raw: bytes) -> dict[str, Any]:
    """A JSON object as RFC 8259 has it: UTF-8, no NaN, no lone surrogates. Raises Refusal (400)."""

    def refuse_constant(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    try:
        body = json.loads(raw.decode("utf-8"), parse_constant=refuse_constant)
        json.dumps(body, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise Refusal(400, "The body must be a JSON object in UTF-8.") from None
    if not isinstance(body, dict):
        raise Refusal(400, "The body must be a JSON object.")
    return body


def endpoint(operations: Mapping[str, Operation]) -> Callable[[Request], Awaitable[Response]]:
    """What answers on one path: the operation of the request's method, once the caller is admitted."""

    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        operation = operations.get(method)
        if operation is None:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(operations))})
        sandbox: Sandbox = request.app.state.sandbox
        key = _admit(request, sandbox)
        allowance = sandbox.limits.take(key, operation.group, sandbox.clock.time())
        if not allowance.granted:
            raise _used_up(allowance)
        try:
            response = await operation.handler(Call(request, sandbox, sandbox.config.dialect == "v2"))
        except Refusal as refusal:
            refusal.headers.update(allowance.headers())
            raise
        response.headers.update(allowance.headers())
        return response

    return answer


def _admit(request: Request, sandbox: Sandbox) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    seed_era = sandbox.config.dialect == "v0"
    if scheme.lower() != "bearer" or not key.strip():
        raise Refusal(
            401,
            "The API key is missing. Send it as Authorization: Bearer <key>.",
            code="missing_api_key" if seed_era else None,
            headers={"WWW-Authenticate": "Bearer"},
        )
    if not hmac.compare_digest(key.strip().encode("utf-8", "replace"), sandbox.config.api_key.encode()):
        raise Refusal(
            401,
            "The API key is not valid.",
            code="invalid_api_key",
            headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
        )
    return key.strip()


def _used_up(allowance: Allowance) -> Refusal:
    return Refusal(
        429,
        f"Too many requests: {allowance.limit} an hour are allowed here. Retry in {allowance.retry_after} s.",
        headers=allowance.headers(),
    )


async def on_refusal(request: Request, error: Exception) -> Response:
    """A Refusal as JSON."""
    if not isinstance(error, Refusal):
        raise error
    sandbox: Sandbox = request.app.state.sandbox
    return JSONResponse(error.body(sandbox.config.dialect), error.status, error.headers)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """404 and 405 as JSON."""
    if not isinstance(error, HTTPException):
        raise error
    words = {404: f"There is nothing at {request.url.path}.", 405: f"{request.method} is not possible here."}
    refusal = Refusal(error.status_code, words.get(error.status_code, str(error.detail)), headers=error.headers)
    return await on_refusal(request, refusal)


async def on_fault(request: Request, error: Exception) -> Response:
    """500 for what nobody foresaw. Starlette raises it again afterwards, so that the server logs where it happened."""
    sandbox: Sandbox = request.app.state.sandbox
    reference = request.scope.get("state", {}).get("request_id", "")
    log.error("request %s: %s", reference, type(error).__name__)
    body = error_body(
        sandbox.config.dialect, "The sandbox made a mistake; its log says which.", None, internal=reference
    )
    return JSONResponse(body, 500)


class RequestIds:
    """Gives every request an id and every answer the header that tells it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reference = secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = reference

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = reference
            await send(message)

        await self._app(scope, receive, send_with_id)


class BrokenOnPurpose:
    """Lets a share of the API's requests go wrong (`Faults`)."""

    def __init__(self, app: ASGIApp, faults: Faults, dialect: Dialect) -> None:
        self._app = app
        self._dice = FaultDice(faults)
        self._dialect: Dialect = dialect

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._dice.draw() if scope["type"] == "http" and scope["path"].startswith("/v1/") else None
        if fault is None:
            await self._app(scope, receive, send)
        elif fault in ("rate_limited", "server_error"):
            await self._refuse(fault)(scope, receive, send)
        elif fault == "drop_before":
            await hang_up(receive)
        else:
            await self._spoil(fault, scope, receive, send)

    def _refuse(self, fault: Fault) -> Response:
        if fault == "rate_limited":
            refusal = Refusal(429, "Too many requests (a fault on purpose).", headers={"Retry-After": "1"})
        else:
            refusal = Refusal(503, "The service is not available (a fault on purpose).")
        return JSONResponse(refusal.body(self._dialect), refusal.status, refusal.headers)

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry the request out, then send half of the answer, or nothing."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        if fault == "drop_after":
            await hang_up(receive)
            return
        body = b"".join(message.get("body", b"") for message in messages[1:])
        half = body[: len(body) // 2]
        start = messages[0]
        MutableHeaders(scope=start)["content-length"] = str(len(half))
        await send(start)
        await send({"type": "http.response.body", "body": half})


async def hang_up(receive: Receive) -> None:
    """Cut the connection without an answer, as a failing network does.

    ASGI has no word for it, so uvicorn's transport is taken from behind `receive`. Other servers see a
    ConnectionResetError come out of the application.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("hung up on purpose")
    transport.abort()
    with anyio.move_on_after(1.0):
        while (await receive())["type"] != "http.disconnect":
            pass
