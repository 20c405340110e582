"""Processes that share an account through a real database, on the machine's clock. Leases are short here."""

from __future__ import annotations

import anyio
import pytest

from tests.databases import Place
from tests.polled_service import Process, Service, process
from tests.postgres import running
from videogen_mcp.clock import SystemClock
from videogen_mcp.database import postgres
from videogen_mcp.executions.kinds import Handle
from videogen_mcp.executions.sharing import leases, replica

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "TTL", 0.6)
    monkeypatch.setattr(leases, "BEAT", 0.2)
    monkeypatch.setattr(leases, "MARGIN", 0.05)
    monkeypatch.setattr(replica, "RETRY", 0.1)


async def test_one_process_polls_and_the_call_of_another_is_answered(place: Place) -> None:
    service = Service(SystemClock(), latency=0.0)
    async with (
        place.opened() as first,
        place.opened() as second,
        process(first, service) as one,
        process(second, service) as other,
    ):
        await _polls(one, service.start(1_000.0))
        handle = service.start(2.0)
        with anyio.fail_after(20):
            state = await other.follow(handle)
        assert (state.status, state.results[0].file_id) == ("succeeded", "vg_file_1")
        assert service.polled_by[handle.execution_id] == {one.replica.id}
        one.kill()


async def test_who_dies_is_replaced(place: Place) -> None:
    service = Service(SystemClock(), latency=0.0)
    async with (
        place.opened() as first,
        place.opened() as second,
        process(first, service) as one,
        process(second, service) as other,
    ):
        await _polls(one, service.start(1_000.0))
        handle = service.start(1_000.0)
        other.tasks.start_soon(other.follow, handle)
        await _polled_by(service, one, handle)
        one.kill()
        await _polled_by(service, other, handle)
        other.kill()


async def test_an_execution_is_asked_of_the_process_that_polls(place: Place) -> None:
    service = Service(SystemClock(), latency=0.0)
    async with (
        place.opened() as first,
        place.opened() as second,
        process(first, service) as one,
        process(second, service) as other,
    ):
        await _polls(one, service.start(1_000.0))
        handle = service.start(1_000.0)
        with anyio.fail_after(20):
            state = await other.poller.poll(handle)
        assert state.status == "running"
        assert service.polled_by[handle.execution_id] == {one.replica.id}
        one.kill()


async def test_waits_go_on_while_postgresql_is_away_and_one_polls_when_it_is_back() -> None:
    service = Service(SystemClock(), latency=0.0)
    with running() as server:
        async with (
            postgres.opened(server.url) as first,
            postgres.opened(server.url) as second,
            process(first, service, interval=0.1) as one,
            process(second, service, interval=0.1) as other,
        ):
            await _polls(one, service.start(1_000.0))
            handle = service.start(1_000.0)
            other.tasks.start_soon(other.follow, handle)
            await _polled_by(service, one, handle)
            server.stop()
            await _polled_by(service, other, handle)
            server.start()
            await _polled_by_one(service)
            one.kill()
            other.kill()


async def _polls(one: Process, handle: Handle) -> None:
    """Have a process wait for something long, so that it polls the account."""
    one.tasks.start_soon(one.follow, handle)
    await _polled_by(one.client.service, one, handle)


async def _polled_by(service: Service, one: Process, handle: Handle) -> None:
    """Return when this process polls an execution."""
    service.polled_by.clear()
    with anyio.fail_after(20):
        while one.replica.id not in service.polled_by[handle.execution_id]:
            await service.next_poll.wait()


async def _polled_by_one(service: Service) -> None:
    """Return when one process alone polls all there is."""
    with anyio.fail_after(20):
        polls: list[set[str]] = []
        while len(polls) < 2 or len({frozenset(by) for by in polls}) != 1 or len(polls[0]) != 1:
            service.polled_by.clear()
            for _ in range(4):
                await service.next_poll.wait()
            polls = list(service.polled_by.values())
