"""Edits of a project and the export that follows them: one execution, whose export is started exactly once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from tests.faults.declarations import EditProject
from tests.faults.service import Service
from tests.faults.videos import Work, url
from tests.faults.world import World, world
from tests.unit.executions.stories import HOST, service
from tests.unit.executions.stories import play as play_with
from tests.virtual import run_virtually
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply
from videogen_mcp.executions.journal_file import JournalFile
from videogen_mcp.executions.timing import NEVER_LISTED

PATIENT = Caller("mcp")
play = partial(play_with, workflows=(EditProject,))


async def edit(here: World, caller: Caller = PATIENT, **arguments: Any) -> Reply:
    return await here.call("edit_project", caller, **arguments)


async def wait(here: World, execution_id: str, caller: Caller = PATIENT, **arguments: Any) -> Reply:
    return await here.call("wait_for_execution", caller, execution_id=execution_id, **arguments)


def exports(upstream: Service) -> list[str]:
    return list(upstream.videos.exports)


def breaking(path: str, *faults: str) -> Callable[[httpx.Request], str]:
    """Break the first requests to paths that end so, one after the other."""
    plan = iter(faults)
    return lambda request: next(plan, "") if request.method == "POST" and request.url.path.endswith(path) else ""


def test_edits_end_in_the_file_of_their_export() -> None:
    upstream = service(30.0)
    reply: Reply = play(upstream, edit)
    assert reply.structured["status"] == "succeeded"
    assert reply.structured["execution_id"] == next(iter(upstream.videos.edits))
    (export,) = upstream.videos.exports.values()
    assert [file["file_id"] for file in reply.structured["files"]] == [export.file_id]
    assert upstream.videos.bodies[export.id] == {"quality": "HIGH"}
    assert reply.structured["project_url"] == url("vg_proj_given")
    # Two edits one after the other and the export, of 30 s each.
    assert reply.structured["elapsed_seconds"] == pytest.approx(90, abs=6)


def test_edits_of_a_copy_are_exported_from_the_copy() -> None:
    upstream = service(10.0)
    reply: Reply = play(upstream, partial(edit, as_copy=True))
    (export,) = upstream.videos.exports.values()
    assert export.project == reply.structured["project_id"] != "vg_proj_given"


def test_edits_without_an_export_succeed_without_a_file() -> None:
    upstream = service(10.0)
    reply: Reply = play(upstream, partial(edit, export=False))
    assert reply.structured["status"] == "succeeded"
    assert "files" not in reply.structured
    assert exports(upstream) == []


def test_progress_rises_over_the_whole_chain() -> None:
    said: list[float] = []

    async def send(value: float, total: float | None, message: str) -> None:
        said.append(value)

    play(service(60.0), partial(edit, caller=Caller("mcp", send)))
    assert said == sorted(set(said))
    assert any(40 < value < 60 for value in said)
    assert said[-1] > 75


@pytest.mark.parametrize("asleep", [0.0, 35.0, 100.0, 300.0])
def test_another_process_goes_on_and_starts_the_export_once(asleep: float, tmp_path: Path) -> None:
    """`asleep`: seconds for which nobody asks; the edits take 60."""
    upstream = service(30.0)

    async def first(here: World) -> Reply:
        reply = await edit(here, HOST, edits=["ADD_ZOOM", "ADD_TRANSITIONS"])
        await anyio.sleep(asleep)
        return reply

    async def main() -> tuple[Reply, Reply]:
        async with world(upstream, tmp_path / "journal", workflows=(EditProject,)) as one:
            begun = await first(one)
        async with world(upstream, tmp_path / "journal", workflows=(EditProject,)) as other:
            ended = await wait(other, begun.structured["execution_id"])
            await wait(other, begun.structured["execution_id"])
        return begun, ended

    begun, ended = run_virtually(main)
    assert begun.structured["status"] == "running"
    assert ended.structured["status"] == "succeeded"
    assert ended.structured["execution_id"] == begun.structured["execution_id"]
    assert len(exports(upstream)) == 1


def test_several_processes_and_calls_that_wait_start_one_export(tmp_path: Path) -> None:
    upstream = service(30.0)

    async def main() -> list[Reply]:
        replies: list[Reply] = []
        async with (
            world(upstream, tmp_path / "journal", workflows=(EditProject,)) as one,
            world(upstream, tmp_path / "journal", workflows=(EditProject,)) as other,
            world(upstream, tmp_path / "journal", workflows=(EditProject,)) as third,
        ):
            begun = await edit(one, HOST)

            async def ask(here: World) -> None:
                replies.append(await wait(here, begun.structured["execution_id"]))

            async with anyio.create_task_group() as tasks:
                for here in (one, one, other, third, third):
                    tasks.start_soon(ask, here)
        return replies

    replies = run_virtually(main)
    assert {reply.structured["status"] for reply in replies} == {"succeeded"}
    assert len({reply.structured["files"][0]["file_id"] for reply in replies}) == 1
    assert len(exports(upstream)) == 1


def test_polling_once_starts_the_export_that_is_due() -> None:
    upstream = service(30.0)

    async def story(here: World) -> list[Reply]:
        begun = await edit(here, HOST)
        looked = []
        for _ in range(4):
            await anyio.sleep(25.0)
            looked.append(await wait(here, begun.structured["execution_id"], HOST, wait_seconds=0))
        return looked

    looked = play(upstream, story)
    assert len(exports(upstream)) == 1
    assert [reply.structured["status"] for reply in looked] == ["running", "running", "succeeded", "succeeded"]


def test_a_failed_edit_ends_the_chain_with_the_reason_and_what_was_done() -> None:
    upstream = service(10.0)
    upstream.videos.ends = iter(("succeeded", "failed")).__next__
    reply: Reply = play(upstream, edit)
    assert reply.is_error
    assert reply.structured["error"]["code"] == "content_policy"
    assert "zoom was done" in reply.text
    assert "no_captions failed (no)" in reply.text
    assert reply.structured["project_id"] == "vg_proj_given"
    assert exports(upstream) == []


async def _begun(here: World) -> str:
    execution_id: str = (await edit(here, HOST)).structured["execution_id"]
    return execution_id


def hide(upstream: Service) -> dict[str, Work]:
    """Have the lists of projects show no edit; return those that there are."""
    hidden = dict(upstream.videos.edits)
    upstream.videos.edits.clear()
    return hidden


def test_an_edit_that_no_list_ever_shows_is_not_found_and_not_polled_for_ever() -> None:
    async def story(here: World) -> list[Reply]:
        begun = await edit(here, edits=["ADD_ZOOM"], wait_seconds=0)
        hide(upstream)
        execution_id = begun.structured["execution_id"]
        first, *_ = calls = [await wait(here, execution_id) for _ in range(3)]
        assert first.structured["status"] == "running"
        return [*calls[1:], await wait(here, execution_id, wait_seconds=0)]

    upstream = service(30.0)
    for reply in play(upstream, story):
        assert reply.structured["error"]["code"] == "not_found"
        assert "for 5 minutes no list of vg_proj_given has shown it" in reply.structured["error"]["message"]
        assert "billed all the same" in reply.structured["next_step"]
    assert upstream.requests["remix-actions"] < 120


def test_an_edit_that_is_listed_late_is_not_called_lost() -> None:
    async def story(here: World) -> tuple[Reply, Reply]:
        begun = await edit(here, edits=["ADD_ZOOM"], wait_seconds=0)
        hidden = hide(upstream)
        await wait(here, begun.structured["execution_id"], wait_seconds=0)
        await anyio.sleep(NEVER_LISTED - 10)
        unlisted = await wait(here, begun.structured["execution_id"], wait_seconds=0)
        upstream.videos.edits.update(hidden)
        return unlisted, await wait(here, begun.structured["execution_id"])

    upstream = service(30.0)
    unlisted, ended = play(upstream, story)
    assert (unlisted.structured["status"], ended.structured["status"]) == ("running", "succeeded")


def test_an_edit_that_may_wait_behind_another_one_is_not_called_lost() -> None:
    async def story(here: World) -> Reply:
        begun = await edit(here, edits=["ADD_ZOOM", "DISABLE_CAPTIONS"], wait_seconds=0)
        upstream.videos.edits.popitem()
        return await wait(here, begun.structured["execution_id"], wait_seconds=2 * NEVER_LISTED)

    upstream = service(3 * NEVER_LISTED)
    assert play(upstream, story).structured["status"] == "running"


@pytest.mark.parametrize("fault", ["reset_after", "502_after", "503_later_after", "silence_after", "cut", "html"])
def test_an_export_whose_answer_is_lost_is_found_by_proof(fault: str) -> None:
    upstream = service(20.0)
    upstream.choose_fault = breaking("/export", fault)
    reply: Reply = play(upstream, edit)
    assert reply.structured["status"] == "succeeded", reply.text
    assert len(exports(upstream)) == 1


def test_an_export_that_may_be_anybodys_is_a_candidate_and_never_started_again() -> None:
    upstream = service(20.0)

    def fault(request: httpx.Request) -> str:
        if request.method == "POST" and request.url.path.endswith("/export"):
            upstream.videos.somebody_exports("vg_proj_given")
            return "reset_after"
        return ""

    upstream.choose_fault = fault

    async def story(here: World) -> list[Reply]:
        first = await edit(here)
        return [first, await wait(here, first.structured["execution_id"])]

    for reply in play(upstream, story):
        assert reply.structured["error"]["code"] == "submit_unclear"
        assert sorted(reply.structured["error"]["candidates"]) == sorted(exports(upstream))
        assert reply.structured["project_id"] == "vg_proj_given"
        assert "the edits of vg_proj_given are done" in reply.text
    assert len(exports(upstream)) == 2


def test_an_export_that_is_refused_names_what_was_done_and_can_be_tried_again() -> None:
    upstream = service(20.0)
    refused = iter([True])
    answer = upstream._answer

    def poor(request: httpx.Request, fault: str) -> Any:
        if request.method == "POST" and request.url.path.endswith("/export") and next(refused, False):
            return 429, {"message": "no credits", "code": "insufficient_credits"}, {}
        return answer(request, fault)

    upstream._answer = poor  # type: ignore[method-assign]

    async def story(here: World) -> list[Reply]:
        first = await edit(here)
        listed = await here.call("list_executions", HOST)
        return [first, listed, await wait(here, first.structured["execution_id"])]

    first, listed, again = play(upstream, story)
    assert first.structured["error"]["code"] == "insufficient_credits"
    assert "the edits of vg_proj_given are done" in first.text
    assert "wait_for_execution" in first.structured["next_step"]
    assert [row["status"] for row in listed.structured["executions"]] == ["running"]
    assert again.structured["status"] == "succeeded"
    assert len(exports(upstream)) == 1


def test_the_list_shows_one_row_for_the_chain() -> None:
    async def story(here: World) -> Reply:
        await edit(here)
        return await here.call("list_executions", HOST)

    (row,) = play(service(20.0), story).structured["executions"]
    assert (row["workflow"], row["status"], row["project_id"]) == ("edit_project", "succeeded", "vg_proj_given")
    assert row["file_ids"]


def test_a_chain_counts_once_against_the_spending_limit() -> None:
    upstream = service(20.0)

    async def story(here: World) -> list[Reply]:
        return [await edit(here), await edit(here, edits=["ADD_ZOOM"])]

    first, second = play(upstream, story, limit=1)
    assert first.structured["status"] == "succeeded"
    assert second.structured["error"]["code"] == "spending_limit"


# -- cancelling --------------------------------------------------------------------------------------------------------


def test_cancelling_edits_says_that_they_go_on_and_starts_no_export() -> None:
    upstream = service(30.0)

    async def story(here: World) -> tuple[Reply, Reply]:
        execution_id = await _begun(here)
        cancelled = await here.call("cancel_execution", HOST, execution_id=execution_id)
        return cancelled, await wait(here, execution_id)

    cancelled, ended = play(upstream, story)
    assert cancelled.structured["status"] == "running"
    assert "VideoGen cannot cancel edits" in cancelled.text
    assert ended.structured["status"] == "succeeded"
    assert "files" not in ended.structured
    assert exports(upstream) == []


def test_an_export_that_has_begun_cannot_be_cancelled() -> None:
    upstream = service(35.0)

    async def story(here: World) -> tuple[Reply, Reply]:
        execution_id = await _begun(here)
        await wait(here, execution_id, Caller("claude-ai"))
        cancelled = await here.call("cancel_execution", HOST, execution_id=execution_id)
        return cancelled, await wait(here, execution_id)

    cancelled, ended = play(upstream, story)
    assert cancelled.structured["error"]["code"] == "not_supported"
    assert "VideoGen cannot cancel exports" in cancelled.text
    assert len(ended.structured["files"]) == 1


def test_a_client_that_is_cut_with_on_cancel_leaves_no_export_behind() -> None:
    upstream = service(30.0)

    async def story(here: World) -> Reply:
        with anyio.move_on_after(10.0):
            await edit(here)
        await here.background.settle(10)
        return await wait(here, next(iter(upstream.videos.edits)), Caller("claude-code"))

    assert play(upstream, story, cancels=True).structured["status"] == "succeeded"
    assert exports(upstream) == []


# -- a journal that fails ----------------------------------------------------------------------------------------------


@contextmanager
def out_of_reach(folder: Path) -> Any:
    moved = folder.with_name("elsewhere")
    folder.rename(moved)
    folder.write_text("a file where the folder should be")
    yield
    folder.unlink()
    moved.rename(folder)


def test_without_a_journal_that_others_see_the_export_waits_and_says_so(tmp_path: Path) -> None:
    upstream = service(40.0)
    folder = tmp_path / "state"

    async def story(here: World) -> tuple[Reply, Reply]:
        execution_id = await _begun(here)
        with out_of_reach(folder):
            refused = await wait(here, execution_id)
        assert isinstance(here.journal._store, JournalFile)
        here.journal._store._retry_at = 0.0
        return refused, await wait(here, execution_id)

    refused, ended = play(upstream, story, folder / "journal.sqlite3")
    assert refused.structured["error"]["code"] == "journal_fails"
    assert ended.structured["status"] == "succeeded"
    assert len(exports(upstream)) == 1
