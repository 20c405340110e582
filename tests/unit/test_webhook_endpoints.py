"""Webhook endpoints of accounts, in both databases."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.databases import Place
from videogen_mcp.database import sqlite
from videogen_mcp.database.database import Database, DatabaseUnavailable, Rows
from videogen_mcp.webhook_endpoints import ADDRESS, MOST_SECRETS, RESEAL_AGAIN, WebhookEndpoints, new_address

pytestmark = pytest.mark.anyio

NEW, OLD = "n" * 32, "o" * 32
HERE, THERE = "0" * 32, "1" * 32


@dataclass
class HandClock:
    """A clock that passes when somebody sleeps, and then at once."""

    now: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def time(self) -> float:
        self.now += 1.0
        return self.now

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    async with place.opened() as database:
        yield database


async def endpoints(database: Database, *secrets: str) -> WebhookEndpoints:
    made = WebhookEndpoints(database, secrets or (NEW,), HandClock())
    await made.keep()
    return made


async def test_an_endpoint_is_kept_found_and_forgotten(database: Database) -> None:
    kept = await endpoints(database)
    await kept.check()
    await kept.add(HERE, "ep_1", "ada", "whsec_1")
    await kept.add(THERE, "ep_1", "bob", "whsec_2")

    assert [(one.account, one.secret) for one in await kept.at(HERE)] == [("ada", "whsec_1")]
    assert await kept.at("2" * 32) == []
    assert (await kept.is_of(HERE, "ada"), await kept.is_of(HERE, "bob")) == (True, False)
    assert await kept.remove("ep_1", "bob")
    assert not await kept.remove("ep_1", "bob")
    assert await kept.at(THERE) == []
    assert await kept.at(HERE)


async def test_while_one_secret_replaces_another_both_are_good(database: Database) -> None:
    kept = await endpoints(database)
    for number in range(MOST_SECRETS + 1):
        await kept.add(HERE, f"ep_{number}", "ada", f"whsec_{number}")
    assert [one.secret for one in await kept.at(HERE)] == ["whsec_2", "whsec_1"]


async def test_the_database_never_sees_a_secret(database: Database) -> None:
    await (await endpoints(database)).add(HERE, "ep_1", "ada", "whsec_1")
    assert "whsec_1" not in str(await database.rows("SELECT * FROM webhook_endpoints"))


async def test_a_row_that_is_given_to_another_account_is_of_no_use(database: Database) -> None:
    kept = await endpoints(database)
    await kept.add(HERE, "ep_1", "ada", "whsec_1")
    await database.run("UPDATE webhook_endpoints SET account = 'mallory'")
    assert await kept.at(HERE) == []


async def test_a_row_that_is_copied_over_anothers_is_of_no_use(database: Database) -> None:
    kept = await endpoints(database)
    await kept.add(HERE, "ep_1", "ada", "whsec_1")
    await kept.add(THERE, "ep_2", "ada", "whsec_2")
    ((sealed,),) = await database.rows("SELECT sealed FROM webhook_endpoints WHERE endpoint_id = 'ep_2'")
    await database.run("UPDATE webhook_endpoints SET sealed = ? WHERE endpoint_id = 'ep_1'", (sealed,))
    assert await kept.at(HERE) == []


async def test_a_new_secret_seals_all_anew_and_the_old_one_can_go(database: Database) -> None:
    await (await endpoints(database, OLD)).add(HERE, "ep_1", "ada", "whsec_1")
    for secrets in ((NEW, OLD), (NEW,)):
        assert [one.secret for one in await (await endpoints(database, *secrets)).at(HERE)] == ["whsec_1"]


async def test_a_row_whose_secret_is_gone_is_named_at_the_start(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await (await endpoints(database, OLD)).add(HERE, "ep_1", "ada", "whsec_1")
    caplog.set_level(logging.WARNING)
    kept = await endpoints(database, NEW)
    assert "webhook endpoint ep_1 is of no use" in caplog.text
    caplog.clear()
    assert await kept.at(HERE) == []
    assert caplog.text == ""  # Strangers who know the address cannot fill the log.


async def test_it_begins_later_where_the_database_is_away(tmp_path: Path) -> None:
    async with sqlite.opened(tmp_path / "shared.sqlite3") as database:
        clock = HandClock()
        kept = WebhookEndpoints(Flaky(database, failing=2), (NEW,), clock)
        await kept.keep()
        await kept.check()
    assert clock.slept == [RESEAL_AGAIN, RESEAL_AGAIN]


class Flaky:
    """A database whose first transactions fail."""

    notice: str | None = None

    def __init__(self, database: Database, failing: int) -> None:
        self._database, self._failing = database, failing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncIterator[Any]:
        if self._failing:
            self._failing -= 1
            raise DatabaseUnavailable("away")
        async with self._database.exclusive(name) as session:
            yield session


def test_addresses_are_random() -> None:
    made = {new_address() for _ in range(100)}
    assert len(made) == 100
    assert all(ADDRESS.fullmatch(one) for one in made)


async def test_an_address_that_nobody_has_takes_the_same_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with sqlite.opened(tmp_path / "shared.sqlite3") as database:
        kept = await endpoints(database)
        await kept.add(HERE, "ep_1", "ada", "whsec_1")
        steps: list[str] = []
        seals, rows = kept._seals, database.rows

        async def counted(sql: str, values: Any = ()) -> Rows:
            steps.append("query")
            return await rows(sql, values)

        def opening(sealed: str, *place: str) -> Any:
            steps.append("open")
            return seal_open(sealed, *place)

        seal_open = seals.open
        monkeypatch.setattr(database, "rows", counted)
        monkeypatch.setattr(seals, "open", opening)
        taken = []
        for address in (HERE, THERE):
            await kept.at(address)
            taken.append(steps[:])
            steps.clear()
    assert taken == [["query", *["open"] * MOST_SECRETS]] * 2
