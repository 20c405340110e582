"""How soon after the end of an execution does its answer come, with webhooks and by polling alone?

Two real HTTP servers in one run, both before the same sandbox: one hears of ends at its /webhooks/videogen, the other
has nobody who tells it. The end is the moment the sandbox wrote down; the answer is the moment the MCP client had it.

    python -m bench.webhook [--executions 24] [--at-once 4]
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

import anyio
from mcp import Client

from bench.figures import Figure, tell
from tests.e2e.listening import Listening, listening
from tests.e2e.upstream import Sandbox
from videogen_sandbox.process import launcher

TARGET = 0.3
"""Seconds from the end to the answer that webhooks must keep."""

SHORTEST, LONGEST = 5.0, 25.0
"""Seconds the executions take."""

ENDS = ["tool_execution.succeeded", "tool_execution.failed", "tool_execution.cancelled"]


async def endpoint(state_dir: Path, port: int) -> str:
    """Have the sandbox report to a port; the secret it signs with."""
    from videogen_mcp.api.client import VideoGen

    address = Sandbox(await launcher.find_or_start(state_dir)).address
    async with VideoGen(api_key=address.api_key, base_url=address.base_url, dialect="v2") as client:
        made = await client.create_webhook(f"http://127.0.0.1:{port}/webhooks/videogen", ENDS)
    return made.signing_secret or ""


async def answered(server: Listening, delays: list[float], at_once: int) -> dict[str, float]:
    """Execution → Unix time at which its answer had come."""
    came: dict[str, float] = {}
    turns = anyio.CapacityLimiter(at_once)
    async with Client(server.mcp) as client:
        await client.list_tools()

        async def one(delay: float) -> None:
            asked = {"prompt": f"a bell [[delay {delay:.2f}s]]", "duration_seconds": 1}
            async with turns:
                result = await client.call_tool("generate_sound_effect", asked)
            now = time.time()
            answer = result.structured_content or {}
            assert answer["status"] == "succeeded", result.content
            came[str(answer["execution_id"])] = now

        async with anyio.create_task_group() as tasks:
            for delay in delays:
                tasks.start_soon(one, delay)
    return came


def ends(state_dir: Path) -> dict[str, float]:
    """Execution → Unix time of its end, from the sandbox's own book."""
    book = state_dir / "sandbox" / "sandbox.db"
    with closing(sqlite3.connect(f"file:{book}?mode=ro", uri=True)) as database:
        return dict(database.execute("SELECT id, finished_at FROM executions WHERE finished_at IS NOT NULL"))


async def measure(notified: Listening, polling: Listening, executions: int, at_once: int) -> list[dict[str, float]]:
    """Both servers at the same time, with executions of the same lengths."""
    rng = random.Random(7)
    delays = [rng.uniform(SHORTEST, LONGEST) for _ in range(executions)]
    came: list[dict[str, float]] = [{}, {}]

    async def ask(place: int, server: Listening) -> None:
        came[place] = await answered(server, delays, at_once)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask, 0, notified)
        tasks.start_soon(ask, 1, polling)
    return came


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--executions", type=int, default=24)
    parser.add_argument("--at-once", type=int, default=4)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder)
        try:
            with listening(state_dir) as polling:
                with listening(state_dir) as first:
                    port = first.port
                secret = anyio.run(endpoint, state_dir, port)
                with listening(state_dir, port=port, settings={"VIDEOGEN_WEBHOOK_SECRET": secret}) as notified:
                    came = anyio.run(measure, notified, polling, asked.executions, asked.at_once)
                ended = ends(state_dir)
        finally:
            launcher.stop(state_dir)
    print(f"{asked.executions} executions of {SHORTEST:.0f} to {LONGEST:.0f} s each way, {asked.at_once} at once")
    print(f"{'':18}{'median':>10}{'p95':>10}{'most':>10}")
    late = [sorted(at - ended[execution_id] for execution_id, at in answers.items()) for answers in came]
    notified_late, polled_late = late
    tell(
        Figure(
            "from the end of an execution to its answer, with webhooks",
            f"{statistics.median(notified_late):.3f} s",
            f"polling alone {statistics.median(polled_late):.3f} s",
            f"{notified_late[0]:.3f} to {notified_late[-1]:.3f} s, all",
            f"at most {TARGET} s",
            notified_late[-1] <= TARGET,
        )
    )
    for name, lags in zip(("with webhooks", "polling alone"), late, strict=True):
        p95 = lags[min(int(len(lags) * 0.95), len(lags) - 1)]
        print(f"{name:18}{statistics.median(lags):8.3f} s{p95:8.3f} s{lags[-1]:8.3f} s")
        if name == "with webhooks":
            print(f"{'':18}{'kept' if lags[-1] <= TARGET else 'MISSED'}: {TARGET} s from the end to the answer")


if __name__ == "__main__":
    main()
