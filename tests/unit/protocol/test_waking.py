"""What ends a wait early: a webhook, a server that is about to exit, a client that closes its end. In virtual time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.faults.service import Service
from tests.faults.world import World, world
from tests.virtual import run_virtually
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply
from videogen_mcp.calls.upstream import Account, Upstream
from videogen_mcp.workflows import WORKFLOWS

GENERATE_IMAGE = next(workflow for workflow in WORKFLOWS if workflow.tool_name() == "generate_image")
HOST = Caller("mcp")


def service(seconds: float, **settings: Any) -> Service:
    return Service(random.Random(1), seconds=lambda: seconds, **settings)


@dataclass
class Replies:
    """What came back, and when the first one did."""

    all: list[Reply] = field(default_factory=list)
    came: anyio.Event = field(default_factory=anyio.Event)

    async def ask(self, here: World) -> None:
        """Make a picture."""
        self.all.append(await here.call("generate_image", HOST, prompt="a pear"))
        self.came.set()


@pytest.mark.parametrize("in_flight", [1, 30])
def test_a_webhook_ends_a_wait_with_one_look(in_flight: int) -> None:
    upstream = service(60.0, percentages=False)

    async def main() -> tuple[float, int]:
        async with world(upstream) as here, anyio.create_task_group() as tasks:
            replies = Replies()
            for _ in range(in_flight):
                tasks.start_soon(replies.ask, here)
            await anyio.sleep(60.0)
            first, *others = upstream.jobs.values()
            for other in others:
                other.seconds = 200.0
            end = first.began + first.seconds
            await anyio.sleep(end + 0.001 - anyio.current_time())
            before = upstream.requests.get("execution", 0)
            here.pollers.wake(first.execution_id)
            await replies.came.wait()
            lag, polls = anyio.current_time() - end, upstream.requests.get("execution", 0) - before
            assert replies.all[0].structured["execution_id"] == first.execution_id
            tasks.cancel_scope.cancel()
        return lag, polls

    lag, polls = run_virtually(main)
    assert lag < 0.3
    assert polls == 1


def test_a_webhook_for_nobody_does_nothing() -> None:
    async def main() -> None:
        async with world(service(20.0)) as here:
            here.pollers.wake("vg_tool_unknown")

    run_virtually(main)


def test_leaving_answers_who_waits_with_the_id_and_how_to_go_on() -> None:
    upstream = service(100.0)

    async def main() -> list[Reply]:
        replies = Replies()
        async with world(upstream) as here, anyio.create_task_group() as tasks:
            tasks.start_soon(replies.ask, here)
            await anyio.sleep(10.0)
            with anyio.fail_after(0.5):
                await here.calls.hurry()
                await replies.came.wait()
        return replies.all

    (reply,) = run_virtually(main)
    assert reply.structured["status"] == "running"
    assert "wait_for_execution" in reply.structured["next_step"]
    assert not reply.is_error


def test_leaving_waits_for_a_submit_on_the_wire_and_tells_its_id() -> None:
    upstream = service(100.0, latency=2.0)

    async def main() -> list[Reply]:
        replies = Replies()
        async with world(upstream) as here, anyio.create_task_group() as tasks:
            tasks.start_soon(replies.ask, here)
            await anyio.sleep(1.0)
            assert upstream.jobs == {}
            await here.calls.hurry()
            await replies.came.wait()
            assert anyio.current_time() < 10.0
        return replies.all

    (reply,) = run_virtually(main)
    assert reply.structured["status"] == "running"
    assert reply.structured["execution_id"] in upstream.jobs


def test_a_call_whose_client_closed_its_end_is_answered_with_the_id_and_found_when_it_is_made_again(
    tmp_path: Path,
) -> None:
    upstream = service(100.0)

    async def main() -> tuple[list[Reply], list[tuple[float, float]]]:
        replies = Replies()
        async with world(upstream, tmp_path / "journal.sqlite3") as here, anyio.create_task_group() as tasks:
            tasks.start_soon(replies.ask, here)
            await anyio.sleep(5.0)
            here.calls.input_is_over()
            with anyio.fail_after(0.1):
                await replies.came.wait()
        async with world(upstream, tmp_path / "journal.sqlite3") as later:
            await replies.ask(later)
            return replies.all, await later.journal.client_cancellations(HOST.habits, 0.0)

    (cut, again), learned = run_virtually(main)
    assert cut.structured["status"] == "running"
    assert "nothing was started again" in again.text
    assert {cut.structured["execution_id"], again.structured["execution_id"]} == set(upstream.jobs)
    assert learned == []


def test_what_was_not_submitted_when_the_client_closed_its_end_is_not_submitted_any_more() -> None:
    upstream = service(100.0)

    async def never(account: Account) -> Upstream:
        await anyio.sleep_forever()
        raise AssertionError

    async def main() -> list[Reply]:
        replies = Replies()
        async with world(upstream) as here, anyio.create_task_group() as tasks:
            here.calls.reach = never
            tasks.start_soon(replies.ask, here)
            await anyio.sleep(1.0)
            here.calls.input_is_over()
            await anyio.sleep(1.0)
            assert replies.all == []
            here.calls.stop()
            await replies.came.wait()
        return replies.all

    (reply,) = run_virtually(main)
    assert reply.structured["error"]["code"] == "not_started_in_time"
    assert "was not started: the client closed the input of this server while starting" in reply.text
    assert upstream.jobs == {}
