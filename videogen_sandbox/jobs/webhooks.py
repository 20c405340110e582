"""Delivers webhooks: sends each message to the endpoints that subscribed to it until they answer with success.

Deliveries stand in the database. A message that is stored in the transaction of the change it reports survives the
process, and every process that serves a data directory delivers. httpx is imported for the first delivery: most
sandboxes have none, and it is a fifth of what the start of a sandbox would import.
"""

from __future__ import annotations

import ipaddress
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import anyio.abc

from videogen_sandbox import __version__
from videogen_sandbox.clock import Clock, wait_for
from videogen_sandbox.contract.webhook_targets import AllowedTargets
from videogen_sandbox.contract.webhooks import sign
from videogen_sandbox.loopback import is_loopback
from videogen_sandbox.networks import LOOPBACK, Resolve, resolve
from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.ids import new_id
from videogen_sandbox.storage.webhooks import Delivery, Endpoint, Outbox

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

RESPONSE_TIMEOUT = 15.0
"""Seconds an endpoint has for its 2xx (VideoGen docs, webhook events)."""

FIRST_DELAY = 1.0
"""Seconds until the first retry. VideoGen's schedule is not documented; tests of clients wait for this one."""

DELAY_FACTOR = 2.0

LONGEST_DELAY = 600.0
"""Seconds between two attempts at most: an endpoint that comes back does not wait for hours."""

ATTEMPTS = 12
"""The last one comes about half an hour after the first; an endpoint that is silent for so long is gone."""

LEASE_SECONDS = RESPONSE_TIMEOUT + 5.0
"""After which a delivery that was claimed counts as not made: its process died."""

IN_FLIGHT = 8
"""Deliveries at once. They only wait; but each is a connection, and a test may start a hundred executions."""

IN_FLIGHT_PER_ENDPOINT = 4
"""So that an endpoint that never answers leaves room for the others."""

POLL_SECONDS = 0.5
"""Between two polls of the database for messages of other processes and for retries that are due."""


def retry_delay(attempts: int) -> float | None:
    """Return the seconds from the last of `attempts` failed attempts to the next one; None after the last."""
    if attempts >= ATTEMPTS:
        return None
    return min(FIRST_DELAY * DELAY_FACTOR ** (attempts - 1), LONGEST_DELAY)


class NotAllowed(Exception):
    """Nothing may be delivered to this endpoint. The message says why, to be put after its URL."""


class Webhooks:
    """Stores messages, and delivers them while `running`. Everything runs on the thread of the event loop."""

    def __init__(
        self,
        database: Database,
        endpoints: Callable[[], Sequence[Endpoint]],
        clock: Clock,
        allowed: AllowedTargets,
        transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve = resolve,
    ) -> None:
        """`endpoints` is called for each event and each attempt: a removed endpoint gets nothing more."""
        self._outbox = Outbox(database)
        self._endpoints = endpoints
        self._clock = clock
        self._allowed = allowed
        self._transport = transport
        self._resolve = resolve
        self._changed = anyio.Event()
        self._in_flight: Counter[str] = Counter()
        self._made: httpx.AsyncClient | None = None

    def publish(self, payload: Mapping[str, Any]) -> None:
        """Store a message for every endpoint that subscribed to `payload["event"]`.

        In the transaction of the change it reports, it is stored together with it or not at all.
        """
        event = payload["event"]
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        message = new_id("msg_")
        for endpoint in self._endpoints():
            if event in endpoint.events:
                self._outbox.add(endpoint.endpoint_id, message, body, self._clock.time())
        self._changed.set()

    def waiting(self) -> int:
        """Return how many deliveries are still to be made, retries included."""
        return self._outbox.waiting()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver until the block is left. Attempts under way then are made again by the next process."""
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._deliver)
                try:
                    yield
                finally:
                    group.cancel_scope.cancel()
        finally:
            if self._made is not None:
                await self._made.aclose()
                self._made = None

    @property
    def _client(self) -> httpx.AsyncClient:
        """Made for the first attempt: to read the certificates it trusts takes 30 ms, and most sandboxes need none."""
        if self._made is None:
            import httpx

            limits = httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=0)
            # The proxies and credentials in the user's environment are not meant for these endpoints.
            self._made = httpx.AsyncClient(transport=self._transport, trust_env=False, limits=limits, timeout=None)
        return self._made

    async def _deliver(self) -> None:
        async with anyio.create_task_group() as attempts:
            while True:
                self._changed = anyio.Event()
                while self._in_flight.total() < IN_FLIGHT:
                    full = [name for name, count in self._in_flight.items() if count >= IN_FLIGHT_PER_ENDPOINT]
                    delivery = self._outbox.claim(self._clock.time(), LEASE_SECONDS, full)
                    if delivery is None:
                        break
                    self._in_flight[delivery.endpoint] += 1
                    attempts.start_soon(self._attempt, delivery)
                await wait_for(self._changed, self._clock, POLL_SECONDS)

    async def _attempt(self, delivery: Delivery) -> None:
        try:
            endpoint = next((found for found in self._endpoints() if found.endpoint_id == delivery.endpoint), None)
            if endpoint is None:
                self._outbox.remove(delivery)
                return
            try:
                problem = await self._post(endpoint, delivery)
            except NotAllowed as refusal:
                log.warning("webhook %s is not delivered: %s %s", delivery.message, endpoint.url, refusal)
                problem = None
            if problem is None:
                self._outbox.remove(delivery)
                return
            delay = retry_delay(delivery.attempts)
            next_one = "no more attempts" if delay is None else f"again in {delay:.0f} s"
            log.warning("webhook %s to %s: %s; %s", delivery.message, delivery.endpoint, problem, next_one)
            if delay is None:
                self._outbox.remove(delivery)
            else:
                self._outbox.postpone(delivery, self._clock.time() + delay)
        finally:
            self._in_flight[delivery.endpoint] -= 1
            self._changed.set()

    async def _post(self, endpoint: Endpoint, delivery: Delivery) -> str | None:
        """Return None when the endpoint answered with success, else what went wrong. Raise NotAllowed."""
        import httpx

        body = delivery.body.encode()
        timestamp = int(self._clock.time())
        headers = {
            "content-type": "application/json",
            "user-agent": f"videogen-sandbox/{__version__}",
            "webhook-id": delivery.message,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(endpoint.secret, delivery.message, timestamp, body),
        }
        try:
            with anyio.fail_after(RESPONSE_TIMEOUT):
                return await self._send(httpx.URL(endpoint.url), body, headers)
        except TimeoutError:
            return f"no response within {RESPONSE_TIMEOUT:.0f} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return type(error).__name__

    async def _send(self, url: httpx.URL, body: bytes, headers: Mapping[str, str]) -> str | None:
        """POST to the first address of the host that takes the connection, as `_post`."""
        import httpx

        addresses = await self._addresses(url)
        headers = {**headers, "host": url.netloc.decode("ascii")}
        for address in addresses:
            # The checked address is the one that is connected to; the name is for the certificate.
            target, extensions = url.copy_with(host=address), {"sni_hostname": url.raw_host.decode("ascii")}
            try:
                # Only the status counts, the body is not read. A redirect is not followed: the message was signed for
                # this endpoint.
                async with self._client.stream(
                    "POST", target, content=body, headers=headers, extensions=extensions
                ) as response:
                    return None if response.is_success else f"status {response.status_code}"
            except httpx.ConnectError:
                if address == addresses[-1]:
                    raise
        return "no address"

    async def _addresses(self, url: httpx.URL) -> Sequence[str]:
        """Return the addresses of a URL that may be connected to. Raise NotAllowed when there is none."""
        if problem := self._allowed.url_problem(str(url)):
            raise NotAllowed(problem)
        host = url.host.rstrip(".")
        try:
            found: Sequence[str] = [str(ipaddress.ip_address(host))]
        except ValueError:
            port = url.port or {"http": 80, "https": 443}[url.scheme]
            found = LOOPBACK if is_loopback(host) else await self._resolve(host, port)
        problems = {address: self._allowed.address_problem(address, url.scheme) for address in found}
        allowed = [address for address, problem in problems.items() if problem is None]
        if found and not allowed:
            raise NotAllowed(problems[found[0]])
        return allowed
