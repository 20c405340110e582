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
