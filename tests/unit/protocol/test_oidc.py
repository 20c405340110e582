"""Access tokens of a company's login: which are taken, which are refused and how, also while the login is away."""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import Callable
from typing import Any

import anyio
import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from tests.unit.protocol.login import AUDIENCE, ISSUER, Provider, ec_key, public, rsa_key, token
from videogen_mcp.api.pools import Pools
from videogen_mcp.protocol import oidc
from videogen_mcp.protocol.oidc import Login, fetcher
from videogen_mcp.protocol.refusals import Refused
from videogen_mcp.settings import Oidc

pytestmark = pytest.mark.anyio


class TurnedClock:
    """A clock that goes when it is turned."""

    now = 1_000.0

    def monotonic(self) -> float:
        """Return what it shows."""
        return self.now

    def time(self) -> float:
        """Return what it shows."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Go on at once."""
        self.now += seconds


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def login(provider: Provider, clock: TurnedClock) -> Login:
    settings = Oidc(ISSUER, ("videogen", AUDIENCE), ("videogen:run",))
    return Login(settings, "https://videogen.example", fetcher(Pools(provider)), clock)


async def refusal(login: Login, text: str) -> Refused:
    with pytest.raises(Refused) as refused:
        await login.subject(text)
    return refused.value


@pytest.mark.parametrize(
    "good",
    [
        lambda: token(),
        lambda: token(ec_key(), "ES256", "e"),
        lambda: token(aud=["another", "videogen"]),
        lambda: token(scope=None, scp=["videogen:run", "openid"]),
        lambda: token(scope="openid videogen:run"),
        lambda: token(exp=int(time.time()) - 10),
    ],
)
async def test_a_token_of_the_issuer_for_us_tells_who_calls(login: Login, good: Callable[[], str]) -> None:
    assert await login.subject(good()) == f"{ISSUER}#ada"


def unsigned(**claims: Any) -> str:
    return jwt.encode({"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "exp": time.time() + 60, **claims}, "", "none")


def signed_with_the_public_key() -> str:
    """HS256 with what everybody knows of the RSA key as the secret (RFC 8725, section 2.1); PyJWT itself refuses to."""
    import hashlib
    import hmac

    pem = (
        rsa_key().public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    _, payload, _ = token().split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "r"}).encode()).rstrip(b"=").decode()
    signature = hmac.new(pem, f"{head}.{payload}".encode(), hashlib.sha256).digest()
    return f"{head}.{payload}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (lambda: token(exp=int(time.time()) - 3600), "expired"),
        (lambda: token(nbf=int(time.time()) + 3600), "not valid yet"),
        (lambda: token(aud="https://other.example"), "another application"),
        (lambda: token(aud=[]), "lacks aud"),
        (lambda: token(iss="https://login.example/"), "another issuer"),
        (lambda: token(iss="https://evil.example"), "another issuer"),
        (lambda: token(exp=None), "lacks exp"),
        (lambda: token(aud=None), "lacks aud"),
        (lambda: token(sub=None), "lacks sub"),
        (lambda: token(sub=""), "names nobody"),
        (lambda: token(sub="ada\nroot"), "names nobody"),
        (lambda: token(rsa_key("new")), "signature"),
        (lambda: token(key_id="unknown"), "does not publish"),
        (lambda: token(key_id=None), "does not publish"),
        (lambda: token(rsa_key(), "RS512"), "not signed by RS256 or ES256"),
        (lambda: token(rsa_key(), key_id="e"), "none that this server takes"),
        (lambda: unsigned(), "not signed by"),
        (lambda: signed_with_the_public_key(), "not signed by"),
        (lambda: token()[:-6] + "AAAAAA", "signature"),
        (lambda: "a.b.c", "none that this server takes"),
        (lambda: f"{base64.urlsafe_b64encode(b'[' * 5_000).decode()}.e30.e30", "none that this server takes"),
        (lambda: "garbage", "none that this server takes"),
    ],
)
async def test_any_other_is_refused_with_the_reason_and_without_showing_it(
    login: Login, bad: Callable[[], str], says: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    text = bad()
    refused = await refusal(login, text)
    assert (refused.status, refused.error) == (401, "invalid_token")
    assert says in refused.message
    assert text not in refused.message
    assert text not in caplog.text


@pytest.mark.parametrize("scopes", [{"scope": "openid"}, {"scope": None}, {"scope": 7}, {"scope": None, "scp": ["a"]}])
async def test_a_token_without_the_scopes_is_good_but_not_for_this(login: Login, scopes: dict[str, Any]) -> None:
    refused = await refusal(login, token(**scopes))
    assert (refused.status, refused.error) == (403, "insufficient_scope")
    assert "videogen:run" in refused.message


async def test_the_only_key_of_an_issuer_needs_no_name(login: Login, provider: Provider) -> None:
    provider.keys = [public(rsa_key(), None)]
    assert await login.subject(token(key_id=None)) == f"{ISSUER}#ada"


async def test_keys_are_asked_for_once_by_many_callers(login: Login, provider: Provider) -> None:
    async with anyio.create_task_group() as callers:
        for _ in range(20):
            callers.start_soon(login.subject, token())
    assert provider.asked == [f"{ISSUER}/.well-known/openid-configuration", f"{ISSUER}/keys"]


async def test_a_new_key_is_found_and_an_old_one_is_good_no_more(
    login: Login, provider: Provider, clock: TurnedClock
) -> None:
    await login.subject(token())
    provider.keys = [public(rsa_key("new"), "new")]
    clock.now += oidc.FETCH_PAUSE
    assert await login.subject(token(rsa_key("new"), key_id="new")) == f"{ISSUER}#ada"
    assert (await refusal(login, token())).status == 401


async def test_made_up_keys_do_not_make_us_ask_the_issuer_again_and_again(login: Login, provider: Provider) -> None:
    await login.subject(token())
    for number in range(5):
        await refusal(login, token(key_id=f"made-up-{number}"))
    assert len(provider.asked) == 2


async def test_an_issuer_that_is_away_is_no_fault_of_the_token(
    login: Login, provider: Provider, clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    provider.away = True
    for _ in range(3):
        refused = await refusal(login, token())
        assert (refused.status, refused.retry_after) == (503, 5)
    assert len(provider.asked) == 1
    assert f"the keys of {ISSUER} cannot be had" in caplog.text
    provider.away = False
    clock.now += oidc.FETCH_PAUSE
    assert await login.subject(token()) == f"{ISSUER}#ada"


async def test_a_caller_who_hangs_up_leaves_the_keys_to_the_next(login: Login) -> None:
    with anyio.CancelScope() as hung_up:
        hung_up.cancel()
        await login.subject(token())
    assert await login.subject(token()) == f"{ISSUER}#ada"


async def test_while_one_asks_for_fresh_keys_the_others_go_on_with_those_that_are_known(
    login: Login, provider: Provider, clock: TurnedClock
) -> None:
    await login.subject(token())
    provider.hangs = anyio.Event()
    clock.now += oidc.KEYS_FRESH + 1
    async with anyio.create_task_group() as callers:
        callers.start_soon(login.subject, token())
        await anyio.wait_all_tasks_blocked()
        assert await login.subject(token()) == f"{ISSUER}#ada"
        provider.hangs.set()


async def test_keys_that_are_known_are_used_while_the_issuer_is_away_but_not_for_ever(
    login: Login, provider: Provider, clock: TurnedClock
) -> None:
    await login.subject(token())
    provider.away = True
    clock.now += oidc.KEYS_FRESH + 1
    assert await login.subject(token()) == f"{ISSUER}#ada"
    clock.now += oidc.KEYS_KEPT
    assert (await refusal(login, token())).status == 503


@pytest.mark.parametrize(
    ("described", "says"),
    [
        ({"issuer": f"{ISSUER}/", "jwks_uri": f"{ISSUER}/keys"}, "VIDEOGEN_MCP_OIDC_ISSUER must be"),
        ({"issuer": ISSUER, "jwks_uri": "http://login.example/keys"}, "no https address of its keys"),
        ({"issuer": ISSUER, "jwks_uri": "https://[login"}, "no https address of its keys"),
        ({"issuer": ISSUER}, "no https address of its keys"),
        ({"issuer": ISSUER, "jwks_uri": f"{ISSUER}/nowhere"}, "answered 404"),
        ([], "calls itself"),
    ],
)
async def test_an_issuer_whose_words_cannot_be_used_is_named_in_the_log(
    login: Login, provider: Provider, described: Any, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    provider.described = described
    assert (await refusal(login, token())).status == 503
    assert says in caplog.text


@pytest.mark.parametrize("keys", [None, {}, [], [{"kty": "oct", "k": "c2VjcmV0"}], [{"kty": "RSA"}], ["k"]])
async def test_a_key_set_without_usable_keys_is_named_in_the_log(
    login: Login, provider: Provider, keys: Any, caplog: pytest.LogCaptureFixture
) -> None:
    provider.keys = keys
    assert (await refusal(login, token())).status == 503
    assert "its keys cannot be read" in caplog.text or "publishes no key" in caplog.text
