"""Whether a server says that it works, and whether balancers are to send it requests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import anyio.lowlevel
import httpx
import psycopg
import pytest
from starlette.applications import Starlette

from tests.postgres import running
from videogen_mcp import __version__
from videogen_mcp.api.pools import Pools
from videogen_mcp.clock import Clock
from videogen_mcp.database.database import DatabaseUnavailable
from videogen_mcp.protocol import http, readiness
from videogen_mcp.server import open_shared_server
from videogen_mcp.settings import Settings

pytestmark = pytest.mark.anyio

SOON = 20.0
"""Seconds of real time after which a test has failed."""


@dataclass
class Service(httpx.AsyncBaseTransport):
    """A service that answers strangers with 401, or cannot be reached."""

    away: bool = False
    asked: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        self.asked += 1
        assert "authorization" not in request.headers
        if self.away:
            raise httpx.ConnectError("away", request=request)
        return httpx.Response(401)


@dataclass
class TurnedClock:
    """A clock that goes when it is turned."""

    now: float = 1_000.0

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
def service() -> Service:
    return Service()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@asynccontextmanager
async def served(
    tmp_path: Path, service: Service, clock: Clock, *troubles: Callable[[], Awaitable[str | None]], hosted: bool = True
) -> AsyncIterator[tuple[Starlette, httpx.AsyncClient]]:
    """The application of a server and a client of it."""
    settings = Settings(state_dir=tmp_path, journal=False, hosted=hosted)
    async with open_shared_server(settings) as opened:
        app = http.application(replace(opened, clock=clock, troubles=troubles), settings, pools=Pools(service))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://10.0.0.7") as web,
        ):
            yield app, web


async def test_a_server_that_can_do_its_work_is_ready(tmp_path: Path, service: Service, clock: TurnedClock) -> None:
    async with served(tmp_path, service, clock) as (_, web):
        answer = await web.get("/ready")
        assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
        assert (await web.get("/health")).json() == {"status": "ok", "version": __version__}


async def test_a_service_that_cannot_be_reached_is_told_and_not_asked_by_every_probe(
    tmp_path: Path, service: Service, clock: TurnedClock
) -> None:
    service.away = True
    async with served(tmp_path, service, clock) as (_, web):
        for _ in range(3):
            answer = await web.get("/ready")
            assert answer.status_code == 503
            assert answer.json()["reasons"] == ["https://api.videogen.io cannot be reached (ConnectError)"]
        assert service.asked == 1
        assert (await web.get("/health")).status_code == 200
        service.away = False
        clock.now += readiness.LOOK_AGAIN
        assert (await web.get("/ready")).status_code == 200


async def test_the_sandbox_is_not_asked_since_the_first_call_starts_it(
    tmp_path: Path, service: Service, clock: TurnedClock
) -> None:
    async with served(tmp_path, service, clock, hosted=False) as (_, web):
        assert (await web.get("/ready")).status_code == 200
    assert service.asked == 0


async def test_a_server_that_is_about_to_exit_is_healthy_and_not_ready(
    tmp_path: Path, service: Service, clock: TurnedClock
) -> None:
    async with served(tmp_path, service, clock) as (app, web):
        app.state.readiness.leave()
        answer = await web.get("/ready")
        assert (answer.status_code, answer.json()["reasons"]) == (503, ["The server is about to exit"])
        assert (await web.get("/health")).status_code == 200


@dataclass
class Database:
    """A database that is away, or has something to say."""

    away: str | None = None
    notice: str | None = None

    async def now(self) -> float:
        """Return its time."""
        if self.away is not None:
            raise DatabaseUnavailable(self.away)
        return 0.0


@dataclass
class Journal:
    """A journal that may have something to say."""

    notice: str | None = None


@pytest.mark.parametrize(
    ("database", "journal", "reasons"),
    [
        (Database(), Journal(), None),
        (Database(away="PostgreSQL is away"), Journal("It is not written"), ["PostgreSQL is away"]),
        (Database(notice="LISTEN is not delivered"), Journal(), ["LISTEN is not delivered"]),
        (Database(), Journal("It is not written"), ["It is not written"]),
    ],
)
async def test_a_database_that_cannot_be_used_is_told(
    tmp_path: Path,
    service: Service,
    clock: TurnedClock,
    database: Database,
    journal: Journal,
    reasons: list[str] | None,
) -> None:
    async with served(tmp_path, service, clock, readiness.trouble_of(database, journal)) as (_, web):
        answer = await web.get("/ready")
    assert (answer.status_code, answer.json().get("reasons")) == (503 if reasons else 200, reasons)


async def until_ready(web: httpx.AsyncClient) -> None:
    """Ask again and again: what servers tell each other is heard soon after the database can be used."""
    with anyio.fail_after(SOON):
        while (await web.get("/ready")).status_code != 200:
            await anyio.lowlevel.checkpoint()


async def test_a_server_that_may_only_read_its_database_is_not_ready(
    tmp_path: Path, service: Service, postgres_url: str
) -> None:
    address = f"{postgres_url}&options={quote('-c default_transaction_read_only=on')}"
    settings = Settings(state_dir=tmp_path, hosted=True, database=address)
    async with open_shared_server(settings) as opened:
        app = http.application(opened, settings, pools=Pools(service))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.7") as web:
            answer = await web.get("/ready")
    assert (answer.status_code, "journal is out of reach" in answer.text) == (503, True)


@pytest.mark.parametrize("table", ["executions", "replicas"])
async def test_a_database_in_which_another_program_has_such_tables_is_named_and_does_not_end_the_server(
    tmp_path: Path, service: Service, postgres_url: str, table: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with await psycopg.AsyncConnection.connect(postgres_url) as other:
        await other.execute(f"CREATE TABLE {table} (number INTEGER)")
    settings = Settings(state_dir=tmp_path, hosted=True, database=postgres_url, secrets=("1e" * 16,))
    async with open_shared_server(settings) as opened:
        app = http.application(opened, settings, pools=Pools(service))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.7") as web:
            answer = await web.get("/ready")
    assert answer.status_code == 503
    assert f'"{table}"' in caplog.text or "column" in caplog.text


async def test_a_server_whose_database_goes_away_is_not_ready_until_it_is_back(
    tmp_path: Path, service: Service
) -> None:
    with running() as postgres:
        settings = Settings(state_dir=tmp_path, hosted=True, database=postgres.url)
        async with open_shared_server(settings) as opened:
            app = http.application(opened, settings, pools=Pools(service))
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.7") as web:
                await until_ready(web)
                postgres.stop()
                away = await web.get("/ready")
                assert away.status_code == 503
                assert "database cannot be used" in away.text
                postgres.start()
                await until_ready(web)
