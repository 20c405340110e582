"""Many executions on one key for an hour: the key's budget holds, and nobody waits much longer than the others."""

import random
import statistics
from functools import partial
from itertools import count

import anyio
import pytest

from tests.faults.declarations import OF_EACH_KIND
from tests.faults.service import Service
from tests.faults.world import World, world
from tests.generated import is_full
from tests.virtual import run_virtually
from videogen_mcp.calls.call import Caller
from videogen_mcp.executions.timing import EXECUTION_GETS_PER_HOUR
from videogen_mcp.workflows import WORKFLOWS

CLIP = next(workflow for workflow in WORKFLOWS if workflow.tool_name() == "generate_video_clip")
STARTS_PER_HOUR = 500


async def one_hour(service: Service, in_flight: int) -> list[float]:
    """Keep `in_flight` executions going; returns how late each end was seen, in seconds."""
    lags: list[float] = []
    number = count()
    spread = max(180.0, in_flight * 3600 / STARTS_PER_HOUR * 1.1)
    service.seconds = lambda: service.rng.uniform(0.5, 1.5) * spread

    async def keep_going() -> None:
        while True:
            # Each wish is another one: the same again would be answered with what the first one began.
            reply = await here.call("generate_video_clip", Caller("fleet"), prompt=f"pear {next(number)}")
            job = service.jobs[reply.structured["execution_id"]]
            lags.append(anyio.current_time() - (job.began + job.seconds))

    async with world(service, wait=float("inf")) as here:
        with anyio.move_on_after(3600):
            async with anyio.create_task_group() as agents:
                for _ in range(in_flight):
                    agents.start_soon(keep_going)
    return lags


FLEETS = [("v0", 50), ("v2", 8)]
"""API era and executions in flight."""

if is_full():  # What lists show is read every second of the hour: two hundred rows take half a minute.
    FLEETS += [("v0", 3), ("v0", 200), ("v2", 3), ("v2", 50), ("v2", 200)]


@pytest.mark.parametrize(("dialect", "in_flight"), FLEETS)
def test_the_hour_is_shared(dialect: str, in_flight: int) -> None:
    service = Service(
        random.Random(5), dialect=dialect, gets_per_hour=EXECUTION_GETS_PER_HOUR, percentages=dialect == "v2"
    )
    lags = run_virtually(partial(one_hour, service, in_flight))
    assert service.refused_429 == 0
    assert service.gets <= EXECUTION_GETS_PER_HOUR
    assert len(lags) >= in_flight
    # What is fair: no end is seen later than the share of the hour (or, with lists, a few seconds) allows.
    share = 1.0 if dialect == "v2" else in_flight * 3600 / (EXECUTION_GETS_PER_HOUR * 0.9)
    assert max(lags) <= 2 * share + 13
    assert statistics.mean(lags) <= share + 3


MANY = 40 if is_full() else 2
"""Runs or chains of edits in flight."""


@pytest.mark.parametrize(("tool", "argument"), [("script_to_video", "script"), ("edit_project", "project_id")])
def test_runs_and_edits_keep_to_the_hours_of_their_groups(tool: str, argument: str) -> None:
    service = Service(random.Random(5), gets_per_hour=EXECUTION_GETS_PER_HOUR)
    service.seconds = lambda: service.rng.uniform(60.0, 240.0)
    wishes = [f"vg_proj_{number}" for number in range(2_000)]
    service.videos.projects += wishes
    ended: list[str] = []

    async def keep_going(here: World) -> None:
        while True:
            reply = await here.call(tool, Caller("fleet"), **{argument: wishes.pop()})
            ended.append(reply.structured["status"])

    async def hour() -> None:
        async with world(service, wait=float("inf"), workflows=OF_EACH_KIND) as here:
            with anyio.move_on_after(3600):
                async with anyio.create_task_group() as agents:
                    for _ in range(MANY):
                        agents.start_soon(keep_going, here)

    run_virtually(hour)
    assert service.refused_429 == 0
    assert service.gets <= EXECUTION_GETS_PER_HOUR
    assert set(ended) == {"succeeded"}
    assert len(ended) > MANY
