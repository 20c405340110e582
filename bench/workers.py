"""What do several workers cost, and what do they bring?

The same calls against `serve --workers 1` and `--workers 2`, over real sockets, of accounts whose executions end at
once: CPU time of all its processes for each call, and how many calls, and lists of tools, are answered in a second.
The callers and the service share the machine with the server, so the rates tell little where there are few cores.

    python -m bench.workers [--calls 300] [--keys 20]
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import anyio
from anyio.abc import SocketStream

from bench.figures import Figure, tell
from bench.hosting import Callers, Server, cpu_seconds, server, service

CALLERS = 100
"""At once."""

WARM_UP = 120
"""Calls that are not counted: workers import what they need with the first, and how long executions take is learned of
some for each account."""

LISTS = 400

ROUNDS = 3
"""Of which the medians are told."""

MOST_RATIO = 1.15
"""CPU time of a call with two workers, to that with one."""

LEAST_LISTS = 200
"""Lists of tools in a second, of one worker."""


def processes(running: Server) -> list[int]:
    """The supervisor and its workers, or the one that serves alone."""
    pid = running.process.pid
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


async def rate(running: Server, count: int, keys: int, tool: str | None) -> tuple[float, float]:
    """Return seconds of CPU for each request, and requests a second: calls of a tool, or lists of tools."""
    callers = Callers(running.port)
    numbers = iter(range(count))

    async def ask() -> None:
        if tool is not None:
            for number in numbers:
                await callers.wait(number, f"sk_bench_{number % keys}")
            return
        async with await anyio.connect_tcp("127.0.0.1", running.port) as stream:
            for _ in numbers:
                await stream.send(callers.request("tools/list", {}, {}))
                await whole(stream)

    pids = processes(running)
    used, began = cpu_seconds(pids), time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for _ in range(CALLERS):
            tasks.start_soon(ask)
    took = time.perf_counter() - began
    if set(callers.statuses) - {"200"}:
        raise SystemExit(f"calls were not answered: {callers.statuses}")
    return (cpu_seconds(pids) - used) / count, count / took


async def whole(stream: SocketStream) -> None:
    """Read one answer to its end, of a connection that is kept."""
    came = b""
    while not is_whole(came):
        came += await stream.receive()
    if b"generate_image" not in came:
        raise SystemExit(f"no list of tools: {came[:200]!r}")


def is_whole(answer: bytes) -> bool:
    """Return whether an answer has come to its end, as its length or its last chunk tells."""
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    return len(body) >= int(length[1]) if length is not None else body.endswith(b"0\r\n\r\n")


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--calls", type=int, default=300)
    asked.add_argument("--keys", type=int, default=20)
    options = asked.parse_args()
    tool = "generate_image"
    command = [sys.executable, "-m", "videogen_mcp", "serve", "--transport", "http", "--port", "0"]
    found: dict[tuple[int, str | None], list[tuple[float, float]]] = {}
    with ExitStack() as held:
        servers = {
            workers: held.enter_context(
                server(held.enter_context(service(0.0)), command=[*command, "--workers", str(workers)])
            )
            for workers in (1, 2)
        }
        for running in servers.values():
            for what in (tool, None):
                anyio.run(rate, running, WARM_UP, options.keys, what)
        for _ in range(ROUNDS):  # in turn, so that what else this machine does falls on both
            for workers, running in servers.items():
                for what, count in ((tool, options.calls), (None, LISTS)):
                    found.setdefault((workers, what), []).append(anyio.run(rate, running, count, options.keys, what))
    medians = {case: tuple(map(statistics.median, zip(*runs, strict=True))) for case, runs in found.items()}
    for workers in (1, 2):
        (cpu, calls), (list_cpu, lists) = medians[workers, tool], medians[workers, None]
        print(
            f"{workers} worker{'s' if workers > 1 else ' '}: a call {cpu * 1000:.1f} ms of CPU, {calls:.0f} a second;"
            f" tools/list {list_cpu * 1000:.1f} ms of CPU, {lists:.0f} a second"
        )
    ratio, listed = medians[2, tool][0] / medians[1, tool][0], medians[1, None][1]
    one, two = ([cpu * 1000 for cpu, _ in found[workers, tool]] for workers in (1, 2))
    tell(
        Figure(
            "CPU time of a call with two workers",
            f"{statistics.median(two):.1f} ms, {ratio:.2f} of that with one",
            f"one worker {statistics.median(one):.1f} ms",
            f"{min(two):.1f} to {max(two):.1f} ms, all {ROUNDS} rounds",
            f"at most {MOST_RATIO} of one worker",
            ratio <= MOST_RATIO,
        ),
        Figure(
            "lists of tools that one worker answers in a second",
            f"{listed:.0f}",
            f"two workers {medians[2, None][1]:.0f}, on the same cores as the callers",
            target=f"at least {LEAST_LISTS}",
            met=listed >= LEAST_LISTS,
        ),
    )
    met = ratio <= MOST_RATIO and listed >= LEAST_LISTS
    print(
        f"CPU of a call with two workers: {ratio:.2f} of that with one (target {MOST_RATIO});"
        f" tools/list target {LEAST_LISTS} a second: {'met' if met else 'missed'}"
    )
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
