"""How a process reaches many accounts: each once, in bounded means, and none in another's place."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import httpx
import pytest

from tests.unit.api.conftest import FakeClock
from videogen_mcp.api.errors import BadSetting, ConnectionFailed, Unauthorized
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.refused_keys import MOST_OF_ORIGIN, REFUSED_FOR
from videogen_mcp.calls.upstream import SANDBOX, Account, account_of
from videogen_mcp.clock import Clock, SystemClock
from videogen_mcp.connector import IDLE_FOR, MOST_AT_ONCE, MOST_IDLE, Connector
from videogen_mcp.settings import Dialect, Settings

pytestmark = pytest.mark.anyio

URL = "https://api.test"
OWN = "good_own"


def account(key: str) -> Account:
    return Account(account_of(URL, key), key)


@dataclass
class Service:
    """Knows keys that begin with "good". `held` holds all answers until it is set."""

    held: anyio.Event | None = None
    asked: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    cookies: list[str | None] = field(default_factory=list)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        key = request.headers["authorization"].removeprefix("Bearer ")
        self.asked[key] += 1
        self.cookies.append(request.headers.get("cookie"))
        self.under_way += 1
        if self.held is not None:
            await self.held.wait()
        self.under_way -= 1
        if not key.startswith("good"):
            return httpx.Response(401, json={"message": "unknown key", "code": "unauthorized"})
        return httpx.Response(200, json={"ttsVoices": []}, headers={"Set-Cookie": f"session={key}"})


@asynccontextmanager
async def connecting(
    service: Service, folder: Path, own: str | None = OWN, clock: Clock | None = None, dialect: Dialect = "auto"
) -> AsyncIterator[Connector]:
    settings = Settings(api_key=own, base_url=URL, state_dir=folder, sandbox="off", dialect=dialect)
    connector = Connector(settings, clock or SystemClock(), httpx.MockTransport(service.answer))
    yield connector
    await connector.close()


async def test_who_calls_at_the_same_time_with_one_key_reaches_its_account_once(tmp_path: Path) -> None:
    service, upstreams = Service(), set()
    async with connecting(service, tmp_path) as connector:

        async def connect(subject: str) -> None:
            upstreams.add(await connector.connect(Account("shared", "good_shared", subject)))

        async with anyio.create_task_group() as tasks:
            for person in ("ann", "bob", "eve"):
                tasks.start_soon(connect, person)
    assert (len(upstreams), service.asked) == (1, {"good_shared": 1})


async def test_accounts_do_not_wait_for_each_other(tmp_path: Path) -> None:
    service = Service(held=anyio.Event())
    async with connecting(service, tmp_path) as connector, anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(connector.connect, account(f"good_{number}"))
        while service.under_way < 10:
            await anyio.lowlevel.checkpoint()
        assert service.held is not None
        service.held.set()


async def test_a_key_is_used_for_none_but_its_own_account_whatever_that_is_called(tmp_path: Path) -> None:
    service = Service()
    async with connecting(service, tmp_path) as connector:
        mine = await connector.connect(Account("one name", "good_mine"))
        theirs = await connector.connect(Account("one name", "good_theirs"))
        await mine.client.voices()
    assert mine is not theirs
    assert service.asked == {"good_mine": 2, "good_theirs": 1}


async def test_no_key_is_sent_with_the_cookies_of_another(tmp_path: Path) -> None:
    service = Service()
    async with connecting(service, tmp_path) as connector:
        for key in ("good_mine", "good_theirs"):
            await connector.connect(account(key))
    assert service.cookies == [None, None]


async def test_a_refused_key_is_not_tried_again_for_a_while(tmp_path: Path) -> None:
    service, clock, seen = Service(), FakeClock(), []
    async with connecting(service, tmp_path, clock=clock) as connector:
        for later in (0.0, REFUSED_FOR - 1, 1.0):
            clock.now += later
            with pytest.raises(Refusal) as refused:
                await connector.connect(account("guessed"))
            assert refused.value.code == "invalid_api_key"
            assert "X-VideoGen-Api-Key" in str(refused.value.next_step)
            seen.append(service.asked["guessed"])
    assert seen == [1, 1, 2]


async def test_a_refused_key_is_known_also_where_the_version_of_the_api_is_given(tmp_path: Path) -> None:
    service = Service()
    async with connecting(service, tmp_path, dialect="v2") as connector:
        for _ in range(3):
            with pytest.raises(Refusal):
                await connector.connect(account("guessed"))
        await connector.connect(account("good"))
    assert service.asked == {"guessed": 1, "good": 1}


async def test_who_guesses_keys_cannot_have_the_server_try_them_and_others_are_unharmed(tmp_path: Path) -> None:
    service, clock = Service(), FakeClock()
    async with connecting(service, tmp_path, clock=clock) as connector:
        await connector.connect(replace(account("good_before"), origin="10.0.0.7"))
        for number in range(2 * MOST_OF_ORIGIN):
            with pytest.raises(Refusal):
                await connector.connect(replace(account(f"guessed{number}"), origin="10.0.0.7"))
        with pytest.raises(Refusal) as untried:
            await connector.connect(replace(account("good_new"), origin="10.0.0.7"))
        assert (untried.value.code, service.asked["good_new"]) == ("invalid_api_key", 0)
        assert "again in a minute" in str(untried.value.next_step)
        assert sum(times for key, times in service.asked.items() if "guessed" in key) == MOST_OF_ORIGIN
        await connector.connect(replace(account("good_before"), origin="10.0.0.7"))
        await connector.connect(replace(account("good_elsewhere"), origin="10.0.0.8"))
        late = replace(account("good_late"), origin="10.0.0.7")
        with pytest.raises(Refusal, match="many keys from this address"):
            await connector.connect(late)
        clock.now += REFUSED_FOR
        assert (await connector.connect(late)).account == late.name


async def test_the_servers_own_key_is_tried_with_every_call(tmp_path: Path) -> None:
    service = Service()
    async with connecting(service, tmp_path, own="wrong") as connector:
        for _ in range(3):
            with pytest.raises(Unauthorized):
                await connector.connect(connector.account)
    assert service.asked["wrong"] == 3


async def test_who_has_no_key_does_not_get_the_sandbox_where_the_settings_do_not_mean_it(tmp_path: Path) -> None:
    service = Service()
    async with connecting(service, tmp_path) as connector:
        with pytest.raises(BadSetting):
            await connector.connect(SANDBOX)
    assert not service.asked


async def test_the_latest_accounts_are_kept_and_those_in_use(tmp_path: Path) -> None:
    service = Service()
    async with connecting(service, tmp_path) as connector:
        in_use = await connector.connect(account("good_busy"))
        for number in range(MOST_IDLE + 1):
            await connector.connect(account(f"good_{number}"))
        assert await connector.connect(account("good_busy")) is in_use
        for number in (0, MOST_IDLE):
            await connector.connect(account(f"good_{number}"))
    assert (service.asked["good_0"], service.asked[f"good_{MOST_IDLE}"]) == (2, 1)


async def test_what_nobody_called_for_in_a_while_is_not_kept_but_for_the_servers_own(tmp_path: Path) -> None:
    service, clock = Service(), FakeClock()
    async with connecting(service, tmp_path, clock=clock) as connector:
        for later in (0.0, IDLE_FOR + 1):
            clock.now += later
            for key in ("good_latest", "good_early", OWN):
                await connector.connect(account(key))
    assert service.asked == {"good_latest": 1, "good_early": 2, OWN: 1}


@pytest.mark.parametrize(("key", "at_once"), [("good_caller", MOST_AT_ONCE), (OWN, 2 * MOST_AT_ONCE)])
async def test_one_callers_key_cannot_take_all_connections(tmp_path: Path, key: str, at_once: int) -> None:
    service = Service()
    async with connecting(service, tmp_path) as connector:
        upstream = await connector.connect(account(key))
        service.held = anyio.Event()
        async with anyio.create_task_group() as tasks:
            for _ in range(2 * MOST_AT_ONCE):
                tasks.start_soon(upstream.client.voices)
            await anyio.wait_all_tasks_blocked()
            assert service.under_way == at_once
            service.held.set()


async def test_a_submit_that_found_no_free_connection_has_certainly_not_left(tmp_path: Path) -> None:
    service = Service()
    async with connecting(service, tmp_path) as connector:
        upstream = await connector.connect(account("good_caller"))
        service.held = anyio.Event()
        async with anyio.create_task_group() as tasks:
            for _ in range(MOST_AT_ONCE):
                tasks.start_soon(upstream.client.voices)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(ConnectionFailed):
                await upstream.client.start("/v1/tools/generate-image", {"prompt": "a pear"}, within=0.05)
            service.held.set()
