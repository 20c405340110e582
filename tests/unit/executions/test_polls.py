"""What an execution of 14 s costs in polls, and how late its end is seen, beside a loop of 1.5 s."""

import random
import statistics
from functools import partial
from typing import Any

import anyio
import pytest

from bench import runs
from bench.watching import Case, Watch, every_1_5_seconds, measure, ours, ours_as_the_fourth
from tests.faults.service import Service
from tests.faults.world import world
from tests.virtual import run_virtually
from videogen_mcp.calls.call import Caller


@pytest.mark.parametrize("bend", [0.6, 1.0, 1.7])
@pytest.mark.parametrize(("watch", "most"), [(ours, 7), (ours_as_the_fourth, 5)])
def test_14_seconds_cost_few_polls_and_no_more_lag_than_a_loop(watch: Watch, most: int, bend: float) -> None:
    rng = random.Random(14)
    mix = [Case(False, rng.uniform(13.3, 14.7), bend) for _ in range(12)]
    polls, lags = measure(watch, mix)
    _, lags_of_the_loop = measure(every_1_5_seconds, mix)
    assert max(polls) <= most
    assert statistics.mean(lags) <= statistics.mean(lags_of_the_loop)


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
    service = Service(random.Random(1), seconds=lambda: 1_800.0, gets_per_hour=5_000)

    async def main() -> Any:
        async with world(service, wait=float("inf"), interval=0.1) as here, anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(partial(here.call, "generate_image", Caller("x"), prompt="a pear"))

    run_virtually(main)
    assert service.refused_429 == 0
    assert service.gets <= 5_000
