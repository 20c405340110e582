"""What is believed and what happens then: signed by an independent library, bent in every way that hypothesis finds."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette
from starlette.routing import Route

from tests.generated import examples
from videogen_mcp.protocol import webhooks
from videogen_mcp.protocol.webhooks import (
    LARGEST_BODY,
    MOST_REMEMBERED,
    REMEMBERED,
    TOLERANCE,
    Receiver,
    signing_key,
)
from videogen_mcp.webhook_endpoints import PATH

NOW = 1_800_000_000.0
SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four b").decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"the one before, 24 bytes").decode()
FOREIGN = "whsec_" + base64.b64encode(b"somebody else's 24 bytes").decode()
DONE = {"event": "tool_execution.succeeded", "toolExecutionId": "vg_tool_pear", "occurredAt": 1_800_000_000}
PRIVATE = "a prompt that nobody may read in a log"


@dataclass
class HandClock:
    now: float = NOW

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now - NOW

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("the receiver waits for nobody")


@dataclass
class Post:
    """A receiver with a clock in hand, and whom it woke."""

    secrets: Iterable[str] = (SECRET,)
    clock: HandClock = field(default_factory=HandClock)
    woken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.receiver = Receiver(tuple(self.secrets), self.wake, self.clock)

    def wake(self, execution_id: str, account: str | None) -> None:
        assert account is None
        self.woken.append(execution_id)

    def judge(self, headers: dict[str, str], body: bytes) -> int:
        """The status; who is to be woken is."""
        verdict = self.receiver.judge(headers, body)
        if verdict.execution_id is not None:
            self.woken.append(verdict.execution_id)
        return verdict.status


def signed(body: bytes, *, secret: str = SECRET, name: str = "msg_1", at: float = NOW) -> dict[str, str]:
    """Headers as the reference library makes them."""
    moment = datetime.fromtimestamp(int(at), timezone.utc)
    signature = Webhook(secret).sign(name, moment, body.decode("utf-8"))
    return {"webhook-id": name, "webhook-timestamp": str(int(at)), "webhook-signature": signature}


def message(payload: Any = DONE, **how: Any) -> tuple[dict[str, str], bytes]:
    body = json.dumps(payload).encode()
    return signed(body, **how), body


# -- believed --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["succeeded", "failed", "cancelled"])
def test_the_end_of_an_execution_wakes_who_waits_for_it(ending: str) -> None:
    post = Post()
    assert post.judge(*message({**DONE, "event": f"tool_execution.{ending}"})) == 204
    assert post.woken == ["vg_tool_pear"]


@pytest.mark.parametrize(
    ("event", "named_by"),
    [
        ("workflow_run.succeeded", "workflowRunId"),
        ("project_export.failed", "exportId"),
        ("assistant_message.cancelled", "messageId"),
    ],
)
def test_the_end_of_every_kind_wakes_by_its_own_id(event: str, named_by: str) -> None:
    post = Post()
    body = {"event": event, named_by: "vg_pear", "projectId": "vg_proj_1", "occurredAt": 1_800_000_000}
    assert post.judge(*message(body)) == 204
    assert post.woken == ["vg_pear"]


def test_two_secrets_are_good_while_one_replaces_the_other() -> None:
    post = Post((SECRET, OLD_SECRET))
    assert post.judge(*message(name="msg_1", secret=OLD_SECRET)) == 204
    assert post.judge(*message(name="msg_2")) == 204
    assert len(post.woken) == 2


def test_one_good_signature_among_several_is_enough() -> None:
    post = Post()
    headers, body = message()
    foreign = signed(body, secret=FOREIGN)["webhook-signature"]
    headers["webhook-signature"] = f"v1a,AAAA {foreign} {headers['webhook-signature']} v1,"
    assert post.judge(headers, body) == 204
    assert post.woken


@pytest.mark.parametrize("offset", [-TOLERANCE, TOLERANCE])
def test_clocks_may_differ_by_the_tolerance(offset: float) -> None:
    assert Post().judge(*message(at=NOW + offset)) == 204


def test_a_secret_needs_no_prefix_and_no_base64() -> None:
    assert signing_key(SECRET) == signing_key(SECRET.removeprefix("whsec_")) == b"a secret of twenty-four b"
    assert signing_key("whsec_plain words!") == b"plain words!"


def test_other_events_are_heard_and_wake_nobody() -> None:
    post = Post()
    assert post.judge(*message({"event": "file.upload.completed", "fileId": "vg_file_1"})) == 204
    assert post.woken == []


# -- not believed ----------------------------------------------------------------------------------------------------


def test_a_repeated_message_wakes_once() -> None:
    post = Post()
    first = message()
    assert [post.judge(*first) for _ in range(3)] == [204, 204, 204]
    assert post.judge(*message(at=NOW + 60)) == 204
    assert post.woken == ["vg_tool_pear"]


def test_a_message_is_too_old_before_it_is_forgotten() -> None:
    post = Post()
    early = message(at=NOW + TOLERANCE)
    assert post.judge(*early) == 204
    for later in (TOLERANCE, REMEMBERED - 1, REMEMBERED, REMEMBERED + 1):
        post.clock.now = NOW + later
        post.judge(*early)
    assert post.woken == ["vg_tool_pear"]


def test_memory_of_ids_is_bounded_in_number_and_time() -> None:
    post = Post()
    for number in range(MOST_REMEMBERED + 50):
        post.receiver._remember("", f"msg_{number}")
    assert len(post.receiver._seen) == MOST_REMEMBERED
    post.clock.now += REMEMBERED
    assert post.judge(*message(at=post.clock.now)) == 204
    assert len(post.receiver._seen) == 1


@pytest.mark.parametrize("secret", ["whsec_", ""])
def test_an_empty_secret_opens_nothing(secret: str, caplog: pytest.LogCaptureFixture) -> None:
    post = Post((secret,))
    assert "empty secret" in caplog.text
    headers, body = message()
    assert post.judge(headers, body) == 401
    assert post.receiver._keys == []


TAMPER = st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "body"])


@given(part=TAMPER, place=st.integers(0, 10_000), byte=st.integers(0, 255))
@examples(400)
def test_whatever_is_bent_after_signing_is_not_believed(part: str, place: int, byte: int) -> None:
    post = Post()
    headers, body = message()
    raw = bytearray(body if part == "body" else headers[part].encode())
    before = bytes(raw)
    raw[place % len(raw)] = byte
    if part == "body":
        body = bytes(raw)
    else:
        headers[part] = raw.decode("latin-1")
    status = post.judge(headers, body)
    if bytes(raw) == before:
        assert status == 204
    else:
        assert status in (400, 401)
        assert post.woken == []


HEADER = st.text(st.characters(codec="latin-1"), max_size=300)


@given(
    headers=st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), HEADER),
    body=st.binary(max_size=500),
)
@examples(500)
def test_nothing_unsigned_is_believed(headers: dict[str, str], body: bytes) -> None:
    post = Post()
    assert post.judge(headers, body) in (400, 401)
    assert post.woken == []


@given(offset=st.integers(int(TOLERANCE) + 1, 10**9), sign=st.sampled_from([-1, 1]))
def test_what_is_too_old_or_from_the_future_is_refused(offset: int, sign: int) -> None:
    post = Post()
    assert post.judge(*message(at=NOW + sign * offset)) == 401
    assert post.woken == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
EVENT = st.sampled_from(["tool_execution.succeeded", "tool_execution.", "file.playback_ready", "nonsense"]) | JSON


@given(
    payload=JSON
    | st.fixed_dictionaries(
        {}, optional={"event": EVENT, "toolExecutionId": JSON | st.text(max_size=400), "results": JSON}
    )
)
@examples(500)
def test_signed_nonsense_wakes_nobody_but_by_a_fitting_id(payload: Any) -> None:
    post = Post()
    status = post.judge(*message(payload))
    assert status in (204, 400)
    if post.woken:
        assert status == 204
        assert isinstance(payload, dict)
        assert post.woken == [payload["toolExecutionId"]]
        assert payload["event"].startswith("tool_execution.")


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'"tool_execution.succeeded"', b"\xff\xfe", b"NaN"])
def test_signed_bytes_that_are_no_message_are_400(body: bytes) -> None:
    post = Post()
    key = signing_key(SECRET)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(NOW))}
    signature = _sign(key, b"msg_1.%d." % int(NOW) + body)
    assert post.judge({**headers, "webhook-signature": signature}, body) == 400
    assert post.woken == []


def _sign(key: bytes, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


# -- over HTTP -------------------------------------------------------------------------------------------------------


def application(post: Post) -> httpx.AsyncClient:
    app = Starlette(routes=[Route(PATH, post.receiver.answer, methods=["POST"])])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server")


@pytest.mark.anyio
async def test_a_heard_message_is_answered_without_a_body() -> None:
    post = Post()
    headers, body = message()
    async with application(post) as http:
        answer = await http.post(PATH, content=body, headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert post.woken == ["vg_tool_pear"]


@pytest.mark.anyio
async def test_without_a_secret_it_says_which_setting_is_missing() -> None:
    post = Post(())
    headers, body = message()
    async with application(post) as http:
        answer = await http.post(PATH, content=body, headers=headers)
    assert answer.status_code == 503
    assert "VIDEOGEN_WEBHOOK_SECRET" in answer.text
    assert post.woken == []


@pytest.mark.anyio
async def test_an_oversized_body_is_not_read_to_its_end() -> None:
    post = Post()
    sent = 0

    async def endless() -> AsyncGenerator[bytes, None]:
        nonlocal sent
        while sent < 50 * LARGEST_BODY:
            sent += 64 * 1024
            yield b"x" * 64 * 1024

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": await anext(pieces), "more_body": True}

    answers: list[dict[str, Any]] = []

    async def send(part: Any) -> None:
        answers.append(part)

    pieces = endless()
    headers, _ = message()
    app = Starlette(routes=[Route(PATH, post.receiver.answer, methods=["POST"])])
    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "app": app}
    scope["headers"] = [(name.encode(), value.encode()) for name, value in headers.items()]
    await app(scope, receive, send)
    await pieces.aclose()
    assert answers[0]["status"] == 413
    assert sent <= LARGEST_BODY + 64 * 1024
    assert post.woken == []


@pytest.mark.anyio
async def test_a_declared_size_that_is_too_large_is_refused_unread() -> None:
    post = Post()
    async with application(post) as http:
        answer = await http.post(PATH, content=b"x" * (LARGEST_BODY + 1), headers=message()[0])
    assert answer.status_code == 413
    assert post.woken == []


@pytest.mark.anyio
async def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "BODY_LIMIT", 0.05)
    post = Post()

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await anyio.sleep_forever()

    headers, _ = message()
    async with application(post) as http:
        with anyio.fail_after(5):
            answer = await http.post(PATH, content=stuck(), headers=headers)
    assert answer.status_code == 408
    assert post.woken == []


@given(secret=st.sampled_from([SECRET, FOREIGN]), at=st.sampled_from([NOW, NOW - 1e6]), event=st.sampled_from(["x", 7]))
@examples(20)
def test_nothing_of_a_body_reaches_the_log_or_the_answer(
    secret: str, at: float, event: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def send() -> httpx.Response:
        headers, body = message({"event": event, "prompt": PRIVATE}, secret=secret, at=at)
        async with application(Post()) as http:
            return await http.post(PATH, content=body, headers=headers)

    caplog.clear()
    with caplog.at_level(logging.DEBUG):
        answer = anyio.run(send)
    assert "webhook msg_1" in caplog.text
    assert PRIVATE not in caplog.text + answer.text
    assert SECRET not in caplog.text + answer.text


@pytest.mark.anyio
async def test_who_sends_many_that_are_refused_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    post = Post()
    headers, body = message(secret=FOREIGN)
    async with application(post) as http:
        for _ in range(50):
            await http.post(PATH, content=body, headers=headers)
        post.clock.now += 60
        await http.post(PATH, content=body, headers=headers)
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [text.partition(",")[0] for text in told] == ["webhooks were refused: 1", "webhooks were refused: 50"]
