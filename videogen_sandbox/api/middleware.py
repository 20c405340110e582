"""ASGI middleware of the API: request ids, and requests that go wrong on purpose."""

from __future__ import annotations

import secrets

import anyio
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from videogen_sandbox.config import Dialect
from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.faults import Fault, FaultDice, Faults


class RequestIds:
    """Gives every request an id, which every response has as the header x-request-id."""

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


class FaultInjection:
    """Lets a share of the API's requests fail (`Faults`)."""

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
            await self._respond_in_part(fault, scope, receive, send)

    def _refuse(self, fault: Fault) -> Response:
        if fault == "rate_limited":
            refusal = Refusal(429, "Too many requests (a fault on purpose).", headers={"Retry-After": "1"})
        else:
            refusal = Refusal(503, "The service is not available (a fault on purpose).")
        return JSONResponse(refusal.body(self._dialect), refusal.status, refusal.headers)

    async def _respond_in_part(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Process the request, then send half of the response, or nothing."""
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
    """Close the connection without a response, as a failing network does.

    ASGI has no message for it, so uvicorn's transport is taken from behind `receive`. With other servers, raise
    ConnectionResetError.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("hung up on purpose")
    transport.abort()
    with anyio.move_on_after(1.0):
        while (await receive())["type"] != "http.disconnect":
            pass
