"""What is paid for is never submitted twice; the transport is scripted and time is free."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from tests.unit.api.failures import NOTHING_SENT, SOMETHING_SENT, refusal
from videogen_mcp.api import errors
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.responses import MAX_RESPONSE_BYTES

if TYPE_CHECKING:
    from tests.unit.api.conftest import FakeClock, Make, Service

pytestmark = pytest.mark.anyio

PATH = "/v1/tools/generate-image"
BODY = {"prompt": "a pear"}
STARTED = httpx.Response(202, json={"toolExecutionId": "vg_tool_1"})

BROKEN_BODIES = [
    httpx.Response(202),
    httpx.Response(202, html="<h1>Good morning</h1>"),
    httpx.Response(202, content=b'{"toolExecutionId": "vg_to'),
    httpx.Response(202, json={}),
    httpx.Response(202, json=[]),
    httpx.Response(202, json=None),
    httpx.Response(202, json={"toolExecutionId": None}),
    httpx.Response(202, json={"toolExecutionId": ""}),
    httpx.Response(202, json={"executionId": "vg_tool_1"}),
    httpx.Response(202, content=b"\xff\xfe\x00"),
    httpx.Response(202, content=b"[" * 100_000),
    httpx.Response(202, content=b" " * (MAX_RESPONSE_BYTES + 1)),
]


@pytest.mark.parametrize("problem", NOTHING_SENT, ids=lambda p: type(p).__name__)
async def test_a_submit_that_was_not_sent_is_sent_again(client: VideoGen, service: Service, problem: Exception) -> None:
    service.will(problem, problem, STARTED)
    assert await client.start(PATH, BODY) == "vg_tool_1"
    assert len(service.requests) == 3


@pytest.mark.parametrize("problem", NOTHING_SENT, ids=lambda p: type(p).__name__)
async def test_a_submit_that_never_gets_out_says_so(
    client: VideoGen, service: Service, clock: FakeClock, problem: Exception
) -> None:
    service.will(problem)
    with pytest.raises(errors.ConnectionFailed) as failure:
        await client.start(PATH, BODY)
    assert failure.value.may_have_started is False
    assert sum(clock.slept) < 30


@pytest.mark.parametrize("problem", SOMETHING_SENT, ids=lambda p: type(p).__name__)
async def test_a_submit_is_never_sent_again_once_it_left(
    client: VideoGen, service: Service, problem: Exception
) -> None:
    service.will(problem, STARTED)
    with pytest.raises(errors.Unclear) as failure:
        await client.start(PATH, BODY)
    assert failure.value.may_have_started is True
    assert len(service.requests) == 1


@pytest.mark.parametrize("answer", BROKEN_BODIES, ids=range(len(BROKEN_BODIES)))
async def test_a_submit_with_a_broken_answer_is_not_sent_again(
    client: VideoGen, service: Service, answer: httpx.Response
) -> None:
    service.will(answer, STARTED)
    with pytest.raises(errors.BrokenAnswer) as failure:
        await client.start(PATH, BODY)
    assert failure.value.may_have_started is True
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "started", "sent"),
    [
        (refusal(400, "invalid_request"), errors.BadRequest, False, 1),
        (refusal(401, "invalid_api_key"), errors.Unauthorized, False, 1),
        (refusal(402), errors.InsufficientCredits, False, 1),
        (refusal(403, "not_authorized"), errors.Forbidden, False, 1),
        (refusal(404, "not_found"), errors.NotFound, False, 1),
        (refusal(408), errors.ApiError, True, 1),
        (refusal(409), errors.Conflict, False, 1),
        (refusal(418), errors.ApiError, False, 1),
        (refusal(429, "insufficient_credits"), errors.InsufficientCredits, False, 1),
        (refusal(429, "insufficient_credits", retry_after="1"), errors.InsufficientCredits, False, 1),
        (refusal(400, "insufficient_credits"), errors.InsufficientCredits, False, 1),
        (refusal(429, "rate_limited"), errors.RateLimited, False, 6),
        (refusal(429, "rate_limited", x_ratelimit_reset="1900"), errors.RateLimited, False, 1),
        (refusal(500), errors.ServiceFault, True, 1),
        (refusal(502), errors.ServiceFault, True, 1),
        (refusal(503), errors.ServiceFault, True, 1),
        (refusal(503, retry_after="1"), errors.ServiceFault, False, 6),
        (refusal(503, retry_after="600"), errors.ServiceFault, False, 1),
        (refusal(504, retry_after="1"), errors.ServiceFault, True, 1),
    ],
)
async def test_a_refused_submit(
    client: VideoGen, service: Service, answer: httpx.Response, kind: type[errors.ApiError], started: bool, sent: int
) -> None:
    service.will(answer)
    with pytest.raises(errors.ApiError) as failure:
        await client.start(PATH, BODY)
    assert type(failure.value) is kind
    assert failure.value.status == answer.status_code
    assert failure.value.may_have_started is started
    assert len(service.requests) == sent


async def test_a_limited_submit_waits_as_long_as_asked(client: VideoGen, service: Service, clock: FakeClock) -> None:
    service.will(refusal(429, retry_after="7"), refusal(503, retry_after_ms="1500"), STARTED)
    assert await client.start(PATH, BODY) == "vg_tool_1"
    assert clock.slept == [7.0, 1.5]


async def test_a_submit_keeps_to_the_time_it_was_given(client: VideoGen, service: Service, clock: FakeClock) -> None:
    service.will(refusal(429, retry_after="4"))
    began = clock.now
    with pytest.raises(errors.RateLimited):
        await client.start(PATH, BODY, within=10)
    assert clock.now - began <= 10
    assert len(service.requests) == 3


async def test_getting_ready_counts_as_time_of_the_submit(make: Make, service: Service, clock: FakeClock) -> None:
    service.will(refusal(503, retry_after="6"), httpx.Response(200, json={}), refusal(429, retry_after="5"))
    with pytest.raises(errors.RateLimited):
        await make(dialect="auto").start(PATH, BODY, within=10)
    assert service.asked == ["GET /v1/me", "GET /v1/me", f"POST {PATH}"]


async def test_a_submit_without_time_left_is_not_sent(client: VideoGen, service: Service) -> None:
    with pytest.raises(errors.ConnectionFailed) as failure:
        await client.start(PATH, BODY, within=0)
    assert failure.value.may_have_started is False
    assert service.requests == []


async def test_a_submit_that_hangs_ends_by_itself_as_unclear(make: Make, service: Service) -> None:
    async def hang(request: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError

    with anyio.fail_after(5), pytest.raises(errors.Unclear) as failure:
        await make(transport=httpx.MockTransport(hang)).start(PATH, BODY, within=0.05)
    assert failure.value.may_have_started is True


@pytest.mark.parametrize(
    ("events", "started"),
    [
        ([], True),  # nothing known: think the worst
        (["connection.connect_tcp.started"], False),
        (["connection.connect_tcp.started", "connection.start_tls.started"], False),
        (["connection.connect_tcp.started", "http11.send_request_headers.started"], True),
        (["http11.send_request_headers.started"], True),
    ],
)
async def test_a_submit_cut_while_connecting_started_nothing(make: Make, events: list[str], started: bool) -> None:
    async def hang(request: httpx.Request) -> httpx.Response:
        for event in events:
            await request.extensions["trace"](event, {})
        await anyio.sleep_forever()
        raise AssertionError

    with anyio.fail_after(5), pytest.raises(errors.VideoGenError) as failure:
        await make(transport=httpx.MockTransport(hang)).start(PATH, BODY, within=0.05)
    assert failure.value.may_have_started is started


async def test_preparing_that_hangs_leaves_nothing_started(make: Make) -> None:
    async def hang(request: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError

    with anyio.fail_after(5), pytest.raises(errors.VideoGenError) as failure:
        await make(dialect="auto", transport=httpx.MockTransport(hang)).start(PATH, BODY, within=0.05)
    assert failure.value.may_have_started is False


@pytest.mark.parametrize("problem", [httpx.ReadTimeout("slow"), httpx.Response(200, html="<p>"), refusal(500)])
async def test_a_failed_preparation_is_no_started_submit(
    make: Make, service: Service, problem: httpx.Response | Exception
) -> None:
    service.will(problem)
    with pytest.raises(errors.VideoGenError) as failure:
        await make(dialect="auto").start(PATH, BODY)
    assert failure.value.may_have_started is False


@pytest.mark.parametrize("body", [{"prompt": "half \ud83d"}, {"voiceSpeed": float("nan")}])
async def test_what_json_cannot_carry_is_refused_before_sending(
    client: VideoGen, service: Service, body: dict[str, Any]
) -> None:
    with pytest.raises(errors.BadRequest):
        await client.start(PATH, body)
    assert service.requests == []


async def test_text_arrives_as_it_was_written(client: VideoGen, service: Service) -> None:
    service.will(STARTED)
    await client.start(PATH, {"prompt": "Birne 🍐 \u2028 \"'"})
    assert json.loads(service.requests[0].content) == {"prompt": "Birne 🍐 \u2028 \"'"}
    assert service.requests[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("problem", [httpx.ReadTimeout("slow"), refusal(500)])
async def test_whatever_creates_something_is_a_submit(
    client: VideoGen, service: Service, problem: httpx.Response | Exception
) -> None:
    service.will(problem)
    for use in (
        lambda: client.create_upload("pear.png"),
        lambda: client.create_webhook("https://me.example", ["x"]),
        lambda: client.delete_webhook("ep_1"),
    ):
        service.requests.clear()
        with pytest.raises(errors.VideoGenError):
            await use()
        assert len(service.requests) == 1


@pytest.mark.parametrize(
    "refused", [httpx.Response(429, json={}), httpx.Response(503, json={}, headers={"Retry-After": "1"})]
)
async def test_who_looks_first_has_a_refused_submit_not_repeated(
    client: VideoGen, service: Service, refused: httpx.Response
) -> None:
    service.will(httpx.ConnectError("not there yet"), refused, STARTED)
    with pytest.raises(errors.ApiError):
        await client.with_options(repeat_refused=False).start(PATH, BODY)
    assert len(service.requests) == 2
    assert await client.start(PATH, BODY) == "vg_tool_1"
