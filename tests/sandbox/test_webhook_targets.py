"""Which URLs may have webhooks, and to which addresses they are delivered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from tests.sandbox.driving import Driver, driving
from tests.sandbox.test_webhooks import DONE, SOON, HandClock, Receivers, event, nothing_waits, webhooks_of
from videogen_sandbox.contract.webhook_targets import AllowedTargets
from videogen_sandbox.contract.webhooks import new_secret
from videogen_sandbox.jobs import webhooks
from videogen_sandbox.networks import Network, network_of
from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.webhooks import Endpoint

NONE, PRIVATE, PUBLIC = AllowedTargets(), AllowedTargets(private=True), AllowedTargets(public=True)
BOTH = AllowedTargets(private=True, public=True)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.0.9", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("10.0.0.1", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("169.254.169.254", "private"),
        ("100.64.0.1", "private"),
        ("100.127.255.255", "private"),
        ("198.18.0.1", "private"),
        ("fe80::1", "private"),
        ("fe80::1%2", "private"),
        ("febf::1", "private"),
        ("fc00::1", "private"),
        ("fd12:3456::1", "private"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:169.254.169.254", "private"),
        ("64:ff9b::a00:1", "private"),
        ("2002:a00:1::1", "private"),
        ("172.32.0.1", "public"),
        ("100.128.0.1", "public"),
        ("93.184.215.14", "public"),
        ("2606:2800:21f:cb07::1", "public"),
        ("::ffff:8.8.8.8", "public"),
        ("0.0.0.0", "none"),
        ("::", "none"),
        ("::ffff:0.0.0.0", "none"),
        ("224.0.0.1", "none"),
        ("239.255.255.250", "none"),
        ("ff02::1", "none"),
        ("240.0.0.1", "none"),
        ("255.255.255.255", "none"),
        ("::ffff:224.0.0.1", "none"),
    ],
)
def test_every_address_has_a_network(address: str, network: Network) -> None:
    assert network_of(address) == network


LOOPBACK_URLS = [
    "http://127.0.0.1:9000/x",
    "https://127.0.0.1/",
    "http://localhost/",
    "http://LOCALHOST.:80/",
    "http://app.localhost:3000/hook?a=b",
    "http://[::1]:80/",
    "http://127.8.8.8/",
    "http://[::ffff:127.0.0.1]/",
]
PRIVATE_URLS = [
    "http://10.0.0.7/",
    "https://10.0.0.7:8443/",
    "http://192.168.0.1/",
    "http://172.20.1.1:8000/x",
    "http://169.254.169.254/latest/meta-data",
    "http://100.64.0.1/",
    "https://[fd00::1]/",
    "https://[fe80::1]/",
    "https://[::ffff:10.0.0.7]/",
]


@pytest.mark.parametrize("allowed", [NONE, PRIVATE, PUBLIC, BOTH])
@pytest.mark.parametrize("url", LOOPBACK_URLS)
def test_this_machine_is_always_allowed(url: str, allowed: AllowedTargets) -> None:
    assert allowed.url_problem(url) is None


@pytest.mark.parametrize("url", PRIVATE_URLS)
def test_private_networks_are_allowed_by_their_option(url: str) -> None:
    assert "--allow-private-webhooks" in (NONE.url_problem(url) or "")
    assert "--allow-private-webhooks" in (PUBLIC.url_problem(url) or "")
    assert PRIVATE.url_problem(url) is None


@pytest.mark.parametrize("url", ["https://93.184.215.14/", "https://[2606:2800:21f:cb07::1]:8443/"])
def test_public_addresses_are_allowed_by_their_option(url: str) -> None:
    assert "--allow-public-webhooks" in (NONE.url_problem(url) or "")
    assert "--allow-public-webhooks" in (PRIVATE.url_problem(url) or "")
    assert PUBLIC.url_problem(url) is None
    assert "https://" in (PUBLIC.url_problem(url.replace("https", "http")) or "")


@pytest.mark.parametrize("host", ["example.com", "app", "2130706433", "0x7f.1", "127.1", "127.0.0.1.example.com"])
def test_a_name_needs_an_option_because_it_would_be_looked_up(host: str) -> None:
    assert "--allow-private-webhooks" in (NONE.url_problem(f"https://{host}/") or "")
    assert "--allow-public-webhooks" in (NONE.url_problem(f"http://{host}/") or "")
    assert [allowed.url_problem(f"https://{host}/") for allowed in (PRIVATE, PUBLIC)] == [None, None]
    assert PRIVATE.url_problem(f"http://{host}:8000/") is None
    assert "https://" in (PUBLIC.url_problem(f"http://{host}/") or "")


@pytest.mark.parametrize("allowed", [NONE, BOTH])
@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "https://",
        "https:///path",
        "not a url",
        "https://user:secret@example.com/",
        "http://user@127.0.0.1/",
        "http://[::1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "http://0.0.0.0/",
        "http://[::]/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "",
    ],
)
def test_other_urls_are_refused_with_a_reason(url: str, allowed: AllowedTargets) -> None:
    assert allowed.url_problem(url)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path / "sandbox.sqlite")) as opened:
        yield opened


class Names:
    """Plays the name service."""

    def __init__(self, **addresses: list[str]) -> None:
        self.addresses = addresses
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.addresses[host]


async def delivered(database: Database, url: str, allowed: AllowedTargets, names: Names) -> list[httpx.Request]:
    """What was sent for one event to an endpoint with that URL."""
    receivers = Receivers()
    endpoints = [Endpoint("ep_1", url, new_secret(), [DONE])]
    hooks = webhooks_of(database, endpoints, HandClock(), receivers, allowed=allowed, resolve=names)
    hooks.publish(event())
    async with hooks.running():
        await nothing_waits(hooks)
    return receivers.heard


@pytest.mark.anyio
@pytest.mark.parametrize("allowed", [NONE, BOTH])
@pytest.mark.parametrize("url", LOOPBACK_URLS)
async def test_delivery_to_this_machine_looks_nothing_up(database: Database, url: str, allowed: AllowedTargets) -> None:
    names = Names()
    [request] = await delivered(database, url, allowed, names)
    assert network_of(request.url.host) == "loopback"
    assert names.asked == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://example.com/", NONE),
        ("http://10.0.0.7/", NONE),
        ("http://rebound/", NONE),
        ("https://rebound/", PUBLIC),
        ("https://outside/", PRIVATE),
        ("http://nowhere/", PRIVATE),
    ],
)
async def test_what_is_not_allowed_is_checked_again_at_delivery_and_given_up(
    database: Database, url: str, allowed: AllowedTargets, caplog: pytest.LogCaptureFixture
) -> None:
    names = Names(rebound=["10.0.0.7", "::ffff:169.254.169.254"], outside=["93.184.215.14"], nowhere=["0.0.0.0"])
    assert await delivered(database, url, allowed, names) == []
    assert names.asked == ([] if allowed is NONE else [httpx.URL(url).host])
    assert "is not delivered" in caplog.text


@pytest.mark.anyio
async def test_the_address_that_was_checked_is_the_one_that_is_connected_to(database: Database) -> None:
    names = Names(**{"hooks.example": ["10.0.0.7", "93.184.215.14"]})
    [request] = await delivered(database, "https://hooks.example:8443/a?b=c", PUBLIC, names)
    assert str(request.url) == "https://93.184.215.14:8443/a?b=c"
    assert request.headers["host"] == "hooks.example:8443"
    assert request.extensions["sni_hostname"] == "hooks.example"
    assert names.asked == ["hooks.example"]


@pytest.mark.anyio
async def test_localhost_is_reached_by_either_family(database: Database) -> None:
    heard: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(request.url.host)
        if request.url.host == "127.0.0.1":
            raise httpx.ConnectError("refused")
        return httpx.Response(204)

    endpoints = [Endpoint("ep_1", "http://localhost:8000/", new_secret(), [DONE])]
    hooks = webhooks.Webhooks(database, lambda: endpoints, HandClock(), NONE, httpx.MockTransport(answer))
    hooks.publish(event())
    async with hooks.running():
        await nothing_waits(hooks)
    assert heard == ["127.0.0.1", "::1"]


@pytest.mark.anyio
async def test_a_real_delivery_to_localhost_arrives(database: Database) -> None:
    heard = anyio.Event()

    async def serve(stream: Any) -> None:
        async with stream:
            assert b"host: localhost:" in (await stream.receive()).lower()
            await stream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
            heard.set()

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    endpoints = [Endpoint("ep_1", f"http://localhost:{port}/", new_secret(), [DONE])]
    hooks = webhooks.Webhooks(database, lambda: endpoints, HandClock(), NONE)
    hooks.publish(event())
    async with listener, anyio.create_task_group() as group, hooks.running():
        group.start_soon(listener.serve, serve)
        with anyio.fail_after(SOON):
            await heard.wait()
        await nothing_waits(hooks)
        group.cancel_scope.cancel()


@pytest.mark.anyio
async def test_an_option_of_the_sandbox_allows_private_targets(tmp_path: Path) -> None:
    body = {"url": "http://10.0.0.7:8000/hook", "events": [DONE]}

    async def status(driver: Driver) -> int:
        return (await driver.send("POST", "/v1/webhooks/endpoints", body)).status_code

    async with driving(tmp_path / "one") as strict, driving(tmp_path / "two", private_webhooks=True) as open_:
        assert (await status(strict), await status(open_)) == (400, 201)
