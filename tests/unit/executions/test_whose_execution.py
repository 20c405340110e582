"""An answer is never about an execution that is not proven to be the call's own."""

from functools import partial

import anyio
import httpx
import pytest

from tests.faults.service import ME, SOMEBODY
from tests.faults.world import World
from tests.unit.executions.stories import HOST, play, service
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply


@pytest.mark.parametrize("owner", [SOMEBODY, ME])
@pytest.mark.parametrize("fault", ["500_before", "reset_before", "silence_before"])
def test_what_somebody_else_made_before_is_not_the_answer_to_a_broken_submit(fault: str, owner: str) -> None:
    upstream = service()
    upstream.choose_fault = lambda request: fault if request.method == "POST" else ""

    async def story(here: World) -> Reply:
        upstream.somebody_makes("GENERATE_IMAGE", owner=owner)
        await anyio.sleep(5)
        return await here.call("generate_image", Caller("mcp"), prompt="a pear")

    reply: Reply = play(upstream, story)
    assert reply.structured["error"]["code"] == "submit_unclear"
    assert "execution_id" not in reply.structured
    assert "candidates" not in reply.structured["error"]


def test_two_that_are_new_are_offered_and_neither_is_taken() -> None:
    upstream = service()

    def fault(request: httpx.Request) -> str:
        if request.method != "POST":
            return ""
        upstream.somebody_makes("GENERATE_IMAGE")
        return "reset_after"

    upstream.choose_fault = fault

    async def story(here: World) -> tuple[Reply, Reply]:
        return await here.call("generate_image", Caller("mcp"), prompt="a pear"), await here.call(
            "list_executions", HOST, limit=10
        )

    reply, history = play(upstream, story)
    assert reply.structured["error"]["code"] == "submit_unclear"
    mine, theirs = next(iter(upstream.jobs)), upstream.others[0].execution_id
    assert set(reply.structured["error"]["candidates"]) == {mine, theirs}
    for one in (mine, theirs):
        assert one in reply.text
    assert "wait_for_execution" in reply.structured["next_step"]
    assert set(history.structured["executions"][0]["candidates"]) == {mine, theirs}


def test_candidates_are_bounded() -> None:
    upstream = service()

    def fault(request: httpx.Request) -> str:
        for _ in range(30 if request.method == "POST" else 0):
            upstream.somebody_makes("GENERATE_IMAGE")
        return "reset_before" if request.method == "POST" else ""

    upstream.choose_fault = fault
    reply: Reply = play(upstream, partial(World.call, tool="generate_image", caller=Caller("mcp"), prompt="a pear"))
    assert len(reply.structured["error"]["candidates"]) == 5
    assert "25 more" in reply.text


def test_the_own_rows_come_first_however_much_somebody_else_makes() -> None:
    upstream = service()
    upstream.choose_fault = lambda request: "500_before" if request.method == "POST" else ""

    async def story(here: World) -> Reply:
        for _ in range(30):
            upstream.somebody_makes("GENERATE_IMAGE")
        await here.call("generate_image", Caller("mcp"), prompt="mine, broken")
        for _ in range(30):
            upstream.somebody_makes("GENERATE_IMAGE")
        upstream.choose_fault = None
        await here.call("generate_image", Caller("mcp"), prompt="mine, good")
        return await here.call("list_executions", HOST, limit=10)

    rows = play(upstream, story).structured["executions"]
    assert [row.get("about") for row in rows[:3]] == ["mine, broken", "mine, good", None]
    assert len(rows) == 10
    assert len(rows[0]["candidates"]) == 5


def test_listing_while_a_submit_is_being_cleared_up_breaks_nothing() -> None:
    upstream = service()
    upstream.choose_fault = lambda request: "reset_after" if request.method == "POST" else ""

    async def story(here: World) -> Reply:
        replies: list[Reply] = []

        async def make() -> None:
            replies.append(await here.call("generate_image", Caller("mcp"), prompt="a pear"))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(make)
            for _ in range(8):
                await anyio.sleep(0.2)
                await here.call("list_executions", HOST, limit=10)
        return replies[0]

    assert play(upstream, story).structured["status"] == "succeeded"


@pytest.mark.parametrize("fault", ["503_later_after", "429_after"])
@pytest.mark.parametrize("times", [1, 99])
def test_a_refusal_by_a_gateway_after_the_fact_is_not_paid_twice(fault: str, times: int) -> None:
    upstream = service()
    plan = iter([fault] * times)
    upstream.choose_fault = lambda request: next(plan, "") if request.method == "POST" else ""
    reply: Reply = play(upstream, partial(World.call, tool="generate_image", caller=Caller("mcp"), prompt="a pear"))
    assert reply.structured["status"] == "succeeded"
    assert len(upstream.jobs) == 1


@pytest.mark.parametrize("fault", ["doubled", "stale", "swapped"])
def test_answers_to_other_requests_never_reach_the_agent(fault: str) -> None:
    async def story(here: World) -> tuple[Reply, Reply]:
        begun = await here.call("generate_image", HOST, prompt="a pear")
        upstream.somebody_makes("GENERATE_IMAGE")
        other = await here.call("wait_for_execution", HOST, execution_id=upstream.others[0].execution_id)
        return begun, other

    upstream = service()
    upstream.choose_fault = lambda request: fault if upstream.rng.random() < 0.5 else ""
    begun, other = play(upstream, story)
    assert begun.structured["execution_id"] in upstream.jobs
    for reply, name in ((begun, begun.structured["execution_id"]), (other, upstream.others[0].execution_id)):
        assert reply.structured["execution_id"] == name
        assert [file["file_id"] for file in reply.structured.get("files", [])] in ([], [name.replace("tool", "file")])


def test_an_answer_with_an_earlier_executions_id_is_not_believed() -> None:
    upstream = service(1.0)

    async def story(here: World) -> tuple[Reply, Reply]:
        first = await here.call("generate_image", Caller("mcp"), prompt="a pear")
        stale = {"toolExecutionId": first.structured["execution_id"]}
        start = upstream._start
        upstream._start = lambda path: (start(path)[0], stale, {})  # type: ignore[method-assign]
        return first, await here.call("generate_image", Caller("mcp"), prompt="an apple")

    first, second = play(upstream, story)
    assert second.structured["execution_id"] == list(upstream.jobs)[1]
    assert second.structured["execution_id"] != first.structured["execution_id"]
