"""Webhooks: tells registered endpoints what happened, signed and repeated until they have heard it.

Signatures and headers follow the Standard Webhooks specification, limits and payloads VideoGen's documentation
(contract NOTES section 12). What is to be delivered stands in the database, so that an event which was written
together with the change it tells of survives the process; every process of a data directory delivers.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import anyio
import anyio.abc
import httpx

from videogen_sandbox import __version__
from videogen_sandbox.clock import Clock
from videogen_sandbox.loopback import is_loopback
from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.ids import new_id

log = logging.getLogger(__name__)

ANSWER_LIMIT = 15.0
"""Seconds an endpoint has for its 2xx (VideoGen docs, webhook events)."""

FIRST_DELAY = 1.0
"""Seconds until the first repetition. VideoGen's schedule is unknown; a sandbox serves tests, which wait for it."""

DELAY_FACTOR = 2.0

LONGEST_DELAY = 600.0
"""Seconds between two repetitions at most: an endpoint that comes back is not left waiting for hours."""

ATTEMPTS = 12
"""The last one comes about half an hour after the first; who is silent for so long has gone."""

LEASE = ANSWER_LIMIT + 5.0
"""Seconds after which a delivery that a process began counts as not made: the process died."""

IN_FLIGHT = 8
"""Deliveries at once. They only wait; but each is a connection, and a test may start a hundred executions."""

IN_FLIGHT_PER_ENDPOINT = 4
"""So that one endpoint which never answers leaves room for the others."""

LOOK_EVERY = 0.5
"""Seconds between two looks for what other processes wrote down and for repetitions that are due."""

SECRET_BYTES = 24
"""Of randomness in a signing secret; Standard Webhooks asks for 24 to 64."""

TABLE = """
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    message TEXT NOT NULL,          -- the webhook-id: one for an event, whoever gets it and how often
    endpoint TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL               -- Unix seconds; while one is under way, when it counts as lost
) STRICT
"""


@dataclass(frozen=True)
class Endpoint:
    """Who wants to hear of what. `secret` is "whsec_" and base64."""

    endpoint_id: str
    url: str
    secret: str
    events: Sequence[str]


@dataclass(frozen=True)
class Delivery:
    """One message for one endpoint; `attempts` counts the one under way."""

    seq: int
    message: str
    endpoint: str
    body: str
    attempts: int


def new_secret() -> str:
    """A signing secret as the create answer shows it, once."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def refusal(url: str) -> str | None:
    """Why nothing is ever delivered to this URL; None when it is fine.

    https anywhere. Plain http only to this machine, where nobody listens on the way.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    if not host or port == 0:
        return "is not a URL with a host"
    if parts.username or parts.password:
        return "must not contain a user name or a password"
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return None
    return "must begin with https:// (the sandbox also takes http:// to 127.0.0.1, ::1 and localhost)"


def sign(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """The webhook-signature header (Standard Webhooks, symmetric "v1")."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join((message.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def tool_payload(execution: Mapping[str, Any], occurred_at: float) -> dict[str, Any]:
    """What is told of a finished execution, made of its wire form: results only of success, error only of failure."""
    status = execution["status"]
    payload = {
        "event": f"tool_execution.{status}",
        "toolExecutionId": execution["toolExecutionId"],
        "occurredAt": int(occurred_at),
        "toolType": execution["toolType"],
    }
    if status == "succeeded":
        payload["results"] = execution["results"]
    if status == "failed":
        payload["error"] = execution["error"]
    return payload


def file_payload(
    event: str, file: Mapping[str, Any], occurred_at: float, error: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What is told of an uploaded file, made of its hydrated wire form."""
    payload = {"event": event, "fileId": file["fileId"], "occurredAt": int(occurred_at), "file": file}
    return {**payload, "error": error} if error is not None else payload


def pause(attempts: int) -> float | None:
    """Seconds from a failed attempt to the next; None when there is none. `attempts` counts those made."""
    if attempts >= ATTEMPTS:
        return None
    return min(FIRST_DELAY * DELAY_FACTOR ** (attempts - 1), LONGEST_DELAY)


class Outbox:
    """The deliveries that are still to be made."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.run(TABLE)

    def add(self, endpoint_id: str, message: str, body: str, now: float) -> None:
        self._database.run(
            "INSERT INTO deliveries (message, endpoint, body, due) VALUES (?, ?, ?, ?)", message, endpoint_id, body, now
        )

    def claim(self, now: float, without: Sequence[str]) -> Delivery | None:
        """Begin the delivery that has been due for longest, except to these endpoints; None when there is none."""
        row = self._database.one(
            "UPDATE deliveries SET attempts = attempts + 1, due = ? WHERE seq = ("
            f"  SELECT seq FROM deliveries WHERE due <= ? AND endpoint NOT IN ({', '.join('?' * len(without))})"
            "  ORDER BY due, seq LIMIT 1"
            ") RETURNING seq, message, endpoint, body, attempts",
            now + LEASE,
            now,
            *without,
        )
        return Delivery(**row) if row else None

    def done(self, delivery: Delivery) -> None:
        """It was heard, or nobody is there any more who would hear it."""
        self._database.run("DELETE FROM deliveries WHERE seq = ?", delivery.seq)

    def again(self, delivery: Delivery, due: float) -> None:
        self._database.run("UPDATE deliveries SET due = ? WHERE seq = ?", due, delivery.seq)

    def waiting(self) -> int:
        """How many are not made yet."""
        row = self._database.one("SELECT COUNT(*) AS number FROM deliveries")
        return int(row["number"]) if row else 0


class Webhooks:
    """Takes events and delivers them while `running`. Everything happens on the thread of the event loop."""

    def __init__(
        self,
        database: Database,
        endpoints: Callable[[], Sequence[Endpoint]],
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`endpoints` is asked at each event and each delivery: a removed endpoint hears nothing more."""
        self._outbox = Outbox(database)
        self._endpoints = endpoints
        self._clock = clock
        self._transport = transport
        self._news = anyio.Event()
        self._in_flight: Counter[str] = Counter()

    def publish(self, payload: Mapping[str, Any]) -> None:
        """Write a message down for every endpoint that asked for `payload["event"]`.

        Inside a transaction it becomes true together with what it tells of.
        """
        event = payload["event"]
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        message = new_id("msg_")
        for endpoint in self._endpoints():
            if event in endpoint.events:
                self._outbox.add(endpoint.endpoint_id, message, body, self._clock.time())
        self._news.set()

    def waiting(self) -> int:
        """How many deliveries are not made yet, repetitions included."""
        return self._outbox.waiting()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver until the block is left. What is under way then is delivered again by the next process."""
        limits = httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=0)
        # Straight to the endpoint: neither a proxy nor credentials of this machine's user belong to it.
        client = httpx.AsyncClient(transport=self._transport, trust_env=False, limits=limits, timeout=None)
        async with client, anyio.create_task_group() as group:
            group.start_soon(self._deliver, client)
            try:
                yield
            finally:
                group.cancel_scope.cancel()

    async def _deliver(self, client: httpx.AsyncClient) -> None:
        async with anyio.create_task_group() as attempts:
            while True:
                self._news = anyio.Event()
                while self._in_flight.total() < IN_FLIGHT:
                    full = [name for name, count in self._in_flight.items() if count >= IN_FLIGHT_PER_ENDPOINT]
                    delivery = self._outbox.claim(self._clock.time(), full)
                    if delivery is None:
                        break
                    self._in_flight[delivery.endpoint] += 1
                    attempts.start_soon(self._attempt, client, delivery)
                await self._wait()

    async def _wait(self) -> None:
        """For news, but not longer than LOOK_EVERY."""
        async with anyio.create_task_group() as either:

            async def doze() -> None:
                await self._clock.sleep(LOOK_EVERY)
                either.cancel_scope.cancel()

            either.start_soon(doze)
            await self._news.wait()
            either.cancel_scope.cancel()

    async def _attempt(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        try:
            endpoint = next((found for found in self._endpoints() if found.endpoint_id == delivery.endpoint), None)
            if endpoint is None:
                self._outbox.done(delivery)
                return
            outcome = await self._post(client, endpoint, delivery)
            if outcome is None:
                self._outbox.done(delivery)
                return
            delay = pause(delivery.attempts)
            next_one = "no more attempts" if delay is None else f"again in {delay:.0f} s"
            log.warning("webhook %s to %s: %s; %s", delivery.message, delivery.endpoint, outcome, next_one)
            if delay is None:
                self._outbox.done(delivery)
            else:
                self._outbox.again(delivery, self._clock.time() + delay)
        finally:
            self._in_flight[delivery.endpoint] -= 1
            self._news.set()

    async def _post(self, client: httpx.AsyncClient, endpoint: Endpoint, delivery: Delivery) -> str | None:
        """None when the endpoint has heard it, else what went wrong."""
        body = delivery.body.encode()
        timestamp = int(self._clock.time())
        headers = {
            "content-type": "application/json",
            "user-agent": f"videogen-mcp-sandbox/{__version__}",
            "webhook-id": delivery.message,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(endpoint.secret, delivery.message, timestamp, body),
        }
        try:
            with anyio.fail_after(ANSWER_LIMIT):
                # Only the status counts: the rest of the answer is not read. A redirect is not followed, for the
                # message was signed for this endpoint.
                async with client.stream("POST", endpoint.url, content=body, headers=headers) as answer:
                    return None if answer.is_success else f"status {answer.status_code}"
        except TimeoutError:
            return f"no answer within {ANSWER_LIMIT:.0f} s"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__
