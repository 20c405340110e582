"""How much is kept, what is removed when somebody cleans, and what stays."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from tests.sandbox.driving import Driver, driving
from tests.sandbox.tiny import content
from videogen_sandbox.process import cleaning
from videogen_sandbox.process.errors import SandboxUnavailable
from videogen_sandbox.storage.cleaning import OLD_DAYS, Removed, remove_old
from videogen_sandbox.storage.usage import MEASURE_SECONDS, size_of

pytestmark = pytest.mark.anyio

DAY = 86_400.0


def removed(driver: Driver) -> Removed:
    """What cleaning removes now."""
    sandbox = driver.sandbox
    return remove_old(sandbox.database, sandbox.files, sandbox.projects, sandbox.entities, sandbox.clock.time())


async def test_when_the_disk_is_used_up_nothing_more_is_started(tmp_path: Path) -> None:
    async with driving(tmp_path, max_disk_bytes=100) as driver:
        waiting = await driver.start("generate-image", prompt="a pear [[delay 1h]]")
        await driver.upload(content("IMAGE", taste="sweet" * 20))
        driver.clock.turn(MEASURE_SECONDS)
        for path, body in (
            ("/v1/tools/generate-image", {"prompt": "a pear"}),
            ("/v1/files/upload", {"displayName": "pear.png"}),
            ("/v1/files/import-url", {"url": "http://127.0.0.1/pear.png"}),
            ("/v1/assistants", {"message": "Hello"}),
        ):
            answer = await driver.send("POST", path, body)
            assert (answer.status_code, answer.json()["code"]) == (409, "disk_limit")
            assert "--max-disk" in answer.json()["message"]
            assert "--clean" in answer.json()["message"]
        driver.clock.turn(3600)
        assert (await driver.ended(waiting))["error"]["code"] == "disk_limit"


async def test_what_is_old_is_removed_and_what_is_new_or_needed_stays(today: Driver) -> None:
    old, archived = await today.made(), await today.made(prompt="an apple")
    shown = await today.made(prompt="a fig")
    old_project = await today.project()
    entity = await today.post("/v1/entities", {"entityType": "PRODUCT", "name": "Fig"})
    await today.post(f"/v1/entities/{entity['entityId']}/references", {"fileId": shown})
    today.clock.turn(OLD_DAYS * DAY + 1)
    busy_project = await today.run("A pear [[stall]]")
    await today.post(f"/v1/files/{archived}/archive")
    new = await today.made(prompt="a cherry")
    assert size_of(today.sandbox.files.folder(old)) > 0
    done = removed(today)
    assert (done.projects, done.bytes > 0) == (1, True)
    kept = {file_id: today.sandbox.files.folder(file_id).exists() for file_id in (old, archived, shown, new)}
    assert kept == {old: False, archived: False, shown: True, new: True}
    assert today.sandbox.projects.get(old_project) is None
    assert today.sandbox.projects.get(busy_project["projectId"]) is not None


async def test_the_inputs_of_what_has_not_ended_stay(today: Driver) -> None:
    file = await today.upload(content("IMAGE"), "pear [[stall]].png")
    today.clock.turn(OLD_DAYS * DAY + 1)
    await today.start("upscale-image", imageFileId=file["fileId"])
    assert removed(today).files == 0


async def test_the_command_cleans_what_is_old_and_says_how_much(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        await driver.post(f"/v1/files/{await driver.made()}/archive")
    said = await anyio.to_thread.run_sync(cleaning.clean_old, tmp_path)
    assert said.startswith("Removed 1 files and 0 projects")
    assert list((tmp_path / "files").glob("vg_file_*/original*")) == []
    assert cleaning.clean_old(tmp_path) == "Nothing was archived or older than 30 days."


async def test_everything_goes_but_not_while_a_sandbox_runs_and_nothing_of_others(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    async with driving(tmp_path) as driver:
        await driver.made()
        with pytest.raises(SandboxUnavailable, match="Stop it first"):
            cleaning.clean_all(tmp_path)
    assert cleaning.clean_all(tmp_path) == "Everything was removed."
    assert {path.name for path in tmp_path.glob("*")} == {"mine.txt"}  # noqa: ASYNC240 - a test has nothing to block
    assert cleaning.clean_all(tmp_path) == cleaning.clean_old(tmp_path) == cleaning.NOTHING
