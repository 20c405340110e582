"""What do thousands of waiting calls of many accounts cost one HTTP server?

Real processes and sockets: callers on today's wire who want progress, each with one of the keys; the server; a service
whose executions do not end. Prints the memory of each call (resident set), how much of what Python allocates for it is
ours, and how late the event loop is while all wait; beside it the same with Python's own thresholds of garbage
collection, and what an idle account costs.

    python -m bench.hosted_calls [--calls 2000] [--keys 20] [--seconds 20]
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from bench.figures import Figure, tell
from bench.hosting import ENDLESS, Callers, Server, cpu_seconds, server, service

MOST_BYTES, MOST_OURS = 90_000, 8_000
"""Of a waiting call in all, and allocated by this package's own lines."""

MOST_P99, MOST_STALL = 0.050, 0.150
"""Seconds by which the event loop may be late."""

MOST_IDLE = 5_000
"""Bytes of an account that made a call once."""

IDLE_ACCOUNTS, AT_ONCE = 200, 20
"""Accounts that make a call, and how many of them at the same time."""

PER_SECOND, UNDER_WAY = 200, 50
"""Calls begun in a second, and how many may be on their way to the service, which is one Python process too."""

TRACED = 500
"""Calls while every allocation is counted, which makes all slow."""


@asynccontextmanager
async def waiting(running: Server, calls: int, keys: int, first: int = 0) -> AsyncIterator[Callers]:
    """Calls that wait, all of them accepted."""
    callers = Callers(running.port)
    async with anyio.create_task_group() as tasks:
        for number in range(calls):
            tasks.start_soon(callers.wait, first + number, f"sk_bench_{(first + number) % keys}")
            await anyio.sleep(1 / PER_SECOND)
            while number - callers.accepted > UNDER_WAY:  # noqa: ASYNC110 - a plain counter
                await anyio.sleep(0.05)
        while callers.accepted < calls:
            if callers.ended:
                raise SystemExit(
                    f"{callers.ended} calls ended: {callers.last.decode()}\n{running.log.read_text()[-3000:]}"
                )
            await anyio.sleep(0.1)
        yield callers
        tasks.cancel_scope.cancel()


async def measured(base_url: str, calls: int, keys: int, seconds: float, first: str) -> tuple[float, dict[str, float]]:
    """Return the bytes of each call, and how late the loop was."""
    with server(base_url) as running:
        async with waiting(running, keys, keys):
            running.ask(first)
            before = running.resident
            async with waiting(running, calls, keys, keys) as callers:
                await anyio.sleep(3)
                running.ask("settle")
                used, heard = cpu_seconds([running.process.pid]), callers.progress
                await anyio.sleep(seconds)
                lags = await anyio.to_thread.run_sync(running.ask, "lags")
                lags["cpu"] = (cpu_seconds([running.process.pid]) - used) / seconds
                lags["progress"] = (callers.progress - heard) / seconds
                return (running.resident - before) / calls, lags


async def allocated(base_url: str, calls: int, keys: int) -> dict[str, float]:
    """Return the bytes of each call by the package whose lines allocated them."""
    with server(base_url) as running:
        async with waiting(running, keys, keys):
            running.ask("trace")
            async with waiting(running, calls, keys, keys):
                await anyio.sleep(3)
                found = await anyio.to_thread.run_sync(running.ask, "traced")
                return {name: size / calls for name, size in found.items()}


async def idle(base_url: str, accounts: int) -> float:
    """Return the bytes that are allocated for each account that made a call and waits for nothing."""
    with server(base_url) as running:
        for first in range(0, accounts + AT_ONCE, AT_ONCE):
            async with waiting(running, AT_ONCE, accounts + AT_ONCE, first):
                pass
            if first == 0:
                await anyio.sleep(3)
                running.ask("trace")
        await anyio.sleep(3)
        running.ask("settle")  # The bench's own notes are no account's.
        return sum(running.ask("traced").values()) / accounts


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--calls", type=int, default=2_000)
    asked.add_argument("--keys", type=int, default=20)
    asked.add_argument("--seconds", type=float, default=20.0)
    options = asked.parse_args()
    calls, keys = options.calls, options.keys

    def measure(name: str, first: str) -> tuple[float, dict[str, float]]:
        with service(ENDLESS) as base_url:
            each, late = anyio.run(measured, base_url, calls, keys, options.seconds, first)
        p50, p99, most = (late[name] * 1000 for name in ("p50", "p99", "most"))
        print(f"{calls} waiting calls of {keys} keys, {name}: {each / 1000:.1f} kB each")
        print(f"  event loop late by its own work: p50 {p50:.1f} ms, p99 {p99:.1f} ms, most {most:.0f} ms")
        print(f"  {late['cpu']:.0%} of a core, {late['progress']:.0f} messages a second", flush=True)
        return each, late

    each, late = measure("as it is", "settle")
    _, collecting = measure("with Python's own garbage collection", "python's gc")
    with service(ENDLESS) as base_url:
        by_package = anyio.run(allocated, base_url, min(TRACED, calls), keys)
    ours = by_package.get("videogen_mcp", 0.0)
    parts = sorted(by_package.items(), key=lambda item: -item[1])[:6]
    print(f"allocated by Python for each: {', '.join(f'{name} {size / 1000:.1f} kB' for name, size in parts)}")
    with service(ENDLESS) as base_url:
        account = anyio.run(idle, base_url, IDLE_ACCOUNTS)
    print(f"{IDLE_ACCOUNTS} accounts that each made a call and wait for nothing: {account / 1000:.1f} kB each")
    p99, most = late["p99"] * 1000, late["most"] * 1000
    tell(
        Figure(
            f"memory of each of {calls:,} calls of {keys} keys that wait over HTTP",
            f"{each / 1000:.1f} kB",
            target=f"at most {MOST_BYTES // 1000} kB",
            met=each <= MOST_BYTES,
        ),
        Figure(
            "of that, allocated by this server's own lines",
            f"{ours / 1000:.1f} kB",
            ", ".join(f"{name} {size / 1000:.1f} kB" for name, size in parts if name != "videogen_mcp"),
            target=f"at most {MOST_OURS // 1000} kB",
            met=ours <= MOST_OURS,
        ),
        Figure(
            f"how late the event loop is while {calls:,} calls wait",
            f"{p99:.1f} ms (99 %), at most {most:.0f} ms",
            f"with Python's own garbage collection at most {collecting['most'] * 1000:.0f} ms",
            target=f"99 % at most {MOST_P99 * 1000:.0f} ms, never over {MOST_STALL * 1000:.0f} ms",
            met=late["p99"] <= MOST_P99 and late["most"] <= MOST_STALL,
        ),
        Figure(
            "memory of an account that made a call and waits for nothing",
            f"{account / 1000:.1f} kB",
            target=f"at most {MOST_IDLE // 1000} kB",
            met=account <= MOST_IDLE,
        ),
    )
    met = {
        f"a call at most {MOST_BYTES // 1000} kB": each <= MOST_BYTES,
        f"{MOST_OURS // 1000} of them ours": ours <= MOST_OURS,
        f"p99 at most {MOST_P99 * 1000:.0f} ms": late["p99"] <= MOST_P99,
        f"no stall over {MOST_STALL * 1000:.0f} ms": late["most"] <= MOST_STALL,
        f"an idle account at most {MOST_IDLE // 1000} kB": account <= MOST_IDLE,
    }
    print("targets: " + "; ".join(f"{what}: {'met' if held else 'missed'}" for what, held in met.items()))
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
