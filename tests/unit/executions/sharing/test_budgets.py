"""The hour's requests as timestamps that are handed out in order."""

from __future__ import annotations

import bisect
import random
from collections.abc import Callable
from dataclasses import dataclass

import anyio
import pytest
from anyio import lowlevel
from hypothesis import given
from hypothesis import strategies as st

from tests.generated import examples
from tests.memory_database import Client, Memory
from tests.virtual import VirtualClock, run_virtually
from videogen_mcp.api.limits import HOURLY_LIMITS
from videogen_mcp.database.database import Database
from videogen_mcp.executions.sharing.budgets import (
    AHEAD,
    AHEAD_KEPT,
    BATCH,
    HOUR,
    Budget,
    due,
    postpone,
    rate_of,
    spread,
)
from videogen_mcp.executions.sharing.tables import SHARING_TABLES

CLOCK = VirtualClock()


@dataclass
class Replica:
    """What a budget asks about its replica."""

    reachable: bool = True
    holds: bool = False
    replicas: int = 1

    def lost(self) -> None:
        self.reachable = False


def budget(database: Database, replica: Replica | None = None) -> Budget:
    return Budget("one", "execution", database, CLOCK, replica or Replica())


@pytest.mark.parametrize("group", ["execution", "run", "export", "remix-actions", "executions"])
def test_nine_tenths_of_the_limit_pass_in_an_hour_at_most(group: str) -> None:
    step, burst = rate_of(group)  # type: ignore[arg-type]  # one of the literals
    limit = HOURLY_LIMITS.get(group, 5_000)  # type: ignore[call-overload]
    assert burst + BATCH + (HOUR + AHEAD_KEPT) / step == pytest.approx(0.9 * limit)


def test_requests_are_due_one_step_after_another_until_the_last() -> None:
    assert due(1.0, 4, 0.5) == [-0.5, 0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("remaining", "seconds", "expected"),
    [
        (5_000, 3_600, 0.0),
        (450, 3_600, 0.0),
        (399, 3_600, 9.0),  # others use the key too: what is left is spread
        (0, 1_800, 1_800.0),
        (5, 60, 10.0),
        (0, 0, 0.0),
        (0, -5, 0.0),  # the hour has begun anew
    ],
)
def test_what_is_left_of_an_hour_is_spread_where_it_is_little(remaining: int, seconds: float, expected: float) -> None:
    assert spread(remaining, seconds, 0.9) == expected


@examples(20, quick=3)
@given(st.integers(0, 2**32), st.integers(1, 8), st.booleans())
def test_no_hour_is_overrun_whoever_takes_and_whenever_the_database_is_away(
    seed: int, replicas: int, eager: bool
) -> None:
    """Each replica asks as fast as it can, or now and then; one of them holds the lease."""
    sent: list[float] = []
    rng = random.Random(seed)

    async def send(place: int, memory: Memory) -> None:
        holder = Replica(holds=place == 0, replicas=replicas)
        mine = budget(memory.client(), holder)
        while True:
            holder.reachable = True
            await mine.turn()
            sent.append(anyio.current_time())
            if not eager:
                await anyio.sleep(rng.expovariate(1 / (2 * replicas)))

    async def main() -> None:
        with Memory(CLOCK, SHARING_TABLES) as memory, anyio.move_on_after(1.5 * HOUR):
            async with anyio.create_task_group() as tasks:
                for place in range(replicas):
                    tasks.start_soon(send, place, memory)
                await anyio.sleep(rng.uniform(0, HOUR))
                memory.away = True
                await anyio.sleep(30)
                memory.away = False

    run_virtually(main)
    most = max(bisect.bisect_left(sent, at + HOUR) - place for place, at in enumerate(sent))
    # While the database is away each goes on at its share of the rate from its own last request: one step each at most.
    assert most <= 0.9 * 5_000 + replicas
    if eager:
        assert len(sent) >= 1.5 * HOUR / rate_of("execution").step


def virtually(test: Callable[[Memory, Client], object]) -> Callable[[], None]:
    """Run a test with a database, in virtual time."""

    async def main() -> None:
        with Memory(CLOCK, SHARING_TABLES) as memory:
            await test(memory, memory.client())  # type: ignore[misc]  # a coroutine

    return lambda: run_virtually(main)


@virtually
async def test_who_asks_first_is_served_first(memory: Memory, database: Client) -> None:
    served: list[int] = []
    mine = budget(database)
    await mine.turn(rate_of("execution").burst)

    async def send(number: int) -> None:
        await mine.turn()
        served.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(send, number)
            await lowlevel.checkpoint()
    assert served == [0, 1, 2, 3, 4]
    assert anyio.current_time() == pytest.approx(5 * rate_of("execution").step, abs=0.01)


@virtually
async def test_who_polls_the_account_takes_many_at_a_time(memory: Memory, database: Client) -> None:
    mine = budget(database, Replica(holds=True))
    await mine.turn(2 * BATCH)
    assert memory.statements["INSERT INTO budgets"] + memory.statements["UPDATE budgets SET"] == 2


@virtually
async def test_others_take_some_ahead_while_there_are_plenty(memory: Memory, database: Client) -> None:
    _, burst = rate_of("execution")
    mine = budget(database)
    await mine.turn(AHEAD)
    assert memory.statements["UPDATE budgets SET"] + memory.statements["INSERT INTO budgets"] == 1
    await mine.turn(burst // 2)
    taken = memory.statements["UPDATE budgets SET"]
    assert taken < burst // 2 / AHEAD + AHEAD
    await mine.turn(AHEAD)
    assert memory.statements["UPDATE budgets SET"] == taken + AHEAD
    assert anyio.current_time() == 0.0


@virtually
async def test_what_was_taken_ahead_is_kept_for_a_while_only(memory: Memory, database: Client) -> None:
    mine = budget(database)
    await mine.turn()
    await anyio.sleep(AHEAD_KEPT - 1)
    await mine.turn()
    assert memory.statements["UPDATE budgets SET"] == 0
    await anyio.sleep(1)
    await mine.turn()
    assert memory.statements["UPDATE budgets SET"] == 1


@virtually
async def test_a_request_that_is_due_later_is_kept_until_then(memory: Memory, database: Client) -> None:
    mine = budget(database)
    await postpone(database, "one", "execution", 3 * AHEAD_KEPT)
    await mine.turn()
    assert anyio.current_time() == pytest.approx(3 * AHEAD_KEPT + rate_of("execution").step, abs=0.01)
    assert memory.statements["UPDATE budgets SET"] == 1


@virtually
async def test_who_is_cancelled_while_it_waits_takes_nothing(memory: Memory, database: Client) -> None:
    mine = budget(database)
    await mine.turn(rate_of("execution").burst)
    with anyio.move_on_after(0.5):
        await mine.turn()
    await mine.turn()
    assert anyio.current_time() == pytest.approx(rate_of("execution").step, abs=0.01)


@virtually
async def test_what_was_sent_without_the_database_counts_when_it_is_back(memory: Memory, database: Client) -> None:
    holder = Replica(replicas=2)
    mine, others = budget(database, holder), budget(database)
    await mine.turn()
    memory.away = True
    await mine.turn(AHEAD - 1 + 10)
    assert anyio.current_time() == pytest.approx(10 * 2 * rate_of("execution").step, abs=0.01)
    memory.away, holder.reachable = False, True
    await mine.turn()
    ((tat,),) = memory.db.execute("SELECT tat - now() FROM budgets")
    step, burst = rate_of("execution")
    assert tat == pytest.approx((-burst + 10 + AHEAD) * step, abs=0.1)
    await others.turn()


@virtually
async def test_what_is_put_off_is_put_off_for_everybody(memory: Memory, database: Client) -> None:
    mine, others = budget(database, Replica(holds=True)), budget(memory.client())
    await mine.turn()
    await postpone(database, "one", "execution", 60.0)
    mine.postpone(60.0)
    await others.turn()
    assert anyio.current_time() >= 60
    await mine.turn()
    assert anyio.current_time() < 65
