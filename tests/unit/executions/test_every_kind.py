"""Executions of every kind, run by the same runner: their answers, their ids, what can be done with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from tests.faults.service import Service
from tests.faults.videos import Videos, url
from tests.faults.world import World
from tests.unit.executions.kinds import CALLS, PATIENT, begin, make, play, wait
from tests.unit.executions.stories import HOST, service
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply

# -- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "prefix", "kind", "project"),
    [
        ("script_to_video", "vg_work_", "VIDEO", True),
        ("video_to_video", "vg_work_", "VIDEO", True),
        ("export_project", "vg_expo_", "VIDEO", True),
        ("edit_project", "vg_rmix_", "VIDEO", True),
        ("export_timeline", "vg_inte_", "TEXT", True),
        ("import_url", "vg_fimp_", "IMAGE", False),
    ],
)
def test_each_kind_ends_in_its_file(tool: str, prefix: str, kind: str, project: bool) -> None:
    reply: Reply = play(service(20.0), lambda here: make(here, tool))
    assert reply.structured["status"] == "succeeded", reply.text
    assert reply.structured["execution_id"].startswith(prefix)
    (file,) = reply.structured["files"]
    assert file["type"] == kind
    assert file["preview_url"]
    assert ("project_id" in reply.structured) is project
    for fact in (file["file_id"], reply.structured["execution_id"], reply.structured.get("project_id", "")):
        assert fact in reply.text


def test_the_assistant_answers_in_words_and_offers() -> None:
    reply: Reply = play(service(8.0), lambda here: make(here, "ask_assistant"))
    assert reply.structured["text"] == "About Make it shorter."
    assert reply.structured["offers"] == [{"action_id": "act_1", "kind": "APPLY_EDIT", "label": "Do it"}]
    assert "decide_assistant_action" in reply.structured["next_step"]
    assert reply.structured["project_id"] in reply.structured["next_step"]
    assert "files" not in reply.structured
    assert "act_1" in reply.text


@pytest.mark.parametrize("caller", [HOST, PATIENT])
def test_every_answer_about_a_run_names_run_project_and_page(caller: Caller) -> None:
    reply: Reply = play(service(120.0), lambda here: make(here, "script_to_video", caller))
    assert reply.structured["status"] == ("running" if caller is HOST else "succeeded")
    project = reply.structured["project_id"]
    assert reply.structured["project_url"] == url(project)
    assert url(project) in reply.text
    assert project in reply.text


def test_after_a_video_the_next_step_is_to_edit_it() -> None:
    reply: Reply = play(service(20.0), lambda here: make(here, "script_to_video"))
    assert reply.structured["next_step"] == "For changes: edit_project with that project_id"
    assert f"Project {reply.structured['project_id']}" in reply.text


def test_a_run_without_an_export_succeeds_without_files_and_is_not_polled_again() -> None:
    upstream = service(20.0)
    reply: Reply = play(upstream, lambda here: make(here, "script_to_video", export=False))
    assert reply.structured["status"] == "succeeded"
    assert "files" not in reply.structured
    assert "export_project" in reply.structured["next_step"]
    ended = next(iter(upstream.videos.runs.values())).began + 20.0
    assert reply.structured["elapsed_seconds"] == pytest.approx(ended, abs=3)


def test_a_failed_run_tells_why_and_names_its_project() -> None:
    reply: Reply = play(service(ends="failed"), lambda here: make(here, "script_to_video"))
    assert reply.is_error
    assert reply.structured["error"] == {"code": "content_policy", "message": "no"}
    assert reply.structured["project_url"] in reply.text
    assert "script_to_video" in reply.structured["next_step"]


@pytest.mark.parametrize("tool", ["script_to_video", "edit_project"])
def test_what_waits_for_approval_says_where_and_what_can_be_done(tool: str) -> None:
    reply: Reply = play(service(ends="awaiting_approval"), lambda here: make(here, tool))
    assert not reply.is_error
    assert reply.structured["status"] == "awaiting_approval"
    assert reply.structured["project_url"] in reply.structured["next_step"]
    for tool_to_go_on in ("wait_for_execution", "cancel_execution"):
        assert tool_to_go_on in reply.structured["next_step"]


# -- from another process ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", CALLS)
def test_another_process_goes_on_with_each_kind_by_its_id(tool: str, tmp_path: Path) -> None:
    upstream = service(90.0)
    running: Reply = play(upstream, lambda here: make(here, tool, HOST), tmp_path / "journal")
    assert running.structured["status"] == "running"
    execution_id = running.structured["execution_id"]
    reply: Reply = play(upstream, lambda here: wait(here, execution_id), tmp_path / "journal")
    assert reply.structured["status"] == "succeeded", reply.text
    assert (reply.structured["execution_id"], reply.structured["workflow"]) == (execution_id, tool)
    assert reply.structured.get("project_id") == running.structured.get("project_id")


def test_a_run_of_the_web_app_is_followed_by_its_id() -> None:
    upstream = service(20.0)

    async def story(here: World) -> Reply:
        _, started, _ = upstream.videos._run("script-to-video", {"autoExport": True})
        return await wait(here, started["workflowRunId"])

    reply: Reply = play(upstream, story)
    assert (reply.structured["status"], reply.structured["workflow"]) == ("succeeded", "script_to_video")
    assert reply.structured["project_id"].startswith("vg_proj_")
    assert reply.structured["files"]


# -- ids of other things -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", ["wait_for_execution", "cancel_execution"])
@pytest.mark.parametrize(
    ("wrong", "instead"),
    [("vg_file_1", "get_file"), ("vg_proj_1", "find_projects"), ("vg_enti_1", "find_entities")],
)
def test_the_id_of_something_else_is_refused_with_the_tool_for_it(tool: str, wrong: str, instead: str) -> None:
    upstream = service()
    reply: Reply = play(upstream, lambda here: here.call(tool, HOST, execution_id=wrong))
    assert reply.structured["error"]["code"] == "wrong_id"
    assert instead in reply.structured["next_step"]
    assert wrong in reply.text


@pytest.mark.parametrize(
    "unknown", ["vg_work_nobody", "vg_tool_nobody", "vg_inte_nobody", "vg_mesg_nobody", "nonsense"]
)
@pytest.mark.parametrize("tool", ["wait_for_execution", "cancel_execution"])
def test_an_unknown_id_is_not_found_and_the_list_is_named(tool: str, unknown: str) -> None:
    reply: Reply = play(service(), lambda here: here.call(tool, HOST, execution_id=unknown))
    assert reply.structured["error"]["code"] == "not_found"
    assert "list_executions" in reply.structured["next_step"]


@pytest.mark.parametrize("unknown", ["vg_expo_nobody", "vg_rmix_nobody"])
def test_an_export_that_was_not_started_here_is_found_by_its_project(unknown: str) -> None:
    reply: Reply = play(service(), lambda here: wait(here, unknown))
    assert reply.structured["error"]["code"] == "not_found"
    assert "find_projects" in reply.structured["next_step"]


# -- lists and cancelling ----------------------------------------------------------------------------------------------


def test_the_list_has_all_kinds_with_their_projects() -> None:
    async def story(here: World) -> Reply:
        ids = await begin(here, *CALLS)
        assert len(set(ids)) == len(CALLS)
        return await here.call("list_executions", HOST)

    rows = play(service(400.0), story).structured["executions"]
    assert {row["workflow"] for row in rows} == set(CALLS)
    assert {row["workflow"] for row in rows if "project_id" not in row} == {"import_url"}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("all", {"script_to_video", "import_url"}),
        ("running", {"script_to_video"}),
        ("succeeded", {"import_url"}),
        ("failed", set()),
    ],
)
def test_the_list_shows_what_is_asked_for(status: str, expected: set[str]) -> None:
    upstream = service()
    lengths = iter([20.0, 900.0])
    upstream.seconds = lambda: next(lengths)

    async def story(here: World) -> Reply:
        await begin(here, "import_url", "script_to_video")
        return await here.call("list_executions", HOST, status=status)

    rows = play(upstream, story).structured["executions"]
    assert {row["workflow"] for row in rows} == expected


def test_runs_of_the_web_app_are_listed_too() -> None:
    upstream = service(400.0)

    async def story(here: World) -> Reply:
        upstream.videos._run("slideshow-to-video", {})
        return await here.call("list_executions", HOST)

    (row,) = play(upstream, story).structured["executions"]
    assert (row["workflow"], row["note"]) == ("slideshow_to_video", "not submitted from here")
    assert row["project_id"].startswith("vg_proj_")


def test_the_list_says_how_many_there_are_and_which_are_of_this_server() -> None:
    upstream = service(1.0)

    async def story(here: World) -> Reply:
        for _ in range(3):
            await begin(here, "script_to_video")
        return await here.call("list_executions", HOST, limit=2)

    listed = play(upstream, story).structured
    assert (len(listed["executions"]), listed["total"], listed["more"]) == (2, 3, True)
    assert all(row["new"] for row in listed["executions"])


def test_a_run_is_cancelled() -> None:
    upstream = service(400.0)

    async def story(here: World) -> Reply:
        (run,) = await begin(here, "script_to_video")
        return await here.call("cancel_execution", HOST, execution_id=run)

    reply: Reply = play(upstream, story)
    assert reply.structured["status"] == "cancelled", reply.text
    assert reply.structured["project_id"]
    assert not reply.is_error


@pytest.mark.parametrize("tool", ["export_project", "export_timeline", "import_url", "ask_assistant"])
def test_what_cannot_be_cancelled_says_so_and_goes_on(tool: str) -> None:
    async def story(here: World) -> tuple[Reply, str]:
        (running,) = await begin(here, tool)
        return await here.call("cancel_execution", HOST, execution_id=running), running

    reply, running = play(service(400.0), story)
    assert reply.structured["error"]["code"] == "not_supported"
    assert "VideoGen cannot cancel" in reply.text
    assert running in reply.structured["next_step"]


def test_cancelling_what_has_ended_brings_its_result() -> None:
    async def story(here: World) -> Reply:
        done = await make(here, "export_project")
        return await here.call("cancel_execution", HOST, execution_id=done.structured["execution_id"])

    assert play(service(10.0), story).structured["files"]


# -- submits that break ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["reset_after", "502_after", "503_later_after", "html", "cut"])
@pytest.mark.parametrize("tool", ["script_to_video", "video_to_video", "export_project", "edit_project"])
def test_a_broken_submit_is_found_by_proof_and_followed(tool: str, fault: str) -> None:
    upstream = service(20.0)
    plan = iter([fault])
    upstream.choose_fault = lambda request: next(plan, "") if request.method == "POST" else ""
    reply: Reply = play(upstream, lambda here: make(here, tool))
    assert reply.structured["status"] == "succeeded", reply.text
    assert started(upstream, tool) == 1


@pytest.mark.parametrize("tool", ["export_timeline", "import_url", "ask_assistant"])
def test_where_nothing_lists_it_a_broken_submit_is_told_and_never_sent_again(tool: str) -> None:
    upstream = service(20.0)
    upstream.choose_fault = lambda request: "reset_after" if request.method == "POST" else ""
    reply: Reply = play(upstream, lambda here: make(here, tool))
    assert reply.structured["error"]["code"] == "submit_unclear"
    assert started(upstream, tool) == 1


def test_edits_of_a_copy_that_break_are_found_by_the_copy_and_its_edits() -> None:
    upstream = breaking_edits(lambda: None)
    reply: Reply = play(upstream, lambda here: make(here, "edit_project", as_copy=True))
    assert reply.structured["status"] == "succeeded", reply.text
    assert reply.structured["project_id"] == upstream.videos.projects[-1]
    assert len(upstream.videos.edits) == 2
    assert len(upstream.videos.exports) == 1


@pytest.mark.parametrize(
    ("else_made", "candidates"),
    [
        (lambda videos: videos._project(), 2),
        (lambda videos: videos._run("script-to-video", {}), 2),
        (lambda videos: videos._remix(videos.projects[-1], {"remixActions": [{"type": "ADD_ZOOM"}]}), 1),
    ],
    ids=["project", "run", "another edit of the copy"],
)
def test_where_the_copy_is_not_certain_the_new_projects_are_candidates_newest_first(
    else_made: Callable[[Videos], Any], candidates: int
) -> None:
    upstream = breaking_edits(lambda: else_made(upstream.videos))
    reply: Reply = play(upstream, lambda here: make(here, "edit_project", as_copy=True))
    assert reply.structured["error"]["code"] == "submit_unclear"
    assert reply.structured["error"]["candidates"] == upstream.videos.projects[: -candidates - 1 : -1]
    assert "call find_projects with such a project_id" in reply.structured["next_step"]
    assert {body["saveAsNewProject"] for body in upstream.videos.bodies.values() if "saveAsNewProject" in body} == {
        True
    }


def test_a_project_that_is_made_here_is_no_candidate_for_a_copy() -> None:
    async def story(here: World) -> Reply:
        await begin(here, "script_to_video")
        return await make(here, "edit_project", as_copy=True)

    upstream = breaking_edits(lambda: None, edits_only=True)
    assert play(upstream, story).structured["status"] == "succeeded"


def breaking_edits(then: Callable[[], Any], *, edits_only: bool = False) -> Service:
    """A service that takes edits without an answer; `then` happens right after."""
    upstream = service(20.0)
    broken: list[str] = []

    def fault(request: httpx.Request) -> str:
        if broken == ["after"]:
            then()
            broken.append("")
        if request.method != "POST" or broken or (edits_only and not request.url.path.endswith("/remix")):
            return ""
        broken.append("after")
        return "reset_after"

    upstream.choose_fault = fault
    return upstream


def test_an_export_that_a_colleague_started_meanwhile_is_a_candidate_not_the_result() -> None:
    upstream = service(20.0)

    def fault(request: Any) -> str:
        if request.method != "POST":
            return ""
        upstream.videos.somebody_exports("vg_proj_given")
        return "reset_before"

    upstream.choose_fault = fault
    reply: Reply = play(upstream, lambda here: make(here, "export_project"))
    # It is the only new one and nobody here started another, which is all that can be known.
    assert reply.structured["execution_id"].startswith("vg_expo_") or reply.structured["error"]["candidates"]


def started(upstream: Service, tool: str) -> int:
    videos = upstream.videos
    return {
        "script_to_video": len(videos.runs),
        "video_to_video": len(videos.runs),
        "export_project": len(videos.exports),
        "edit_project": len(videos.edits) // 2,
    }.get(tool, len(videos.others))


def test_many_runs_share_one_list() -> None:
    upstream = service(120.0)

    async def story(here: World) -> None:
        async with anyio.create_task_group() as tasks:
            for number in range(12):
                tasks.start_soon(partial(make, here, "script_to_video", script=f"Tide {number}."))

    play(upstream, story)
    assert len(upstream.videos.runs) == 12
    assert upstream.requests.get("run", 0) < 12 * 5


@pytest.mark.parametrize("tool", ["script_to_video", "export_project", "ask_assistant"])
def test_a_webhook_about_it_wakes_the_wait(tool: str) -> None:
    upstream = service(200.0)

    async def story(here: World) -> float:
        (execution_id,) = await begin(here, tool)

        async def tell_of_its_end() -> None:
            videos = upstream.videos
            work = (videos.runs | videos.exports | videos.others)[execution_id]
            await anyio.sleep(20.0)
            work.seconds = anyio.current_time() - work.began
            here.pollers.wake(execution_id)

        began = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tell_of_its_end)
            assert (await wait(here, execution_id)).structured["status"] == "succeeded"
        return anyio.current_time() - began

    assert play(upstream, story) == pytest.approx(20.0, abs=0.5)
