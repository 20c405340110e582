"""The runner in virtual time against a service in memory: one behaviour per test."""

from functools import partial
from pathlib import Path

import anyio
import pytest

from tests.faults.world import World, world
from tests.unit.executions.stories import HOST, pear, play, service
from tests.virtual import pass_time, run_virtually
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply
from videogen_mcp.executions.journal_file import JournalFile


def test_an_execution_ends_in_its_file_and_a_preview() -> None:
    reply: Reply = play(service(), pear)
    assert not reply.is_error
    assert reply.structured["status"] == "succeeded"
    (file,) = reply.structured["files"]
    assert file["preview_url"].startswith("https://media.example/")
    assert file["preview_expires_at"].endswith("Z")
    for fact in (file["file_id"], file["preview_url"], reply.structured["execution_id"]):
        assert fact in reply.text


def test_a_long_execution_is_answered_in_time_and_names_the_next_call() -> None:
    reply: Reply = play(service(180.0), pear)
    assert not reply.is_error
    assert reply.structured["status"] == "running"
    assert reply.structured["execution_id"] in reply.structured["next_step"]
    assert "wait_for_execution" in reply.structured["next_step"]
    assert reply.structured["progress_percentage"] > 10


def test_a_process_that_stood_still_polls_once_more_before_it_answers() -> None:
    """A laptop that slept, SIGSTOP: the time of the call is over, and so may be the execution."""

    async def stand_still() -> None:
        await anyio.sleep(5.0)
        pass_time(300.0)

    replies: list[Reply] = []

    async def story(here: World) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stand_still)
            replies.append(await pear(here))

    play(service(180.0), story)
    assert replies[0].structured["status"] == "succeeded"


def test_waiting_goes_on_where_the_first_call_stopped() -> None:
    async def story(here: World) -> Reply:
        reply = await pear(here)
        while reply.structured["status"] == "running":
            reply = await here.call("wait_for_execution", HOST, execution_id=reply.structured["execution_id"])
        return reply

    upstream = service(180.0)
    reply: Reply = play(upstream, story)
    assert reply.structured["status"] == "succeeded"
    assert reply.structured["workflow"] == "generate_image"
    assert reply.structured["elapsed_seconds"] == pytest.approx(181, abs=3)
    assert len(upstream.jobs) == 1


def test_two_who_wait_for_one_execution_share_its_looks() -> None:
    async def story(here: World) -> None:
        first = await here.call("generate_image", HOST, prompt="a pear")
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(
                    partial(here.call, "wait_for_execution", HOST, execution_id=first.structured["execution_id"])
                )

    alone, together = service(95.0), service(95.0)
    play(alone, lambda here: _one_after_the_other(here))
    play(together, story)
    assert together.requests["execution"] <= alone.requests["execution"] + 2


async def _one_after_the_other(here: World) -> None:
    first = await here.call("generate_image", HOST, prompt="a pear")
    await here.call("wait_for_execution", HOST, execution_id=first.structured["execution_id"])


def test_a_look_that_breaks_does_not_lose_the_execution() -> None:
    upstream = service()
    plan = iter(["", "reset_before", "500_before", "html", "drip"])
    upstream.choose_fault = lambda request: next(plan, "") if request.method == "GET" else ""
    reply: Reply = play(upstream, pear)
    assert reply.structured["status"] == "succeeded"
    assert len(upstream.jobs) == 1


@pytest.mark.parametrize("fault", ["reset_after", "silence_after", "502_after", "html", "cut", "wrong_json"])
def test_a_submit_that_broke_after_it_was_taken_is_found_and_followed(fault: str) -> None:
    upstream = service()
    upstream.choose_fault = lambda request: fault if request.method == "POST" else ""

    async def story(here: World) -> Reply:
        return await here.call("generate_image", Caller("mcp"), prompt="a pear")

    reply: Reply = play(upstream, story)
    assert reply.structured["status"] == "succeeded"
    assert len(upstream.jobs) == 1


def test_where_the_api_cannot_list_a_broken_submit_says_so_and_warns() -> None:
    upstream = service(dialect="v0")
    upstream.choose_fault = lambda request: "reset_after" if request.method == "POST" else ""

    async def story(here: World) -> tuple[Reply, Reply]:
        return await pear(here), await here.call("list_executions", HOST, limit=10)

    reply, history = play(upstream, story)
    assert reply.is_error
    assert reply.structured["error"]["code"] == "submit_unclear"
    assert "may be running" in reply.text
    assert "list_executions" in reply.text
    assert "look in VideoGen before submitting it again" in history.text
    assert len(upstream.jobs) == 1


@pytest.mark.parametrize("fault", ["refused", "429", "503_later"])
def test_a_submit_is_repeated_where_nothing_can_have_started(fault: str) -> None:
    upstream = service()
    plan = iter([fault])
    upstream.choose_fault = lambda request: next(plan, "") if request.method == "POST" else ""
    reply: Reply = play(upstream, pear)
    assert reply.structured["status"] == "succeeded"
    assert len(upstream.jobs) == 1


def test_a_call_that_is_cut_keeps_its_execution_and_it_is_listed_first() -> None:
    async def story(here: World) -> Reply:
        with anyio.move_on_after(7.0):
            await pear(here)
        await here.call("generate_image", HOST, prompt="an apple")
        return await here.call("list_executions", HOST, limit=10)

    upstream = service()
    reply: Reply = play(upstream, story)
    rows = reply.structured["executions"]
    assert [row["about"] for row in rows] == ["a pear", "an apple"]
    assert [row["delivered"] for row in rows] == [False, True]
    assert all(job.cancelled_at is None for job in upstream.jobs.values())


def test_on_request_a_cut_call_cancels_upstream() -> None:
    async def story(here: World) -> None:
        with anyio.move_on_after(7.0):
            await pear(here)
        await here.background.settle(10)

    upstream = service()
    play(upstream, story, cancels=True)
    assert [job.cancelled_at is not None for job in upstream.jobs.values()] == [True]


def test_on_request_a_call_cut_while_submitting_cancels_what_came_of_it() -> None:
    async def story(here: World) -> None:
        with anyio.move_on_after(0.5):
            await pear(here)
        await here.background.settle(60)

    upstream = service(latency=2.0)
    play(upstream, story, cancels=True)
    assert [job.cancelled_at is not None for job in upstream.jobs.values()] == [True]


def test_a_submit_goes_on_when_its_call_is_cut() -> None:
    async def story(here: World) -> Reply:
        with anyio.move_on_after(0.5):
            await pear(here)
        await here.background.settle(60)
        return await here.call("list_executions", HOST, limit=10)

    reply: Reply = play(service(latency=2.0), story)
    assert reply.structured["executions"][0]["execution_id"].startswith("vg_tool_")


def test_a_client_that_cuts_at_five_seconds_is_answered_before_that_from_then_on() -> None:
    async def story(here: World) -> Reply:
        with anyio.move_on_after(5.0):
            await pear(here)
        listed = await here.call("list_executions", HOST, limit=10)
        reply: Reply | None = None
        with anyio.move_on_after(5.0):
            reply = await here.call(
                "wait_for_execution", HOST, execution_id=listed.structured["executions"][0]["execution_id"]
            )
        assert reply is not None, "the second call was cut as well"
        return reply

    assert play(service(60.0), story).structured["status"] == "running"


def test_a_slow_submit_is_answered_in_time_without_an_id_and_without_a_second_try() -> None:
    upstream = service(latency=10.0)
    reply: Reply = play(upstream, pear, wait=4.0)
    assert reply.structured["status"] == "running"
    assert "execution_id" not in reply.structured
    assert "list_executions" in reply.structured["next_step"]


def test_without_waiting_an_execution_is_submitted_and_looked_at_by_the_next_calls() -> None:
    async def story(here: World) -> tuple[Reply, Reply, Reply]:
        begun = await pear(here)
        execution_id = begun.structured["execution_id"]
        early = await here.call("wait_for_execution", HOST, execution_id=execution_id)
        await anyio.sleep(20.0)
        return begun, early, await here.call("wait_for_execution", HOST, execution_id=execution_id)

    begun, early, late = play(service(20.0), story, wait=0.0)
    assert (begun.structured["status"], begun.is_error) == ("running", False)
    assert early.structured["status"] == "running"
    assert early.structured["progress_percentage"] < 10
    assert late.structured["status"] == "succeeded"


def test_without_waiting_a_cancel_still_tells_what_happened() -> None:
    async def story(here: World) -> Reply:
        begun = await pear(here)
        return await here.call("cancel_execution", HOST, execution_id=begun.structured["execution_id"])

    assert play(service(20.0), story, wait=0.0).structured["status"] == "cancelled"


def test_the_spending_limit_refuses_before_anything_is_sent() -> None:
    async def story(here: World) -> Reply:
        await pear(here)
        return await pear(here)

    upstream = service(1.0)
    reply: Reply = play(upstream, story, limit=1)
    assert reply.is_error
    assert reply.structured["error"]["code"] == "spending_limit"
    assert "VIDEOGEN_MCP_MAX_EXECUTIONS" in reply.text
    assert len(upstream.jobs) == 1


def test_cancelling_tells_what_really_happened() -> None:
    async def story(here: World) -> tuple[Reply, Reply]:
        running = await pear(here)
        cancelled = await here.call("cancel_execution", HOST, execution_id=running.structured["execution_id"])
        again = await here.call("cancel_execution", HOST, execution_id=running.structured["execution_id"])
        return cancelled, again

    for reply in play(service(180.0), story):
        assert reply.structured["status"] == "cancelled"
        assert not reply.is_error


def test_cancelling_what_has_finished_brings_its_result() -> None:
    async def story(here: World) -> Reply:
        done = await pear(here)
        return await here.call("cancel_execution", HOST, execution_id=done.structured["execution_id"])

    reply: Reply = play(service(1.0), story)
    assert reply.structured["status"] == "succeeded"
    assert reply.structured["files"]


def test_a_failed_execution_is_an_error_with_the_services_reason() -> None:
    reply: Reply = play(service(ends="failed"), pear)
    assert reply.is_error
    assert reply.structured["error"] == {"code": "content_policy", "message": "no"}
    assert reply.structured["execution_id"] in reply.text


@pytest.mark.parametrize(("nearby", "where"), [(False, "in VideoGen"), (True, "at https://api.example/")])
def test_waiting_for_approval_ends_the_wait_and_says_where_it_is_given(nearby: bool, where: str) -> None:
    reply: Reply = play(service(ends="awaiting_approval"), pear, nearby=nearby)
    assert not reply.is_error
    assert reply.structured["status"] == "awaiting_approval"
    assert f"approve it {where}" in reply.structured["next_step"]


def test_an_unknown_execution_ends_the_wait_at_once_and_names_it() -> None:
    async def story(here: World) -> Reply:
        return await here.call("wait_for_execution", HOST, execution_id="vg_tool_nobody")

    reply: Reply = play(service(), story)
    assert reply.is_error
    assert reply.structured["error"]["code"] == "not_found"
    assert "vg_tool_nobody" in reply.text


def test_looking_once_does_not_wait() -> None:
    async def story(here: World) -> tuple[Reply, float]:
        first = await here.call("generate_image", HOST, prompt="a pear")
        began = anyio.current_time()
        return await here.call(
            "wait_for_execution", HOST, execution_id=first.structured["execution_id"], wait_seconds=0
        ), anyio.current_time() - began

    reply, took = play(service(180.0), story)
    assert reply.structured["status"] == "running"
    assert reply.structured["progress_percentage"] > 20
    assert took < 1


def test_an_argument_the_older_api_lacks_is_refused_by_its_own_name() -> None:
    upstream = service(dialect="v0")
    reply: Reply = play(upstream, lambda here: here.call("generate_image", HOST, prompt="x", quality="max"))
    assert reply.is_error
    assert "quality is not possible here" in reply.text
    assert upstream.jobs == {}


def test_an_execution_that_succeeded_is_delivered_although_fresh_links_cannot_be_had() -> None:
    upstream = service(1.0)
    upstream.choose_fault = lambda request: "500_before" if request.url.path.endswith("/hydrate") else "no_file"
    reply: Reply = play(upstream, pear)
    assert reply.structured["status"] == "succeeded"
    assert reply.structured["files"][0]["file_id"].startswith("vg_file_")
    assert "get_file" in reply.structured["next_step"]


def test_a_second_process_finds_what_the_first_one_began(tmp_path: Path) -> None:
    upstream = service(60.0)

    async def main() -> Reply:
        async with world(upstream, tmp_path / "journal") as first:
            await pear(first)
        async with world(upstream, tmp_path / "journal") as second:
            row = (await second.call("list_executions", HOST, limit=10)).structured["executions"][0]
            return await second.call("wait_for_execution", HOST, execution_id=row["execution_id"])

    reply: Reply = run_virtually(main)
    assert reply.structured["status"] == "succeeded"
    assert reply.structured["workflow"] == "generate_image"


def test_a_journal_that_cannot_be_written_is_named_in_the_answer_that_submits(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")

    async def story(here: World) -> list[Reply]:
        while_it_fails = [await pear(here), await here.call("list_executions", HOST, limit=10)]
        (tmp_path / "state").unlink()
        assert isinstance(here.journal._store, JournalFile)
        here.journal._store._retry_at = 0.0
        return [*while_it_fails, await pear(here), await here.call("list_executions", HOST, limit=10)]

    made, listed, later, listed_later = play(service(1.0), story, tmp_path / "state" / "journal.sqlite3")
    for reply in (made, listed):
        assert "journal.sqlite3 cannot be used" in reply.structured["note"]
        assert "journal.sqlite3 cannot be used" in reply.text
    assert made.structured["status"] == "succeeded"
    assert "cannot be used" not in later.structured["note"]
    assert "note" not in listed_later.structured
    assert len(listed_later.structured["executions"]) == 2


def test_executions_beyond_the_reach_of_a_list_are_looked_at_singly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videogen_mcp.executions.poller.LIST_PAGE", 5)
    monkeypatch.setattr("videogen_mcp.executions.poller.LIST_PAGES", 1)
    upstream = service(100.0)

    async def story(here: World) -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(12):
                tasks.start_soon(partial(here.call, "generate_image", Caller("mcp"), prompt="a pear"))

    play(upstream, story)
    assert upstream.requests["list"] > 0
    assert 0 < upstream.requests["execution"] < 12 * 20
