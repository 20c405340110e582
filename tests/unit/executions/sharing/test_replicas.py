"""One poller for an account in several processes, in virtual time: who polls, who hears of it, and what if not."""

from __future__ import annotations

import itertools
from unittest.mock import patch

import anyio
import pytest

from tests.polled_service import POLLED, Process, process
from tests.unit.executions.sharing.two_processes import BRIEF, Two, story, two
from tests.virtual import run_virtually
from videogen_mcp.api.errors import NotFound
from videogen_mcp.executions.kinds import Handle, Kinds
from videogen_mcp.executions.sharing import leases


@story
async def test_one_process_polls_and_the_call_of_another_is_answered(here: Two) -> None:
    handle = here.service.start(30.0)
    state = await here.other.follow(handle)
    assert (state.status, state.results[0].file_id) == ("succeeded", "vg_file_1")
    assert anyio.current_time() - 30.5 < 2
    assert here.service.polled_by[handle.execution_id] == {here.one.replica.id}


@story
async def test_an_end_is_noted_once_with_the_time_it_took(here: Two) -> None:
    handle = here.service.start(30.0)
    await here.other.follow(handle)
    ((execution_id, took),) = here.one.ends
    assert execution_id == handle.execution_id
    assert took == pytest.approx(30, abs=2)
    assert here.other.ends == []


@story
async def test_what_usually_ends_at_once_is_polled_where_it_was_started_and_costs_one_grant(here: Two) -> None:
    here.long_call.cancel()
    await anyio.sleep(leases.TTL + 1)
    here.memory.statements.clear()
    handle = here.service.start(0.9)
    with patch.object(here.other.replica, "_round", side_effect=AssertionError("nothing is to be shared")):
        assert (await here.other.follow(handle, BRIEF, known=True)).status == "succeeded"
        await anyio.sleep(1)
    assert here.service.polled_by[handle.execution_id] == {here.other.replica.id}
    assert here.memory.statements == {"SELECT greatest(tat, now()": 1, "INSERT INTO budgets": 1}


@story
async def test_what_lasts_longer_than_usual_is_polled_by_the_one_from_its_second_poll_on(here: Two) -> None:
    handle = here.service.start(60.0)
    here.calls.start_soon(lambda: here.other.follow(handle, BRIEF, known=True))
    await anyio.sleep(2)
    assert here.service.polled_by.pop(handle.execution_id) == {here.other.replica.id}
    await anyio.sleep(60)
    assert here.service.polled_by[handle.execution_id] == {here.one.replica.id}
    assert [execution_id for execution_id, _ in here.one.ends] == [handle.execution_id]


@story
async def test_what_lasts_is_polled_by_its_waiter_where_nobody_polls_the_account(here: Two) -> None:
    here.long_call.cancel()
    await anyio.sleep(leases.TTL + 1)
    handle = here.service.start(60.0)
    here.calls.start_soon(lambda: here.other.follow(handle, BRIEF, known=True))
    await anyio.sleep(0.5)
    assert _owners(here) == []
    await anyio.sleep(2)
    assert _owners(here) == [here.other.replica.id]
    await anyio.sleep(60)
    assert [execution_id for execution_id, _ in here.other.ends] == [handle.execution_id]


@story
async def test_after_a_first_poll_that_failed_polling_is_shared(here: Two) -> None:
    here.long_call.cancel()
    here.service.gets_per_hour = 0
    handle = here.service.start(5.0)
    here.calls.start_soon(lambda: here.other.follow(handle, BRIEF, known=True))
    await anyio.sleep(2)
    assert len(here.times(handle)) == 1
    assert _owners(here) == [here.other.replica.id]
    here.service.gets_per_hour = 5_000
    await anyio.sleep(30)
    assert [execution_id for execution_id, _ in here.other.ends] == [handle.execution_id]


@story
async def test_who_waits_elsewhere_for_what_usually_ends_at_once_hears_of_it(here: Two) -> None:
    handle = here.service.start(0.9)
    async with anyio.create_task_group() as calls:
        calls.start_soon(here.other.follow, handle)
        await anyio.sleep(0.5)
        calls.start_soon(lambda: here.one.follow(handle, BRIEF, known=True))
    assert anyio.current_time() < 0.5 + 1.0 + 0.5
    assert here.service.polled_by[handle.execution_id] == {here.one.replica.id}


@story
async def test_no_link_is_written_down(here: Two) -> None:
    await here.other.follow(here.service.start(10.0))
    assert "vg_file_1" in (written := "\n".join(here.memory.db.iterdump()))
    assert "signed" not in written


@story
async def test_every_percentage_is_told(here: Two) -> None:
    handle = here.service.start(60.0)
    async with here.other.poller.following(handle, began=0.5, typical=(5.0, 180.0)) as polled:
        percents = [state.progress_percentage async for state in polled.states()]
    assert len(percents) == len(here.times(handle)) > 3


@story
async def test_what_nobody_waits_for_any_more_is_polled_no_more(here: Two) -> None:
    handle = here.service.start(1_000.0)
    with anyio.move_on_after(60):
        await here.other.follow(handle)
    await anyio.sleep(1)
    before = len(here.times(handle))
    await anyio.sleep(100)
    assert len(here.times(handle)) == before > 0
    assert here.memory.db.execute("SELECT * FROM waits").fetchall() == []


@story
async def test_only_while_calls_wait_for_what_is_shared_a_process_looks_for_news(here: Two) -> None:
    one, other = here.databases
    assert (one.attends, other.attends) == (True, False)
    here.calls.start_soon(here.other.follow, here.service.start(30.0))
    await anyio.sleep(1)
    assert (one.attends, other.attends) == (True, True)
    await anyio.sleep(60)
    assert (one.attends, other.attends) == (True, False)


@story
async def test_what_a_dead_process_waited_for_is_polled_no_more(here: Two) -> None:
    handle = here.service.start(1_000.0)
    here.other.tasks.start_soon(here.other.follow, handle)
    await anyio.sleep(20)
    here.other.kill()
    await anyio.sleep(61)
    before = len(here.times(handle))
    await anyio.sleep(100)
    assert len(here.times(handle)) == before > 0


@story
async def test_who_has_no_calls_any_more_gives_up_the_account_at_once(here: Two) -> None:
    handle = here.service.start(40.0)
    here.calls.start_soon(here.other.follow, handle)
    await anyio.sleep(30)
    here.long_call.cancel()
    await anyio.sleep(0.5)
    assert _owners(here) == [here.other.replica.id]
    await anyio.sleep(30)
    assert [execution_id for execution_id, _ in here.other.ends] == [handle.execution_id]
    assert _owners(here) == []


@story
async def test_who_dies_is_replaced_within_the_time_of_a_lease(here: Two) -> None:
    handle = here.service.start(100.0)
    here.calls.start_soon(here.other.follow, handle)
    await anyio.sleep(20)
    here.one.kill()
    await anyio.sleep(leases.TTL)
    await anyio.sleep(0.1)
    assert _owners(here) == [here.other.replica.id]
    await anyio.sleep(100)
    assert [execution_id for execution_id, _ in here.other.ends] == [handle.execution_id]


@story
async def test_who_is_cut_off_stands_down_and_polls_for_its_own_calls_alone(here: Two) -> None:
    handle = here.service.start(200.0)
    here.calls.start_soon(here.other.follow, handle)
    await anyio.sleep(20)
    here.databases[0].away = True
    await anyio.sleep(20)
    here.service.polled_by.clear()
    await anyio.sleep(60)
    assert here.service.polled_by == {
        "vg_tool_000000": {here.one.replica.id},
        handle.execution_id: {here.other.replica.id},
    }
    here.databases[0].away = False
    await anyio.sleep(10)
    here.service.polled_by.clear()
    await anyio.sleep(60)
    assert list(here.service.polled_by.values()) == [{here.other.replica.id}] * 2


@story
async def test_without_the_database_every_process_polls_for_its_own_calls(here: Two) -> None:
    handle = here.service.start(60.0)
    here.calls.start_soon(here.other.follow, handle)
    await anyio.sleep(30)
    here.memory.away = True
    await anyio.sleep(35)
    assert [execution_id for execution_id, _ in here.other.ends] == [handle.execution_id]


@story
async def test_after_an_outage_one_process_polls_again(here: Two) -> None:
    handle = here.service.start(200.0)
    here.calls.start_soon(here.other.follow, handle)
    await anyio.sleep(20)
    here.memory.away = True
    await anyio.sleep(30)
    here.memory.away = False
    await anyio.sleep(5)
    here.service.polled_by.clear()
    await anyio.sleep(60)
    (polls,) = {frozenset(by) for by in here.service.polled_by.values()}
    assert len(polls) == 1


@story
async def test_a_state_is_asked_of_the_process_that_polls(here: Two) -> None:
    handle = here.service.start(100.0)
    await anyio.sleep(50)
    state = await here.other.poller.poll(handle)
    assert state.progress_percentage == pytest.approx(50, abs=1)
    assert here.service.polled_by[handle.execution_id] == {here.one.replica.id}


@story
async def test_who_only_asks_changes_nothing_for_who_waits(here: Two) -> None:
    handle = here.service.start(60.0)
    async with anyio.create_task_group() as calls:
        calls.start_soon(here.other.poller.poll, handle)
        await anyio.lowlevel.checkpoint()
        calls.start_soon(here.other.follow, handle)
        for _ in range(50):
            await here.other.poller.poll(handle)
            await anyio.sleep(0.9)
    assert anyio.current_time() < 0.5 + 60 + 2
    await anyio.sleep(1)
    assert here.memory.db.execute("SELECT * FROM waits").fetchall() == []


@pytest.mark.parametrize("waits", [True, False])
def test_however_often_it_is_asked_for_an_execution_is_polled_once_a_second(waits: bool) -> None:
    """Also where no call waits for longer, so that nobody polls the account in between."""

    async def main() -> None:
        async with two() as here:
            if not waits:
                here.long_call.cancel()
            handle = here.service.start(1_000.0)
            began = anyio.current_time()

            async def ask(asked: Process) -> None:
                while anyio.current_time() < began + 10:
                    await asked.poller.poll(handle)
                    await anyio.sleep(0.1)

            async with anyio.create_task_group() as storm:
                for asked in [here.one, here.other] * 10:
                    storm.start_soon(ask, asked)
            times = here.times(handle)
            assert len(times) >= 5
            assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 1

    run_virtually(main)


@story
async def test_who_is_asked_for_what_cannot_be_polled_says_why(here: Two) -> None:
    for asked in (here.one, here.other):
        with pytest.raises(NotFound):
            await asked.poller.poll(Handle(POLLED, "vg_tool_unknown"))
        with pytest.raises(NotFound):
            await asked.follow(Handle(POLLED, "vg_tool_missing"))


@story
async def test_ids_that_no_database_takes_harm_nobody(here: Two) -> None:
    for execution_id in ("vg_tool_\ud800", "vg_tool_\0"):
        here.other.replica.wake(execution_id)
        for asked in (here.one, here.other):
            with pytest.raises(NotFound):
                await asked.poller.poll(Handle(POLLED, execution_id))
            with pytest.raises(NotFound):
                await asked.follow(Handle(POLLED, execution_id))
    assert (await here.other.follow(here.service.start(10.0))).status == "succeeded"


@story
async def test_what_the_owner_does_not_know_how_to_poll_its_waiter_polls(here: Two) -> None:
    here.one.replica.kinds = Kinds(())
    handle = here.service.start(30.0)
    await here.other.follow(handle)
    assert here.service.polled_by[handle.execution_id] == {here.other.replica.id}


@story
async def test_beside_a_newer_version_of_the_tables_it_polls_for_its_own_calls(here: Two) -> None:
    here.memory.db.execute("UPDATE schema_versions SET version = 99")
    async with process(here.memory.client(), here.service) as older:
        handle = here.service.start(30.0)
        await older.follow(handle)
        assert here.service.polled_by[handle.execution_id] == {older.replica.id}
        older.kill()


def _owners(here: Two) -> list[str]:
    return [owner for (owner,) in here.memory.db.execute("SELECT owner FROM leases WHERE until > now()")]
