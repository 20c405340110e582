from __future__ import annotations

import contextlib
import json
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.sandbox.driving import Driver, TurnableClock, driving
from videogen_sandbox.config import WorkerLimits
from videogen_sandbox.disk import DISK_FULL
from videogen_sandbox.file_lock import FileLock
from videogen_sandbox.jobs.executing import MAX_STARTS
from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.leases import MISSED_RENEWALS, RENEW_SECONDS, Leases

pytestmark = pytest.mark.anyio


def left_behind(driver: Driver) -> list[str]:
    """Half-made things, and files that nobody knows."""
    data = driver.sandbox.config.data_dir
    work = [path.name for path in (data / "work").glob("*/*")]
    return work + [path.name for path in (data / "files").glob("*") if path.name not in driver.sandbox.files.ids()]


async def hanging(driver: Driver, **body: object) -> str:
    """An execution whose engine is at work and will not end."""
    started = await driver.start("generate-image", prompt="hang", **body)
    await driver.until(lambda: driver.stored(started).progress > 0)
    return started


@pytest.mark.parametrize(
    ("prompt", "code", "words"),
    [
        ("refuse", "too_strange", "Nobody can draw that."),
        ("raise", "internal_error", "made a mistake"),
        ("crash", "internal_error", "broke down"),
        ("hog", "memory_limit", "more memory"),
        ("overflow", "file_limit", "larger file"),
        ("a pear [[fail insufficient_credits]]", "insufficient_credits", "Not enough credits."),
        ("a pear [[fail lunch_break]]", "lunch_break", "as its prompt asked"),
    ],
)
async def test_a_failure_has_a_code_and_no_inside(today: Driver, prompt: str, code: str, words: str) -> None:
    execution = await today.ended(await today.start("generate-image", prompt=prompt))
    assert (execution["status"], execution["error"]["code"]) == ("failed", code)
    assert words in execution["error"]["message"]
    assert "secret" not in json.dumps(execution)
    assert execution["results"] == []
    assert left_behind(today) == []


async def test_after_a_crash_the_next_execution_works(today: Driver) -> None:
    await today.ended(await today.start("generate-image", prompt="crash"))
    await today.make("generate-image", prompt="a pear")


async def test_an_engine_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    async with driving(tmp_path, worker_limits=WorkerLimits(seconds=60)) as driver:
        started = await hanging(driver)
        driver.clock.turn(60)
        execution = await driver.ended(started)
        assert execution["error"]["code"] == "time_limit"
        await driver.make("generate-image", prompt="a pear")


async def test_progress_is_reported_while_the_engine_works(today: Driver) -> None:
    execution = await today.execution(await hanging(today, numResults=2))
    assert execution["status"] == "running"
    assert execution["progressPercentage"] == pytest.approx(17.0)  # 40 % of the engine's 85 % of the first of two


async def test_a_running_execution_is_cancelled(today: Driver) -> None:
    started = await hanging(today)
    await today.post(f"/v1/tools/executions/{started}/cancel", status=202)
    assert (await today.ended(started))["status"] == "cancelled"
    await today.make("generate-image", prompt="a pear")
    assert left_behind(today) == []


async def test_a_waiting_execution_is_cancelled_at_once(today: Driver) -> None:
    await hanging(today)
    waiting = await today.start("generate-image", prompt="a pear")
    assert (await today.execution(waiting))["status"] == "pending"
    await today.post(f"/v1/tools/executions/{waiting}/cancel", status=202)
    assert (await today.execution(waiting))["status"] == "cancelled"


async def test_what_is_complete_stays_complete(today: Driver) -> None:
    execution = await today.make("generate-image", prompt="a pear")
    path = f"/v1/tools/executions/{execution['toolExecutionId']}"
    assert await today.post(f"{path}/cancel", status=202) == {"toolExecutionId": execution["toolExecutionId"]}
    assert (await today.get(path))["status"] == "succeeded"


async def test_a_delay_shows_rising_percentages_and_then_makes_the_media(today: Driver) -> None:
    started = await today.start("generate-image", prompt="a pear [[delay 10s]]")
    percentages = []
    for _ in range(4):
        execution = await today.execution(started)
        assert execution["status"] == "running"
        percentages.append(execution["progressPercentage"])
        today.clock.turn(2.5)
    assert percentages == [0, 22.5, 45.0, 67.5]
    execution = await today.ended(started)
    assert execution["results"][0]["file"]["displayName"] == "a pear"


async def test_delayed_executions_leave_the_workers_to_others(today: Driver) -> None:
    delayed = [await today.start("generate-image", prompt="a [[delay 1h]] pear") for _ in range(5)]
    await today.make("generate-image", prompt="an apple")
    today.clock.turn(3600)
    for started in delayed:
        assert (await today.ended(started))["status"] == "succeeded"


async def test_a_stalled_execution_never_ends_until_it_is_cancelled(today: Driver) -> None:
    started = await today.start("generate-image", prompt="a [[stall]] pear")
    today.clock.turn(86_400)
    execution = await today.execution(started)
    assert (execution["status"], execution["progressPercentage"]) == ("running", 60)
    assert not today.app.state.busy()
    await today.post(f"/v1/tools/executions/{started}/cancel", status=202)
    assert (await today.execution(started))["status"] == "cancelled"


async def test_a_broken_attempt_starts_again(today: Driver) -> None:
    started = await today.start("generate-image", prompt="a [[attempts 2]] [[delay 10s]] pear")
    seen = []
    for _ in range(3):
        today.clock.turn(4)
        execution = await today.execution(started)
        seen.append((execution["attemptIndex"], execution["progressPercentage"]))
    assert seen == [(0, 40.0), (1, 27.0), (1, 63.0)]
    today.clock.turn(4)
    execution = await today.ended(started)
    assert (execution["status"], execution["attemptIndex"]) == ("succeeded", 1)


async def test_an_approval_is_waited_for(today: Driver, seed: Driver) -> None:
    started = await today.start("generate-image", prompt="a [[approval]] pear")
    today.clock.turn(86_400)
    execution = await today.execution(started)
    assert (execution["status"], execution["results"], execution["error"]) == ("awaiting_approval", [], None)
    await today.post(f"/v1/tools/executions/{started}/cancel", status=202)
    assert (await today.execution(started))["status"] == "cancelled"
    assert "today's dialect" in await seed.refused("POST", "/v1/tools/generate-image", {"prompt": "[[approval]] pear"})


async def test_directives_can_stand_in_the_name_of_an_input(today: Driver) -> None:
    file = await today.upload(b'{"kind": "IMAGE"}', "pear [[fail content_policy]].png")
    execution = await today.ended(await today.start("upscale-image", imageFileId=file["fileId"]))
    assert execution["error"]["code"] == "content_policy"


async def test_uploads_go_before_executions(today: Driver) -> None:
    running = await hanging(today)
    waiting = await today.start("generate-image", prompt="a pear")
    made = await today.post("/v1/files/upload", {"displayName": "apple"})
    await today.put(made["uploadUrl"], b'{"kind": "IMAGE"}')
    await today.post(f"/v1/tools/executions/{running}/cancel", status=202)
    await today.until(lambda: today.file(made["fileId"]).state == "ready")
    assert today.stored(waiting).status in ("pending", "running")
    await today.ended(waiting)


async def test_what_was_under_way_is_taken_up_again_after_a_restart(tmp_path: Path) -> None:
    async with driving(tmp_path) as first:
        running = await hanging(first)
        waiting = await first.start("generate-image", prompt="a pear")
        file = await first.post("/v1/files/upload", {"displayName": "apple"})
        await first.put(file["uploadUrl"], b'{"kind": "IMAGE"}')
    async with driving(tmp_path, first.clock) as second:
        await second.until(lambda: second.file(file["fileId"]).state == "ready")
        await second.until(lambda: running in second.sandbox.jobs._active)
        assert (await second.execution(running))["attemptIndex"] == 0
        await second.post(f"/v1/tools/executions/{running}/cancel", status=202)
        assert (await second.ended(waiting))["status"] == "succeeded"


async def test_links_survive_a_restart(tmp_path: Path) -> None:
    async with driving(tmp_path) as first:
        url = (await first.make("generate-image", prompt="a pear"))["results"][0]["downloadUrl"]
    async with driving(tmp_path, first.clock) as second:
        assert (await second.fetch(url)).status_code == 200


async def test_a_second_process_neither_repeats_nor_loses_a_job(tmp_path: Path) -> None:
    async with driving(tmp_path) as first, driving(tmp_path, first.clock) as second:
        running = await hanging(first)
        waiting = await first.start("generate-image", prompt="a pear")
        second.clock.turn(RENEW_SECONDS)
        assert (await second.ended(waiting))["status"] == "succeeded"
        assert first.stored(running).attempt == 0
        await second.post(f"/v1/tools/executions/{running}/cancel", status=202)
        assert first.stored(running).status == "running"
        first.clock.turn(RENEW_SECONDS)
        assert (await second.ended(running))["status"] == "cancelled"


def abandon(data_dir: Path, times: int) -> None:
    """As if as many processes had claimed the only job and died."""
    database = Database(data_dir / "sandbox.db")
    later = TurnableClock()
    later.turn(3600)
    for _ in range(times):
        leases = Leases(database, data_dir / "alive", later)
        leases.release_lost_owners()
        assert leases.claim() is not None
        leases.close()
    database.close()


async def test_a_job_whose_process_died_is_begun_again_and_tells_so(tmp_path: Path) -> None:
    async with driving(tmp_path) as first:
        started = await first.start("generate-image", prompt="a [[delay 1s]] pear")
    abandon(tmp_path, 1)
    async with driving(tmp_path, first.clock) as second:
        second.clock.turn(1)
        execution = await second.ended(started)
        assert (execution["status"], execution["attemptIndex"]) == ("succeeded", 1)


async def test_a_job_that_kills_its_process_each_time_is_given_up(tmp_path: Path) -> None:
    async with driving(tmp_path) as first:
        started = await first.start("generate-image", prompt="a [[delay 1s]] pear")
    abandon(tmp_path, MAX_STARTS)
    async with driving(tmp_path, first.clock) as second:
        second.clock.turn(1)
        execution = await second.ended(started)
        assert execution["error"]["code"] == "internal_error"
        assert "3 times" in execution["error"]["message"]


async def test_half_made_things_of_the_dead_are_removed_and_those_of_the_living_kept(tmp_path: Path) -> None:
    alive = FileLock(tmp_path / "alive" / "living.lock")
    for owner in ("dead", "living"):
        (tmp_path / "work" / owner / "vg_tool_x").mkdir(parents=True)
    alive.path.parent.mkdir()
    alive.acquire()
    async with driving(tmp_path):
        assert not (tmp_path / "work" / "dead").exists()
        assert (tmp_path / "work" / "living" / "vg_tool_x").exists()
    alive.release()


def renewed(driver: Driver, times: int) -> bool:
    row = driver.sandbox.database.one("SELECT renewals FROM jobs")
    return row is not None and row["renewals"] > times


@pytest.mark.parametrize("step", [-400 * 86_400.0, 3600.0, 400 * 86_400.0])
async def test_a_clock_that_is_set_takes_no_job_from_the_process_that_works_on_it(tmp_path: Path, step: float) -> None:
    async with driving(tmp_path) as first, driving(tmp_path, first.clock) as second:
        running = await hanging(first)
        first.clock.wrong_by = step
        for number in range(2 * MISSED_RENEWALS):
            first.clock.turn(RENEW_SECONDS)
            await first.until(partial(renewed, first, number))
        assert first.stored(running).attempt == 0
        assert [*first.sandbox.jobs._active, *second.sandbox.jobs._active] == [running]
        await first.post(f"/v1/tools/executions/{running}/cancel", status=202)
        first.clock.turn(RENEW_SECONDS)
        assert (await first.ended(running))["status"] == "cancelled"


@pytest.mark.parametrize("restart", [False, True])
async def test_a_clock_that_is_set_back_holds_nothing_up(tmp_path: Path, restart: bool) -> None:
    async with driving(tmp_path) as first:
        started = await first.start("generate-image", prompt="a [[delay 3s]] pear")
        first.clock.wrong_by = -400 * 86_400.0
        if not restart:
            first.clock.turn(3)
            assert (await first.ended(started))["status"] == "succeeded"
            return
    async with driving(tmp_path, first.clock) as second:
        await second.until(lambda: started in second.sandbox.leases._due)
        second.clock.turn(3)
        assert (await second.ended(started))["status"] == "succeeded"


async def test_a_full_disk_is_named_as_such(today: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    Flaky(monkeypatch, today.sandbox.executions, "add", sqlite3.OperationalError("database or disk is full"), 1)
    answer = await today.send("POST", "/v1/tools/generate-image", {"prompt": "a pear"})
    assert (answer.status_code, answer.json()["message"]) == (500, DISK_FULL)


async def test_a_process_that_slept_through_its_lease_does_not_overwrite_the_other_ones_result(tmp_path: Path) -> None:
    async with driving(tmp_path) as first:
        started = await hanging(first)
        with contextlib.closing(Database(tmp_path / "sandbox.db")) as database:
            (tmp_path / "elsewhere").mkdir()
            other = Leases(database, tmp_path / "alive", first.clock)
            for _ in range(MISSED_RENEWALS):
                assert not other.release_lost_owners()
            assert other.release_lost_owners()
            job = other.claim()
            assert job is not None
            assert (job.ref, job.starts) == (started, 2)
            await first.post(f"/v1/tools/executions/{started}/cancel", status=202)
            await first.until(lambda: not first.sandbox.jobs._active)
            assert first.stored(started).status == "running"
            other.close()


class Flaky:
    """A method that fails as a full disk or a locked database does, so many times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, error: Exception, times: int) -> None:
        self.left = times
        original = getattr(owner, name)

        def method(*values: Any, **named: Any) -> Any:
            if self.left > 0:
                self.left -= 1
                raise error
            return original(*values, **named)

        monkeypatch.setattr(owner, name, method)


BUSY = sqlite3.OperationalError("database is locked")


@pytest.mark.parametrize("name", ["claim", "until_due", "renew"])
async def test_a_database_that_is_busy_for_too_long_only_delays(
    today: Driver, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    flaky = Flaky(monkeypatch, today.sandbox.leases, name, BUSY, 1)
    started = await today.start("generate-image", prompt="a pear")

    def turned_until_the_end() -> bool:
        if not today.sandbox.jobs._active:
            today.clock.turn(RENEW_SECONDS)
        return flaky.left == 0 and today.stored(started).is_terminal

    await today.until(turned_until_the_end)
    assert (await today.execution(started))["status"] == "succeeded"


async def test_progress_that_cannot_be_noted_stops_nothing(today: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    flaky = Flaky(monkeypatch, today.sandbox.executions, "progressed", BUSY, 1)
    await today.make("generate-image", prompt="a pear")
    assert flaky.left == 0


@pytest.mark.parametrize("error", [BUSY, OSError(28, "No space left on device")])
async def test_a_result_that_cannot_be_stored_is_tried_again(
    today: Driver, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    Flaky(monkeypatch, today.sandbox.files, "add", error, 1)
    execution = await today.ended(await today.start("generate-image", prompt="a pear"))
    assert (execution["status"], execution["attemptIndex"]) == ("succeeded", 1)


async def test_a_result_that_can_never_be_stored_fails(today: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    Flaky(monkeypatch, today.sandbox.files, "add", OSError(28, "No space left on device"), 100)
    execution = await today.ended(await today.start("generate-image", prompt="a pear"))
    assert (execution["error"]["code"], execution["error"]["message"]) == ("disk_full", DISK_FULL)


async def test_a_sandbox_is_busy_while_something_will_run_by_itself(today: Driver) -> None:
    assert not today.app.state.busy()
    started = await today.start("generate-image", prompt="a [[delay 1h]] pear")
    assert today.app.state.busy()
    await today.post(f"/v1/tools/executions/{started}/cancel", status=202)
    assert not today.app.state.busy()


async def test_shutting_down_waits_for_nothing(tmp_path: Path) -> None:
    with anyio.fail_after(10):
        async with driving(tmp_path) as driver:
            await hanging(driver)
