"""What do several workers cost, and what do they bring?

Calls and lists of tools against `serve --workers 1` and `--workers 2`, over real sockets, of accounts whose executions
end at once: CPU time of all its processes for each, and how many are answered in a second. Two workers are asked by as
many callers as the one, and by twice as many, so that each of them has as much to do as the one: a process that is
often idle uses more for the same work, as it finds its caches cold. The callers and the service share the machine with
the server, so the rates tell little where there are few cores.

    python -m bench.workers [--calls 600] [--keys 100]
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import anyio
from anyio.abc import SocketStream

from bench.figures import Figure, tell
from bench.hosting import Callers, Server, cpu_seconds, server, service
from videogen_mcp.executions.timing import LISTED

CALLERS = 100
"""At once, for each worker."""

WARM_UP = LISTED + 1
"""Calls of each key that are not counted: of the first it is learned how long an execution of the account takes, and
the list that is read before each submit grows until it has as many."""

ALONE, SHARING, AS_BUSY = CASES = ((1, CALLERS), (2, CALLERS), (2, 2 * CALLERS))
"""Workers and callers: one worker, two that share its callers, and two of which each has as many."""

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


class Rate(NamedTuple):
    """`cpu`: milliseconds for each request, `second`: requests in a second."""

    cpu: float
    second: float


async def rate(running: Server, many: int, count: int, keys: int, tool: str | None) -> Rate:
    """Send `count` requests of so `many` callers at once: calls of a tool, or lists of tools."""
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
        for _ in range(many):
            tasks.start_soon(ask)
    took = time.perf_counter() - began
    if set(callers.statuses) - {"200"}:
        raise SystemExit(f"calls were not answered: {callers.statuses}")
    return Rate((cpu_seconds(pids) - used) / count * 1000, count / took)


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
    asked.add_argument("--calls", type=int, default=600)
    asked.add_argument(
        "--keys", type=int, default=100, help="fewer slow the calls down: each may poll so often in an hour"
    )
    options = asked.parse_args()
    tool = "generate_image"
    command = [sys.executable, "-m", "videogen_mcp", "serve", "--transport", "http", "--port", "0"]
    calls: dict[tuple[int, int], list[Rate]] = {case: [] for case in CASES}
    lists: dict[tuple[int, int], list[Rate]] = {case: [] for case in CASES}
    with ExitStack() as held:
        servers = {
            workers: held.enter_context(
                server(held.enter_context(service(0.0)), command=[*command, "--workers", str(workers)])
            )
            for workers in (1, 2)
        }
        for running in servers.values():
            anyio.run(rate, running, CALLERS, WARM_UP * options.keys, options.keys, tool)
            anyio.run(rate, running, CALLERS, LISTS, options.keys, None)
        for _ in range(ROUNDS):  # in turn, so that what else this machine does falls on all
            for workers, many in CASES:
                asked_of, count = servers[workers], options.calls * many // CALLERS
                calls[workers, many].append(anyio.run(rate, asked_of, many, count, options.keys, tool))
                lists[workers, many].append(anyio.run(rate, asked_of, many, LISTS, options.keys, None))
    for workers, many in CASES:
        call, listing = median(calls[workers, many]), median(lists[workers, many])
        print(
            f"{workers} worker{'s' if workers > 1 else ' '}, {many} callers:"
            f" a call {call.cpu:.1f} ms of CPU, {call.second:.0f} a second;"
            f" tools/list {listing.cpu:.1f} ms of CPU, {listing.second:.0f} a second"
        )
    alone, sharing, as_busy = (median(calls[case]).cpu for case in CASES)
    busy = [one.cpu for one in calls[AS_BUSY]]
    ratio, listed = as_busy / alone, median(lists[ALONE]).second
    tell(
        Figure(
            "CPU time of a call with two workers",
            f"{as_busy:.1f} ms, {ratio:.2f} of that with one",
            f"one worker {alone:.1f} ms; two with the callers of one {sharing:.1f} ms, {sharing / alone:.2f} of it",
            f"{min(busy):.1f} to {max(busy):.1f} ms, all {ROUNDS} rounds",
            f"at most {MOST_RATIO} of one worker",
            ratio <= MOST_RATIO,
        ),
        Figure(
            "lists of tools that one worker answers in a second",
            f"{listed:.0f}",
            f"two workers {median(lists[SHARING]).second:.0f}, on the same cores as the callers",
            target=f"at least {LEAST_LISTS}",
            met=listed >= LEAST_LISTS,
        ),
    )
    met = ratio <= MOST_RATIO and listed >= LEAST_LISTS
    print(
        f"CPU of a call with two workers: {ratio:.2f} of that with one (target {MOST_RATIO}),"
        f" {sharing / alone:.2f} where they share its callers;"
        f" tools/list target {LEAST_LISTS} a second: {'met' if met else 'missed'}"
    )
    return 0 if met else 1


def median(rates: Sequence[Rate]) -> Rate:
    """Return the median of each of the two numbers."""
    return Rate(*map(statistics.median, zip(*rates, strict=True)))


if __name__ == "__main__":
    raise SystemExit(main())
