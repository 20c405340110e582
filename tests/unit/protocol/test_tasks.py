"""MCP Tasks from the call to its end, and who else is told about them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp_types import (
    INTERNAL_ERROR,
    ClientCapabilities,
    ErrorData,
)

from tests.unit.executions.kinds import CALLS
from tests.unit.executions.stories import service
from tests.unit.protocol.task_host import (
    DECLARED,
    OLDER,
    PEAR,
    Answer,
    Host,
    play,
    polls,
    refusal,
)
from videogen_mcp.calls.upstream import SANDBOX
from videogen_mcp.executions.timing import POLL_TIMEOUT

# -- from the call to its end ------------------------------------------------------------------------------------------


def test_a_call_is_answered_with_a_task_as_soon_as_the_execution_is_known(tmp_path: Path) -> None:
    upstream = service(60.0)

    async def story(host: Host) -> tuple[Answer, float]:
        return await host.call(), anyio.current_time()

    task, took = play(upstream, story, tmp_path)
    assert (task["resultType"], task["status"]) == ("task", "working")
    assert {"createdAt", "lastUpdatedAt", "ttlMs", "pollIntervalMs"} <= task.keys()
    assert "content" not in task
    assert took < 1
    assert len(upstream.jobs) == 1
    assert polls(upstream) == 0


@pytest.mark.parametrize("tool", ["generate_image", *CALLS])
def test_every_kind_ends_with_the_answer_that_a_call_would_have_had(tool: str, tmp_path: Path) -> None:
    arguments = CALLS.get(tool, PEAR)

    async def plainly(host: Host) -> Answer:
        return await host.call(tool, arguments, capabilities=ClientCapabilities())

    async def as_task(host: Host) -> Answer:
        ended = await host.end(await host.call(tool, arguments))
        assert ended["status"] == "completed", ended
        return dict(ended["result"])

    plain, task = play(service(20.0), plainly, tmp_path), play(service(20.0), as_task, tmp_path)
    assert _without_times(task) == _without_times(plain)


def _without_times(answer: Answer) -> str:
    """A whole answer but for when that was: the one who polls sees an end at another moment."""
    answer = {name: value for name, value in answer.items() if name != "resultType"}
    return re.sub(r"[\d.]+ s\b|\"elapsed_seconds\": [\d.]+|[\d-]+T[\d:]+Z", "", json.dumps(answer, sort_keys=True))


def test_the_status_message_has_the_percentage_and_the_interval_is_the_schedules(tmp_path: Path) -> None:
    upstream = service(100.0)

    async def story(host: Host) -> list[Answer]:
        task = await host.call()
        seen = []
        for seconds in (1, 29, 65):
            await anyio.sleep(seconds)
            seen.append(await host.get(task))
        return seen

    young, middle, late = play(upstream, story, tmp_path)
    assert "generate_image · 30 % · 30 s · execution vg_tool_" in middle["statusMessage"]
    assert middle["pollIntervalMs"] > 5 * young["pollIntervalMs"]
    assert middle["pollIntervalMs"] > 2 * late["pollIntervalMs"]
    assert all("result" not in seen for seen in (young, middle, late))


def test_a_task_is_seen_to_its_end_with_as_few_polls_as_a_call(tmp_path: Path) -> None:
    def asked(capabilities: ClientCapabilities) -> int:
        upstream = service(70.0)

        async def story(host: Host) -> None:
            answer = await host.call(capabilities=capabilities)
            if "taskId" in answer:
                await host.end(answer)

        play(upstream, story, tmp_path)
        return polls(upstream)

    assert asked(DECLARED) <= asked(ClientCapabilities()) + 3


def test_a_thousand_questions_in_a_second_are_one_poll(tmp_path: Path) -> None:
    upstream = service(60.0)

    async def story(host: Host) -> None:
        task = await host.call()
        await anyio.sleep(5)
        async with anyio.create_task_group() as tasks:
            for _ in range(500):
                tasks.start_soon(host.get, task)
        await anyio.sleep(0.9)
        for _ in range(500):
            await host.get(task)

    play(upstream, story, tmp_path)
    assert polls(upstream) == 1


def test_a_failed_execution_is_a_completed_task_with_an_error(tmp_path: Path) -> None:
    async def story(host: Host) -> Answer:
        return await host.end(await host.call())

    ended = play(service(ends="failed"), story, tmp_path)
    assert ended["status"] == "completed"
    assert ended["result"]["isError"] is True
    assert ended["result"]["structuredContent"]["error"]["code"] == "content_policy"


def test_what_waits_for_an_approval_is_answered_as_a_call_would_be(tmp_path: Path) -> None:
    async def story(host: Host) -> Answer:
        return await host.end(await host.call("script_to_video", CALLS["script_to_video"]))

    ended = play(service(ends="awaiting_approval"), story, tmp_path)
    assert ended["status"] == "completed"
    assert ended["result"]["structuredContent"]["status"] == "awaiting_approval"


def test_the_end_counts_as_delivered_once_it_was_asked_for(tmp_path: Path) -> None:
    async def story(host: Host) -> tuple[Any, Any]:
        task = await host.call()
        execution_id = next(iter(upstream.jobs))
        await anyio.sleep(2)
        await host.get(task)
        before = await host.here.journal.find(SANDBOX.name, execution_id)
        await host.end(task)
        return before, await host.here.journal.find(SANDBOX.name, execution_id)

    upstream = service(20.0)
    before, after = play(upstream, story, tmp_path)
    assert before.delivered_at is None
    assert after.delivered_at is not None


@pytest.mark.parametrize(("fault", "within"), [("500_before", 1.0), ("429", 1.0), ("silence_before", POLL_TIMEOUT + 1)])
def test_trouble_that_passes_is_no_end(fault: str, within: float, tmp_path: Path) -> None:
    async def story(host: Host) -> tuple[Answer, float, Answer]:
        task = await host.call()
        upstream.choose_fault = lambda request: fault if request.method == "GET" else ""
        await anyio.sleep(5)
        asked_at = anyio.current_time()
        during = await host.get(task)
        took = anyio.current_time() - asked_at
        upstream.choose_fault = lambda request: ""
        return during, took, await host.end(task)

    upstream = service(40.0)
    during, took, ended = play(upstream, story, tmp_path)
    assert during["status"] == "working"
    assert "could not be polled" in during["statusMessage"]
    assert during["pollIntervalMs"] > 2000
    assert took < within
    assert ended["status"] == "completed"
    assert ended["result"]["isError"] is False


def test_an_end_that_does_not_show_its_files_yet_is_looked_at_again(tmp_path: Path) -> None:
    async def story(host: Host) -> Answer:
        task = await host.call()
        await anyio.sleep(30)
        first = iter(["no_results"])
        upstream.choose_fault = lambda request: next(first, "")
        return await host.end(task)

    upstream = service(20.0)
    ended = play(upstream, story, tmp_path)
    assert ended["status"] == "completed"
    assert len(ended["result"]["structuredContent"]["files"]) == 1


# -- what is no task ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("generate_image", {"prompt": "a pear", "aspect_ratio": "shapeless"}, "invalid_arguments"),
        ("generate_image", {}, "invalid_arguments"),
        ("generate_picture", {"prompt": "a pear"}, "unknown_tool"),
    ],
)
def test_a_refused_call_is_answered_at_once(tool: str, arguments: Answer, code: str, tmp_path: Path) -> None:
    upstream = service(20.0)
    answer = play(upstream, lambda host: host.call(tool, arguments or {"nothing": 1}), tmp_path)
    assert "taskId" not in answer
    assert answer["isError"] is True
    assert answer["structuredContent"]["error"]["code"] == code
    assert not upstream.jobs


def test_a_refused_submit_is_the_calls_own_error(tmp_path: Path) -> None:
    upstream = service(20.0)
    upstream.choose_fault = lambda request: "429" if request.method == "POST" else ""
    answer = play(upstream, lambda host: host.call(), tmp_path)
    assert "taskId" not in answer
    assert answer["structuredContent"]["error"]["code"] == "rate_limited"


def test_the_spending_limit_holds_for_tasks(tmp_path: Path) -> None:
    async def story(host: Host) -> list[Answer]:
        return [await host.call(arguments={"prompt": f"pear {number}"}) for number in range(2)]

    first, second = play(service(20.0), story, tmp_path, limit=1)
    assert "taskId" in first
    assert "taskId" not in second
    assert second["structuredContent"]["error"]["code"] == "spending_limit"


@pytest.mark.parametrize(
    "about", [{"capabilities": ClientCapabilities()}, {"version": OLDER}], ids=["undeclared", "older wire"]
)
def test_who_takes_no_tasks_gets_the_result(about: Answer, tmp_path: Path) -> None:
    answer = play(service(20.0), lambda host: host.call(**about), tmp_path)
    assert "taskId" not in answer
    assert answer["structuredContent"]["status"] == "succeeded"


def test_a_call_that_asks_for_the_id_gets_it(tmp_path: Path) -> None:
    answer = play(service(20.0), lambda host: host.call(arguments={**PEAR, "wait_seconds": 0}), tmp_path)
    assert "taskId" not in answer
    assert answer["structuredContent"]["status"] == "running"


def test_tools_that_run_nothing_answer_by_themselves(tmp_path: Path) -> None:
    async def story(host: Host) -> list[Answer]:
        await host.call()
        execution_id = next(iter(upstream.jobs))
        return [
            await host.call("list_executions"),
            await host.call("wait_for_execution", {"execution_id": execution_id}),
        ]

    upstream = service(20.0)
    assert all("taskId" not in answer for answer in play(upstream, story, tmp_path))


# -- asked again -------------------------------------------------------------------------------------------------------


def test_a_call_that_was_cut_and_is_made_again_gets_the_task_of_what_it_began(tmp_path: Path) -> None:
    async def story(host: Host) -> Answer:
        with anyio.move_on_after(0.02) as cut:
            await host.call()
        assert cut.cancelled_caught
        await anyio.sleep(3)
        return await host.end(await host.call())

    upstream = service(20.0)
    assert play(upstream, story, tmp_path)["status"] == "completed"
    assert len(upstream.jobs) == 1


@pytest.mark.parametrize(("polled", "seconds", "executions"), [(True, 30, 1), (False, 30, 1), (False, 3, 2)])
def test_a_client_that_gave_up_on_a_task_and_calls_again_goes_on_with_it(
    polled: bool, seconds: float, executions: int, tmp_path: Path
) -> None:
    async def story(host: Host) -> Answer:
        first = await host.call()
        await anyio.sleep(seconds)
        if polled:
            await host.get(first)
        again = await host.call()
        assert ("nothing was started again" in again["statusMessage"]) is (executions == 1)
        return await host.end(again)

    upstream = service(60.0)
    assert play(upstream, story, tmp_path)["status"] == "completed"
    assert len(upstream.jobs) == executions


def test_what_was_delivered_is_made_anew(tmp_path: Path) -> None:
    async def story(host: Host) -> None:
        await host.end(await host.call())
        await host.call()

    upstream = service(20.0)
    play(upstream, story, tmp_path)
    assert len(upstream.jobs) == 2


# -- cancelling --------------------------------------------------------------------------------------------------------


def test_a_cancelled_task_is_cancelled_upstream(tmp_path: Path) -> None:
    async def story(host: Host) -> tuple[Answer, Answer, Answer]:
        task = await host.call()
        await anyio.sleep(5)
        await host.get(task)
        acknowledged = await host.ask("tasks/cancel", task["taskId"])
        return acknowledged, await host.get(task), await host.ask("tasks/cancel", task["taskId"])

    upstream = service(60.0)
    acknowledged, ended, again = play(upstream, story, tmp_path)
    assert acknowledged == again == {}
    assert ended["status"] == "cancelled"
    assert "result" not in ended
    assert next(iter(upstream.jobs.values())).cancelled_at is not None


def test_what_cannot_be_cancelled_is_acknowledged_and_goes_on(tmp_path: Path) -> None:
    async def story(host: Host) -> tuple[Answer, Answer]:
        task = await host.call("export_project", {})
        return await host.ask("tasks/cancel", task["taskId"]), await host.end(task)

    acknowledged, ended = play(service(20.0), story, tmp_path)
    assert acknowledged == {}
    assert ended["status"] == "completed"


def test_cancelling_what_the_service_does_not_know_any_more_is_acknowledged(tmp_path: Path) -> None:
    async def story(host: Host) -> tuple[Answer, Answer]:
        task = await host.call()
        upstream.jobs.clear()
        return await host.ask("tasks/cancel", task["taskId"]), await host.get(task)

    upstream = service(60.0)
    acknowledged, ended = play(upstream, story, tmp_path)
    assert acknowledged == {}
    assert ended["result"]["structuredContent"]["error"]["code"] == "not_found"


def test_a_cancel_that_did_not_get_through_is_an_error(tmp_path: Path) -> None:
    async def story(host: Host) -> ErrorData:
        task = await host.call()
        upstream.choose_fault = lambda request: "refused"
        return await refusal(host, "tasks/cancel", task["taskId"])

    upstream = service(60.0)
    assert play(upstream, story, tmp_path).code == INTERNAL_ERROR


def test_a_cancel_that_got_through_is_acknowledged_whatever_polls_say(tmp_path: Path) -> None:
    async def story(host: Host) -> Answer:
        task = await host.call()
        upstream.choose_fault = lambda request: "500_before" if request.method == "GET" else ""
        return await host.ask("tasks/cancel", task["taskId"])

    upstream = service(60.0)
    assert play(upstream, story, tmp_path) == {}
    assert next(iter(upstream.jobs.values())).cancelled_at is not None


def test_an_update_is_acknowledged_and_changes_nothing(tmp_path: Path) -> None:
    async def story(host: Host) -> tuple[Answer, Answer]:
        task = await host.call()
        return await host.ask("tasks/update", task["taskId"]), await host.end(task)

    acknowledged, ended = play(service(20.0), story, tmp_path)
    assert acknowledged == {}
    assert ended["status"] == "completed"


# -- other processes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", ["generate_image", *CALLS])
@pytest.mark.parametrize("shared", [True, False], ids=["journal", "no journal"])
def test_another_process_answers_for_a_task(tool: str, shared: bool, tmp_path: Path) -> None:
    upstream = service(40.0)
    journal = tmp_path / "journal" if shared else None
    task = play(upstream, lambda host: host.call(tool, CALLS.get(tool, PEAR)), tmp_path, journal=journal)
    ended = play(upstream, lambda host: host.end(task), tmp_path, journal=journal)
    assert ended["status"] == "completed", ended
    assert ended["result"]["isError"] is False
    assert ended["result"]["structuredContent"]["workflow"] == tool


def test_a_task_of_several_edits_ends_with_the_last_of_them_without_the_journal_too(tmp_path: Path) -> None:
    async def story(host: Host) -> tuple[Answer, list[str]]:
        ended = await host.end(task)
        return ended, [edit.status(upstream.videos.now) for edit in upstream.videos.edits.values()]

    upstream = service(20.0)
    task = play(upstream, lambda host: host.call("edit_project", CALLS["edit_project"]), tmp_path)
    ended, edits = play(upstream, story, tmp_path)
    assert ended["status"] == "completed"
    assert edits == ["succeeded", "succeeded"]
