"""How many polls does a run of 4 minutes cost, and how late is its end seen?

Beside the loop of 1.5 s of the official SDK's `*_and_wait`, and one of 3 s as VideoGen's own MCP server has it: the
same runs of 230 to 250 s, one at a time, in virtual time; with percentages, bent either way as real ones are, and
without.

    python -m bench.runs [--runs 100]
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import httpx

from bench.figures import Figure, tell
from tests.faults.declarations import ScriptToVideo
from tests.faults.service import Service
from tests.faults.videos import Work
from tests.faults.world import world
from tests.virtual import run_virtually
from videogen_mcp.calls.call import Caller

START = "/v1/workflows/script-to-video"
MOST_POLLS, MOST_LAG = 20, 1.0
"""What is promised where the service gives percentages: polls at most, and mean seconds until the end is seen."""


async def ours(service: Service) -> None:
    """Call script_to_video as a patient host does."""
    async with world(service, wait=float("inf"), workflows=(ScriptToVideo,)) as here:
        await here.call("script_to_video", Caller("bench"), script="Tides rise twice a day.")


async def every(interval: float, service: Service) -> None:
    """Start a run and ask for it again and again."""
    async with httpx.AsyncClient(transport=service, base_url="https://api.example") as http:
        body = {"script": "Tides rise twice a day.", "visualStyle": {"type": "STOCK"}, "autoExport": True}
        path = f"/v1/workflows/runs/{(await http.post(START, json=body)).json()['workflowRunId']}"
        while (await http.get(path)).json()["status"] == "running":  # noqa: ASYNC110 - what it is compared with
            await anyio.sleep(interval)


def measure(
    watch: Callable[[Service], Awaitable[None]], runs: int, *, percentages: bool = True
) -> tuple[list[int], list[float]]:
    """Return the polls of each run, and the lags in seconds between each end and its being seen, sorted."""
    rng = random.Random(4)
    polls: list[int] = []
    lags: list[float] = []

    async def main() -> None:
        for _ in range(runs):
            seconds = rng.uniform(230, 250)
            service = Service(random.Random(3), seconds=partial(float, seconds))
            bend(service, rng.choice((0.6, 1.0, 1.7)), percentages=percentages)
            await watch(service)
            (run,) = service.videos.runs.values()
            lags.append(anyio.current_time() - (run.began + run.seconds))
            polls.append(service.requests["run"])

    run_virtually(main)
    return polls, sorted(lags)


def bend(service: Service, by: float, *, percentages: bool) -> None:
    """Have the service's percentages bent, or none."""
    show = service.videos.run

    def shown(work: Work) -> dict[str, Any]:
        state = show(work)
        percent = 100.0 * (state["progressPercentage"] / 100.0) ** by
        return {**state, "progressPercentage": percent if percentages else None}

    service.videos.run = shown  # type: ignore[method-assign]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=100)
    runs = asked.parse_args().runs
    rows = [
        ("every 1.5 s", partial(measure, partial(every, 1.5), runs)),
        ("every 3 s", partial(measure, partial(every, 3.0), runs)),
        ("ours, with percentages", partial(measure, ours, runs)),
        ("ours, without them", partial(measure, ours, runs, percentages=False)),
    ]
    print(f"{runs} runs of 230 to 250 s on virtual time")
    print(f"{'':24}{'polls each':>15}{'at most':>10}{'mean lag':>11}{'p95 lag':>10}")
    peers: list[str] = []
    for name, run in rows:
        polls, lags = run()
        told = f"{statistics.mean(polls):.1f} polls, seen {statistics.mean(lags):.2f} s late"
        if name.startswith("ours"):
            promised = name == "ours, with percentages"
            tell(
                Figure(
                    f"a finished video of 4 minutes, {name.removeprefix('ours, ')}",
                    told,
                    "; ".join(peers),
                    f"{min(polls)} to {max(polls)} polls, all",
                    f"at most {MOST_POLLS} polls and {MOST_LAG:g} s" if promised else "",
                    max(polls) <= MOST_POLLS and statistics.mean(lags) <= MOST_LAG if promised else None,
                )
            )
        else:
            peers.append(f"{name}: {told}")
        p95 = lags[int(len(lags) * 0.95)]
        print(f"{name:24}{statistics.mean(polls):15.1f}{max(polls):10d}{statistics.mean(lags):9.2f} s{p95:8.2f} s")
    print(f"promised: at most {MOST_POLLS} polls, a mean lag of at most {MOST_LAG:g} s with percentages")


if __name__ == "__main__":
    main()
