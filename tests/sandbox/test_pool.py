"""Worker processes, with the tests' engines and with the real ones."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from PIL import Image

from tests.sandbox import tiny
from tests.sandbox.driving import SOON, TurnableClock, driving
from videogen_sandbox.config import Toolbox, WorkerLimits
from videogen_sandbox.engines import EngineError
from videogen_sandbox.jobs.pool import Pool, WorkerFailed

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def pool(folder: Path, size: int = 1, **limits: Any) -> AsyncIterator[Pool]:
    made = Pool(size, tiny.TOOLBOX, WorkerLimits(**limits), TurnableClock(), folder)
    async with made.open():
        with anyio.fail_after(SOON):
            yield made


def pids(workers: Pool) -> set[int]:
    """Of the workers that are idle."""
    return {worker.process.pid for worker in workers.idle}


def drawing(folder: Path, name: str, prompt: str = "a pear") -> dict[str, Any]:
    (folder / name).mkdir()
    job = {"do": "make", "operation": "generate-image", "body": {"prompt": prompt}, "inputs": {}}
    return {**job, "seed": 1, "count": 1, "folder": str(folder / name)}


async def test_a_worker_takes_one_job_after_the_other(tmp_path: Path) -> None:
    async with pool(tmp_path) as workers:
        before = pids(workers)
        for number in range(3):
            answer = await workers.run(drawing(tmp_path, str(number)), lambda done: None)
            assert answer["results"][0]["kind"] == "IMAGE"
        assert pids(workers) == before


async def test_the_first_worker_is_ready_and_others_start_with_jobs_that_run_at_once(tmp_path: Path) -> None:
    async with pool(tmp_path, size=2) as workers:
        first = pids(workers)
        assert len(first) == 1
        async with anyio.create_task_group() as group:
            for name in ("a", "b", "c"):
                group.start_soon(workers.run, drawing(tmp_path, name), lambda done: None)
        assert first <= pids(workers)
        assert len(pids(workers)) == workers.size


async def test_a_worker_is_replaced_after_its_share_of_jobs(tmp_path: Path) -> None:
    async with pool(tmp_path, jobs=2) as workers:
        before = pids(workers)
        for number in range(2):
            await workers.run(drawing(tmp_path, str(number)), lambda done: None)
        assert pids(workers) != before


@pytest.mark.parametrize(("prompt", "error"), [("crash", WorkerFailed), ("hog", EngineError), ("raise", WorkerFailed)])
async def test_a_worker_that_broke_is_not_trusted_again(tmp_path: Path, prompt: str, error: type[Exception]) -> None:
    async with pool(tmp_path) as workers:
        before = pids(workers)
        with pytest.raises(error):
            await workers.run(drawing(tmp_path, "a", prompt), lambda done: None)
        assert pids(workers) != before


async def test_a_worker_that_was_interrupted_is_gone(tmp_path: Path) -> None:
    async with pool(tmp_path) as workers:
        before = pids(workers)
        async with anyio.create_task_group() as group:
            group.start_soon(workers.run, drawing(tmp_path, "a", "hang"), lambda done: group.cancel_scope.cancel())
        assert pids(workers) != before


async def test_a_worker_that_died_while_idle_is_not_noticed_by_anybody(tmp_path: Path) -> None:
    async with pool(tmp_path) as workers:
        await workers.run(drawing(tmp_path, "a"), lambda done: None)
        workers.idle[0].process.kill()
        await workers.idle[0].process.wait()
        await workers.run(drawing(tmp_path, "b"), lambda done: None)


async def test_memory_beyond_the_limit_fails_the_job_alone(tmp_path: Path) -> None:
    async with pool(tmp_path, memory_bytes=2 * 1024**3) as workers:
        with pytest.raises(EngineError, match="more memory"):
            await workers.run(drawing(tmp_path, "a", "eat 3 GB"), lambda done: None)
        await workers.run(drawing(tmp_path, "b"), lambda done: None)


async def test_what_a_library_prints_does_not_come_between(tmp_path: Path) -> None:
    async with pool(tmp_path) as workers:
        answer = await workers.run(drawing(tmp_path, "a", "print"), lambda done: None)
        assert answer["results"]


async def test_real_uploads_and_real_engines_go_the_same_way(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("RGB", (320, 180), "teal").save(file, "PNG")
    async with driving(tmp_path, toolbox=Toolbox()) as driver:
        picture = await driver.upload(file.getvalue(), "teal.txt")
        source = picture["downloadSource"]
        assert (picture["type"], source["width"], source["height"]) == ("IMAGE", 320, 180)
        assert (await driver.fetch(source["url"])).headers["content-type"] == "image/png"
        broken = await driver.upload(file.getvalue()[:-200] + b"x" * 100, "broken.png")
        assert broken["uploadError"]["code"] == "media_cut_off"
        sound = await driver.make("generate-sound-effect", prompt="a bell", durationSeconds=1)
        bell = sound["results"][0]["file"]
        assert (bell["type"], bell["durationSeconds"]) == ("AUDIO", 1.0)
        assert [bell[f"{name}Source"]["status"] for name in ("thumbnail", "preview", "hls")] == ["ready"] * 3
        assert (await driver.fetch(bell["previewSource"]["url"])).headers["content-type"] == "audio/mp4"
        actor = (await driver.get("/v1/entities"))["entities"][0]
        portrait = await driver.fetch(actor["thumbnailUrl"])
        assert Image.open(io.BytesIO(portrait.content)).size == (256, 256)
