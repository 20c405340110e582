"""What processes of one account tell each other, in virtual time: webhooks, and what they learn of the hour."""

from __future__ import annotations

import anyio

from tests.unit.executions.sharing.two_processes import BRIEF, Two, story
from videogen_mcp.api.limits import RateLimit
from videogen_mcp.executions.sharing import leases


@story
async def test_a_webhook_at_any_process_wakes_the_one_that_polls(here: Two) -> None:
    handle = here.service.start(500.0)
    here.calls.start_soon(here.other.follow, handle)
    await anyio.sleep(100)
    await here.service.next_poll.wait()
    await anyio.sleep(1)  # so that the next one is not due for long
    polls = len(here.times(handle))
    here.other.replica.wake(handle.execution_id, "somebody")
    await anyio.sleep(0.3)
    assert len(here.times(handle)) == polls
    here.other.replica.wake(handle.execution_id, "one")
    await anyio.sleep(0.3)
    assert len(here.times(handle)) == polls + 1


@story
async def test_a_webhook_that_comes_while_a_poll_is_on_its_way_has_it_polled_again(here: Two) -> None:
    """The answer that is on its way may have been made before."""
    handle = here.service.start(500.0)
    here.calls.start_soon(here.other.follow, handle)
    await anyio.sleep(100)
    here.service.latency = 1.0
    polls = len(here.times(handle))
    while len(here.times(handle)) == polls:
        await here.service.next_poll.wait()
    await anyio.sleep(0.1)
    here.other.replica.wake(handle.execution_id, "one")
    await anyio.sleep(1.5)
    assert len(here.times(handle)) == polls + 2


@story
async def test_a_webhook_wakes_what_is_polled_by_itself(here: Two) -> None:
    handle = here.service.start(0.3)
    here.calls.start_soon(lambda: here.other.follow(handle, BRIEF, known=True))
    await anyio.sleep(0.4)
    assert here.other.poller.wake(handle.execution_id)
    assert not here.one.poller.wake(handle.execution_id)
    await anyio.sleep(0.1)
    assert [execution_id for execution_id, _ in here.other.ends] == [handle.execution_id]


@story
async def test_where_nothing_is_heard_it_is_read_every_second(here: Two) -> None:
    for database in here.databases:
        database.hears = False
    handle = here.service.start(30.0)
    await here.other.follow(handle)
    assert anyio.current_time() - 30.5 < 4
    assert here.service.polled_by[handle.execution_id] == {here.one.replica.id}


@story
async def test_what_one_process_learns_of_the_hour_holds_for_all(here: Two) -> None:
    handle = here.service.start(2_000.0)
    here.calls.start_soon(here.other.follow, handle)
    await anyio.sleep(100)
    here.one.client.limits["execution"] = RateLimit(0, here.service.clock.time() + 400)
    await anyio.sleep(60)  # Polled once more, with these headers.
    here.one.kill()
    await anyio.sleep(10)
    here.service.polls.clear()
    await anyio.sleep(300)
    assert here.times(handle) == []
    await anyio.sleep(100)
    assert here.times(handle) != []


@story
async def test_what_a_poll_without_a_lease_learns_of_the_hour_holds_for_all(here: Two) -> None:
    here.long_call.cancel()
    await anyio.sleep(leases.TTL + 1)
    here.calls.start_soon(lambda: here.other.follow(here.service.start(0.9), BRIEF, known=True))
    await anyio.sleep(0.5)
    here.other.client.limits["execution"] = RateLimit(0, here.service.clock.time() + 400)  # as its poll will say
    await anyio.sleep(1)
    handle = here.service.start(0.9)
    with anyio.move_on_after(300):
        await here.one.follow(handle, BRIEF, known=True)
    assert here.times(handle) == []


@story
async def test_after_a_429_nobody_asks_before_the_service_wants_to_be_asked(here: Two) -> None:
    handle = here.service.start(2_000.0)
    here.calls.start_soon(here.other.follow, handle)
    await anyio.sleep(100)
    here.service.gets_per_hour, here.service.retry_after = 0, 90.0
    await here.service.next_poll.wait()
    await anyio.sleep(1)
    here.service.polls.clear()
    await anyio.sleep(85)
    assert here.service.polls == {}
