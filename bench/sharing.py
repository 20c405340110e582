"""What does it save that one replica polls an account for all, and what does sharing cost?

Four replicas with a connection each to one PostgreSQL, twelve calls at each of them for executions of 20 to 36 s of one
key: the requests to the service, and how late ends are seen, beside four replicas that know nothing of each other, in
the same run. Then a storm of questions about one execution, and a hundred replicas in virtual time.

    python -m bench.sharing [--replicas 4] [--calls 12] [--hours 1.2]
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import anyio

from bench.figures import Figure, tell
from tests.faults.service import Service
from tests.postgres import running
from tests.sharing_fleet import Fleet
from videogen_mcp.api.client import VideoGen
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import SystemClock
from videogen_mcp.database import postgres
from videogen_mcp.executions.kinds import ALL_KINDS, TOOL_EXECUTION, Handle
from videogen_mcp.executions.poller import Poller
from videogen_mcp.executions.sharing import replica
from videogen_mcp.executions.sharing.sharing import ALONE, Sharing
from videogen_mcp.executions.timing import EXECUTION_GETS_PER_HOUR

TAKES = (20.0, 36.0)
"""Seconds, from and to."""

STARTS_WITHIN = 5.0
"""Seconds in which all calls are made."""

TYPICAL = (15.0, 60.0)
"""What is declared of pictures."""

STORM, CLIENTS, STORM_SECONDS = 1_000, 200, 5.0
"""Questions a second, of how many clients, and for how long."""

MOST_PER_POLL, MOST_UNFAIR = 0.15, 0.1
"""Budget statements per poll, and the error of a replica's share."""

ACCOUNT = "bench"

CLOCK = SystemClock()


@dataclass
class Served:
    """One replica before the service."""

    client: VideoGen
    poller: Poller

    async def follow(self, upstream: Service, number: int, late: list[float]) -> None:
        """Start an execution some time, wait for its end, and note how late that is seen."""
        await anyio.sleep(random.Random(number).uniform(0, STARTS_WITHIN))
        execution_id = await self.client.start("/v1/tools/generate-image", {"prompt": "a pear"})
        job = upstream.jobs[execution_id]
        handle = Handle(TOOL_EXECUTION, execution_id)
        async with self.poller.following(handle, began=job.began, typical=TYPICAL) as polled:
            async for _ in polled.states():
                pass
        late.append(CLOCK.monotonic() - job.began - job.seconds)


@asynccontextmanager
async def fleet(upstream: Service, size: int, address: str | None) -> AsyncIterator[list[Served]]:
    """Replicas that share a database; without an address each is alone."""
    async with AsyncExitStack() as held:
        tasks = await held.enter_async_context(anyio.create_task_group())
        held.callback(tasks.cancel_scope.cancel)
        replicas = []
        for _ in range(size):
            client = VideoGen(
                api_key="key", base_url="https://api.example", dialect="v2", transport=upstream, clock=CLOCK
            )
            held.push_async_callback(client.aclose)
            at = Upstream(client, await client.dialect(), ACCOUNT, False, "https://api.example")
            sharing: Sharing = ALONE
            if address is not None:
                database = await held.enter_async_context(postgres.opened(address))
                sharing = (await held.enter_async_context(replica.opened(database, CLOCK, ALL_KINDS))).of(ACCOUNT)
            poller = Poller(at, CLOCK, tasks, jitter=random.Random(1).random, sharing=sharing)
            replicas.append(Served(client, poller))
        yield replicas


def service() -> Service:
    rng = random.Random(3)
    return Service(rng, seconds=lambda: rng.uniform(*TAKES), clock=CLOCK)


async def wait_for_all(name: str, size: int, calls: int, address: str | None) -> str:
    """Print and return what the calls of a fleet cost, and how late they are answered."""
    upstream, late = service(), list[float]()
    async with fleet(upstream, size, address) as replicas, anyio.create_task_group() as waits:
        for number in range(size * calls):
            waits.start_soon(replicas[number % size].follow, upstream, number, late)
    lists, polls = upstream.requests.get("list", 0), upstream.requests.get("execution", 0)
    cost = f"{lists} lists, {polls} single polls, ends seen {statistics.median(late):.1f} s late"
    print(f"{name}: {cost}, {max(late):.1f} s at most")
    return cost


async def storm(size: int, address: str) -> None:
    """Print how often an execution is polled that clients of all replicas ask for as often as they can."""
    upstream = service()
    async with fleet(upstream, size, address) as replicas:
        execution_id = await replicas[0].client.start("/v1/tools/generate-image", {"prompt": "a pear"})
        upstream.jobs[execution_id].seconds = 3_600.0
        handle = Handle(TOOL_EXECUTION, execution_id)
        asked = 0

        async def ask(one: Served) -> None:
            nonlocal asked
            while True:
                await one.poller.poll(handle)
                asked += 1
                await anyio.sleep(CLIENTS / STORM)

        await replicas[0].poller.poll(handle)
        before, began = upstream.requests["execution"], CLOCK.monotonic()
        with anyio.move_on_after(STORM_SECONDS):
            async with anyio.create_task_group() as clients:
                for number in range(CLIENTS):
                    clients.start_soon(ask, replicas[number % size])
        took = CLOCK.monotonic() - began
    polls = upstream.requests["execution"] - before
    tell(
        Figure(
            "polls a second of an execution that clients of all replicas ask for as often as they can",
            f"{polls / took:.2f}",
            f"{asked / took:.0f} questions a second",
            target="at most 1",
            met=polls / took <= 1,
        )
    )
    print(f"{asked / took:.0f} questions a second about one execution: {polls / took:.2f} polls a second (at most 1)")


def hundred_replicas(hours: float) -> None:
    """Print what a fleet in virtual time does, with deaths and an outage of the database."""
    found = Fleet(100, hours, starts_per_hour=500)
    found.run()
    fair, statements = found.unfairness() <= MOST_UNFAIR, found.budget_statements / found.polls_in_all
    tell(
        Figure(
            f"100 replicas, 500 starts an hour, {hours:g} h of virtual time with deaths and an outage",
            f"{found.service.refused} polls refused, {found.most_in_an_hour} in the fullest hour,"
            f" shares within {found.unfairness():.1%} of fair, {statements:.3f} budget statements a poll",
            target=f"0, {EXECUTION_GETS_PER_HOUR}, {MOST_UNFAIR:.0%}, {MOST_PER_POLL}",
            met=not found.service.refused
            and found.most_in_an_hour <= EXECUTION_GETS_PER_HOUR
            and fair
            and statements <= MOST_PER_POLL,
        )
    )
    print(
        f"100 replicas, 500 starts an hour, {hours:g} h of virtual time: {found.service.refused} refused,"
        f" {found.most_in_an_hour} polls in the hour that has most (at most {EXECUTION_GETS_PER_HOUR});"
        f" {found.budget_statements / found.polls_in_all:.3f} budget statements per poll (at most {MOST_PER_POLL});"
        f" shares within {found.unfairness():.1%} of fair (at most {MOST_UNFAIR:.0%})"
    )


async def real(size: int, calls: int) -> None:
    with running() as server, server.database() as one, server.database() as other:
        cost: dict[str, str] = {}

        async def measure(name: str, address: str | None) -> None:
            cost[name] = await wait_for_all(name, size, calls, address)

        together, alone = "one poller for the account", f"{size} pollers that know of none else"
        async with anyio.create_task_group() as both:
            both.start_soon(measure, together, one)
            both.start_soon(measure, alone, None)
        tell(Figure(f"{size * calls} calls at {size} replicas of one key", cost[together], f"{alone}: {cost[alone]}"))
        await storm(size, other)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--replicas", type=int, default=4)
    asked.add_argument("--calls", type=int, default=12, help="of each replica")
    asked.add_argument("--hours", type=float, default=1.2, help="of virtual time")
    options = asked.parse_args()
    anyio.run(real, options.replicas, options.calls)
    hundred_replicas(options.hours)


if __name__ == "__main__":
    main()
