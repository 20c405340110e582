"""What the API says, and the way to it: the true reason of a failure, the clock, what is left of the hour."""

from __future__ import annotations

import socket
import threading
from email.utils import formatdate

import httpx
import pytest

from tests.unit.api.conftest import KEY, FakeClock
from tests.unit.doctor.conftest import Make, Respond, Service, look
from videogen_mcp.api.errors import ConnectionFailed
from videogen_mcp.api.pools import Pools
from videogen_mcp.doctor import reach
from videogen_mcp.doctor.checks import service
from videogen_mcp.doctor.examination import LONGEST
from videogen_mcp.doctor.reach import Reach
from videogen_mcp.settings import Settings

pytestmark = pytest.mark.anyio

NOW = FakeClock().unix


def always(response: httpx.Response) -> Respond:
    return lambda request: httpx.Response(response.status_code, headers=response.headers, content=response.content)


def seed_era(request: httpx.Request) -> httpx.Response:
    return httpx.Response(404 if request.url.path == "/v1/me" else 200, json={})


def unresolved(request: httpx.Request) -> httpx.Response:
    error = httpx.ConnectError("?")
    error.__cause__ = socket.gaierror(socket.EAI_NONAME, "?")
    raise error


def timed_out(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectTimeout("")


REFUSED = httpx.Response(401, json={"message": "Invalid API key", "code": "invalid_api_key"})

ANSWERS: list[tuple[Respond, str, str, str]] = [
    (seed_era, "ok", "speaks the API of the 0.0.38 SDK (v0)", ""),
    (always(REFUSED), "error", "api.videogen.io refuses the key: Invalid API key.", "Set a key that works"),
    (always(httpx.Response(403, json={"message": "No API access"})), "error", "No API access", "plan"),
    (always(httpx.Response(403, html="<p>")), "error", "a web page (403 Forbidden)", "open the address in a browser"),
    (always(httpx.Response(200, html="<p>")), "error", "a web page (text/html)", "A login page of the network"),
    (
        always(httpx.Response(302, headers={"location": "http://portal.example/?t=1"})),
        "error",
        "to portal.example,",
        "",
    ),
    (always(httpx.Response(404, html="<p>")), "error", "has no VideoGen API there", "VIDEOGEN_BASE_URL"),
    (always(httpx.Response(404, json={})), "error", "has no VideoGen API there", "write https://api.videogen.io"),
    (always(httpx.Response(429, json={"message": "slow down"})), "warning", "slow down", "Try again"),
    (always(httpx.Response(503)), "error", "Service Unavailable", "Try again in a few minutes"),
    (unresolved, "error", "its name is not known (DNS)", "Check the network"),
    (timed_out, "error", "no connection in time", "HTTPS_PROXY"),
]


@pytest.mark.parametrize(("respond", "status", "says", "remedy"), ANSWERS)
async def test_the_api_is_reached_or_the_true_reason_is_said(
    make: Make, respond: Respond, status: str, says: str, remedy: str
) -> None:
    (found,) = await look(service.api, make(respond))
    assert found.status == status
    assert says in found.message
    assert remedy in (found.remedy or "")
    assert KEY not in found.message


async def test_nothing_is_sent_but_gets_and_the_time_is_asked_without_the_key(make: Make) -> None:
    asked = Service(always(httpx.Response(200, json={})))
    context = make(asked)
    for check in (service.api, service.clock, service.limits):
        await look(check, context)
    assert [(one.method, one.url.path) for one in asked.requests] == [("GET", "/v1/me"), ("HEAD", "/")]
    assert "authorization" not in asked.requests[1].headers


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"VIDEOGEN_API_KEY": ""}, "the sandbox of this machine"),
        ({"VIDEOGEN_MCP_SANDBOX": "on"}, "the sandbox of this machine"),
        ({"VIDEOGEN_BASE_URL": "http://api.videogen.io"}, "a setting keeps calls from it"),
        ({"VIDEOGEN_API_KEY": "", "VIDEOGEN_MCP_SANDBOX": "off"}, "no key to ask with"),
    ],
)
async def test_without_a_use_for_it_the_api_is_not_asked(make: Make, environment: dict[str, str], says: str) -> None:
    asked = Service(always(REFUSED))
    context = make(asked, environment)
    for check in (service.api, service.clock):
        (found,) = await look(check, context)
        assert (found.status, says in found.message) == ("skipped", True)
    assert asked.requests == []


@pytest.mark.parametrize(
    ("seconds", "status", "says"),
    [
        (0, "ok", "agree"),
        (290, "ok", "agree"),
        (-400, "warning", "6 min 40 s ahead"),
        (7200, "warning", " behind that of api.videogen.io"),
    ],
)
async def test_a_clock_that_is_wrong_by_minutes_is_told(make: Make, seconds: int, status: str, says: str) -> None:
    dated = httpx.Response(200, json={}, headers={"date": formatdate(NOW + seconds, usegmt=True)})
    (found,) = await look(service.clock, make(always(dated)))
    assert (found.status, says in found.message) == (status, True)


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 32 Jan 2026 99:00:00 GMT"])
async def test_a_time_that_cannot_be_read_is_no_finding(make: Make, date: str) -> None:
    (found,) = await look(service.clock, make(always(httpx.Response(200, json={}, headers={"date": date}))))
    assert found.status == "skipped"


async def test_what_the_api_says_is_left_is_told(make: Make) -> None:
    limited = {"x-ratelimit-remaining": "42", "x-ratelimit-reset": "60"}
    _, found = await look(service.limits, make(always(httpx.Response(200, json={}, headers=limited))))
    assert (found.name, "42 requests are left for the next 1 min" in found.message) == ("account", True)


@pytest.mark.parametrize(
    ("variable", "value"), [("HTTPS_PROXY", "ftp://u:geheim@proxy:1"), ("SSL_CERT_FILE", "/nonexistent/ca.pem")]
)
async def test_a_proxy_or_certificates_that_cannot_be_used_are_said_once(
    make: Make, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    context = make()
    context.pools._transport = None
    (network,) = await look(service.network, context)
    (api,) = await look(service.api, context)
    assert (network.status, api.status) == ("error", "skipped")
    assert network.message.startswith(variable)
    assert "geheim" not in network.message + (network.remedy or "")


def test_the_slowest_network_leaves_time_to_say_so() -> None:
    assert reach.RESOLVING + reach.ASKING + reach.DATE < LONGEST < 20


async def test_certificates_of_other_programs_are_told_as_unread(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    (found,) = await look(service.network, make(REQUESTS_CA_BUNDLE="/etc/company.pem"))
    assert (found.status, "Not read here, where SSL_CERT_FILE is: REQUESTS_CA_BUNDLE." in found.message) == ("ok", True)


async def test_a_name_server_that_is_silent_does_not_hold_up_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(reach, "RESOLVING", 0.01)
    answered = threading.Event()
    settings = Settings(api_key=KEY)
    silent = Reach(settings, Pools(), FakeClock(), lambda host, port: answered.wait())
    found = (await silent.answer()).error
    answered.set()
    assert isinstance(found, ConnectionFailed)
    assert "no connection in time" in found.message
