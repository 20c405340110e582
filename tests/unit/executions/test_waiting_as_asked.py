"""How long a call waits that says so itself (`wait_seconds`)."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from tests.faults.world import World
from tests.unit.executions.kinds import PATIENT
from tests.unit.executions.stories import HOST, play, service
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply

OVER_HTTP = Caller("somebody", transport="http")

Timed = tuple[Reply, float]


async def timed(here: World, caller: Caller = PATIENT, tool: str = "generate_image", **arguments: Any) -> Timed:
    began = anyio.current_time()
    reply = await here.call(tool, caller, **({"prompt": "a pear"} if tool == "generate_image" else {}), **arguments)
    return reply, anyio.current_time() - began


def test_zero_submits_and_answers_with_the_id_at_once() -> None:
    reply, took = play(service(60.0), lambda here: timed(here, wait_seconds=0))
    assert (reply.structured["status"], reply.is_error) == ("running", False)
    assert reply.structured["execution_id"] in reply.structured["next_step"]
    assert took < 1


def test_five_are_started_one_after_the_other_and_waited_for_together() -> None:
    async def story(here: World) -> tuple[Reply, float]:
        begun = [await timed(here, wait_seconds=0) for _ in range(5)]
        ids = ", ".join(reply.structured["execution_id"] for reply, _ in begun)
        began = anyio.current_time()
        return await here.call("wait_for_execution", PATIENT, execution_id=ids), anyio.current_time() - began

    reply, took = play(service(60.0), story)
    assert [one["status"] for one in reply.structured["executions"]] == ["succeeded"] * 5
    assert took < 75


@pytest.mark.parametrize("caller", [PATIENT, OVER_HTTP], ids=["stdio", "http"])
@pytest.mark.parametrize("setting", [None, 0.0, 4.0], ids=str)
def test_a_call_waits_as_long_as_it_asks_whatever_the_setting(setting: float | None, caller: Caller) -> None:
    reply, took = play(service(500.0), lambda here: timed(here, caller, wait_seconds=200), wait=setting)
    assert reply.structured["status"] == "running"
    assert took == pytest.approx(200, abs=1)


def test_the_setting_does_not_shorten_a_later_wait_either() -> None:
    async def story(here: World) -> Timed:
        begun, _ = await timed(here)
        execution_id = begun.structured["execution_id"]
        return await timed(here, tool="wait_for_execution", execution_id=execution_id, wait_seconds=60)

    reply, took = play(service(20.0), story, wait=0.0)
    assert reply.structured["status"] == "succeeded"
    assert took < 25


def test_a_host_that_is_known_to_stop_listening_is_answered_before() -> None:
    reply, took = play(service(500.0), lambda here: timed(here, HOST, wait_seconds=600))
    assert reply.structured["status"] == "running"
    assert took == pytest.approx(50, abs=1)


def test_a_limit_that_shows_shortens_the_next_wait_although_it_is_asked_for() -> None:
    async def story(here: World) -> Timed:
        with anyio.move_on_after(20.0) as cut:
            await here.call("generate_image", PATIENT, prompt="a pear", wait_seconds=300)
        assert cut.cancelled_caught
        return await timed(here, wait_seconds=300)

    reply, took = play(service(500.0), story, wait=4.0)
    assert reply.structured["status"] == "running"
    assert took == pytest.approx(16, abs=1)


def test_however_short_the_wait_the_answer_has_the_id() -> None:
    reply, took = play(service(60.0, latency=3.0), lambda here: timed(here, wait_seconds=1))
    assert reply.structured["execution_id"].startswith("vg_tool_")
    assert took < 15


def test_the_same_call_is_the_same_however_long_it_waits() -> None:
    upstream = service(60.0)

    async def story(here: World) -> Reply:
        with anyio.move_on_after(20.0):
            await here.call("generate_image", PATIENT, prompt="a pear", wait_seconds=300)
        return await here.call("generate_image", PATIENT, prompt="a pear", wait_seconds=0)

    reply = play(upstream, story)
    assert "nothing was started again" in reply.text
    assert len(upstream.jobs) == 1
