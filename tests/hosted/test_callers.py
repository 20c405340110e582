"""A whole hosted server in this process: whose key is spent, in both eras, and that nothing is by those it refuses."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.wire import ERAS, META, VERSIONS, Era
from tests.hosted.service import IN_MEMORY, Service
from tests.unit.protocol.login import AUDIENCE, ISSUER, Provider, public, rsa_key, token
from videogen_mcp.api.pools import Pools
from videogen_mcp.protocol import http
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.setting_values import HttpToken
from videogen_mcp.settings import Oidc, Settings

pytestmark = pytest.mark.anyio

OURS, ADA, MALLORY = "sk_ours_0123456789", "sk_ada_0123456789", "sk_mallory_0123456789"
TOKEN = "3f" * 16

CALL = ("tools/call", {"name": "generate_image", "arguments": {"prompt": "a pear", "wait_seconds": 0}})
READ = ("resources/read", {"uri": "videogen://files/vg_file_1"})
COMPLETION = (
    "completion/complete",
    {"ref": {"type": "ref/prompt", "name": "narrated_video"}, "argument": {"name": "voice", "value": ""}},
)


@pytest.fixture
def service() -> Service:
    return Service()


@asynccontextmanager
async def hosted(service: Service, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server with a key of its own, a token and a login."""
    settings = Settings(
        base_url=IN_MEMORY,
        state_dir=folder,
        journal=False,
        hosted=True,
        api_key=OURS,
        http_tokens=(HttpToken(TOKEN),),
        oidc=Oidc(ISSUER, (AUDIENCE,)),
    )
    async with open_parts(settings, local_files=False, transport=service.transport) as parts:
        served = http.Served(build_handlers(parts).server(), parts.clock, parts.pollers.wake, parts.calls.hurry)
        app = http.application(served, settings, pools=Pools(Provider()))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as web,
        ):
            yield web


async def ask(
    web: httpx.AsyncClient, era: Era, request: tuple[str, dict[str, Any]], headers: dict[str, str]
) -> httpx.Response:
    """The response to a request as a client of an era sends it."""
    method, params = request
    sent = {"accept": "application/json, text/event-stream", "mcp-protocol-version": VERSIONS[era], **headers}
    if era == "modern":
        sent["mcp-method"] = method
        if named := params.get("name") or params.get("uri"):
            sent["mcp-name"] = named
        params = {**params, "_meta": {f"{META}protocolVersion": VERSIONS[era], f"{META}clientCapabilities": {}}}
    return await web.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, headers=sent)


def bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


def own(text: str) -> dict[str, str]:
    return {"x-videogen-api-key": text}


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("request_", [CALL, READ, COMPLETION], ids=["call", "resource", "completion"])
async def test_the_account_of_a_request_is_the_one_that_is_asked(
    service: Service, tmp_path: Path, era: Era, request_: tuple[str, dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    access_token = token()
    async with hosted(service, tmp_path) as web:
        for headers, key in (
            (own(ADA), ADA),
            (bearer(TOKEN), OURS),
            ({**bearer(TOKEN), **own(MALLORY)}, MALLORY),
            (bearer(access_token), OURS),
        ):
            before = {name: sum(one.requests.values()) for name, one in service.accounts.items()}
            assert (await ask(web, era, request_, headers)).status_code != 401
            after = {name: sum(one.requests.values()) for name, one in service.accounts.items()}
            assert {name for name in after if after[name] > before.get(name, 0)} <= {key}
        if request_ is CALL:
            assert {key: one.submits.total() for key, one in service.accounts.items()} == {ADA: 1, OURS: 2, MALLORY: 1}
    assert not service.refused
    for secret in (OURS, ADA, MALLORY, TOKEN, access_token):
        assert secret not in caplog.text


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("request_", [CALL, READ, COMPLETION], ids=["call", "resource", "completion"])
async def test_whoever_is_refused_spends_nothing(
    service: Service, tmp_path: Path, era: Era, request_: tuple[str, dict[str, Any]]
) -> None:
    stranger = rsa_key("stranger")
    assert public(stranger, "r") != public(rsa_key(), "r")
    async with hosted(service, tmp_path) as web:
        for headers, status in (
            ({}, 401),
            (bearer(ADA), 401),
            (own("sk_a b"), 401),
            ({**own(ADA), **bearer("4" * 32)}, 401),
            (bearer(token(exp=1)), 401),
            (bearer(token(stranger)), 401),
            (bearer(token(aud="another")), 401),
            ({**bearer(TOKEN), "host": "evil.example"}, 421),
            ({**bearer(TOKEN), "origin": "https://evil.example"}, 403),
        ):
            assert (await ask(web, era, request_, headers)).status_code == status
    assert (service.accounts, dict(service.refused)) == ({}, {})


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("request_", [CALL, READ, COMPLETION], ids=["call", "resource", "completion"])
async def test_a_hosted_server_spends_no_key_of_its_own_where_nobody_was_asked_who_he_is(
    service: Service, tmp_path: Path, era: Era, request_: tuple[str, dict[str, Any]]
) -> None:
    settings = Settings(base_url=IN_MEMORY, state_dir=tmp_path, journal=False, hosted=True, api_key=OURS)
    async with open_parts(settings, local_files=False, transport=service.transport) as parts:
        unguarded = build_handlers(parts).server().streamable_http_app(stateless_http=True)
        async with (
            unguarded.router.lifespan_context(unguarded),
            httpx.AsyncClient(transport=httpx.ASGITransport(unguarded), base_url="http://127.0.0.1:8000") as web,
        ):
            answer = await ask(web, era, request_, {})
    assert "Who calls is not said" in answer.text
    assert service.accounts == {}


async def test_a_key_that_videogen_refuses_is_asked_about_once_a_minute(service: Service, tmp_path: Path) -> None:
    async with hosted(service, tmp_path) as web:
        for _ in range(3):
            answer = await ask(web, "modern", CALL, own("nokey_0123456789"))
            result = json.loads(answer.text.rpartition("data: ")[2])["result"]
            assert result["structuredContent"]["error"]["code"] in ("unauthorized", "invalid_api_key")
            assert "nokey_0123456789" not in answer.text
    assert service.refused.total() <= 2


async def test_the_metadata_of_the_login_is_where_oauth_clients_look(service: Service, tmp_path: Path) -> None:
    async with hosted(service, tmp_path) as web:
        metadata = (await web.get("/.well-known/oauth-protected-resource/mcp")).json()
        refused = await ask(web, "modern", CALL, {})
    assert metadata == {
        "resource": "http://127.0.0.1:8000/mcp",
        "resource_name": "VideoGen",
        "authorization_servers": [ISSUER],
        "bearer_methods_supported": ["header"],
    }
    address = "http://127.0.0.1:8000/.well-known/oauth-protected-resource/mcp"
    assert f'resource_metadata="{address}"' in refused.headers["www-authenticate"]
