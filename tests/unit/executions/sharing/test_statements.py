"""What is written and read about leases, waits, states and budgets, in both engines."""

from __future__ import annotations

import pytest

from tests.polled_service import POLLED
from videogen_mcp.clock import SystemClock
from videogen_mcp.database.database import Database
from videogen_mcp.executions.kinds import Handle, Kinds
from videogen_mcp.executions.polled import Polled
from videogen_mcp.executions.sharing import budgets, leases, states, waits
from videogen_mcp.executions.sharing.states import ENDED, GOES_ON, OVER_FOR_NOW, News, Seen
from videogen_mcp.executions.sharing.waits import Wait

pytestmark = pytest.mark.anyio


async def test_a_lease_has_one_owner_until_it_ends(database: Database) -> None:
    await leases.claim(database, ["one", "two"], "a")
    await leases.claim(database, ["one", "three"], "b")
    found = await leases.leases(database, ["one", "two", "three", "four"])
    assert {account: (lease.owner, lease.epoch) for account, lease in found.items()} == {
        "one": ("a", 1),
        "two": ("a", 1),
        "three": ("b", 1),
    }
    assert all(leases.TTL - 2 < lease.left <= leases.TTL for lease in found.values())


async def test_a_lease_that_is_given_up_is_taken_at_once_in_a_new_epoch(database: Database) -> None:
    await leases.claim(database, ["one"], "a")
    await leases.release(database, ["one"], "b")
    await leases.claim(database, ["one"], "b")
    assert (await leases.leases(database, ["one"]))["one"].owner == "a"
    await leases.release(database, ["one"], "a")
    await leases.claim(database, ["one"], "b")
    assert (await leases.leases(database, ["one"]))["one"][:2] == ("b", 2)


async def test_only_replicas_that_give_signs_of_life_are_polled_for(database: Database) -> None:
    polled = Polled(Handle(POLLED, "vg_tool_1", "vg_proj_1", None, ("a", "b"), True), 90.0, (5.0, 60.0))
    await waits.tell_waits(database, [("one", Wait(polled, 95.0, asking=1))], "a", 100.0)
    assert await waits.waits_of_others(database, ["one"], "b") == {"one": []}
    await waits.sign(database, "a")
    assert await waits.waits_of_others(database, ["one"], "a") == {"one": []}
    await leases.claim(database, ["one"], "b")
    assert (await leases.leases(database, ["one"]))["one"].others == 1
    ((found,),) = (await waits.waits_of_others(database, ["one"], "b")).values()
    assert found.age == pytest.approx(10, abs=2)
    assert found.since == pytest.approx(5, abs=2)
    assert found.at_once
    wanted = waits.read(found, Kinds((POLLED,)))
    assert wanted == (polled.handle, (5.0, 60.0), False, True)
    await waits.forget_waits(database, [("one", "vg_tool_1")], "a")
    assert await waits.waits_of_others(database, ["one"], "b") == {"one": []}


async def test_what_has_ended_or_is_over_for_those_who_wait_is_not_polled(database: Database) -> None:
    polled = Polled(Handle(POLLED, "vg_tool_1"), 0.0, (5.0, 60.0))
    await waits.sign(database, "a")
    await leases.claim(database, ["one"], "b")
    now = SystemClock().monotonic()

    async def is_polled(seen: Seen, since: float) -> bool:
        await states.tell_states(database, [News("one", "vg_tool_1", seen, 1)], "b", now)
        await waits.tell_waits(database, [("one", Wait(polled, since))], "a", now)
        return (await waits.waits_of_others(database, ["one"], "b"))["one"] != []

    assert await is_polled(Seen("{}", GOES_ON, now - 9), now - 10)
    assert not await is_polled(Seen(None, OVER_FOR_NOW, now - 8), now - 10)
    assert await is_polled(Seen(None, OVER_FOR_NOW, now - 8), now - 5)
    assert not await is_polled(Seen("{}", ENDED, now - 7), now - 5)


async def test_only_the_owner_of_the_lease_writes_what_goes_on(database: Database) -> None:
    await leases.claim(database, ["one"], "a")
    running, ended = Seen('"running"', GOES_ON, 99.0), Seen('"ended"', ENDED, 98.0)
    await states.tell_states(
        database,
        [News("one", "x", running, 1), News("one", "y", running, None), News("one", "z", ended, 1)],
        "b",
        100.0,
    )
    await states.tell_states(database, [News("one", "y", running, 2)], "a", 100.0)
    await states.tell_states(database, [News("one", "y", running, 1)], "a", 100.0)
    assert await _seen(database, "x", "y", "z") == {"y": '"running"', "z": '"ended"'}


async def test_states_never_go_back(database: Database) -> None:
    await leases.claim(database, ["one"], "a")
    for text, final, at in (
        ("1", GOES_ON, 90.0),
        ("0", GOES_ON, 80.0),
        ("2", GOES_ON, 95.0),
        ("3", ENDED, 94.0),
        ("4", GOES_ON, 99.0),
        ("5", ENDED, 99.0),
    ):
        await states.tell_states(database, [News("one", "x", Seen(text, final, at), 1)], "a", 100.0)
    assert await _seen(database, "x") == {"x": "3"}


async def test_requests_that_were_put_off_are_for_all_replicas(database: Database) -> None:
    await budgets.postpone(database, "one", "execution", 60.0)
    await budgets.postpone(database, "one", "execution", 30.0)
    ((account, group, seconds),) = await budgets.postponed(database, ["one", "two"])
    assert (account, group, seconds) == ("one", "execution", pytest.approx(60, abs=2))


async def test_what_nobody_needs_any_more_is_deleted(database: Database) -> None:
    polled = Polled(Handle(POLLED, "vg_tool_1"), 0.0, (5.0, 60.0))
    await leases.claim(database, ["one"], "a")
    await states.tell_states(
        database, [News("one", "x", Seen("1", GOES_ON, 0.0), 1), News("one", "y", Seen("1", ENDED, 1e4), 1)], "a", 1e4
    )
    await waits.tell_waits(database, [("one", Wait(polled, 0.0))], "gone", 0.0)
    await states.tidy(database)
    assert await database.rows("SELECT execution_id FROM states") == [("y",)]
    assert await database.rows("SELECT * FROM waits") == []
    assert await database.rows("SELECT account FROM leases") == [("one",)]


async def _seen(database: Database, *execution_ids: str) -> dict[str, str | None]:
    found = await states.states_of(database, [("one", execution_id) for execution_id in execution_ids], 0.0)
    return {execution_id: seen.state for _, execution_id, seen in found}
