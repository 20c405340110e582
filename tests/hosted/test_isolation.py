"""What one account has is nothing to another, whatever ids it guesses: a table of attempts, over HTTP."""

from __future__ import annotations

import json
import re
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.generated import is_full
from tests.hosted.mcp import Agent, Hosted, Refused, hosted
from tests.hosted.service import Service
from tests.isolation import logging_restored
from tests.loopback import SIGNATURE
from videogen_mcp.calls.call import Caller, Purpose
from videogen_mcp.calls.upstream import Account
from videogen_mcp.settings import Toolset

pytestmark = pytest.mark.anyio

ADA, MALLORY = "sk_ada", "sk_mallory"
EVERYTHING: frozenset[Toolset] = frozenset({"workflows", "videos", "executions", "files", "catalogue", "editor"})


@dataclass(frozen=True)
class Attempt:
    """One request of Mallory about something; `{id}` stands for it in `params`."""

    about: str
    method: str
    params: dict[str, Any]

    def params_about(self, what: str) -> dict[str, Any]:
        return dict(json.loads(json.dumps(self.params).replace("{id}", what)))


def tool(about: str, name: str, **arguments: Any) -> Attempt:
    return Attempt(about, "tools/call", {"name": name, "arguments": arguments})


ATTEMPTS = {
    "waits": tool("running", "wait_for_execution", execution_id="{id}", wait_seconds=0),
    "waits for what has ended": tool("ended", "wait_for_execution", execution_id="{id}", wait_seconds=0),
    "waits for two": tool("running", "wait_for_execution", execution_id=["{id}", "vg_tool_0"], wait_seconds=0),
    "cancels": tool("running", "cancel_execution", execution_id="{id}"),
    "waits for a video": tool("run", "wait_for_execution", execution_id="{id}", wait_seconds=0),
    "waits for an edit": tool("edit", "wait_for_execution", execution_id="{id}", wait_seconds=0),
    "cancels an edit": tool("edit", "cancel_execution", execution_id="{id}"),
    "looks up a file": tool("file", "get_file", file_id="{id}"),
    "looks at a file": tool("file", "look_at_file", file_id="{id}"),
    "archives a file": tool("file", "archive_file", file_id="{id}"),
    "publishes a file": tool("file", "set_public_preview", file_id="{id}", enabled=True),
    "makes something of a file": tool("file", "upscale_image", image="{id}", wait_seconds=0),
    "makes something of a link": tool(
        "file", "upscale_image", image=f"https://api.example/media/{{id}}?X-Signature={SIGNATURE}", wait_seconds=0
    ),
    "makes something of an upload": tool("upload", "upscale_image", image="{id}", wait_seconds=0),
    "finds a project": tool("project", "find_projects", project_id="{id}"),
    "edits a project": tool("project", "edit_project", project_id="{id}", edits=[{"type": "captions"}], wait_seconds=0),
    "exports a project": tool("project", "export_project", project_id="{id}", wait_seconds=0),
    "asks the assistant of a project": tool(
        "project", "ask_assistant", project_id="{id}", message="hi", wait_seconds=0
    ),
    "reads a file": Attempt("file", "resources/read", {"uri": "videogen://files/{id}"}),
    "reads a thumbnail": Attempt("file", "resources/read", {"uri": "videogen://files/{id}/thumbnail"}),
    "asks for a task": Attempt("task", "tasks/get", {"taskId": "{id}"}),
    "cancels a task": Attempt("task", "tasks/cancel", {"taskId": "{id}"}),
}


MISSING = {
    "running": "vg_tool_9999999999999999999999",
    "ended": "vg_tool_9999999999999999999999",
    "file": "vg_file_9999999999999999999999",
    "upload": "vg_file_9999999999999999999999",
    "run": "vg_work_account9000009",
    "project": "vg_proj_account9000009",
    "edit": "vg_rmix_account9000009",
    "task": "v1." + "A" * 100,
}
"""Ids of what nobody has."""


@dataclass(frozen=True)
class Told:
    """What Mallory is told, without ids and seconds, and how many requests that took; lists serve several."""

    answer: Any
    requests: int


@dataclass(frozen=True)
class Tried:
    """What came of every attempt at something of Ada's, and of the same at what nobody has; and what Ada has then."""

    told: dict[str, tuple[Told, Told]]
    statuses: dict[str, str]
    changed: list[str]
    """Her executions that were cancelled, and her files that were archived or published."""


@pytest.fixture(
    scope="module",
    params=[
        "one server",
        pytest.param("replicas", marks=pytest.mark.skipif(not is_full(), reason="it takes seconds: in CI")),
    ],
)
def tried(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tried:
    folder = tmp_path_factory.mktemp("isolation")
    with ExitStack() as held:
        held.enter_context(logging_restored())
        database = None
        if request.param == "replicas":
            database = held.enter_context(request.getfixturevalue("postgres").database())
        return anyio.run(_tried, folder, database)


async def _tried(folder: Path, database: str | None) -> Tried:
    """With a database, Mallory calls another replica than Ada."""
    async with AsyncExitStack() as held:
        service = Service()
        server = other = await held.enter_async_context(hosted(service, folder, toolsets=EVERYTHING, database=database))
        if database is not None:
            other = await held.enter_async_context(hosted(service, folder, toolsets=EVERYTHING, database=database))
        hers = await _of_ada(server)
        mallory = other.agent(MALLORY)
        await mallory.call("generate_image", prompt="mine", wait_seconds=0)
        told = {
            name: (
                await _try(attempt, hers[attempt.about], mallory, server.service),
                await _try(attempt, MISSING[attempt.about], mallory, server.service),
            )
            for name, attempt in ATTEMPTS.items()
        }
        statuses = {}
        for what in ("running", "ended", "run", "edit"):
            answer = await other.agent(ADA).call("wait_for_execution", execution_id=hers[what], wait_seconds=0)
            statuses[what] = answer.status
        account = server.service.account(ADA)
        changed = [job.execution_id for job in account.jobs.values() if job.cancelled_at is not None]
        changed += [file.file_id for file in account.files.files.values() if file.archived or file.public]
        return Tried(told, statuses, changed)


async def _of_ada(server: Hosted) -> dict[str, str]:
    """Have Ada make one of everything, and return the ids."""
    ada, service = server.agent(ADA), server.service
    ended = await ada.call("generate_image", prompt="a pear")
    service.seconds = 3600.0
    running = await ada.call("generate_image", prompt="a plum", wait_seconds=0)
    run = await ada.call("script_to_video", script="Tides rise twice a day.", wait_seconds=0)
    project = str(run.structured["project_id"])
    edit = await ada.call("edit_project", project_id=project, edits=[{"type": "captions"}], wait_seconds=0)
    task = await ada.begin("generate_image", prompt="a fig")
    upload = await ada.call("create_upload", file="pear.png")
    return {
        "ended": ended.execution_id,
        "file": ended.file_id,
        "upload": str(upload.structured["file_id"]),
        "running": running.execution_id,
        "run": run.execution_id,
        "project": project,
        "edit": edit.execution_id,
        "task": task,
    }


async def _try(attempt: Attempt, what: str, agent: Agent, service: Service) -> Told:
    before = service.account(agent.key).others_than_lists
    try:
        answer = await agent.ask(attempt.method, **attempt.params_about(what))
    except Refused as refusal:
        answer = {"code": refusal.code, "message": str(refusal)}
    told = re.sub(r'"elapsed_seconds": [0-9.]+', '"elapsed_seconds": 0', json.dumps(answer).replace(what, "{id}"))
    return Told(json.loads(told), service.account(agent.key).others_than_lists - before)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_what_is_somebody_elses_is_as_what_is_not_there(tried: Tried, attempt: str) -> None:
    of_hers, of_nothing = tried.told[attempt]
    assert of_hers == of_nothing
    assert re.search("not_found|no such", str(of_hers.answer)), of_hers.answer


def test_what_somebody_tried_changed_nothing(tried: Tried) -> None:
    assert tried.changed == []
    assert tried.statuses == {"running": "running", "ended": "succeeded", "run": "running", "edit": "running"}


async def test_nothing_of_somebody_else_is_listed_or_offered(tmp_path: Path) -> None:
    async with hosted(Service(), tmp_path, toolsets=EVERYTHING) as server:
        hers = await _of_ada(server)
        ada, mallory = server.agent(ADA), server.agent(MALLORY)
        seen = {}
        for agent in (ada, mallory):
            lists = [
                await agent.call(name)
                for name in ("list_executions", "find_files", "find_projects", "list_voices", "list_presenters")
            ]
            offers = [await agent.ask("completion/complete", ref=of, argument=typed) for of, typed in COMPLETED]
            seen[agent.key] = f"{lists} {offers}"
    for what in (hers["running"], hers["file"], hers["project"], "vg_voic_account1", "vg_enti_account1"):
        assert what in seen[ADA]
        assert what not in seen[MALLORY]


COMPLETED = (
    ({"type": "ref/resource", "uri": "videogen://files/{file_id}"}, {"name": "file_id", "value": "vg_"}),
    ({"type": "ref/prompt", "name": "narrated_avatar"}, {"name": "voice", "value": "vg_"}),
    ({"type": "ref/prompt", "name": "narrated_avatar"}, {"name": "presenter", "value": "vg_"}),
)


async def test_the_cursor_of_somebody_elses_list_goes_on_in_ones_own(tmp_path: Path) -> None:
    async with hosted(Service(), tmp_path) as server:
        files = {}
        for key in (ADA, MALLORY):
            files[key] = [(await server.agent(key).call("generate_image", prompt=word)).file_id for word in ("a", "b")]
        page = await server.agent(ADA).call("find_files", limit=1)
        rest = await server.agent(MALLORY).call("find_files", limit=1, cursor=page.structured["next_cursor"])
    assert [row["file_id"] for row in page.structured["files"]] == files[ADA][1:]
    assert [row["file_id"] for row in rest.structured["files"]] == files[MALLORY][:1]


async def test_a_key_that_was_withdrawn_reads_nothing_of_what_it_made(tmp_path: Path) -> None:
    service, answers = Service(), []
    async with hosted(service, tmp_path) as server:
        ada = server.agent(ADA)
        made = await ada.call("generate_image", prompt="a pear")
        task = await ada.begin("generate_image", prompt="a fig")
        service.withdrawn.add(ADA)
        answers += [await ada.call("list_executions")]
        answers += [await ada.call("wait_for_execution", execution_id=made.execution_id)]
        of_task = await ada.ask("tasks/get", taskId=task)
    async with hosted(service, tmp_path) as server:  # which has not seen the key before
        answers += [await server.agent(ADA).call("list_executions") for _ in range(2)]
    for answer in answers:
        assert answer.is_error
        assert "pear" not in str(answer)
        assert "X-VideoGen-Api-Key" in answer.text
    assert of_task["result"]["isError"]


async def test_the_same_call_of_somebody_else_is_another_one(tmp_path: Path) -> None:
    async with hosted(Service(3600.0), tmp_path) as server:
        ids = [
            (await server.agent(key).call("generate_image", prompt="a pear", wait_seconds=0)).execution_id
            for key in (ADA, MALLORY)
        ]
        assert len(set(ids)) == 2
        assert [server.service.account(key).submits for key in (ADA, MALLORY)] == [{"a pear": 1}] * 2


async def test_a_cut_call_shortens_the_waits_of_its_own_account_alone(tmp_path: Path) -> None:
    async with hosted(Service(3600.0), tmp_path) as server:
        calls, purpose = server.parts.calls, Purpose("generate_image", "started", follows=True)
        callers = [Caller("claude-code", account=Account(key, key)) for key in (ADA, MALLORY)]
        calls.cancellations.client_cancelled(callers[0].habits, 5.1, server.parts.clock.time())
        budgets = []
        for caller in callers:
            async with calls.open(purpose, caller) as call:
                budgets.append(call.budget)
        assert budgets == [4.0, 110.0]
