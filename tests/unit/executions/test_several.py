"""Waiting for several executions in one call."""

from __future__ import annotations

from typing import Any

from tests.faults.world import World
from tests.unit.executions.kinds import PATIENT, begin, play, wait
from tests.unit.executions.stories import HOST, service
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply


async def several(here: World, ids: list[str], caller: Caller = PATIENT, **arguments: Any) -> Reply:
    return await wait(here, ", ".join(ids), caller, **arguments)


def test_several_are_waited_for_together_until_all_have_ended() -> None:
    upstream = service()
    lengths = iter([200.0, 150.0, 300.0, 5.0, 5.0])
    upstream.seconds = lambda: next(lengths)

    async def story(here: World) -> tuple[Reply, list[str]]:
        ids = await begin(here, "script_to_video", "import_url", "export_project")
        return await several(here, ids), ids

    reply, ids = play(upstream, story)
    answers = reply.structured["executions"]
    assert [answer["execution_id"] for answer in answers] == ids
    assert {answer["status"] for answer in answers} == {"succeeded"}
    assert all(answer["files"] for answer in answers)
    assert "next_step" not in reply.structured
    assert all(execution_id in reply.text for execution_id in ids)


def test_each_of_several_that_ended_counts_as_delivered() -> None:
    upstream = service()
    upstream.seconds = lambda: 5.0

    async def story(here: World) -> Reply:
        ids = await begin(here, "script_to_video", "import_url")
        await several(here, ids)
        return await here.call("list_executions", PATIENT)

    rows = play(upstream, story).structured["executions"]
    assert [row["delivered"] for row in rows] == [True, True]


def test_when_the_time_is_over_those_that_ended_have_their_files_and_the_others_go_on() -> None:
    upstream = service()
    lengths = iter([60.0, 500.0])
    upstream.seconds = lambda: next(lengths)

    async def story(here: World) -> tuple[Reply, list[str]]:
        ids = await begin(here, "import_url", "script_to_video")
        return await several(here, ids, HOST), ids

    reply, ids = play(upstream, story)
    ended, running = reply.structured["executions"]
    assert (ended["status"], running["status"]) == ("succeeded", "running")
    assert ended["files"][0]["preview_url"]
    assert running["progress_percentage"] > 10
    assert f'execution_id "{ids[1]}"' in reply.structured["next_step"]
    assert not reply.is_error


def test_what_is_wrong_with_one_is_its_own_answer() -> None:
    async def story(here: World) -> Reply:
        (known,) = await begin(here, "import_url")
        return await several(here, [known, "vg_work_nobody", "vg_file_1"], wait_seconds=0)

    running, unknown, other = play(service(90.0), story).structured["executions"]
    assert running["status"] == "running"
    assert unknown["error"]["code"] == "not_found"
    assert unknown["execution_id"] == "vg_work_nobody"
    assert other["error"]["code"] == "wrong_id"


def test_waiting_for_several_reports_how_many_have_ended() -> None:
    said: list[tuple[float, str]] = []

    async def send(value: float, total: float | None, message: str) -> None:
        said.append((value, message))

    upstream = service()
    lengths = iter([70.0, 150.0])
    upstream.seconds = lambda: next(lengths)

    async def story(here: World) -> Reply:
        ids = await begin(here, "import_url", "script_to_video")
        return await several(here, ids, Caller("mcp", send))

    play(upstream, story)
    assert any("1 of 2 ended" in message for _, message in said)
    values = [value for value, _ in said]
    assert values == sorted(set(values))
