"""Kept lists are of one account each, and of no more accounts than need them."""

from __future__ import annotations

import pytest

from tests.unit.api.conftest import FakeClock
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.dialects import V2
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.executions.poller import Pollers
from videogen_mcp.tools.cache import FRESH, Cache

pytestmark = pytest.mark.anyio


def upstream(account: str) -> Upstream:
    return Upstream(VideoGen(api_key=account, base_url="http://api.test"), V2, account, False, "http://api.test")


async def name(upstream: Upstream) -> list[str]:
    return [upstream.account]


async def test_each_account_has_a_list_of_its_own() -> None:
    cache = Cache(name, FakeClock())
    ada, bo = upstream("ada"), upstream("bo")
    assert [await cache.all(one) for one in (ada, bo, ada)] == [["ada"], ["bo"], ["ada"]]


async def test_lists_that_are_too_old_go_when_another_account_asks() -> None:
    clock = FakeClock()
    cache = Cache(name, clock)
    ada, bo = upstream("ada"), upstream("bo")
    await cache.all(ada)
    clock.now += FRESH
    await cache.all(bo)
    assert list(cache.kept) == [bo]


async def test_what_is_kept_for_an_account_goes_with_it() -> None:
    cache, pollers = Cache(name, FakeClock()), Pollers(lambda upstream: object())  # type: ignore[arg-type, return-value]
    ada = upstream("ada")
    assert pollers.of(ada) is pollers.of(ada)
    await cache.all(ada)
    del ada
    assert not cache.kept
    assert not pollers._pollers
