"""What do thousands of waiting calls in one process cost?

Real time, the real runner, client and journal; the service answers in memory. Prints the memory of each waiting call
(resident set, and Python's own count) and how late the event loop is while they all wait.

    python -m bench.crowd [--calls 5000] [--seconds 20]
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import resource
import tempfile
import time
from functools import partial
from pathlib import Path

import anyio

from bench.figures import Figure, tell
from tests.faults.service import Service
from tests.faults.world import world
from videogen_mcp.calls.call import Caller
from videogen_mcp.clock import SystemClock

CLIP = "generate_video_clip"
TICK = 0.01

MOST_BYTES, MOST_P99 = 30_000, 0.050
"""Of a waiting call; seconds by which the event loop may be late."""


def resident() -> int:
    """Bytes this process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc/self/statm").exists() else 0
    return pages * os.sysconf("SC_PAGESIZE") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


async def measure(calls: int, seconds: float) -> None:
    service = Service(random.Random(1), seconds=lambda: 3600.0, latency=0.02)
    lags: list[float] = []

    async def watch_the_loop() -> None:
        while True:
            due = time.perf_counter() + TICK
            await anyio.sleep(TICK)
            lags.append(max(time.perf_counter() - due, 0.0))

    async def send(value: float, total: float | None, message: str) -> None:
        """A host that takes progress."""

    with tempfile.TemporaryDirectory() as folder:
        async with world(service, Path(folder) / "journal", wait=float("inf"), clock=SystemClock()) as here:
            gc.collect()
            before = resident()
            async with anyio.create_task_group() as agents:
                for number in range(calls):
                    agents.start_soon(partial(here.call, CLIP, Caller("crowd", send), prompt=f"pear {number}"))
                    if number % 50 == 49:
                        await anyio.sleep(0.01)
                while len(service.jobs) < calls:  # noqa: ASYNC110 - the service is a plain object here
                    await anyio.sleep(0.1)
                await anyio.sleep(2)
                gc.collect()
                each = (resident() - before) / calls
                agents.start_soon(watch_the_loop)
                await anyio.sleep(seconds)
                agents.cancel_scope.cancel()
    lags.sort()
    late = lags[int(len(lags) * 0.99)] * 1000
    tell(
        Figure(
            f"memory of each of {calls:,} waiting calls in one process",
            f"{each / 1000:.1f} kB",
            target=f"at most {MOST_BYTES / 1000:.0f} kB",
            met=each <= MOST_BYTES,
        ),
        Figure(
            f"how late the event loop is while {calls:,} calls wait",
            f"{late:.1f} ms (99 %)",
            spread=f"half of the time {lags[len(lags) // 2] * 1000:.1f} ms, at most {lags[-1] * 1000:.0f} ms",
            target=f"99 % at most {MOST_P99 * 1000:.0f} ms",
            met=late <= MOST_P99 * 1000,
        ),
    )
    print(f"{calls} waiting calls: {each / 1000:.1f} kB each (target {MOST_BYTES / 1000:.0f} kB)")
    print(
        f"event loop over {seconds:.0f} s: p50 {lags[len(lags) // 2] * 1000:.1f} ms late,"
        f" p99 {late:.1f} ms (target {MOST_P99 * 1000:.0f} ms), most {lags[-1] * 1000:.0f} ms"
    )
    print(f"requests: {service.requests}")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--calls", type=int, default=5_000)
    asked.add_argument("--seconds", type=float, default=20.0)
    options = asked.parse_args()
    anyio.run(measure, options.calls, options.seconds)


if __name__ == "__main__":
    main()
