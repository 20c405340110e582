"""What do several workers cost, and what do they bring?

Calls against `serve --workers 1`, `--workers 2` and two servers of one worker each that share nothing, over real
sockets, of accounts whose executions end at once: CPU time of all processes of a server for each. All get the same
calls in a second, fewer than one worker can answer, on all cores: what a call costs depends on how busy a server is.
What two servers that share nothing take more than one is the machine's: two processes find their caches colder. The
same server takes more or less from one start to the next and from one minute to the next, so each is started STARTS
times and asked in short turns.
Then calls and lists of tools in a second, as many as there can be; the callers share the cores, so that of few cores
these rates tell little.

    python -m bench.workers [--keys 40]
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import anyio
from anyio.abc import SocketStream

from bench.figures import Figure, tell
from bench.hosting import Callers, Server, cpu_seconds, server, service
from videogen_mcp.executions.timing import LISTED

CALLERS = 100
"""At once."""

WARM_UP = LISTED + 1
"""Calls of each key that are not counted: of the first it is learned how long an execution of the account takes, and
the list that is read before each submit grows until it has as many."""

ONE, TWO, APART = SERVERS = ("one worker", "two workers", "two servers that share nothing")

STARTS = 3

TURNS = 4
"""Of each server in a start, in turn, so that what else this machine does falls on all."""

CALLS, PACE = 200, 30.0
"""In a turn, and in a second of it."""

TOOL = "generate_image"

LISTS = 400

MOST_RATIO = 1.15
"""CPU time of a call with two workers, to that with one."""

LEAST_LISTS = 200
"""Lists of tools in a second, of one worker."""

COMMAND = (sys.executable, "-m", "videogen_mcp", "serve", "--transport", "http", "--port", "0")


def processes(running: Server) -> list[int]:
    """The supervisor and its workers, or the one that serves alone."""
    pid = running.process.pid
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


class Rate(NamedTuple):
    """`cpu`: milliseconds for each request, `second`: requests in a second."""

    cpu: float
    second: float


async def paced(servers: Sequence[Server], keys: int) -> float:
    """Make CALLS calls, PACE in a second, evenly to the servers. Return the milliseconds of CPU time of each."""
    callers = [Callers(running.port) for running in servers]
    pids = [pid for running in servers for pid in processes(running)]
    used, began = cpu_seconds(pids), anyio.current_time()
    async with anyio.create_task_group() as tasks:
        for number in range(CALLS):
            await anyio.sleep_until(began + number / PACE)
            tasks.start_soon(callers[number % len(callers)].wait, number, key(number, keys))
    all_answered(callers)
    return (cpu_seconds(pids) - used) / CALLS * 1000


async def rate(servers: Sequence[Server], count: int, keys: int, tool: str | None) -> Rate:
    """Send `count` requests of CALLERS at once, evenly to the servers: calls of a tool, or lists of tools."""
    callers = [Callers(running.port) for running in servers]
    numbers = iter(range(count))

    async def ask(callers: Callers) -> None:
        if tool is not None:
            for number in numbers:
                await callers.wait(number, key(number, keys))
            return
        async with await anyio.connect_tcp("127.0.0.1", callers.port) as stream:
            for _ in numbers:
                await stream.send(callers.request("tools/list", {}, {}))
                await whole(stream)

    pids = [pid for running in servers for pid in processes(running)]
    used, began = cpu_seconds(pids), time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for number in range(CALLERS):
            tasks.start_soon(ask, callers[number % len(callers)])
    took = time.perf_counter() - began
    all_answered(callers)
    return Rate((cpu_seconds(pids) - used) / count * 1000, count / took)


def key(number: int, keys: int) -> str:
    """Return the key of a call's account."""
    return f"sk_bench_{number % keys}"


def all_answered(callers: Sequence[Callers]) -> None:
    """End the bench where a call was refused."""
    if refused := [one.statuses for one in callers if set(one.statuses) - {"200"}]:
        raise SystemExit(f"calls were not answered: {refused}")


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


def start(held: ExitStack) -> dict[str, list[Server]]:
    """Start the servers, and a service for each of SERVERS."""

    def started(count: int, workers: int) -> list[Server]:
        url, command = held.enter_context(service(0.0)), [*COMMAND, "--workers", str(workers)]
        return [held.enter_context(server(url, command=command)) for _ in range(count)]

    return {ONE: started(1, 1), TWO: started(1, 2), APART: started(2, 1)}


def measure(
    keys: int, calls: Mapping[str, list[float]], busy: Mapping[str, list[Rate]], lists: Mapping[str, list[Rate]]
) -> None:
    """Start all servers once and add what they take: CPU time of a call for each turn, and rates."""
    with ExitStack() as held:
        running = start(held)
        for servers in running.values():
            anyio.run(rate, servers, WARM_UP * keys * len(servers), keys, TOOL)
        for _ in range(TURNS):
            for name, servers in running.items():
                calls[name].append(anyio.run(paced, servers, keys))
        for _ in range(TURNS):
            for name, servers in running.items():
                busy[name].append(anyio.run(rate, servers, CALLS, keys, TOOL))
        for name, servers in running.items():
            lists[name].append(anyio.run(rate, servers, LISTS, keys, None))


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument(
        "--keys", type=int, default=40, help="fewer slow the calls down: each may poll so often in an hour"
    )
    keys = asked.parse_args().keys
    calls: dict[str, list[float]] = {name: [] for name in SERVERS}
    busy: dict[str, list[Rate]] = {name: [] for name in SERVERS}
    lists: dict[str, list[Rate]] = {name: [] for name in SERVERS}
    for _ in range(STARTS):
        measure(keys, calls, busy, lists)
    for name in SERVERS:
        call, listing = median(busy[name]), median(lists[name])
        print(
            f"{name}: a call {statistics.median(calls[name]):.1f} ms of CPU, {call.cpu:.1f} when all cores are busy;"
            f" {call.second:.0f} calls and {listing.second:.0f} lists of tools a second"
        )
    two, apart = (ratios(calls[name], calls[ONE]) for name in (TWO, APART))
    used = {name: [one.cpu for one in busy[name]] for name in SERVERS}
    two_busy, apart_busy = (statistics.median(ratios(used[name], used[ONE])) for name in (TWO, APART))
    ratio, listed = statistics.median(two), median(lists[ONE]).second
    each = [statistics.median(two[first : first + TURNS]) for first in range(0, len(two), TURNS)]
    cpu = {name: f"{statistics.median(calls[name]):.1f} ms" for name in SERVERS}
    rates = {name: f"{median(busy[name]).second:.0f}" for name in SERVERS}
    full = {name: f"{median(busy[name]).cpu:.1f} ms" for name in SERVERS}
    tell(
        Figure(
            "CPU time of a call with two workers",
            f"{cpu[TWO]}, {ratio:.2f} of that with one",
            f"one worker {cpu[ONE]}; two servers that share nothing {cpu[APART]}, {statistics.median(apart):.2f} of it",
            f"{min(each):.2f} to {max(each):.2f}, by start",
            f"at most {MOST_RATIO} of one worker",
            ratio <= MOST_RATIO,
        ),
        Figure(
            "the same with as many calls as there can be, on the same cores as the callers",
            f"{full[TWO]}, {two_busy:.2f} of that with one",
            f"one worker {full[ONE]}; two servers that share nothing {full[APART]}, {apart_busy:.2f} of it",
        ),
        Figure(
            "calls that two workers answer in a second",
            rates[TWO],
            f"one worker {rates[ONE]}, two servers that share nothing {rates[APART]}, on the same cores as the callers",
        ),
        Figure(
            "lists of tools that one worker answers in a second",
            f"{listed:.0f}",
            f"two workers {median(lists[TWO]).second:.0f}, on the same cores as the callers",
            target=f"at least {LEAST_LISTS}",
            met=listed >= LEAST_LISTS,
        ),
    )
    met = ratio <= MOST_RATIO and listed >= LEAST_LISTS
    print(
        f"CPU of a call with two workers: {ratio:.2f} of that with one (target {MOST_RATIO}), with two servers that"
        f" share nothing {statistics.median(apart):.2f}; tools/list target {LEAST_LISTS} a second:"
        f" {'met' if met else 'missed'}"
    )
    return 0 if met else 1


def ratios(some: Sequence[float], others: Sequence[float]) -> list[float]:
    """Return how many times as much the one took in each turn as the other."""
    return [one / other for one, other in zip(some, others, strict=True)]


def median(rates: Sequence[Rate]) -> Rate:
    """Return the median of each of the two numbers."""
    return Rate(*map(statistics.median, zip(*rates, strict=True)))


if __name__ == "__main__":
    raise SystemExit(main())
