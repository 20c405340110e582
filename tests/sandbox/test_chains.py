"""A run whose process dies at any step goes on where it was, and nothing is made twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.sandbox.driving import Driver, driving
from videogen_sandbox.directives import Directives
from videogen_sandbox.jobs.chains import share
from videogen_sandbox.jobs.slots import FILMS, QUICK, WITHOUT_WORKER, open_kinds
from videogen_sandbox.jobs.work import Note, Outcome
from videogen_sandbox.storage.executions import Execution, Kind
from videogen_sandbox.storage.leases import RENEW_SECONDS

MUSIC = {"type": "GENERATE_MUSIC", "prompt": "calm"}


class Dies:
    """A step of a run in the middle of which, or just before it is stored, its process dies without a word."""

    def __init__(self, driver: Driver, monkeypatch: pytest.MonkeyPatch, kind: Kind, *, done: bool) -> None:
        self.reached = False
        works = driver.sandbox.works
        original = works[kind]

        async def work(execution: Execution, folder: Path, note: Note) -> Outcome:
            if done:
                await original(execution, folder, note)
            self.reached = True
            await anyio.sleep_forever()
            raise AssertionError

        monkeypatch.setitem(works, kind, work)
        monkeypatch.setattr(driver.sandbox.jobs, "_put_back", lambda job, again: None)


@pytest.mark.anyio
@pytest.mark.parametrize("done", [False, True], ids=["in the middle", "before it is stored"])
@pytest.mark.parametrize("step", ["run", "remix", "export"])
async def test_a_run_goes_on_after_its_process_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: Kind, done: bool
) -> None:
    async with driving(tmp_path) as first:
        dies = Dies(first, monkeypatch, step, done=done)
        started = await first.run(remixActions=[MUSIC, {"type": "ADD_ZOOM"}], autoExport=True)
        await first.until(lambda: dies.reached)
    async with driving(tmp_path, first.clock) as second:
        run = await second.finished(started["workflowRunId"])
        assert (run.status, run.attempt) == ("succeeded", int(step == "run"))
        project = second.sandbox.projects.get(started["projectId"])
        assert project is not None
        assert project.document is not None
        assert project.document["edits"] == ["GENERATE_MUSIC", "ADD_ZOOM"]
        made = second.sandbox.executions.listed(project_id=started["projectId"])
        assert sorted(one.kind for one in made) == ["export", "remix", "remix", "run"]
        assert len(second.sandbox.files.listed()) == 1


@pytest.mark.anyio
async def test_edits_of_one_project_run_one_after_another_in_all_processes(tmp_path: Path) -> None:
    async with driving(tmp_path) as first, driving(tmp_path, first.clock) as second:
        project_id = await first.project()
        hanging = {"type": "GENERATE_MUSIC", "prompt": "hang"}
        body = {"remixActions": [hanging, {"type": "ADD_ZOOM"}]}
        edits = (await first.post(f"/v1/projects/{project_id}/remix", body, status=202))["remixActionIds"]
        await first.until(lambda: first.stored(edits[0]).progress > 0)
        idle = second if edits[0] in first.sandbox.jobs._active else first
        await idle.made()  # there is a worker that has nothing else to do
        assert first.stored(edits[1]).status == "pending"


@pytest.mark.anyio
async def test_a_run_is_cancelled_from_another_process_than_the_one_that_works_on_it(tmp_path: Path) -> None:
    async with driving(tmp_path) as first:
        hanging = {"type": "GENERATE_MUSIC", "prompt": "hang"}
        run = await first.run(remixActions=[hanging, {"type": "ADD_ZOOM"}], autoExport=True)
        await first.until(lambda: first.stored(run["remixActionIds"][0]).progress > 0)
        async with driving(tmp_path, first.clock) as second:
            await second.post(f"/v1/workflows/runs/{run['workflowRunId']}/cancel", status=202)
            assert second.stored(run["workflowRunId"]).status == "running"
            first.clock.turn(RENEW_SECONDS)
            await second.finished(run["workflowRunId"])
        states = {one.status for one in first.sandbox.executions.listed(project_id=run["projectId"])}
        assert states == {"cancelled"}


@pytest.mark.parametrize(
    ("running", "workers", "expected"),
    [
        ([], 2, FILMS | QUICK | WITHOUT_WORKER),
        (["run"], 2, QUICK | WITHOUT_WORKER),  # a picture never waits for films
        (["export", "make"], 2, WITHOUT_WORKER),
        (["make", "make"], 2, WITHOUT_WORKER),
        (["make"], 2, FILMS | QUICK | WITHOUT_WORKER),
        ([], 1, FILMS | QUICK | WITHOUT_WORKER),
        (["run"], 1, WITHOUT_WORKER),
        (["run", "remix"], 4, FILMS | QUICK | WITHOUT_WORKER),
        (["run", "remix", "export"], 4, QUICK | WITHOUT_WORKER),
        (["import"] * 4, 2, FILMS | QUICK),
    ],
)
def test_what_may_begin_beside_what_runs(running: list[Kind], workers: int, expected: frozenset[Kind]) -> None:
    assert open_kinds(running, workers) == expected


def member(kind: Kind, number: int) -> Execution:
    return Execution(str(number), kind, {}, Directives(), 0, 0.0, kind=kind)


@pytest.mark.parametrize(
    ("kinds", "current", "done", "expected"),
    [
        (["run"], 0, 0.5, 0.5),
        (["run", "export"], 0, 1.0, 5 / 9),
        (["run", "export"], 1, 0.5, 7 / 9),
        (["run", "remix", "remix", "export"], 2, 0.5, 6.5 / 11),
        (["run", "remix"], 1, 1.0, 1.0),
    ],
)
def test_the_share_of_a_chain_that_is_done(kinds: list[Kind], current: int, done: float, expected: float) -> None:
    members = [member(kind, number) for number, kind in enumerate(kinds)]
    assert share(members, str(current), done) == pytest.approx(expected)


def recorded(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Kind, str]]:
    """Kind and id of each execution, in the order in which they succeed."""
    found: list[tuple[Kind, str]] = []
    executions = driver.sandbox.executions
    succeed = executions.succeed

    def noting(execution_id: str, *values: Any) -> bool:
        found.append((driver.stored(execution_id).kind, execution_id))
        return succeed(execution_id, *values)

    monkeypatch.setattr(executions, "succeed", noting)
    return found


@pytest.mark.anyio
async def test_a_picture_goes_before_waiting_films_and_a_begun_film_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(tmp_path, workers=1) as driver:
        hanging = await driver.start("generate-image", prompt="hang")
        await driver.until(lambda: driver.stored(hanging).progress > 0)
        ended = recorded(driver, monkeypatch)
        films = [await driver.run(f"Pear {number}.", autoExport=True) for number in range(2)]
        picture = await driver.start("generate-image", prompt="a pear")
        assert driver.sandbox.leases.ahead(films[1]["workflowRunId"]) == 4
        assert driver.sandbox.leases.ahead(picture) == 1
        await driver.post(f"/v1/tools/executions/{hanging}/cancel", status=202)
        await driver.finished(films[1]["workflowRunId"])
        builds = [film["workflowRunId"] for film in films]
        assert [kind for kind, _ in ended] == ["make", "export", "run", "export", "run"]
        assert [one for kind, one in ended if kind == "run"] == builds
