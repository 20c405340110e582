"""Who is let in over HTTP, for which account, and what becomes of everybody else."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import anyio
import httpx
import pytest
from anyio import wait_all_tasks_blocked
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tests.unit.protocol.login import AUDIENCE, ISSUER, Provider, token
from videogen_mcp.api.pools import Pools
from videogen_mcp.calls.upstream import Account, account_of
from videogen_mcp.clock import SystemClock
from videogen_mcp.protocol.accounts import account_in
from videogen_mcp.protocol.admission import LARGEST_BODY, MOST_OPEN, OPEN_BODY, OPEN_METHODS, Admission, OpenRequests
from videogen_mcp.protocol.identity import LONGEST_KEY, Callers
from videogen_mcp.protocol.names import Names
from videogen_mcp.protocol.oidc import METADATA_PATH, Login, fetcher
from videogen_mcp.setting_values import HttpToken
from videogen_mcp.settings import Oidc, Settings

pytestmark = pytest.mark.anyio

KEY, OTHER_KEY, OURS = "sk_caller_0123456789", "sk_other_0123456789", "sk_server_0123456789"
TOKEN, LABELLED = "3f" * 16, "91" * 16
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "generate_image"}}

PLAIN = Settings(api_key=OURS)
CALLERS_KEYS = Settings(hosted=True)
TOKENS = Settings(hosted=True, api_key=OURS, http_tokens=(HttpToken(TOKEN), HttpToken(LABELLED, "ci")))
LOGIN = Settings(hosted=True, api_key=OURS, oidc=Oidc(ISSUER, (AUDIENCE,), ("videogen:run",)))
BOTH = replace(LOGIN, http_tokens=TOKENS.http_tokens)


def account(key: str, subject: str | None = None) -> Account:
    """The account of a key."""
    return Account(account_of(Settings().base_url, key), key, subject)


@dataclass
class Inside:
    """What is behind the admission: it notes for whom requests came in, and keeps those of `held` waiting."""

    accounts: list[Account | None] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    held: Account | None = None
    reads_all: bool = False
    may_answer: anyio.Event = field(default_factory=anyio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.accounts.append(account_in(scope))
        message = await receive()
        while self.reads_all and message["more_body"]:
            message = await receive()
        self.bodies.append(message["body"])
        if self.held is not None and self.accounts[-1] == self.held:
            await self.may_answer.wait()
        await Response("in")(scope, receive, send)


@pytest.fixture
def inside() -> Inside:
    return Inside()


@asynccontextmanager
async def admitting(
    settings: Settings, inside: Inside, provider: Provider | None = None, most: int = MOST_OPEN
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that has these settings."""
    login = None
    if settings.oidc is not None:
        login = Login(settings.oidc, settings.public_url, fetcher(Pools(provider or Provider())), SystemClock())
    names = Names.of(settings, "127.0.0.1")
    app = Admission(
        inside,
        Callers(settings, login),
        names,
        by_any_name=("/health",),
        public=(METADATA_PATH,),
        open_requests=OpenRequests(most),
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as web:
        yield web


async def call(
    settings: Settings, inside: Inside, headers: Any, message: Any = CALL, path: str = "/mcp", **named: Any
) -> httpx.Response:
    async with admitting(settings, inside, **named) as web:
        return await web.post(path, json=message, headers=headers)


def bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


def own(text: str) -> dict[str, str]:
    return {"x-videogen-api-key": text}


@pytest.mark.parametrize(
    ("settings", "headers", "expected"),
    [
        (PLAIN, {}, None),
        (PLAIN, own(KEY), account(KEY)),
        (PLAIN, bearer(KEY), account(KEY)),
        (PLAIN, {"authorization": "Basic YTpi"}, None),
        (CALLERS_KEYS, own(KEY), account(KEY)),
        (CALLERS_KEYS, bearer(KEY), account(KEY)),
        (CALLERS_KEYS, {"authorization": f"bearer  {KEY}"}, account(KEY)),
        (CALLERS_KEYS, {**own(KEY), **bearer(KEY)}, account(KEY)),
        (CALLERS_KEYS, {**own(KEY), "authorization": "Basic YTpi"}, account(KEY)),
        (TOKENS, bearer(TOKEN), account(OURS, "token:bec35c4e")),
        (TOKENS, bearer(LABELLED), account(OURS, "token:ci")),
        (TOKENS, {**bearer(TOKEN), **own(KEY)}, account(KEY)),
        (TOKENS, own(KEY), account(KEY)),
        (BOTH, bearer(TOKEN), account(OURS, "token:bec35c4e")),
    ],
)
async def test_what_a_request_says_decides_the_account(
    settings: Settings, headers: dict[str, str], expected: Account | None, inside: Inside
) -> None:
    assert (await call(settings, inside, headers)).status_code == 200
    assert inside.accounts == [expected]
    assert [json.loads(body) for body in inside.bodies] == [CALL]


@pytest.mark.parametrize("settings", [LOGIN, BOTH])
async def test_an_access_token_spends_the_key_of_the_server_for_its_subject(settings: Settings, inside: Inside) -> None:
    assert (await call(settings, inside, bearer(token()))).status_code == 200
    assert (await call(settings, inside, {**bearer(token()), **own(KEY)})).status_code == 200
    assert inside.accounts == [account(OURS, f"{ISSUER}#ada"), account(KEY)]


REFUSED: list[tuple[str, Settings, Any, int, str]] = [
    ("no key", CALLERS_KEYS, {}, 401, "send your VideoGen key in the header X-VideoGen-Api-Key"),
    ("no token", TOKENS, {}, 401, "send a token of this server as Authorization: Bearer"),
    ("no access token", LOGIN, {}, 401, "send an access token as Authorization: Bearer"),
    ("another scheme", CALLERS_KEYS, {"authorization": "Basic YTpi"}, 401, "Who calls is not said"),
    ("no token after the scheme", CALLERS_KEYS, {"authorization": "Bearer"}, 401, "without a token"),
    ("a line break", CALLERS_KEYS, own("sk_a\nb"), 401, "a line break"),
    ("a line break at the end", CALLERS_KEYS, own(f"{KEY}\r\n"), 401, "a line break"),
    ("a space", CALLERS_KEYS, own("sk_a b"), 401, "a space"),
    (
        "another alphabet",
        CALLERS_KEYS,
        [(b"x-videogen-api-key", "sk_ключ".encode())],
        401,
        "characters that no key has",
    ),
    ("too long", CALLERS_KEYS, own("k" * (LONGEST_KEY + 1)), 401, "longer than any key"),
    ("a placeholder", CALLERS_KEYS, own("${VIDEOGEN_API_KEY}"), 401, "placeholder"),
    ("an empty key", CALLERS_KEYS, own(""), 401, "is empty"),
    ("an empty key here", PLAIN, own(""), 401, "is empty"),
    ("two keys", CALLERS_KEYS, [("x-videogen-api-key", KEY), ("x-videogen-api-key", OTHER_KEY)], 400, "Several"),
    ("two keys in two headers", CALLERS_KEYS, {**own(KEY), **bearer(OTHER_KEY)}, 400, "Several"),
    ("two tokens", TOKENS, [("authorization", f"Bearer {TOKEN}"), ("authorization", f"Bearer {KEY}")], 400, "Several"),
    ("a key in place of a token", TOKENS, bearer(KEY), 401, "none that this server takes"),
    ("the server's own key", TOKENS, bearer(OURS), 401, "none that this server takes"),
    ("part of a token", TOKENS, bearer(TOKEN[:-1]), 401, "none that this server takes"),
    ("a bad token beside a key", TOKENS, {**bearer("x" * 32), **own(KEY)}, 401, "none that this server takes"),
    ("a huge token", LOGIN, bearer("a.b." + "c" * 10_000), 401, "none that this server takes"),
    ("no server's key to spend", replace(TOKENS, api_key=None), bearer(TOKEN), 401, "has no VideoGen key of its own"),
]


@pytest.mark.parametrize(
    ("settings", "headers", "status", "says"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED]
)
async def test_whoever_does_not_say_who_he_is_is_told_how_and_gets_nowhere(
    settings: Settings, headers: Any, status: int, says: str, inside: Inside, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = await call(settings, inside, headers)
    assert (answer.status_code, inside.accounts) == (status, [])
    error = answer.json()["error"]
    assert says in error["message"]
    assert error["code"] == -32600
    assert answer.headers.get("www-authenticate", "").startswith("Bearer ") == (status == 401)
    for secret in (KEY, OTHER_KEY, OURS, TOKEN):
        assert secret not in answer.text + str(answer.headers) + caplog.text


@pytest.mark.parametrize("name", ["api_key", "access_token", "key", "X-VideoGen-Api-Key"])
@pytest.mark.parametrize("settings", [PLAIN, CALLERS_KEYS, TOKENS])
async def test_keys_in_addresses_are_refused(settings: Settings, name: str, inside: Inside) -> None:
    answer = await call(settings, inside, own(KEY), path=f"/mcp?{name}={OTHER_KEY}")
    assert (answer.status_code, inside.accounts) == (400, [])
    assert "headers only" in answer.text
    assert OTHER_KEY not in answer.text


async def test_oauth_clients_are_led_to_the_login(inside: Inside) -> None:
    answer = await call(replace(LOGIN, public_url="https://videogen.example"), inside, bearer(token(exp=1)))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="VideoGen", error="invalid_token",'
        f' resource_metadata="https://videogen.example{METADATA_PATH}", scope="videogen:run"'
    )
    missing = await call(LOGIN, inside, bearer(token(scope="openid")))
    assert missing.status_code == 403
    assert 'error="insufficient_scope"' in missing.headers["www-authenticate"]
    assert (await call(LOGIN, inside, {})).headers["www-authenticate"].count("error") == 0


async def test_a_login_that_is_away_is_said_and_may_be_tried_again(inside: Inside) -> None:
    answer = await call(LOGIN, inside, bearer(token()), provider=Provider(away=True))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "www-authenticate" not in answer.headers
    assert (await call(BOTH, inside, bearer(TOKEN), provider=Provider(away=True))).status_code == 200


@pytest.mark.parametrize("method", sorted(OPEN_METHODS))
async def test_what_the_server_is_and_offers_may_be_asked_by_anybody(method: str, inside: Inside) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"cursor": "ä"}}
    assert (await call(TOKENS, inside, {}, message)).status_code == 200
    assert inside.accounts == [None]
    assert json.loads(inside.bodies[0]) == message


@pytest.mark.parametrize(
    "message",
    [
        [{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}],
        [CALL],
        {"jsonrpc": "2.0", "id": 1, "method": "resources/read"},
        {"jsonrpc": "2.0", "id": 1, "method": "tasks/get"},
        {"jsonrpc": "2.0", "id": 1, "method": ["tools/list"]},
        {"jsonrpc": "2.0", "id": 1},
        {"method": "tools/list", "more": "x" * OPEN_BODY},
        "tools/list",
        None,
    ],
)
async def test_anything_else_may_not(message: Any, inside: Inside) -> None:
    assert (await call(TOKENS, inside, {}, message)).status_code == 401
    assert inside.accounts == []


@pytest.mark.parametrize("method", ["DELETE", "PUT", "OPTIONS"])
async def test_other_methods_are_for_those_who_say_who_they_are(method: str, inside: Inside) -> None:
    async with admitting(TOKENS, inside) as web:
        assert (await web.request(method, "/mcp")).status_code == 401
        assert (await web.request(method, "/mcp", headers=bearer(TOKEN))).status_code == 200


@pytest.mark.parametrize(("settings", "headers"), [(TOKENS, bearer(TOKEN)), (PLAIN, {})])
async def test_nobody_holds_a_stream_on_which_nothing_would_come(
    settings: Settings, headers: dict[str, str], inside: Inside
) -> None:
    async with admitting(settings, inside) as web:
        answer = await web.get("/mcp", headers={**headers, "accept": "text/event-stream"})
        assert (answer.status_code, answer.headers["allow"], inside.accounts) == (405, "POST", [])
        assert (await web.get("/favicon.ico", headers=headers)).status_code == 200
    async with admitting(TOKENS, inside) as web:
        assert (await web.get("/mcp")).status_code == 401


@pytest.mark.parametrize("path", ["/mcp/", "/mcp%0A", "//mcp", "/MCP", "/other", "/health/../mcp", "/healthy"])
async def test_no_spelling_of_a_path_leads_around_the_question_who_calls(path: str, inside: Inside) -> None:
    assert (await call(TOKENS, inside, {}, path=path)).status_code == 401
    assert inside.accounts == []


async def test_probes_and_metadata_are_open(inside: Inside) -> None:
    async with admitting(LOGIN, inside) as web:
        assert (await web.get("/health", headers={"host": "10.0.0.7"})).status_code == 200
        assert (await web.get(METADATA_PATH)).status_code == 200
        assert (await web.get(METADATA_PATH, headers={"host": "evil.example"})).status_code == 421


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("videogen.example", 200),
        ("VideoGen.example:443", 200),
        ("agents.example", 200),
        ("exact.example:8443", 200),
        ("exact.example", 421),
        ("localhost:8000", 200),
        ("videogen.example.evil.example", 421),
        ("evil.example:videogen.example", 421),
        ("10.0.0.7", 421),
        ("", 421),
    ],
)
async def test_requests_must_call_the_server_by_one_of_its_names(host: str, status: int, inside: Inside) -> None:
    settings = replace(
        TOKENS, public_url="https://videogen.example", allowed_hosts=("agents.example:*", "exact.example:8443")
    )
    answer = await call(settings, inside, {**bearer(TOKEN), "host": host})
    assert answer.status_code == status
    assert (status == 200) or "VIDEOGEN_MCP_ALLOWED_HOSTS" in answer.text


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://agents.example", 200),
        ("https://agents.example:8443", 403),
        ("http://agents.example", 403),
        ("https://videogen.example", 403),
        ("http://localhost:3000", 200),
        ("null", 403),
    ],
)
async def test_pages_must_be_among_the_allowed(origin: str, status: int, inside: Inside) -> None:
    settings = replace(TOKENS, allowed_origins=("https://agents.example",))
    answer = await call(settings, inside, {**bearer(TOKEN), "origin": origin})
    assert answer.status_code == status
    assert (status == 200) or "VIDEOGEN_MCP_ALLOWED_ORIGINS" in answer.text


@pytest.mark.parametrize("headers", [own(KEY), {}])
@pytest.mark.parametrize("length", ["500000000", "9" * 5_000])
async def test_a_body_that_is_said_to_be_too_large_is_not_read(
    headers: dict[str, str], length: str, inside: Inside
) -> None:
    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("read")
        yield b""

    async with admitting(CALLERS_KEYS, inside) as web:
        answer = await web.post("/mcp", content=body(), headers={**headers, "content-length": length})
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert inside.accounts == []


async def test_a_body_that_turns_out_to_be_too_large_is_not_read_to_its_end(inside: Inside) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(500):
            sent += 1024 * 1024
            yield bytes(1024 * 1024)

    inside.reads_all = True
    async with admitting(CALLERS_KEYS, inside) as web:
        answer = await web.post("/mcp", content=body(), headers=own(KEY))
        assert (answer.status_code, inside.bodies) == (413, [])
        assert sent <= LARGEST_BODY + 2 * 1024 * 1024
        sent = 0
        assert (await web.post("/mcp", content=body())).status_code == 401
        assert sent <= 2 * 1024 * 1024


async def test_a_caller_with_too_many_requests_is_told_so_and_others_are_unharmed(inside: Inside) -> None:
    inside.held = account(KEY)
    answers: list[httpx.Response] = []
    async with admitting(CALLERS_KEYS, inside, most=5) as web, anyio.create_task_group() as callers:

        async def ask(key: str) -> None:
            answers.append(await web.post("/mcp", json=CALL, headers=own(key)))

        for _ in range(8):
            callers.start_soon(ask, KEY)
        await wait_all_tasks_blocked()
        assert [(one.status_code, one.headers["retry-after"]) for one in answers] == [(429, "5")] * 3
        await ask(OTHER_KEY)
        assert answers[-1].status_code == 200
        inside.may_answer.set()
    async with admitting(CALLERS_KEYS, inside, most=5) as web:
        await ask(KEY)
    assert [one.status_code for one in answers[4:]] == [200] * 6


def test_one_caller_may_wait_for_as_many_as_a_key_starts_in_an_hour() -> None:
    assert OpenRequests().most == 500


async def test_a_person_at_this_machine_may_wait_for_any_number(inside: Inside) -> None:
    async with admitting(PLAIN, inside, most=0) as web:
        assert (await web.post("/mcp", json=CALL)).status_code == 200
        assert (await web.post("/mcp", json=CALL, headers=own(KEY))).status_code == 429
