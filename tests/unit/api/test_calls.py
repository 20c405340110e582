"""What a call does when the service refuses, breaks or lies; the transport is scripted and time is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.unit.api.failures import NOTHING_SENT, SOMETHING_SENT, refusal
from videogen_mcp.api import errors
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.timeouts import API_TIMEOUTS

if TYPE_CHECKING:
    from tests.unit.api.conftest import FakeClock, Make, Service

pytestmark = pytest.mark.anyio

PATH = "/v1/tools/generate-image"
BODY = {"prompt": "a pear"}
STARTED = httpx.Response(202, json={"toolExecutionId": "vg_tool_1"})
RUNNING = httpx.Response(200, json={"toolExecutionId": "vg_tool_1", "status": "running"})


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
