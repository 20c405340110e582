"""How many polls does an execution cost, and how late is its end seen?

Beside the official SDK's `*_and_wait` (videogen 2.5.3, unchanged but for its clock) and a fixed 3 s poller, in one run
on virtual time: the same executions of 15 s to 5 min, one at a time, with percentages (bent either way, as real ones
are) and without.

Then executions of about 14 s: as the first of their kind, and where three durations are known, beside the loop of
1.5 s that VideoGen's documents show.

    python -m bench.watching [--executions 300]
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from unittest.mock import patch

import anyio
import httpx
from videogen import AsyncVideoGen

from bench.figures import Figure, tell
from tests.faults.service import Service
from tests.faults.world import world
from tests.virtual import run_virtually
from videogen_mcp.calls.call import Caller

IMAGE, CLIP = "generate_image", "generate_video_clip"


@dataclass(frozen=True)
class Case:
    """One execution: an image of 15 to 60 s or a clip of 1 to 5 min."""

    clip: bool
    seconds: float
    bend: float


Watch = Callable[[Service, Case], Awaitable[None]]


def cases(count: int) -> list[Case]:
    rng = random.Random(7)
    return [
        Case(clip, rng.uniform(60, 300) if clip else rng.uniform(15, 60), rng.choice((0.6, 1.0, 1.7)))
        for clip in (number % 2 == 0 for number in range(count))
    ]


async def ours(service: Service, case: Case) -> None:
    async with world(service, wait=float("inf")) as here:
        await here.call(CLIP if case.clip else IMAGE, Caller("bench"), prompt="a pear")


async def official(service: Service, case: Case) -> None:
    clock = SimpleNamespace(monotonic=anyio.current_time)
    with (
        patch("videogen.poll_helpers.time", clock),
        patch("videogen.async_poll_executed_tool.time", clock),
    ):
        async with httpx.AsyncClient(transport=service) as http:
            sdk = AsyncVideoGen(api_key="key", base_url="https://api.example", http_client=http)
            make = sdk.tools.generate_video_clip_and_wait if case.clip else sdk.tools.generate_image_and_wait
            await make(prompt="a pear")


async def every_3_seconds(service: Service, case: Case) -> None:
    async with httpx.AsyncClient(transport=service, base_url="https://api.example") as http:
        started = await http.post("/v1/tools/generate-image", json={"prompt": "a pear"})
        path = f"/v1/tools/executions/{started.json()['toolExecutionId']}"
        while (await http.get(path)).json()["status"] == "running":  # noqa: ASYNC110 - what it is compared with
            await anyio.sleep(3.0)


async def every_1_5_seconds(service: Service, case: Case) -> None:
    async with httpx.AsyncClient(transport=service, base_url="https://api.example") as http:
        started = await http.post("/v1/tools/generate-image", json={"prompt": "a pear"})
        path = f"/v1/tools/executions/{started.json()['toolExecutionId']}"
        while (await http.get(path)).json()["status"] == "running":  # noqa: ASYNC110 - what it is compared with
            await anyio.sleep(1.5)


async def ours_as_the_fourth(service: Service, case: Case) -> None:
    """Three executions of nearly that length come first, and do not count."""
    async with world(service, wait=float("inf")) as here:
        for part in (0.95, 1.0, 1.05):
            service.seconds = partial(float, case.seconds * part)
            await here.call(IMAGE, Caller("bench"), prompt="a pear")
        service.seconds = partial(float, case.seconds)
        service.requests["execution"] = 0
        await here.call(IMAGE, Caller("bench"), prompt="a pear")


def measure(watch: Watch, mix: list[Case], *, percentages: bool = True) -> tuple[list[int], list[float]]:
    """Return the polls of each execution, and the lags in seconds between each end and its being seen, sorted."""
    polls: list[int] = []
    lags: list[float] = []

    async def main() -> None:
        for case in mix:
            service = Service(
                random.Random(3), percentages=percentages, bend=case.bend, seconds=partial(float, case.seconds)
            )
            await watch(service, case)
            *_, job = service.jobs.values()
            lags.append(anyio.current_time() - (job.began + job.seconds))
            polls.append(service.requests["execution"])

    run_virtually(main)
    return polls, sorted(lags)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--executions", type=int, default=300)
    mix = cases(asked.parse_args().executions)
    rows: list[tuple[str, Callable[[], tuple[list[int], list[float]]]]] = [
        ("official *_and_wait", partial(measure, official, mix, percentages=True)),
        ("every 3 s", partial(measure, every_3_seconds, mix, percentages=True)),
        ("ours, with percentages", partial(measure, ours, mix, percentages=True)),
        ("ours, without them", partial(measure, ours, mix, percentages=False)),
    ]
    print(f"{len(mix)} executions of 15 s to 5 min on virtual time")
    print(f"{'':24}{'polls each':>12}{'of official':>13}{'mean lag':>11}{'p95 lag':>10}")
    base = 0.0
    peers: list[str] = []
    for name, run in rows:
        polls, lags = run()
        each = statistics.mean(polls)
        base = base or each
        told = f"{each:.1f} polls, seen {statistics.mean(lags):.2f} s late"
        if name.startswith("ours"):
            spread = f"{min(polls)} to {max(polls)} polls, all"
            tell(
                Figure(f"an execution of 15 s to 5 min, {name.removeprefix('ours, ')}", told, "; ".join(peers), spread)
            )
        else:
            peers.append(f"{name}: {told}")
        p95 = lags[int(len(lags) * 0.95)]
        print(f"{name:24}{each:12.1f}{each / base:12.0%} {statistics.mean(lags):9.2f} s{p95:8.2f} s")

    about_14_s()


def about_14_s() -> None:
    """Print what executions of 13 to 15 s cost."""
    rng = random.Random(14)
    mix = [Case(False, rng.uniform(13, 15), rng.choice((0.6, 1.0, 1.7))) for _ in range(100)]
    rows: list[tuple[str, Watch]] = [
        ("every 1.5 s", every_1_5_seconds),
        ("ours, the first", ours),
        ("ours, the fourth", ours_as_the_fourth),
    ]
    print(f"\n{len(mix)} executions of 13 to 15 s")
    print(f"{'':24}{'polls each':>12}{'at most':>13}{'mean lag':>11}{'p95 lag':>10}")
    beside = ""
    for name, watch in rows:
        polls, lags = measure(watch, mix)
        told = f"{statistics.mean(polls):.1f} polls, seen {statistics.mean(lags):.2f} s late"
        if name.startswith("ours"):
            spread = f"{min(polls)} to {max(polls)} polls, all"
            tell(Figure(f"an execution of about 14 s, {name.removeprefix('ours, ')} of its kind", told, beside, spread))
        else:
            beside = f"{name}: {told}"
        mean, p95 = statistics.mean(lags), lags[int(len(lags) * 0.95)]
        print(f"{name:24}{statistics.mean(polls):12.1f}{max(polls):13d}{mean:9.2f} s{p95:8.2f} s")


if __name__ == "__main__":
    main()
