"""One JSON request to the API: sent, repeated where that is safe, its failures turned into errors."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, TypeVar
from weakref import ref

import anyio
import httpx
import pydantic_core

from videogen_mcp import telemetry
from videogen_mcp.api.causes import Cause, cause_of
from videogen_mcp.api.errors import BadRequest, BrokenAnswer, ConnectionFailed, Unclear, VideoGenError, error_class
from videogen_mcp.api.limits import Group, RateLimit, rate_limit, requested_wait
from videogen_mcp.api.operations import Operation
from videogen_mcp.api.parsing import Parse, checked
from videogen_mcp.api.pools import CLIENT_TAG, Pools, base_address, checked_key, timeout
from videogen_mcp.api.responses import (
    BrokenBodyError,
    clean,
    is_web_page,
    parse_error,
    read_body,
    redirected_to,
    request_id,
)
from videogen_mcp.api.retries import READ_RETRY, RetryPolicy, refused_may_have_started, retry_delay
from videogen_mcp.api.timeouts import API_TIMEOUTS, Timeouts
from videogen_mcp.clock import Clock

T = TypeVar("T")
log = logging.getLogger(__name__)

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
"""What httpx raises before the first byte of a request leaves. Everything else is unclear."""


WHOSE_PAGE = (
    "A login page of the network, a proxy, or a wrong VIDEOGEN_BASE_URL answers so; open the address in a browser to"
    " see which"
)
WHOSE_REDIRECT = (
    "A login page of the network redirects so: open the address in a browser. Where VideoGen itself has moved, set"
    " VIDEOGEN_BASE_URL to its new address"
)


@dataclass(frozen=True)
class ApiRequest(Generic[T]):
    """What to send and how to read the response. `path` is the operation's with its ids filled in."""

    operation: Operation
    path: str
    parse: Parse[T]
    params: Mapping[str, str] = field(default_factory=dict)
    payload: Mapping[str, Any] | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    """What it is about, by the names that the response uses; one that is about something else is a broken answer."""
    alone: bool = False
    """Sent on a connection of its own, where no earlier response can be taken for this one."""
    held: int = 0
    """Seconds that the service may hold the request until what it asks about has ended (RFC 7240: `Prefer: wait`)."""

    @property
    def once(self) -> bool:
        """Whether it must not be sent again after a failure that leaves unclear whether it was carried out."""
        return self.operation.once

    def __str__(self) -> str:
        return f"{self.operation.method} {self.path}"


NOTHING_MORE = httpx.ByteStream(b"")
"""Takes the place of a stream that was read. httpx's refers to the response and that to it, and through a trace the
request and its attempt do: with the connection, 10 kB that only a garbage collection would free."""


@dataclass
class _Attempt:
    """How far one attempt got, also when it is cancelled in the middle."""

    begun: bool = False
    connecting: bool = False
    sending: bool = False
    response: httpx.Response | None = None
    body: bytes | None = None

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of what the connection does (httpcore's trace extension)."""
        if event == "connection.connect_tcp.started":
            self.connecting = True
        elif event == "http11.send_request_headers.started":
            self.sending = True

    @property
    def surely_unsent(self) -> bool:
        return not self.begun or (self.connecting and not self.sending and self.response is None)


class Connection:
    """Sends requests to one API with one key, and keeps the last seen rate limit of each group of operations."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        pools: Pools,
        clock: Clock,
        chance: Callable[[], float],
        at_once: int | None = None,
        timeouts: Timeouts = API_TIMEOUTS,
    ) -> None:
        """Open nothing yet. No more than `at_once` requests are under way (None: as many as `pools` bear). Raise
        BadSetting for a key or address that cannot be used."""
        self._key = checked_key(api_key)
        self._base = base_address(base_url)
        self._clock = clock
        self._chance = chance
        self._timeouts = timeouts
        self.pools = pools
        self._at_once = at_once
        self._slots: Callable[[], anyio.Semaphore | None] = lambda: None
        self._limits: dict[Group, RateLimit] = {}
        self.limits: Mapping[Group, RateLimit] = MappingProxyType(self._limits)

    @property
    def slots(self) -> AbstractAsyncContextManager[object]:
        """What each request holds while it is under way. It takes no memory while there is none."""
        if self._at_once is None:
            return nullcontext()
        slots = self._slots()
        if slots is None:
            slots = anyio.Semaphore(self._at_once)
            self._slots = ref(slots)
        return slots

    @property
    def host(self) -> str:
        """Host name of the API, for messages."""
        return self._base.host

    async def send(self, request: ApiRequest[T], *, policy: RetryPolicy = READ_RETRY, within: float | None = None) -> T:
        """Return the parsed response to `request`, sent again where that is safe, inside `within` seconds (default:
        the policy's).

        Raise BadRequest for a payload that JSON cannot hold, ConnectionFailed, Unclear, BrokenAnswer or an ApiError
        of the last attempt. For `once` requests the error's `may_have_started` is the truth about the last attempt,
        and the earlier ones are known not to have started anything.
        """
        content = None if request.payload is None else _encoded(request.payload)
        budget = policy.within if within is None else within
        began = self._clock.monotonic()
        alone = request.once or request.alone
        attempt = 1
        while True:
            try:
                left = budget - (self._clock.monotonic() - began)
                return await self._attempt(request, content, left, alone=alone)
            except VideoGenError as error:
                delay = retry_delay(
                    error,
                    once=request.once,
                    attempt=attempt,
                    elapsed=self._clock.monotonic() - began,
                    chance=self._chance(),
                    policy=policy,
                    within=budget,
                )
                if delay is None:
                    raise
                log.info("%s: %s; again in %.1f s", request, error, delay)
                alone = alone or isinstance(error, BrokenAnswer)
            await self._clock.sleep(delay)
            attempt += 1

    async def _attempt(self, request: ApiRequest[T], content: bytes | None, left: float, *, alone: bool) -> T:
        if left <= 0:
            raise self._not_sent(Cause("there was no time left to send the request"))
        limit = left if self._timeouts.total is None else min(left, self._timeouts.total)
        attempt = _Attempt()
        problem: Exception | None = None
        began = self._clock.monotonic()
        try:
            with anyio.move_on_after(limit):
                async with self.slots:
                    attempt.begun = True
                    await self._exchange(request, content, attempt, limit, alone=alone)
        except (httpx.TransportError, OSError, BrokenBodyError) as error:
            problem = error
        response = attempt.response
        asked, status = request.operation, response.status_code if response is not None else None
        telemetry.requested(asked.method, asked.path, status, self._clock.monotonic() - began)
        if response is None:
            raise self._no_response(request, attempt, problem, limit)
        now = self._clock.time()
        if (seen := rate_limit(response.headers, now)) is not None:
            self._limits[request.operation.group] = seen
        if not response.is_success:
            raise self._refused(request, response, attempt.body or b"", now)
        try:
            return self._parsed(request, response, attempt.body, problem, limit)
        except BrokenAnswer:
            await _close_connection(response)
            raise

    async def _exchange(
        self, request: ApiRequest[T], content: bytes | None, attempt: _Attempt, limit: float, *, alone: bool
    ) -> None:
        client = self.pools.client(self._base, fresh=alone)
        outgoing = client.build_request(
            request.operation.method,
            str(self._base).rstrip("/") + request.path,
            params=dict(request.params) or None,
            content=content,
            headers={
                **({} if content is None else {"Content-Type": "application/json"}),
                **({"Connection": "close"} if alone else {}),
                **({"Prefer": f"wait={request.held}"} if request.held else {}),
                "Authorization": f"Bearer {self._key}",
                "X-VideoGen-Client": CLIENT_TAG,
                "Accept": "application/json",
                "Cache-Control": "no-cache",
                "Accept-Encoding": "gzip",
            },
            timeout=timeout(self._timeouts, limit),
            extensions={"trace": attempt.trace},
        )
        try:
            response = await client.send(outgoing, stream=True)
            attempt.response = response
            async with aclosing(response):
                attempt.body = await read_body(response)
            response.stream = NOTHING_MORE
        finally:
            del outgoing.extensions["trace"]

    def _parsed(
        self,
        request: ApiRequest[T],
        response: httpx.Response,
        body: bytes | None,
        problem: Exception | None,
        limit: float,
    ) -> T:
        """Return the result in a successful response. Raise BrokenAnswer or Unclear when there is none."""
        if not request.operation.has_body:
            return request.parse(None)
        if isinstance(problem, BrokenBodyError):
            raise self._broken(request, response, str(problem))
        if body is None:
            raise Unclear(
                self._clean(
                    f"{self.host} accepted the request, but its answer broke off: {cause_of(problem, limit).words}."
                ),
                request_id=request_id(response),
                may_have_started=request.once,
            )
        try:
            return request.parse(checked(pydantic_core.from_json(body, allow_inf_nan=False), request.ids))
        except ValueError as error:  # pydantic's ValidationError is one; its text would repeat the response
            kind = response.headers.get("content-type", "no content type").split(";")[0][:60]
            what = f"a web page ({kind})" if is_web_page(response) else f"no readable JSON ({kind})"
            reason = str(error) if isinstance(error, BrokenBodyError) else what
        raise self._broken(request, response, reason)

    def _broken(self, request: ApiRequest[T], response: httpx.Response, reason: str) -> BrokenAnswer:
        return BrokenAnswer(
            self._clean(f"{self.host} answered {response.status_code}, but not as the API promises: {reason}."),
            request_id=request_id(response),
            may_have_started=request.once,
            remedy=WHOSE_PAGE if is_web_page(response) else None,
        )

    def _refused(self, request: ApiRequest[T], response: httpx.Response, body: bytes, now: float) -> VideoGenError:
        reasons = parse_error(body)
        status, remedy = response.status_code, None
        if status < 400:
            to = redirected_to(response)
            message = f"{self.host} answered with a redirect{to}, which is not followed because the key would go along"
            remedy = WHOSE_REDIRECT
        else:
            message = reasons.message or response.reason_phrase or "no reason given"
            if status < 500 and is_web_page(response):
                message, remedy = f"{self.host} answered with a web page ({status} {message})", WHOSE_PAGE
            elif status == 401:
                message = f"{self.host} refuses the key: {message}"
        retry_after = requested_wait(status, response.headers, now)
        return error_class(status, reasons.code)(
            self._clean(message),
            status=status,
            code=reasons.code,
            requirement=reasons.requirement,
            internal_code=reasons.internal_error_code,
            retry_after=retry_after,
            request_id=request_id(response),
            may_have_started=request.once and refused_may_have_started(status, retry_after),
            remedy=remedy,
        )

    def _no_response(
        self, request: ApiRequest[T], attempt: _Attempt, problem: Exception | None, limit: float
    ) -> VideoGenError:
        cause = cause_of(problem, limit, self.pools.proxy_name(self._base))
        if isinstance(problem, NOT_SENT) or attempt.surely_unsent:
            return self._not_sent(cause)
        text = f"{self.host} did not answer the request: {cause.words}."
        return Unclear(self._clean(text), may_have_started=request.once, remedy=cause.remedy)

    def _not_sent(self, cause: Cause) -> ConnectionFailed:
        return ConnectionFailed(self._clean(f"{self.host} could not be reached: {cause.words}."), remedy=cause.remedy)

    def _clean(self, text: str) -> str:
        return clean(text, self._key)


async def _close_connection(response: httpx.Response) -> None:
    """Close the connection of a response that was not to be believed: the next one on it may be out of step too."""
    stream = response.extensions.get("network_stream")
    if stream is not None:
        await stream.aclose()


def _encoded(payload: Mapping[str, Any]) -> bytes:
    """Return `payload` as JSON. Raise BadRequest for what JSON cannot hold, before anything is sent."""
    try:
        return json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError as error:
        raise BadRequest(
            "the arguments hold something that JSON cannot carry: half of a character, or a number that is none",
            status=400,
            code="invalid_request",
        ) from error
