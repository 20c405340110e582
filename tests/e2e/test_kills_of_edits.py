"""SIGKILL inside the requests of runs, edits and exports: the next process goes on, and none is made twice."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.upstream import Gateway, Sandbox, gateway
from tests.e2e.wire import SOON, Server, serving
from videogen_sandbox.process import launcher

if sys.platform == "win32":
    pytest.skip("there is no SIGKILL", allow_module_level=True)

SMALL = {"captions": "none", "aspect_ratio": "1:1"}
"""What a video takes least time with."""

VIDEO = {"script": "Tides rise.", "export_quality": "sd", **SMALL}


@dataclass(frozen=True)
class Studio:
    """A project in a sandbox of its own, a gateway before it, and the state directory of the servers that use it."""

    way: Gateway
    state_dir: Path
    project_id: str

    @property
    def settings(self) -> dict[str, str]:
        """What a server needs to reach the sandbox through the gateway, with every tool."""
        return {**self.way.settings, "VIDEOGEN_MCP_TOOLSETS": "all"}

    def executions(self, tool: str) -> set[str]:
        """Return the ids of the account's runs, or of the project's exports."""
        if tool == "export_project":
            page = self.way.sandbox._get(f"/v1/projects/{self.project_id}/exports", limit=200)
            return {export["exportId"] for export in page["exports"]}
        return {run["workflowRunId"] for run in self.way.sandbox._get("/v1/workflows/runs", limit=200)["workflowRuns"]}

    def count(self, what: str) -> int:
        """Return how many `exports` or `remix-actions` the project has."""
        page = self.way.sandbox._get(f"/v1/projects/{self.project_id}/{what}", limit=200)
        return len(next(rows for rows in page.values() if isinstance(rows, list)))


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("edits")
    with gateway(Sandbox.of(folder / "sandbox")) as way:
        with serving(folder / "state", settings=way.settings) as server:
            made = server.call("script_to_video", **VIDEO)
        assert made.status == "succeeded", made.text
        yield Studio(way, folder / "state", made.structured["project_id"])
    launcher.stop(folder / "sandbox")


def edits_of(server: Server) -> set[str]:
    """The ids of edits that wait to be delivered."""
    rows = server.call("list_executions", limit=100).structured["executions"]
    return {row["execution_id"] for row in rows if row["workflow"] == "edit_project" and not row["delivered"]}


@pytest.mark.parametrize(
    ("request_line", "edit"),
    [
        ("POST /v1/projects/{}/remix", "zoom"),
        ("GET /v1/projects/{}/exports?", "no_captions"),
        ("POST /v1/projects/{}/export", "transitions: fade"),
    ],
    ids=["edit taken", "export not sent", "export taken"],
)
def test_a_kill_inside_a_request_of_an_edit_is_gone_on_with(studio: Studio, request_line: str, edit: str) -> None:
    """Each edit is another one: the same call again would be answered with what the killed one began."""
    edits, exports = studio.count("remix-actions"), studio.count("exports")
    with serving(studio.state_dir, settings=studio.settings) as server:
        before = edits_of(server)
        held = studio.way.hold(request_line.format(studio.project_id), "after")
        server.start("edit_project", project_id=studio.project_id, edits=[edit], export_quality="sd")
        assert held.came.wait(SOON)
        server.kill()
    held.let_go.set()

    with serving(studio.state_dir, settings=studio.settings) as server:
        (execution_id,) = edits_of(server) - before
        for _ in range(2):  # Once more is answered with the same.
            ended = server.call("wait_for_execution", execution_id=execution_id)
            assert ended.status == "succeeded", ended.text
            assert len(ended.structured["files"]) == 1
    assert studio.count("remix-actions") == edits + 1
    assert studio.count("exports") == exports + 1


RUN = {"script": "The moon pulls the sea.", "export": False, **SMALL}


@pytest.mark.parametrize(
    ("request_line", "tool", "arguments"),
    [
        ("POST /v1/workflows/script-to-video", "script_to_video", RUN),
        ("POST /v1/projects/{}/export", "export_project", {"quality": "sd"}),
    ],
    ids=["run taken", "export taken"],
)
def test_a_kill_inside_a_submit_is_found_again(
    studio: Studio, request_line: str, tool: str, arguments: dict[str, object]
) -> None:
    given = {**arguments, **({"project_id": studio.project_id} if tool == "export_project" else {})}
    with serving(studio.state_dir, settings=studio.settings) as server:
        before = studio.executions(tool)
        held = studio.way.hold(request_line.format(studio.project_id), "after")
        server.start(tool, **given)
        assert held.came.wait(SOON)
        server.kill()
    held.let_go.set()

    (new,) = studio.executions(tool) - before
    with serving(studio.state_dir, settings=studio.settings) as server:
        listed = server.call("list_executions", limit=100)
        assert new in [row.get("execution_id") for row in listed.structured["executions"]], listed.text
        ended = server.call("wait_for_execution", execution_id=new)
        assert ended.status == "succeeded", ended.text
    assert studio.executions(tool) == before | {new}


def test_what_the_assistant_starts_is_found_again_here_and_where_nothing_is_known_of_it(studio: Studio) -> None:
    project = {"project_id": studio.project_id}
    with serving(studio.state_dir, settings=studio.settings) as server:
        (offer,) = server.call("ask_assistant", message="fade transitions", **project).structured["offers"]
        held = studio.way.hold("GET /v1/assistant-messages/", "before")
        server.start("decide_assistant_action", action_id=offer["action_id"], decision="approve", **project)
        assert held.came.wait(SOON)
        server.kill()
    held.let_go.set()

    with serving(studio.state_dir, settings=studio.settings) as server:
        rows = server.call("list_executions", limit=100).structured["executions"]
        (reply,) = [row for row in rows if row["workflow"] == "decide_assistant_action"]
        started = server.call("wait_for_execution", execution_id=reply["execution_id"]).structured
        rows = server.call("list_executions", limit=100).structured["executions"]
        assert started["started_execution_id"] in [row.get("execution_id") for row in rows]
    with serving(studio.state_dir / "elsewhere", settings=studio.settings) as server:
        ended = server.call("wait_for_execution", execution_id=started["started_execution_id"])
        assert (ended.status, ended.structured["project_id"]) == ("succeeded", studio.project_id)
