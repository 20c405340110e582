"""Another kind of execution is a declaration: the same runner, poller, journal and recovery carry it out."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import anyio
import httpx
import pytest

from tests.faults.service import Service
from tests.faults.world import World, world
from tests.virtual import run_virtually
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.errors import NotSupported
from videogen_mcp.api.models import Execution, ExecutionResult, Page
from videogen_mcp.api.operations import TODAY, Operation
from videogen_mcp.api.parsing import json_object
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply
from videogen_mcp.executions.kinds import ALL_KINDS, Handle, Kind, Kinds, Started
from videogen_mcp.workflows.base import Workflow

PROJECT = "/v1/projects/{projectId}/renders"
START = Operation("POST", "/v1/renders", "start", once=True, eras=TODAY)
GET = Operation("GET", PROJECT + "/{renderId}", "execution", eras=TODAY)
CANCEL = Operation("POST", PROJECT + "/{renderId}/cancel", "cancel", eras=TODAY)
LIST = Operation("GET", "/v1/renders", "executions", eras=TODAY)
HOST = Caller("claude-ai")


def render_state(row: Any) -> Execution:
    """The common state of a render."""
    state = Execution(execution_id=row["renderId"], status=row["state"], tool_type="RENDER_PROJECT")
    state.progress_percentage = row["done"]
    if row["state"] == "succeeded":
        state.results = [ExecutionResult(file_id=row["filmId"], type="VIDEO")]
    return state


async def submit(client: VideoGen, path: str, body: Mapping[str, Any]) -> Started:
    row = await client.submit(START, json_object, payload=body)
    return Started(row["renderId"], row["projectId"])


async def poll(client: VideoGen, handle: Handle, retry: bool) -> Execution:
    if handle.project_id is None:
        raise NotSupported(handle.execution_id, "a render is found by its project only")
    return render_state(await client.call(GET, json_object, handle.project_id, handle.execution_id, retry=retry))


async def page(client: VideoGen, project_id: str | None, limit: int, cursor: str | None) -> Page[Execution]:
    rows = (await client.call(LIST, json_object))["renders"]
    return Page([render_state(row) for row in rows])


RENDER = Kind(
    name="render",
    prefixes=("vg_rndr_",),
    submit=submit,
    poll=poll,
    get=GET,
    cancel=lambda client, handle: client.call(CANCEL, json_object, handle.project_id or "", handle.execution_id),
    listing=LIST,
    page=page,
    project=lambda path, body: None,
)


class RenderProject(Workflow):
    """Render a made-up project."""

    kind: ClassVar[str] = "render"
    path: ClassVar[str] = START.path
    title: ClassVar[str] = "Render project"
    typical_seconds: ClassVar[tuple[int, int]] = (10, 60)

    script: str


@dataclass
class Studio(Service):
    """The service of the other tests, which renders projects as well."""

    renders: dict[str, dict[str, Any]] = field(default_factory=dict)

    def _answer(self, request: httpx.Request, fault: str) -> tuple[int, Any, dict[str, str]]:
        path = request.url.path
        if path == START.path and request.method == "POST":
            number = len(self.renders) + 1
            row = {"renderId": f"vg_rndr_{number}", "projectId": f"vg_proj_{number}", "filmId": f"vg_file_{number}"}
            self.renders[row["renderId"]] = {**row, "began": self.clock.monotonic(), "cancelled": False}
            return 202, row, {}
        if path == LIST.path:
            return 200, {"renders": [self._render(name) for name in reversed(self.renders)]}, {}
        if "/renders/" in path:
            project, name = path.split("/")[3], path.split("/")[5]
            if self.renders[name]["projectId"] != project:
                return 404, {"message": "no such render", "code": "not_found"}, {}
            if path.endswith("/cancel"):
                self.renders[name]["cancelled"] = True
            return 200, self._render(name), {}
        return super()._answer(request, fault)

    def _render(self, name: str) -> dict[str, Any]:
        row = self.renders[name]
        done = min((self.clock.monotonic() - row["began"]) / self.seconds(), 1.0)
        state = "cancelled" if row["cancelled"] else "succeeded" if done == 1.0 else "running"
        return {**row, "state": state, "done": 100 * done}


def studio(seconds: float = 20.0, **settings: Any) -> Studio:
    return Studio(random.Random(1), seconds=lambda: seconds, **settings)


def play(upstream: Studio, story: Callable[[World], Awaitable[Any]], journal: Path | None = None) -> Any:
    async def main() -> Any:
        kinds = Kinds((*ALL_KINDS.declared, RENDER))
        async with world(upstream, journal, kinds=kinds, workflows=(RenderProject,)) as here:
            return await story(here)

    return run_virtually(main)


async def render(here: World) -> Reply:
    return await here.call("render_project", HOST, script="A pear falls.")


def test_it_is_submitted_polled_and_answered_with_its_files() -> None:
    reply: Reply = play(studio(), render)
    assert reply.structured["status"] == "succeeded"
    assert reply.structured["workflow"] == "render_project"
    assert [file["file_id"] for file in reply.structured["files"]] == ["vg_file_1"]


def test_another_process_goes_on_with_it_by_its_id_alone(tmp_path: Path) -> None:
    upstream = studio(90.0)
    running: Reply = play(upstream, render, tmp_path / "journal")
    execution_id = running.structured["execution_id"]
    assert (running.structured["status"], execution_id) == ("running", "vg_rndr_1")

    async def go_on(here: World) -> Reply:
        return await here.call("wait_for_execution", HOST, execution_id=execution_id)

    # The virtual clock of the second process begins at 0 again.
    upstream.renders[execution_id]["began"] -= 60.0
    assert play(upstream, go_on, tmp_path / "journal").structured["status"] == "succeeded"


def test_it_is_listed_and_cancelled_like_any_other() -> None:
    async def story(here: World) -> tuple[Reply, Reply]:
        begun = await render(here)
        listed = await here.call("list_executions", HOST)
        return listed, await here.call("cancel_execution", HOST, execution_id=begun.structured["execution_id"])

    listed, cancelled = play(studio(180.0), story)
    assert [row["workflow"] for row in listed.structured["executions"]] == ["render_project"]
    assert cancelled.structured["status"] == "cancelled"


@pytest.mark.parametrize("fault", ["reset_after", "502_after"])
def test_a_broken_submit_of_it_is_never_sent_again(fault: str) -> None:
    upstream = studio()
    upstream.choose_fault = lambda request: fault if request.method == "POST" else ""
    reply: Reply = play(upstream, render)
    assert len(upstream.renders) == 1
    assert "vg_rndr_1" in reply.text or reply.structured["error"]["code"] == "submit_unclear"


def test_many_in_flight_share_one_list() -> None:
    upstream = studio(30.0)

    async def story(here: World) -> list[Reply]:
        replies: list[Reply] = []

        async def one() -> None:
            replies.append(await render(here))

        async with anyio.create_task_group() as tasks:
            for _ in range(12):
                tasks.start_soon(one)
        return replies

    replies = play(upstream, story)
    assert {reply.structured["status"] for reply in replies} == {"succeeded"}
    assert len({reply.structured["execution_id"] for reply in replies}) == 12
