"""What a call does when the service refuses, breaks or lies; the transport is scripted and time is free."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from videogen_mcp.api import errors
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.transport import API_TIMEOUTS, MAX_ANSWER_BYTES, Timeouts

if TYPE_CHECKING:
    from tests.unit.api.conftest import FakeClock, Make, Service

pytestmark = pytest.mark.anyio

PATH = "/v1/tools/generate-image"
BODY = {"prompt": "a pear"}
STARTED = httpx.Response(202, json={"toolExecutionId": "vg_tool_1"})
RUNNING = httpx.Response(200, json={"toolExecutionId": "vg_tool_1", "status": "running"})

NOTHING_SENT = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.PoolTimeout("busy"),
    httpx.ProxyError("no tunnel"),
]
SOMETHING_SENT = [
    httpx.ReadTimeout("slow"),
    httpx.WriteTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
    httpx.CloseError("closed"),
    ConnectionResetError("reset"),
]
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
    httpx.Response(202, content=b" " * (MAX_ANSWER_BYTES + 1)),
]


def refusal(status: int, code: str | None = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"message": f"said {status}", "code": code}, headers=named)


# submits


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


# reads


@pytest.mark.parametrize(
    "problem",
    [
        *NOTHING_SENT,
        *SOMETHING_SENT,
        refusal(408),
        refusal(429),
        refusal(500),
        refusal(503),
        httpx.Response(200, html="<h1>Hotel wifi</h1>"),
        httpx.Response(200, json={"status": "running"}),
    ],
    ids=str,
)
async def test_a_read_survives_what_passes(
    client: VideoGen, service: Service, problem: httpx.Response | Exception
) -> None:
    service.will(problem, problem, RUNNING)
    assert (await client.execution("vg_tool_1")).status == "running"
    assert len(service.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418])
async def test_a_read_that_is_refused_is_not_repeated(client: VideoGen, service: Service, status: int) -> None:
    service.will(refusal(status), RUNNING)
    with pytest.raises(errors.ApiError, match=f"said {status}"):
        await client.execution("vg_tool_1")
    assert len(service.requests) == 1


async def test_a_caller_with_its_own_loop_gets_every_failure(client: VideoGen, service: Service) -> None:
    service.will(refusal(503, retry_after="1"), RUNNING)
    with pytest.raises(errors.ServiceFault) as failure:
        await client.execution("vg_tool_1", retry=False)
    assert failure.value.retry_after == 1.0
    assert failure.value.may_have_started is False


async def test_a_read_gives_up_after_some_attempts(client: VideoGen, service: Service, clock: FakeClock) -> None:
    service.will(httpx.ReadTimeout("slow"))
    with pytest.raises(errors.Unclear) as failure:
        await client.execution("vg_tool_1")
    assert (len(service.requests), clock.slept) == (4, [0.5, 1.0, 2.0])
    assert failure.value.may_have_started is False


async def test_chance_shortens_the_waits(make: Make, service: Service, clock: FakeClock) -> None:
    service.will(refusal(500), RUNNING)
    await make(random=lambda: 1.0).execution("vg_tool_1")
    assert clock.slept == [0.375]


async def test_a_delete_needs_no_body(client: VideoGen, service: Service) -> None:
    service.will(httpx.Response(204))
    await client.delete_webhook("ep_1")
    assert service.asked == ["DELETE /v1/webhooks/endpoints/ep_1"]


# what an error tells


async def test_an_error_carries_what_the_service_said(client: VideoGen, service: Service) -> None:
    body = {
        "message": "This needs a higher plan.",
        "code": "not_authorized",
        "requirement": {"type": "upgrade_plan", "details": {"plan": "pro"}},
        "internalErrorCode": "E17",
    }
    service.will(httpx.Response(403, json=body, headers={"x-request-id": "req_8f3a"}))
    with pytest.raises(errors.Forbidden) as failure:
        await client.start(PATH, BODY)
    error = failure.value
    assert (error.code, error.internal_code, error.request_id) == ("not_authorized", "E17", "req_8f3a")
    assert error.requirement == {"type": "upgrade_plan", "details": {"plan": "pro"}}
    assert str(error) == "This needs a higher plan. (HTTP 403)"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (httpx.Response(502, html="<html>" + "x" * 9000), "Bad Gateway"),
        (httpx.Response(500), "Internal Server Error"),
        (httpx.Response(400, json={"detail": "from a gateway"}), "from a gateway"),
        (httpx.Response(400, json=["?"]), "Bad Request"),
        (httpx.Response(400, json={"message": "two\nlines\x1b[31m"}), "two lines [31m"),
        (httpx.Response(499), "no reason given"),
    ],
)
async def test_an_error_has_one_plain_sentence(
    client: VideoGen, service: Service, answer: httpx.Response, message: str
) -> None:
    service.will(answer)
    with pytest.raises(errors.ApiError) as failure:
        await client.cancel("vg_tool_1")
    assert failure.value.message == message


async def test_an_errors_message_is_bounded(client: VideoGen, service: Service) -> None:
    service.will(httpx.Response(400, json={"message": "word " * 100_000}))
    with pytest.raises(errors.BadRequest) as failure:
        await client.file("vg_file_1")
    assert len(failure.value.message) <= 600


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_with_the_key(client: VideoGen, service: Service, status: int) -> None:
    service.will(httpx.Response(status, headers={"location": "https://evil.example/"}), RUNNING)
    with pytest.raises(errors.ApiError, match="redirect"):
        await client.execution("vg_tool_1")
    assert [request.url.host for request in service.requests] == ["api.example"]


async def test_an_unclear_submit_names_the_request_when_the_answer_did(client: VideoGen, service: Service) -> None:
    service.will(httpx.Response(202, html="<p>", headers={"x-request-id": "req_1"}))
    with pytest.raises(errors.BrokenAnswer) as failure:
        await client.start(PATH, BODY)
    assert failure.value.request_id == "req_1"


# limits


async def test_limits_are_kept_per_group(client: VideoGen, service: Service, clock: FakeClock) -> None:
    def limited(remaining: int, answer: httpx.Response) -> httpx.Response:
        headers = {"X-RateLimit-Limit": "500", "X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset": "60"}
        return httpx.Response(answer.status_code, content=answer.content, headers=headers)

    service.will(limited(499, STARTED), limited(42, RUNNING), limited(0, refusal(429, "insufficient_credits")))
    await client.start(PATH, BODY)
    await client.execution("vg_tool_1")
    with pytest.raises(errors.InsufficientCredits):
        await client.cancel("vg_tool_1")
    assert {group: seen.remaining for group, seen in client.limits.items()} == {
        "start": 499,
        "execution": 42,
        "cancel": 0,
    }
    assert client.limits["execution"].reset_at == clock.unix + 60


async def test_an_answer_without_limits_keeps_the_last_ones(client: VideoGen, service: Service) -> None:
    service.will(httpx.Response(200, content=RUNNING.content, headers={"x-ratelimit-remaining": "7"}), RUNNING)
    for _ in range(2):
        await client.execution("vg_tool_1")
    assert client.limits["execution"].remaining == 7


# bodies that come in pieces


def streamed(*pieces: bytes | Exception, status: int = 200, **headers: str) -> httpx.Response:
    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=body(), headers=named)


def answering(*answers: httpx.Response) -> httpx.MockTransport:
    left = list(answers)
    return httpx.MockTransport(lambda request: left.pop(0))


async def test_an_endless_body_is_cut_off(make: Make) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 65536
            yield b" " * 65536

    client = make(transport=httpx.MockTransport(lambda request: httpx.Response(200, content=endless())))
    with pytest.raises(errors.BrokenAnswer, match="longer than 10 MB"):
        await client.execution("vg_tool_1", retry=False)
    assert read <= MAX_ANSWER_BYTES + 2 * 65536


async def test_a_compressed_answer_is_read(make: Make) -> None:
    packed = gzip.compress(RUNNING.content)
    client = make(transport=answering(streamed(packed[:9], packed[9:], content_encoding="gzip")))
    assert (await client.execution("vg_tool_1")).status == "running"


@pytest.mark.parametrize(
    ("pieces", "encoding", "reason"),
    [
        ((gzip.compress(b" " * (MAX_ANSWER_BYTES * 20)),), "gzip", "longer than 10 MB"),
        ((gzip.compress(RUNNING.content)[:-9],), "gzip", "ends too early"),
        ((b"not compressed",), "gzip", "cannot be read"),
        ((zlib.compress(RUNNING.content),), "br", "compressed as br"),
    ],
    ids=["bomb", "cut", "lie", "unknown"],
)
async def test_a_badly_compressed_answer_is_broken(
    make: Make, pieces: tuple[bytes, ...], encoding: str, reason: str
) -> None:
    client = make(transport=answering(streamed(*pieces, content_encoding=encoding)))
    with pytest.raises(errors.BrokenAnswer, match=reason):
        await client.execution("vg_tool_1", retry=False)


@pytest.mark.parametrize("problem", [httpx.ReadError("reset"), httpx.RemoteProtocolError("incomplete")])
async def test_a_submit_whose_answer_breaks_off_may_have_started(make: Make, problem: Exception) -> None:
    client = make(transport=answering(streamed(b'{"toolEx', problem, status=202, x_request_id="req_1"), STARTED))
    with pytest.raises(errors.Unclear, match="broke off") as failure:
        await client.start(PATH, BODY)
    assert (failure.value.may_have_started, failure.value.request_id) == (True, "req_1")


async def test_a_refusal_whose_body_breaks_off_is_still_a_refusal(make: Make) -> None:
    client = make(transport=answering(streamed(b'{"mess', httpx.ReadError("reset"), status=403)))
    with pytest.raises(errors.Forbidden) as failure:
        await client.start(PATH, BODY)
    assert failure.value.may_have_started is False


async def test_a_body_that_drips_for_ever_ends_with_the_total_time(make: Make) -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await anyio.sleep(0.005)

    times = Timeouts(connect=1, read=1, write=1, pool=1, total=0.05)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=drip()))
    with anyio.fail_after(5), pytest.raises(errors.Unclear, match="no whole answer"):
        await make(transport=transport, timeouts=times).execution("vg_tool_1", retry=False)


# settings


@pytest.mark.parametrize("key", ["", "  ", "two words", "line\nbreak", "schlüssel", "nul\0"])
async def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(errors.BadSetting) as failure:
        VideoGen(api_key=key, base_url="https://api.example")
    assert not key.strip() or key not in str(failure.value)


@pytest.mark.parametrize(
    "base",
    ["", "api.example", "ftp://api.example", "file:///etc", "https://", "https://u:p@api.example", "https://a/?k=1"],
)
async def test_a_base_url_must_be_a_plain_web_address(key: str, base: str) -> None:
    with pytest.raises(errors.BadSetting, match="VIDEOGEN_BASE_URL"):
        VideoGen(api_key=key, base_url=base)


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://api.example", "https://api.example/v1/files/f"),
        ("https://api.example/", "https://api.example/v1/files/f"),
        ("https://api.example/v1/", "https://api.example/v1/files/f"),
        ("http://127.0.0.1:8791", "http://127.0.0.1:8791/v1/files/f"),
        (" https://gate.example/videogen/ ", "https://gate.example/videogen/v1/files/f"),
    ],
)
async def test_the_base_url_may_be_written_in_several_ways(make: Make, service: Service, base: str, url: str) -> None:
    service.will(httpx.Response(200, json={"fileId": "f"}))
    await make(base_url=base).file("f")
    assert str(service.requests[0].url) == url


async def test_every_request_has_its_time_limits(client: VideoGen, service: Service) -> None:
    service.will(RUNNING)
    await client.execution("vg_tool_1")
    times = service.requests[0].extensions["timeout"]
    assert times == {"connect": API_TIMEOUTS.connect, "read": 54.0, "write": 30.0, "pool": 10.0}


async def test_a_submits_steps_end_before_its_time_does(client: VideoGen, service: Service) -> None:
    service.will(STARTED)
    await client.start(PATH, BODY, within=5)
    assert set(service.requests[0].extensions["timeout"].values()) == {4.5}
