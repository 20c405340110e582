"""Files of random kinds through all that takes them: a right result or a true refusal, and the worker lives on."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.generated import is_full
from tests.sandbox.engines.generating import Sample, sample
from tests.sandbox.look.making import BLUE, GREEN, RED, YELLOW
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.structure import inspect
from videogen_sandbox.clock import SystemClock
from videogen_sandbox.config import Toolbox, WorkerLimits
from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.media.decode import PAPER, Picture, VideoReader, read_sound
from videogen_sandbox.engines.media.picture_input import open_upright
from videogen_sandbox.engines.media.probe import probe
from videogen_sandbox.jobs.pool import Pool
from videogen_sandbox.look import look

pytestmark = pytest.mark.anyio

FILES, AT_ONCE = (200, 40) if is_full() else (10, 10)
"""Ten have an operation of each kind."""

SECONDS = 60.0
"""Of one job, processor and clock: the largest of these files is a second of 190x190."""

TRUE_OF_CUT = re.compile(r"cut off|broken|can be decoded|neither pictures nor sound|no medium that is known")
"""What may be said of a file whose end is missing; of one that lacks nearly all, that it is not known at all."""


@dataclass(frozen=True)
class Operation:
    """One that takes files of a kind; `refusals` are codes of what it may say of any file."""

    name: str
    argument: str
    body: Mapping[str, Any]
    check: Callable[[Sample, Path], None]
    refusals: tuple[str, ...] = ()


def corners(picture: Picture) -> list[tuple[int, ...]]:
    """Upper left, upper right, lower left, lower right, each from an eighth in."""
    tall, wide = picture.shape[:2]
    rows, columns = (tall // 8, tall - 1 - tall // 8), (wide // 8, wide - 1 - wide // 8)
    return [tuple(picture[row, column, :3].astype(int)) for row in rows for column in columns]


def _wanted(made: Sample) -> list[tuple[int, ...]]:
    """The corners of a file as opaque results show them."""
    colours: list[tuple[int, ...]] = [PAPER if made.clear else RED, GREEN, BLUE, YELLOW]
    return [(_grey(colour),) * 3 for colour in colours] if made.grey else colours


def check_colours(made: Sample, picture: Picture, tolerance: int, mirrored: bool = False) -> None:
    order = (1, 0, 3, 2) if mirrored else (0, 1, 2, 3)
    found = [corners(picture)[place] for place in order]
    hidden = 1 if made.clear and picture.shape[2] == 4 else 0
    difference = np.abs(np.subtract(found, _wanted(made)))[hidden:]
    difference = difference[:1] if made.cut else difference  # the rest may be what is missing
    assert difference.max() <= tolerance, f"{found} are not {_wanted(made)}"


def _grey(colour: tuple[int, ...]) -> int:
    return round(0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2])


def check_picture(made: Sample, path: Path, factor: float = 1, tolerance: int = 20) -> None:
    image = open_upright(path).image
    assert image.size == tuple(side * factor for side in made.size)
    check_colours(made, np.asarray(image), tolerance)
    if made.clear:
        assert image.getchannel("A").getpixel((image.width // 8, image.height // 8)) == 0


def check_film(made: Sample, path: Path, factor: int = 1) -> None:
    with VideoReader(path, alpha=True) as reader:
        pictures = list(reader.pictures())
    assert (reader.width, reader.height) == tuple(side * factor for side in made.size)
    check_length(made, float(len(pictures) / reader.fps))
    check_colours(made, pictures[0], 26)
    if made.clear:
        assert pictures[0].shape[2] == 4
        assert pictures[-1][pictures[-1].shape[0] // 8, pictures[-1].shape[1] // 8, 3] < 16


def check_length(made: Sample, seconds: float) -> None:
    if made.cut:
        assert seconds <= made.seconds + 0.21
    else:
        assert seconds == pytest.approx(made.seconds, abs=max(0.21, 1.1 / 5 if made.seconds < 1 else 0))


def check_sound(made: Sample, path: Path) -> None:
    sound = read_sound(path, rate=48_000)
    check_length(made, len(sound) / 48_000)
    if made.cut and len(sound) < 9_600:
        return
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert np.argmax(spectrum) * 48_000 / len(sound) == pytest.approx(made.tone, abs=20)
    assert np.abs(sound).max() > 0.1


def check_enlarged_picture(made: Sample, path: Path) -> None:
    check_picture(made, path, factor=2, tolerance=26)


def check_enlarged_film(made: Sample, path: Path) -> None:
    check_film(made, path, factor=2)


def check_drawing(made: Sample, path: Path) -> None:
    media = probe(path)
    assert media.mime == "image/svg+xml"
    assert media.width is not None
    assert media.height is not None
    assert media.width / media.height == pytest.approx(made.size[0] / made.size[1], rel=0.04)


def check_cut_out(made: Sample, path: Path) -> None:
    media = probe(path)
    pad = 2 if made.kind == "VIDEO" else 1  # films have even sides
    assert (media.width, media.height) == tuple(-(-side // pad) * pad for side in made.size)
    assert media.has_alpha


def check_restyled(made: Sample, path: Path) -> None:
    with VideoReader(path) as reader:
        check_colours(made, next(reader.pictures()), 40, mirrored=True)
        assert reader.has_audio == bool(made.tone) or made.cut


def check_clip(made: Sample, path: Path) -> None:
    """The clip is wider than most pictures: what is shown of one is its upper part or all of it."""
    with VideoReader(path) as reader:
        assert np.abs(np.subtract(corners(next(reader.pictures())), _wanted(made)))[: 1 if made.cut else 2].max() < 40


def check_spoken(made: Sample, path: Path) -> None:
    media = probe(path)
    assert media.has_audio
    assert media.duration is not None
    check_length(made, media.duration)


FLAT = {"aspectRatio": {"width": 4, "height": 1}, "durationSeconds": 1}
"""Of clips with less than half of the usual pixels."""

OPERATIONS: Mapping[str, tuple[Operation, ...]] = {
    "IMAGE": (
        Operation("upscale-image", "imageFileId", {}, check_enlarged_picture),
        Operation("vectorize-image", "imageFileId", {}, check_drawing),
        Operation("remove-image-background", "imageFileId", {}, check_cut_out, ("no_subject",)),
        Operation("generate-video-clip", "startFrameFileId", {"prompt": "", **FLAT}, check_clip),
    ),
    "VIDEO": (
        Operation("upscale-video", "videoFileId", {}, check_enlarged_film),
        Operation("remove-video-background", "videoFileId", {}, check_cut_out, ("no_subject",)),
        Operation("generate-video-clip", "videoFileIds", {"prompt": "mirrored", **FLAT}, check_restyled),
    ),
    "AUDIO": (Operation("generate-avatar", "audioFileId", {"presenter": "jonas", **FLAT}, check_spoken),),
}


@asynccontextmanager
async def worker(folder: Path) -> AsyncIterator[Pool]:
    """A worker with the real engines; `folder` is an empty one."""
    pool = Pool(1, Toolbox(), WorkerLimits(seconds=SECONDS, jobs=10_000), SystemClock(), folder)
    async with pool.open():
        yield pool


@pytest.mark.parametrize("first", range(0, FILES, AT_ONCE))
async def test_a_generated_file_gives_what_is_in_it_or_a_true_refusal(tmp_path: Path, first: int) -> None:
    (tmp_path / "worker").mkdir()
    async with worker(tmp_path / "worker") as pool:
        (before,) = {one.process.pid for one in pool.idle}
        for number in range(first, first + AT_ONCE):
            folder = tmp_path / str(number)
            folder.mkdir()
            made = sample(number, folder)
            try:
                await _through_everything(made, folder, pool, number)
            except Exception as error:
                raise AssertionError(f"file {number}, {made.about}: {error}") from error
        assert {one.process.pid for one in pool.idle} == {before}


async def _through_everything(made: Sample, folder: Path, pool: Pool, number: int) -> None:
    data = made.path.read_bytes()
    try:
        found = inspect(lambda start, length: data[start : start + length], len(data), made.path.name)
        assert found.kind == made.kind or found.moving
    except Refusal as refusal:
        check_refusal(made, refusal.code, refusal.message)
    assert look(made.path).facts
    try:
        ingested = await pool.run(_job(folder, "ingest", source=str(made.path), type=None), lambda _: None)
    except EngineError as error:
        check_refusal(made, error.code, error.message)
        return
    check_ingested(made, ingested)
    chosen = (
        OPERATIONS[made.kind]
        if is_full()
        else [OPERATIONS[made.kind][number // len(OPERATIONS) % len(OPERATIONS[made.kind])]]
    )
    for operation in chosen:
        await _through(operation, made, folder, pool)


async def _through(operation: Operation, made: Sample, folder: Path, pool: Pool) -> None:
    inputs = {operation.argument: [str(made.path)]}
    job = _job(folder, "make", operation=operation.name, body=operation.body, inputs=inputs, seed=1, count=1)
    try:
        (result,) = (await pool.run(job, lambda _: None))["results"]
    except EngineError as error:
        if error.code not in operation.refusals:
            check_refusal(made, error.code, error.message)
        return
    try:
        operation.check(made, Path(job["folder"]) / "result-0" / result["renditions"]["download"]["path"])
    except AssertionError as error:
        raise AssertionError(f"{operation.name}: {error}") from error


def _job(folder: Path, what: str, **more: Any) -> dict[str, Any]:
    place = folder / f"{what}-{more.get('operation', '')}"
    place.mkdir()
    return {"do": what, "folder": str(place), **more}


def check_refusal(made: Sample, code: str, words: str) -> None:
    """What is said is true of the file: only of one that is cut off can it be said that something is missing."""
    assert made.cut, f"refused with {words}"
    assert code in ("unreadable_media", "media_cut_off", "file_truncated", "not_media"), f"{code}: {words}"
    assert TRUE_OF_CUT.search(words), words
    if lengths := re.search(r"([\d.]+) of its ([\d.]+) seconds", words):
        there, whole = map(float, lengths.groups())
        assert there < whole <= 3.7 + made.seconds + 0.3, words  # some begin at 3.7 seconds


def check_ingested(made: Sample, found: Mapping[str, Any]) -> None:
    animated = made.path.stem == "animation"
    assert found["kind"] == ("IMAGE" if animated else made.kind)
    if made.kind == "IMAGE" and not made.cut:
        check_picture(made, made.path)
    elif made.kind == "VIDEO" and not made.cut:
        check_film(made, made.path)
        if made.tone:
            sound = read_sound(made.path, rate=48_000)
            assert np.abs(sound).max() > 0.1
    elif made.kind == "AUDIO":
        check_sound(made, made.path)
    if made.kind != "IMAGE":
        check_length(made, found["duration"])
