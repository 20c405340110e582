"""What an execution of 14 s costs in polls, and how late its end is seen, beside a loop of 1.5 s."""

import random
import statistics
from functools import cache, partial
from typing import Any

import anyio
import httpx
import pytest

from bench import runs
from bench.watching import Case, Watch, every_1_5_seconds, measure, ours, ours_as_the_fourth
from tests.faults.service import Service
from tests.faults.world import world
from tests.generated import some
from tests.virtual import run_virtually
from videogen_mcp.calls.call import Caller


def mix(bend: float) -> list[Case]:
    rng = random.Random(14)
    return [Case(False, rng.uniform(13.3, 14.7), bend) for _ in range(12)]


@cache
def lag_of_the_loop(bend: float) -> float:
    """Seconds, on average."""
    _, lags = measure(every_1_5_seconds, mix(bend))
    return statistics.mean(lags)


@pytest.mark.parametrize("bend", some([1.0, 0.6, 1.7]))
@pytest.mark.parametrize(("watch", "most"), [(ours, 7), (ours_as_the_fourth, 5)])
def test_14_seconds_cost_few_polls_and_no_more_lag_than_a_loop(watch: Watch, most: int, bend: float) -> None:
    polls, lags = measure(watch, mix(bend))
    assert max(polls) <= most
    assert statistics.mean(lags) <= lag_of_the_loop(bend)


def test_a_run_of_4_minutes_costs_at_most_20_polls_and_is_seen_within_a_second() -> None:
    polls, lags = runs.measure(runs.ours, 9)
    assert max(polls) <= runs.MOST_POLLS
    assert statistics.mean(lags) <= runs.MOST_LAG


def test_the_users_interval_is_kept() -> None:
    service = Service(random.Random(1), seconds=lambda: 14.0)

    async def main() -> Any:
        async with world(service, wait=float("inf"), interval=1.5) as here:
            await here.call("generate_image", Caller("x"), prompt="a pear")

    run_virtually(main)
    assert service.requests["execution"] == pytest.approx(10, abs=1)


def test_the_users_interval_keeps_to_the_hours_budget() -> None:
    service = Service(random.Random(1), seconds=lambda: 600.0, gets_per_hour=5_000)

    async def main() -> Any:
        async with world(service, wait=float("inf"), interval=0.1) as here, anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(partial(here.call, "generate_image", Caller("x"), prompt="a pear"))

    run_virtually(main)
    assert service.refused_429 == 0
    assert service.gets <= 5_000


@pytest.mark.parametrize(
    ("holds", "polls", "lag"),
    [
        (True, 13, 0.1),  # held for a second each
        (False, 30, 1.0),  # a service that takes no notice of what is preferred is polled as far apart as ever
    ],
)
def test_the_sandbox_holds_polls_so_that_an_end_is_seen_at_once(holds: bool, polls: int, lag: float) -> None:
    service = Service(random.Random(1), seconds=lambda: 12.0, latency=0.01, holds=holds)

    async def main() -> None:
        async with world(service, wait=float("inf"), nearby=True) as here:
            await here.call("generate_image", Caller("x"), prompt="a pear")
        (job,) = service.jobs.values()
        assert anyio.current_time() - job.began - job.seconds <= lag

    run_virtually(main)
    assert service.requests["execution"] <= polls


def test_only_the_sandbox_is_asked_to_hold_polls() -> None:
    asked: list[str | None] = []

    def note(request: httpx.Request) -> str:
        asked.append(request.headers.get("prefer"))
        return ""

    service = Service(random.Random(1), choose_fault=note)

    async def main() -> None:
        async with world(service, wait=float("inf")) as here:
            await here.call("generate_image", Caller("x"), prompt="a pear")

    run_virtually(main)
    assert set(asked) == {None}
