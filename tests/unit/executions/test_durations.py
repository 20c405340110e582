"""The seconds that an answer tells are those of the execution, or none."""

import anyio
import pytest

from tests.faults.world import World
from tests.unit.executions.stories import HOST, cut_at, play, service
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply


def test_an_end_that_nobody_saw_come_has_no_duration() -> None:
    async def story(here: World) -> Reply:
        await cut_at(here, 5.0)
        await anyio.sleep(600)
        (row,) = (await here.call("list_executions", HOST, limit=10)).structured["executions"]
        return await here.call("wait_for_execution", HOST, execution_id=row["execution_id"])

    reply: Reply = play(service(8.0), story)
    assert reply.structured["status"] == "succeeded"
    assert "elapsed_seconds" not in reply.structured


def test_an_end_that_was_seen_keeps_its_duration_however_late_it_is_read() -> None:
    async def story(here: World) -> list[Reply]:
        first = await here.call("generate_image", Caller("mcp"), prompt="a pear")
        await anyio.sleep(600)
        again = await here.call("wait_for_execution", HOST, execution_id=first.structured["execution_id"])
        return [first, again]

    for reply in play(service(20.0), story):
        assert reply.structured["elapsed_seconds"] == pytest.approx(20, abs=2)


def test_somebody_elses_execution_has_no_duration() -> None:
    upstream = service()

    async def story(here: World) -> Reply:
        job = upstream.somebody_makes("GENERATE_IMAGE")
        return await here.call("wait_for_execution", HOST, execution_id=job.execution_id)

    assert "elapsed_seconds" not in play(upstream, story).structured
