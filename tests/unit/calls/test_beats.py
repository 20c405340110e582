"""The beat of waiting calls, on virtual time: how long a client hears nothing, and that no client holds up another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from itertools import pairwise
from typing import NoReturn

import anyio
import pytest

from tests.virtual import VirtualClock, run_virtually
from videogen_mcp.calls.call import Call, Caller, Purpose
from videogen_mcp.calls.calls import Calls
from videogen_mcp.calls.timing import BEAT
from videogen_mcp.calls.upstream import Account
from videogen_mcp.executions.journal import Journal

DRAW = Purpose("generate_image", "started")


async def never(account: Account) -> NoReturn:
    raise AssertionError("nothing is reached")


class Client:
    """A client that notes when it hears of its call, and takes `slow` seconds to take each message."""

    def __init__(self, slow: float = 0.0) -> None:
        self.heard: list[float] = []
        self._slow = slow

    async def send(self, value: float, total: float | None, message: str) -> None:
        await anyio.sleep(self._slow)
        self.heard.append(anyio.current_time())


def waiting(main: Callable[[Calls], Awaitable[None]]) -> None:
    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            await main(Calls(never, VirtualClock(), tasks, journal))

    with closing(Journal.in_file(None)) as journal:
        run_virtually(run)


async def opened(calls: Calls, client: Client, held: AsyncExitStack) -> Call:
    return await held.enter_async_context(calls.open(DRAW, Caller("x", client.send)))


def test_a_call_that_reports_nothing_new_is_heard_of_after_each_silence() -> None:
    client = Client()

    async def main(calls: Calls) -> None:
        async with AsyncExitStack() as held:
            await opened(calls, client, held)
            await anyio.sleep(10 * BEAT)

    waiting(main)
    assert client.heard[0] < BEAT
    assert [later - sooner for sooner, later in pairwise(client.heard)] == [pytest.approx(BEAT)] * 9


def test_a_report_puts_off_the_next_beat() -> None:
    client = Client()

    async def main(calls: Calls) -> None:
        async with AsyncExitStack() as held:
            call = await opened(calls, client, held)
            for _ in range(4):
                await call.report("running")
                await anyio.sleep(BEAT * 0.75)

    waiting(main)
    assert client.heard == [pytest.approx(number * BEAT * 0.75) for number in range(4)]


def test_calls_that_come_and_end_at_any_time_are_each_heard_of_in_time() -> None:
    clients = [Client() for _ in range(40)]
    lived = {}

    async def main(calls: Calls) -> None:
        async def live(number: int) -> None:
            await anyio.sleep(number * 1.7)
            begun = anyio.current_time()
            async with calls.open(DRAW, Caller("x", clients[number].send)):
                await anyio.sleep(BEAT * (1 + number % 5))
            lived[number] = (begun, anyio.current_time())

        async with anyio.create_task_group() as all_calls:
            for number in range(len(clients)):
                all_calls.start_soon(live, number)

    waiting(main)
    for number, client in enumerate(clients):
        times = [lived[number][0], *client.heard, lived[number][1]]
        assert times == sorted(times)
        assert max(later - sooner for sooner, later in pairwise(times)) <= BEAT + 0.01


def test_a_client_that_takes_nothing_holds_up_no_other_and_its_call_still_ends() -> None:
    deaf, other = Client(slow=float("inf")), Client()

    async def main(calls: Calls) -> None:
        async with AsyncExitStack() as held:
            await opened(calls, deaf, held)
            await opened(calls, other, held)
            await anyio.sleep(5 * BEAT)

    waiting(main)  # It returns: no task is left behind.
    assert (len(deaf.heard), len(other.heard)) == (0, 5)


def test_waiting_calls_share_one_task() -> None:
    clients = [Client() for _ in range(50)]
    tasks_more = []

    async def main(calls: Calls) -> None:
        before = len(asyncio.all_tasks())
        async with AsyncExitStack() as held:
            for client in clients:
                await opened(calls, client, held)
            await anyio.sleep(BEAT / 2)
            tasks_more.append(len(asyncio.all_tasks()) - before)

    waiting(main)
    assert tasks_more == [1]
