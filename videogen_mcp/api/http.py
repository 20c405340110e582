"""One JSON call to the API: send, tell failures apart, repeat where that is safe, read the limits."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import anyio
import httpx
import pydantic_core

from videogen_mcp.api.answers import BrokenBodyError, clean, error_body, in_words, request_id, whole_body
from videogen_mcp.api.errors import (
    ApiError,
    BadRequest,
    BrokenAnswer,
    ConnectionFailed,
    Unclear,
    VideoGenError,
    error_class,
)
from videogen_mcp.api.pools import CLIENT_TAG, Pools, base_address, checked_key, timeout
from videogen_mcp.api.transport import (
    API_TIMEOUTS,
    READ_RETRY,
    Failure,
    RateLimit,
    Retry,
    Timeouts,
    What,
    asked_wait,
    may_have_started,
    rate_limit,
    retry_after,
    retry_delay,
)
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


@dataclass(frozen=True)
class Call(Generic[T]):
    """One operation of the API: what to send and how to read the answer.

    `read` turns the JSON into the result and raises ValueError when it is not what was promised.
    `submit` marks what must not be sent twice.
    """

    method: str
    path: str
    group: str
    read: Callable[[Any], T]
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    submit: bool = False
    has_answer: bool = True


@dataclass(frozen=True)
class _Failed:
    failure: Failure
    error: VideoGenError


@dataclass
class _Attempt:
    """How far an attempt got, also when it is cut short."""

    connecting: bool = False
    sending: bool = False
    response: httpx.Response | None = None
    body: bytes | None = None

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Told by the connection what it does (httpcore's trace extension)."""
        if event == "connection.connect_tcp.started":
            self.connecting = True
        elif event == "http11.send_request_headers.started":
            self.sending = True

    @property
    def surely_unsent(self) -> bool:
        return self.connecting and not self.sending and self.response is None


class Connection:
    """The way to one API with one key. Keeps the last seen rate limits per group of calls."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        transport: httpx.AsyncBaseTransport | None,
        clock: Clock,
        chance: Callable[[], float],
        timeouts: Timeouts = API_TIMEOUTS,
    ) -> None:
        self._key = checked_key(api_key)
        self._base = base_address(base_url)
        self._clock = clock
        self._chance = chance
        self._timeouts = timeouts
        self.pools = Pools(transport)
        self._limits: dict[str, RateLimit] = {}
        self.limits: Mapping[str, RateLimit] = MappingProxyType(self._limits)

    @property
    def host(self) -> str:
        """Where calls go, for messages."""
        return self._base.host

    async def call(self, call: Call[T], *, policy: Retry = READ_RETRY, within: float | None = None) -> T:
        """Send `call`, again where that is safe, all inside `within` seconds (default: the policy's).

        Raises a VideoGenError; for submits its `may_have_started` is the truth about the last attempt, and the
        earlier ones are known not to have started anything.
        """
        body = None if call.body is None else _encoded(call.body)
        budget = policy.within if within is None else within
        began = self._clock.monotonic()
        client = self.pools.client(self._base, fresh=call.submit)
        attempt = 1
        while True:
            outcome = await self._attempt(client, call, body, budget - (self._clock.monotonic() - began))
            if not isinstance(outcome, _Failed):
                return outcome
            delay = retry_delay(
                outcome.failure,
                submit=call.submit,
                attempt=attempt,
                elapsed=self._clock.monotonic() - began,
                chance=self._chance(),
                policy=policy,
                within=budget,
            )
            if delay is None:
                raise outcome.error
            log.info("%s %s: %s; again in %.1f s", call.method, call.path, outcome.error, delay)
            await self._clock.sleep(delay)
            attempt += 1

    async def _attempt(self, client: httpx.AsyncClient, call: Call[T], body: bytes | None, left: float) -> T | _Failed:
        if left <= 0:
            return self._not_sent("there was no time left to send the request")
        limit = left if self._timeouts.total is None else min(left, self._timeouts.total)
        attempt = _Attempt()
        problem: Exception | None = None
        try:
            with anyio.move_on_after(limit):
                await self._exchange(client, call, body, attempt, limit)
        except (httpx.TransportError, OSError, BrokenBodyError) as error:
            problem = error
        response = attempt.response
        if response is None:
            return self._no_answer(call, attempt, problem, limit)
        now = self._clock.time()
        if (seen := rate_limit(response.headers, now)) is not None:
            self._limits[call.group] = seen
        if not response.is_success:
            return self._refused(call, response, attempt.body or b"", now)
        return self._answered(call, response, attempt.body, problem, limit)

    async def _exchange(
        self, client: httpx.AsyncClient, call: Call[T], body: bytes | None, attempt: _Attempt, limit: float
    ) -> None:
        request = client.build_request(
            call.method,
            str(self._base).rstrip("/") + call.path,
            params=dict(call.params) or None,
            content=body,
            headers={
                **({} if body is None else {"Content-Type": "application/json"}),
                "Authorization": f"Bearer {self._key}",
                "X-VideoGen-Client": CLIENT_TAG,
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            },
            timeout=timeout(self._timeouts, limit),
            extensions={"trace": attempt.trace},
        )
        response = await client.send(request, stream=True)
        attempt.response = response
        async with aclosing(response):
            attempt.body = await whole_body(response)

    def _answered(
        self, call: Call[T], response: httpx.Response, body: bytes | None, problem: Exception | None, limit: float
    ) -> T | _Failed:
        if not call.has_answer:
            return call.read(None)
        if isinstance(problem, BrokenBodyError):
            return self._broken(call, response, str(problem))
        if body is None:
            reason = in_words(problem, limit)
            error = Unclear(
                self._clean(f"{self.host} accepted the request, but its answer broke off: {reason}."),
                request_id=request_id(response),
                may_have_started=call.submit,
            )
            return _Failed(Failure(What.UNCLEAR), error)
        try:
            return call.read(pydantic_core.from_json(body, allow_inf_nan=False))
        except ValueError as error:  # pydantic's ValidationError is one; its text would repeat the answer
            kind = response.headers.get("content-type", "no content type").split(";")[0][:60]
            known = isinstance(error, BrokenBodyError)
            return self._broken(call, response, str(error) if known else f"no readable JSON ({kind})")

    def _broken(self, call: Call[T], response: httpx.Response, reason: str) -> _Failed:
        error = BrokenAnswer(
            self._clean(f"{self.host} answered {response.status_code}, but not as the API promises: {reason}."),
            request_id=request_id(response),
            may_have_started=call.submit,
        )
        return _Failed(Failure(What.UNCLEAR), error)

    def _refused(self, call: Call[T], response: httpx.Response, body: bytes, now: float) -> _Failed:
        said = error_body(body)
        headers, status = response.headers, response.status_code
        failure = Failure(
            What.ANSWERED,
            status=status,
            code=said.code,
            asked=asked_wait(status, headers, now),
            retry_after_given=retry_after(headers, now) is not None,
        )
        if status < 400:
            message = f"{self.host} answered with a redirect, which is not followed because the key would go along"
        else:
            message = said.message or response.reason_phrase or "no reason given"
        kind: type[ApiError] = error_class(status, said.code)
        error = kind(
            self._clean(message),
            status=status,
            code=said.code,
            requirement=said.requirement,
            internal_code=said.internal_error_code,
            retry_after=failure.asked,
            request_id=request_id(response),
            may_have_started=call.submit and may_have_started(failure),
        )
        return _Failed(failure, error)

    def _no_answer(self, call: Call[T], attempt: _Attempt, problem: Exception | None, limit: float) -> _Failed:
        reason = in_words(problem, limit)
        if isinstance(problem, NOT_SENT) or attempt.surely_unsent:
            return self._not_sent(reason)
        text = f"{self.host} did not answer the request: {reason}."
        return _Failed(Failure(What.UNCLEAR), Unclear(self._clean(text), may_have_started=call.submit))

    def _not_sent(self, reason: str) -> _Failed:
        text = self._clean(f"{self.host} could not be reached: {reason}.")
        return _Failed(Failure(What.NOT_SENT), ConnectionFailed(text))

    def _clean(self, text: str) -> str:
        return clean(text, self._key)


def _encoded(body: Mapping[str, Any]) -> bytes:
    """`body` as JSON. Raises BadRequest for what JSON cannot hold, before anything is sent."""
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError as error:
        raise BadRequest(
            "the arguments hold something that JSON cannot carry: half of a character, or a number that is none",
            status=400,
            code="invalid_request",
        ) from error
