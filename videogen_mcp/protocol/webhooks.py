"""Webhooks of VideoGen, accepted only when signed with a secret of ours.

Signatures follow the Standard Webhooks specification (symmetric, "v1"), payloads VideoGen's documentation. Nothing of
a message ever reaches an answer: a valid signature wakes those who wait for the execution, and the service is polled.

The address PATH is for the secrets of the settings; below it are the endpoints of accounts (`webhook_endpoints`), of
which nobody can find out by trying whether they exist.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import math
import re
import secrets as randomness
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from videogen_mcp.calls.replies import bounded
from videogen_mcp.clock import Clock
from videogen_mcp.database.database import DatabaseUnavailable
from videogen_mcp.webhook_endpoints import ADDRESS, MOST_SECRETS, PATH, WebhookEndpoints

log = logging.getLogger(__name__)

ENDPOINT_PATH = f"{PATH}/{{address}}"

TOLERANCE = 300.0
"""Seconds a message may be old or early: what the vendor's own SDK allows (Standard Webhooks leaves it open)."""

REMEMBERED = 2 * TOLERANCE + 1
"""Seconds for which an id is remembered. A message from the far end of the future is acceptable for so long, both ends
included; later its timestamp is too old."""

MOST_REMEMBERED = 10_000
"""Ids kept at most, 2 MB. A key starts 500 executions an hour; this is the events of ten hours of twenty such keys."""

LARGEST_BODY = 1024 * 1024
"""Bytes. A payload with the hundred files that one execution can have takes some 400 kB."""

BODY_LIMIT = 5.0
"""Seconds in which the body must have come. The sender itself waits 15 s for the whole answer."""

LONGEST_ID = 256
"""Characters of a webhook-id or an execution id; real ones have about 30."""

WARNED_EVERY = 60.0
"""Seconds between two warnings of refused messages."""

MOST_SIGNATURES = 20
"""Signatures checked in one message. A sender adds one for each secret it still signs with, which are two."""

EXECUTION_EVENTS: Mapping[str, str] = {
    "tool_execution": "toolExecutionId",
    "workflow_run": "workflowRunId",
    "project_export": "exportId",
    "assistant_message": "messageId",
}
"""Events that a call may be waiting for, by what stands before the point in their names, and which field has the id."""

NO_SECRET = f"""\
This server checks signatures and has no secret to do it with. Set VIDEOGEN_WEBHOOK_SECRET to the signing secret that \
create_webhook showed for the endpoint {PATH}, then start it again."""


@dataclass(frozen=True)
class Verdict:
    """What becomes of a message: the status to answer, why, which execution is to be polled, and of which account
    (None: whoever waits for it)."""

    status: int
    why: str
    execution_id: str | None = None
    account: str | None = None


@dataclass(frozen=True)
class Key:
    """What signs messages, and the account whose they are (None: not said)."""

    signing: bytes = field(repr=False)
    account: str | None = None


class Receiver:
    """Judges messages and wakes who waits. `wake` is called with an execution's id and its account, where that is
    known; `endpoints` are those of accounts, None where there are none."""

    def __init__(
        self,
        secrets: Sequence[str],
        wake: Callable[[str, str | None], None],
        clock: Clock,
        endpoints: WebhookEndpoints | None = None,
    ) -> None:
        """Several `secrets` are all good at the same time, so that one can be changed without losing messages."""
        self._keys = [Key(key) for key in map(signing_key, secrets) if key]
        if len(self._keys) < len(secrets):
            log.warning("VIDEOGEN_WEBHOOK_SECRET holds an empty secret, which anybody could sign with: it is left out")
        self._wake = wake
        self._clock = clock
        self._endpoints = endpoints
        self._nobody = Key(randomness.token_bytes(32))
        """In place of keys that there are not, so that refusing takes as long; nobody can sign with it."""
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()
        """Until when a message is remembered, by the address that it came to and its id."""
        self._refused, self._warned_at = 0, -math.inf

    async def answer(self, request: Request) -> Response:
        """The answer to a POST to PATH; no body but in refusals, which say what to do."""
        if not self._keys:
            return PlainTextResponse(NO_SECRET, 503)
        return await self._answer(request, "")

    async def answer_endpoint(self, request: Request) -> Response:
        """The answer to a POST to ENDPOINT_PATH; the same for an address that nobody has as for a wrong signature."""
        return await self._answer(request, request.path_params["address"])

    async def _answer(self, request: Request, address: str) -> Response:
        try:
            with anyio.fail_after(BODY_LIMIT):
                body = await _read(request)
        except TimeoutError:
            verdict = Verdict(408, f"its body did not come within {BODY_LIMIT:.0f} s")
        except ClientDisconnect:
            verdict = Verdict(400, "it broke off")
        else:
            if body is None:
                verdict = Verdict(413, f"it is larger than {LARGEST_BODY} bytes")
            else:
                verdict = await self._judged(request.headers, body, address)
        self._note(verdict, request.headers.get("webhook-id"))
        if verdict.execution_id is not None:
            self._wake(verdict.execution_id, verdict.account)
        return Response(status_code=204) if verdict.status == 204 else PlainTextResponse(verdict.why, verdict.status)

    async def _judged(self, headers: Mapping[str, str], body: bytes, address: str) -> Verdict:
        try:
            keys = await self._keys_of(address) if address else self._keys
        except DatabaseUnavailable:
            return Verdict(503, "this server cannot look up whose it is; send it again later")
        return self.judge(headers, body, keys, address)

    async def _keys_of(self, address: str) -> list[Key]:
        """Return the keys of an endpoint's address, always MOST_SECRETS. Raises DatabaseUnavailable."""
        known = self._endpoints is not None and ADDRESS.fullmatch(address)
        listeners = await self._endpoints.at(address) if self._endpoints is not None and known else []
        keys = [Key(key, one.account) for one in listeners if (key := signing_key(one.secret))]
        return [*keys, *[self._nobody] * (MOST_SECRETS - len(keys))]

    def judge(
        self, headers: Mapping[str, str], body: bytes, keys: Sequence[Key] | None = None, address: str = ""
    ) -> Verdict:
        """Return whether a message is accepted, and its report. `headers` with names in lower case, `body` as it came;
        `keys` are those of the address that it came to, None: those of the settings.

        An accepted message is remembered; the same one again wakes no call.
        """
        message, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not (0 < len(message) <= LONGEST_ID and re.fullmatch(r"[0-9]{1,12}", timestamp)):
            return Verdict(400, "webhook-id or webhook-timestamp is missing or malformed")
        # The signature comes before the age, so that a stranger learns nothing about our clock.
        signer = _signer(
            self._keys if keys is None else keys, message, timestamp, headers.get("webhook-signature", ""), body
        )
        if signer is None:
            return Verdict(401, "no signature fits a secret of this server")
        if abs(self._clock.time() - int(timestamp)) > TOLERANCE:
            return Verdict(401, f"its timestamp is more than {TOLERANCE:.0f} s from now")
        if self._is_repeated(address, message):
            return Verdict(204, "heard before")
        verdict = read(body)
        if verdict.status == 204:
            self._remember(address, message)
        return replace(verdict, account=signer.account)

    def _is_repeated(self, address: str, message: str) -> bool:
        now = self._clock.monotonic()
        while self._seen and next(iter(self._seen.values())) <= now:
            self._seen.popitem(last=False)
        return (address, message) in self._seen

    def _remember(self, address: str, message: str) -> None:
        self._seen[address, message] = self._clock.monotonic() + REMEMBERED
        while len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)

    def _note(self, verdict: Verdict, message: str | None) -> None:
        """Log a line without anything of the body. Refused ones are warned of now and then: anybody can send them."""
        name = bounded(message, 80) or "without id"
        log.info("webhook %s: %s%s", name, "" if verdict.status == 204 else "refused, ", verdict.why)
        if verdict.status != 204:
            self._refused += 1
            now = self._clock.monotonic()
            if now - self._warned_at >= WARNED_EVERY:
                log.warning("webhooks were refused: %d, the last (%s) as %s", self._refused, name, verdict.why)
                self._refused, self._warned_at = 0, now


def _signer(keys: Sequence[Key], message: str, timestamp: str, signatures: str, body: bytes) -> Key | None:
    """Return the key that signed a message, None where none of them did; all are tried in any case."""
    signed = b".".join((message.encode("latin-1", "replace"), timestamp.encode(), body))
    given = [part.partition(",") for part in signatures.split()[:MOST_SIGNATURES]]
    offered = [value.encode("latin-1", "replace") for version, _, value in given if version == "v1"]
    signer: Key | None = None
    for key in keys:
        right = base64.b64encode(hmac.new(key.signing, signed, hashlib.sha256).digest())
        for value in offered:
            if hmac.compare_digest(right, value):
                signer = key
    return signer


def signing_key(secret: str) -> bytes:
    """The key a secret stands for: its base64 without "whsec_"; what is no base64 is taken as it is, as SDKs do."""
    text = secret.strip().removeprefix("whsec_")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text.encode()


def read(body: bytes) -> Verdict:
    """Return the verdict on an authentic message: 204 when it is understood, also when it does not concern us."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return Verdict(400, "its body is no JSON")
    event = payload.get("event") if isinstance(payload, dict) else None
    if not isinstance(event, str):
        return Verdict(400, "its body names no event")
    about, point, _ = event.partition(".")
    named_by = EXECUTION_EVENTS.get(about)
    if named_by is None or not point:
        return Verdict(204, "an event that no call waits for")
    execution_id = payload.get(named_by)
    if not (isinstance(execution_id, str) and 0 < len(execution_id) <= LONGEST_ID):
        return Verdict(400, "its body names no execution")
    return Verdict(204, "heard", execution_id)


async def _read(request: Request) -> bytes | None:
    """The body, in pieces; None as soon as it is too large."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > LARGEST_BODY:
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)
