"""From an HTTP request to an operation of the API: the key, the rate limit, the body."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.limits import Allowance
from videogen_sandbox.contract.requests import contract
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.service import Sandbox

MAX_BODY = 2 * 1024**2
"""Bytes of a JSON body. The longest useful one, a transcript with an upload, has some hundred kB."""

LONGEST_HOLD = 5.0
"""Seconds that a request is held at most, however long it prefers to wait."""

Handler = Callable[["ApiCall"], Awaitable[Response]]


@dataclass(frozen=True)
class ApiCall:
    """A request to the API with a valid key and within its rate limit. `today` is whether the dialect is v2.

    `query` has the query parameters as `Contract.query` returns them.
    """

    request: Request
    sandbox: Sandbox
    today: bool
    operation: str
    query: Json

    def path(self, name: str) -> str:
        """Return a parameter of the path."""
        value: str = self.request.path_params[name]
        return value

    async def body(self) -> Json:
        """Return the JSON object that was sent, as `Contract.body` does. Raise Refusal (400, 413)."""
        raw = bytearray()
        try:
            async for chunk in self.request.stream():
                raw += chunk
                if len(raw) > MAX_BODY:
                    raise Refusal(413, f"The body may have at most {MAX_BODY} bytes.")
        except ClientDisconnect:
            raise Refusal(400, "The request broke off.") from None
        checks = contract(self.sandbox.config.dialect)
        sent = parse_object(bytes(raw)) if raw or checks.needs_body(self.operation) else {}
        return checks.body(self.operation, sent)


@dataclass(frozen=True)
class Operation:
    """One operation of the API, served in the eras whose contract has it. `group` is that of its rate limit."""

    method: str
    path: str
    group: str
    handler: Handler

    @property
    def name(self) -> str:
        """What the contract calls it, such as "GET /v1/files"."""
        return f"{self.method} {self.path}"


def parse_object(raw: bytes) -> Json:
    """Return a JSON object after RFC 8259: UTF-8, no NaN, no lone surrogates. Raise Refusal (400)."""

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
    """Return the endpoint of a path, which runs the operation of the request's method. `operations` is by method."""

    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        operation = operations.get(method)
        if operation is None:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(operations))})
        sandbox: Sandbox = request.app.state.sandbox
        key = _authenticate(request, sandbox)
        allowance = sandbox.limits.take(key, operation.group, sandbox.clock.time())
        if not allowance.granted:
            raise _rate_limited(allowance)
        try:
            dialect = sandbox.config.dialect
            query = contract(dialect).query(operation.name, request.query_params)
            if method == "GET":
                await _hold(request, sandbox)
            response = await operation.handler(ApiCall(request, sandbox, dialect == "v2", operation.name, query))
        except Refusal as refusal:
            refusal.headers.update(allowance.headers())
            raise
        response.headers.update(allowance.headers())
        return response

    return answer


async def _hold(request: Request, sandbox: Sandbox) -> None:
    """Wait until the execution that a request asks about has ended, for as long as it prefers (RFC 7240: `wait=1`).

    What prefers nothing is answered at once, as VideoGen does.
    """
    wait = re.search(r"\bwait=(\d{1,4})", request.headers.get("prefer", ""))
    if wait is not None:
        for ref in list(request.path_params.values())[-1:]:
            await sandbox.jobs.ended(ref, min(float(wait[1]), LONGEST_HOLD))


def _authenticate(request: Request, sandbox: Sandbox) -> str:
    """Return the key of the request. Raise Refusal (401) when it is missing or wrong."""
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


def _rate_limited(allowance: Allowance) -> Refusal:
    return Refusal(
        429,
        f"Too many requests: {allowance.limit} an hour are allowed here. Retry in {allowance.retry_after} s.",
        headers=allowance.headers(),
    )
