"""Webhooks of VideoGen, accepted only when signed with a secret of ours.

Signatures follow the Standard Webhooks specification (symmetric, "v1"), payloads VideoGen's documentation. Nothing of
a message ever reaches an answer: a valid signature wakes those who wait for the execution, and the service is polled.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from videogen_mcp.calls.replies import bounded
from videogen_mcp.clock import Clock

log = logging.getLogger(__name__)

PATH = "/webhooks/videogen"
"""Where the HTTP server listens for them."""

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
    """What becomes of a message: the status to answer, why, and which execution is to be polled."""

    status: int
    why: str
    execution_id: str | None = None


class Receiver:
    """Judges messages and wakes who waits. `wake` is called with the execution's id."""

    def __init__(self, secrets: Sequence[str], wake: Callable[[str], None], clock: Clock) -> None:
        """Several `secrets` are all good at the same time, so that one can be changed without losing messages."""
        self._keys = [key for key in map(signing_key, secrets) if key]
        if len(self._keys) < len(secrets):
            log.warning("VIDEOGEN_WEBHOOK_SECRET holds an empty secret, which anybody could sign with: it is left out")
        self._wake = wake
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()

    async def answer(self, request: Request) -> Response:
        """The answer to a POST; no body but in refusals, which say what to do."""
        if not self._keys:
            return PlainTextResponse(NO_SECRET, 503)
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
                verdict = self.judge(request.headers, body)
        self._note(verdict, request.headers.get("webhook-id"))
        if verdict.execution_id is not None:
            self._wake(verdict.execution_id)
        return Response(status_code=204) if verdict.status == 204 else PlainTextResponse(verdict.why, verdict.status)

    def judge(self, headers: Mapping[str, str], body: bytes) -> Verdict:
        """Return whether a message is accepted, and its report. `headers` with names in lower case, `body` as it came.

        An accepted message is remembered; the same one again wakes no call.
        """
        message, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not (0 < len(message) <= LONGEST_ID and re.fullmatch(r"[0-9]{1,12}", timestamp)):
            return Verdict(400, "webhook-id or webhook-timestamp is missing or malformed")
        # The signature comes before the age, so that a stranger learns nothing about our clock.
        if not self._is_signed(message, timestamp, headers.get("webhook-signature", ""), body):
            return Verdict(401, "no signature fits a secret of this server")
        if abs(self._clock.time() - int(timestamp)) > TOLERANCE:
            return Verdict(401, f"its timestamp is more than {TOLERANCE:.0f} s from now")
        if self._is_repeated(message):
            return Verdict(204, "heard before")
        verdict = read(body)
        if verdict.status == 204:
            self._remember(message)
        return verdict

    def _is_signed(self, message: str, timestamp: str, signatures: str, body: bytes) -> bool:
        signed = b".".join((message.encode("latin-1", "replace"), timestamp.encode(), body))
        given = [part.partition(",") for part in signatures.split()[:MOST_SIGNATURES]]
        offered = [value.encode("latin-1", "replace") for version, _, value in given if version == "v1"]
        fits = False
        for key in self._keys:
            right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
            for value in offered:
                fits |= hmac.compare_digest(right, value)
        return fits

    def _is_repeated(self, message: str) -> bool:
        now = self._clock.monotonic()
        while self._seen and next(iter(self._seen.values())) <= now:
            self._seen.popitem(last=False)
        return message in self._seen

    def _remember(self, message: str) -> None:
        self._seen[message] = self._clock.monotonic() + REMEMBERED
        while len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)

    def _note(self, verdict: Verdict, message: str | None) -> None:
        """One line without anything of the body."""
        name = bounded(message, 80) or "without id"
        if verdict.status == 204:
            log.info("webhook %s: %s", name, verdict.why)
        else:
            log.warning("webhook %s was refused: %s", name, verdict.why)


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
