"""What VideoGen's assistant starts is an execution like any other: told, journaled, waited for, listed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.faults.service import Service
from tests.faults.videos import url
from tests.faults.world import World
from tests.unit.executions.stories import HOST, service
from tests.unit.executions.stories import play as play_with
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply
from videogen_mcp.calls.upstream import SANDBOX
from videogen_mcp.workflows.assistant import AskAssistant, DecideAssistantAction
from videogen_mcp.workflows.projects import EditProject

PATIENT = Caller("mcp")
PROJECT = "vg_proj_given"
TWO_EDITS = {"remixActions": [{"type": "ADD_ZOOM"}, {"type": "DISABLE_CAPTIONS"}]}
play = partial(play_with, workflows=(AskAssistant, DecideAssistantAction, EditProject))


async def approve(here: World, caller: Caller = PATIENT) -> Reply:
    await here.call("ask_assistant", PATIENT, message="Zoom", project_id=PROJECT)
    decided = {"project_id": PROJECT, "action_id": "act_1", "decision": "approve"}
    return await here.call("decide_assistant_action", caller, **decided)


async def wait(here: World, execution_id: str) -> Reply:
    return await here.call("wait_for_execution", PATIENT, execution_id=execution_id)


def approving(what: Any, seconds: float = 10.0) -> Service:
    upstream = service(seconds)
    upstream.videos.approval = what
    return upstream


def test_edits_that_an_approval_starts_are_told_with_their_id_and_the_next_step() -> None:
    upstream = approving(TWO_EDITS)
    reply: Reply = play(upstream, approve)
    first, _ = upstream.videos.edits
    assert reply.structured["started_execution_id"] == first
    assert f'wait_for_execution with execution_id "{first}"' in reply.text


def test_they_are_one_execution_that_ends_with_the_last_of_them() -> None:
    upstream = approving(TWO_EDITS, 60.0)

    async def story(here: World) -> Reply:
        ended = await wait(here, (await approve(here)).structured["started_execution_id"])
        assert {edit.status(upstream.videos.now) for edit in upstream.videos.edits.values()} == {"succeeded"}
        return ended

    reply: Reply = play(upstream, story)
    assert (reply.structured["status"], reply.structured["workflow"]) == ("succeeded", "edit_project")
    assert reply.structured["next_step"] == "For the MP4: export_project with that project_id"
    assert reply.structured["project_id"] == PROJECT


def test_a_run_that_an_approval_starts_is_waited_for_by_its_id() -> None:
    upstream = approving({"script": "Tides.", "autoExport": True}, 60.0)

    async def story(here: World) -> tuple[Reply, Reply]:
        approved = await approve(here)
        return approved, await wait(here, approved.structured["started_execution_id"])

    approved, reply = play(upstream, story)
    (run,) = upstream.videos.runs.values()
    assert approved.structured["started_execution_id"] == run.id
    assert (reply.structured["workflow"], reply.structured["project_url"]) == ("script_to_video", url(run.project))
    assert reply.structured["files"]


def test_what_was_started_is_listed_and_found_again_by_another_process(tmp_path: Path) -> None:
    upstream = approving(TWO_EDITS, 60.0)
    started = play(upstream, approve, tmp_path / "journal").structured["started_execution_id"]

    async def later(here: World) -> tuple[Reply, Reply]:
        return await here.call("list_executions", HOST), await wait(here, started)

    listed, reply = play(upstream, later, tmp_path / "journal")
    assert started in [row["execution_id"] for row in listed.structured["executions"]]
    assert reply.structured["status"] == "succeeded"
    assert len(upstream.videos.edits) == 2


def test_what_was_started_is_of_the_person_who_asked_for_it() -> None:
    ann = Caller("mcp", account=replace(SANDBOX, subject="ann"))

    async def story(here: World) -> Reply:
        await approve(here, ann)
        return await here.call("list_executions", PATIENT)

    rows = play(approving(TWO_EDITS), story).structured["executions"]
    assert [row["workflow"] for row in rows if row.get("started_by") == "ann"] == [
        "edit_project",
        "decide_assistant_action",
    ]


def test_a_call_that_was_cut_before_the_reply_loses_nothing() -> None:
    upstream = approving(TWO_EDITS, 120.0)

    async def story(here: World) -> Reply:
        running = await approve(here, HOST)
        assert running.structured["status"] == "running"
        return await wait(here, running.structured["execution_id"])

    reply: Reply = play(upstream, story)
    assert reply.structured["started_execution_id"] == next(iter(upstream.videos.edits))


def test_asked_again_the_reply_names_the_same_execution() -> None:
    async def story(here: World) -> list[str]:
        approved = await approve(here)
        again = await wait(here, approved.structured["execution_id"])
        return [one.structured["started_execution_id"] for one in (approved, again)]

    first, again = play(approving(TWO_EDITS), story)
    assert first == again


def test_edits_that_were_there_before_or_are_ours_are_not_taken_for_its() -> None:
    upstream = approving(None)

    async def story(here: World) -> Reply:
        upstream.videos._remix(PROJECT, TWO_EDITS)
        approved = await approve(here, HOST)
        await here.call("edit_project", HOST, project_id=PROJECT, edits=["zoom"], export=False)
        return await wait(here, approved.structured["execution_id"])

    upstream.seconds = lambda: 120.0
    assert "started_execution_id" not in play(upstream, story).structured


@pytest.mark.parametrize("tool", ["wait_for_execution", "cancel_execution"])
@pytest.mark.parametrize("what", ["edit", "export"])
def test_an_id_that_nobody_here_started_is_found_among_the_newest_projects(tool: str, what: str) -> None:
    upstream = service(20.0)

    async def story(here: World) -> Reply:
        _, copy, _ = upstream.videos._remix(PROJECT, {**TWO_EDITS, "saveAsNewProject": True})
        export = upstream.videos.somebody_exports(copy["projectId"])
        execution_id = export.id if what == "export" else copy["remixActionIds"][1]
        return await here.call(tool, PATIENT, execution_id=execution_id)

    reply: Reply = play(upstream, story)
    assert reply.structured["project_id"] == upstream.videos.projects[-1]
    code = reply.structured.get("error", {}).get("code")
    assert (reply.structured["status"], code) == (
        ("succeeded", None) if tool == "wait_for_execution" else ("failed", "not_supported")
    )


def test_where_the_edits_before_could_not_be_listed_those_that_the_reply_names_are_its(tmp_path: Path) -> None:
    upstream = approving(TWO_EDITS)
    upstream.choose_fault = lambda request: "silence_before" if request.url.path.endswith("/remix-actions") else ""

    async def story(here: World) -> Reply:
        upstream.videos._remix(PROJECT, {"remixActions": [{"type": "ADD_ZOOM"}]})
        approved = await approve(here)
        assert "started_execution_id" not in approved.structured
        upstream.choose_fault = lambda request: ""
        reply = upstream.videos.others[approved.structured["execution_id"]]
        reply.about = " ".join(list(upstream.videos.edits)[1:])
        return await wait(here, reply.id)

    reply: Reply = play(upstream, story)
    assert reply.structured["started_execution_id"] == list(upstream.videos.edits)[1]


def test_offers_of_a_chat_that_was_begun_elsewhere_name_no_project_that_nobody_knows() -> None:
    upstream = service(10.0)

    async def story(here: World) -> Reply:
        return await wait(here, upstream.videos._other("vg_mesg_", about="Zoom").id)

    next_step = play(upstream, story).structured["next_step"]
    assert "decide_assistant_action with the project_id of its chat and the action_id" in next_step
