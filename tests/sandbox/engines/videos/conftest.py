"""One short film, made once and looked at by many tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.generated import is_full
from videogen_sandbox.engines import Made, Task
from videogen_sandbox.engines.media.decode import Sound, VideoReader, read_sound
from videogen_sandbox.engines.media.encode import SOUND_RATE, write_wav
from videogen_sandbox.engines.videos import ambience, frame
from videogen_sandbox.engines.videos import pictures as drawings
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.build import build
from videogen_sandbox.engines.videos.document import Document, load
from videogen_sandbox.engines.videos.edit import edit
from videogen_sandbox.engines.videos.export import export
from videogen_sandbox.engines.videos.frame import FPS, Quality, frame_size
from videogen_sandbox.engines.videos.render import Cut, picture_at
from videogen_sandbox.engines.videos.schedule import Schedule, schedule
from videogen_sandbox.engines.videos.soundtrack import soundtrack

SCRIPT = (
    "The old dog slept in the garden. He saw a boat on the lake, and it was a long day.\n"
    "Three people walked home in the rain."
)

BODY = {
    "script": SCRIPT,
    "visualStyle": {"type": "AI_IMAGE", "aiStyle": "soft colours"},
    "aspectRatio": {"width": 9, "height": 16},
}

SHORT_BODY = {"script": "A dog ran.", "visualStyle": {"type": "AI_IMAGE", "aiStyle": ""}}

EXPORTED = frame.SHORT_SIDES["STANDARD"] // (1 if is_full() else 2)
"""Pixels on the shorter side of exported films: 480p in `.ci/run`."""

Frames = npt.NDArray[np.int16]
"""frames x height x width x 3, or without the first."""


@dataclass(frozen=True)
class Project:
    """A project on disk, and what can be done with it."""

    data: Mapping[str, Any]
    folder: Path

    @property
    def document(self) -> Document:
        return load(self.data)

    @property
    def assets(self) -> Assets:
        return Assets(self.folder / "assets")

    @property
    def schedule(self) -> Schedule:
        return schedule(self.document, self.assets)

    def changed(self, **fields: Any) -> Project:
        """The project with other fields of its document, named as in the class."""
        return Project(self.document.model_copy(update=fields).dump(), self.folder)

    def exported(self, quality: str = "STANDARD", **body: Any) -> Made:
        """The film; its shorter side has `EXPORTED` pixels in quality STANDARD."""
        task = self.task("export", {"document": self.data, "quality": quality, **body})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(frame, "SHORT_SIDES", {**frame.SHORT_SIDES, "STANDARD": EXPORTED})
            return export(task, lambda _: None)

    def edited(self, action: Mapping[str, Any], file: Path | None = None, **inputs: Sequence[Path]) -> Project:
        """The project after a remix action; its own document stays as it is."""
        given = {**inputs, **({"fileId": [file]} if file else {})}
        body = {"document": self.data, "action": action}
        return Project(edit(self.task("remix", body, given), lambda _: None), self.folder)

    def picture(self, time: float, quality: Quality = "STANDARD") -> Frames:
        """The frame at a time, made alone."""
        cut = Cut(frame_size(self.document.aspect_ratio, quality))
        return picture_at(self.document, self.schedule, self.assets, cut, time).astype(np.int16)

    def heard(self) -> Sound:
        """The soundtrack; silence where there is none."""
        planned = self.schedule
        found = soundtrack(self.document, planned, self.assets, planned.duration)
        return np.zeros((round(planned.duration * SOUND_RATE), 2), np.float32) if found is None else found

    def task(self, operation: str, body: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]] | None = None) -> Task:
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        return Task(operation, body, inputs or {}, 3, work, self.folder / "assets")


def built(
    folder: Path, operation: str, body: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]] | None = None
) -> Project:
    """Build a project in a new folder."""
    folder.mkdir(exist_ok=True)
    return Project(build(Project({}, folder).task(operation, body, inputs), lambda _: None), folder)


def frames(path: Path) -> Frames:
    """All frames of a film, a quarter as wide and high."""
    with VideoReader(path, fit=(214, 120)) as reader:
        return np.stack(list(reader.pictures())).astype(np.int16)


def pictures(path: Path, times: Sequence[float]) -> list[Frames]:
    """The frames at some times, in order, in full size."""
    wanted = [round(time * FPS) for time in times]
    with VideoReader(path) as reader:
        found = [shown.astype(np.int16) for number, shown in enumerate(reader.pictures()) if number in wanted]
    assert len(found) == len(wanted)
    return found


def sound(path: Path) -> Sound:
    return read_sound(path, rate=SOUND_RATE, channels=2)


def chord(folder: Path, seconds: float = 3.0) -> Path:
    """A piece of music: three quiet tones."""
    time = np.arange(round(seconds * SOUND_RATE)) / SOUND_RATE
    tones = np.sum([np.sin(2 * np.pi * pitch * time) for pitch in (220.0, 277.2, 329.6)], axis=0)
    return write_wav(folder / "chord.wav", (0.1 * tones).astype(np.float32), SOUND_RATE)


SIDES = {"DRAWN_SIDES": drawings.DRAWN_SIDES, "CLIP_SIDES": drawings.CLIP_SIDES}
"""As they are outside `small`, which is entered by fixtures within fixtures."""


@contextmanager
def small() -> Iterator[None]:
    """Outside `.ci/run` pictures and footage are drawn a third as wide and high: enough for what is looked at here.

    Footage is hardly longer than its shot then, a second of it is thirty drawings; ambience is of three seconds.
    """
    with pytest.MonkeyPatch.context() as patch:
        if not is_full():
            for name, (shorter, longer) in SIDES.items():
                patch.setattr(drawings, name, (shorter // 3, longer // 3))
            patch.setattr(drawings, "CLIP_STEP", 0.1)
            patch.setattr(ambience, "SECONDS", 3.0)
        yield


@pytest.fixture(scope="module", autouse=True)
def drawn_small() -> Iterator[None]:
    with small():
        yield


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """`SCRIPT` in 9:16, drawn, without anything that is an option."""
    with small():
        return built(tmp_path_factory.mktemp("project"), "script-to-video", BODY)


@pytest.fixture(scope="session")
def short(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One drawn picture, three seconds: for what takes long to make."""
    with small():
        return built(tmp_path_factory.mktemp("short"), "script-to-video", SHORT_BODY)


@pytest.fixture(scope="session")
def short_film(short: Project) -> Made:
    """`short` exported, without anything that is an option."""
    with small():
        made = short.exported()
    return replace(made, path=Path(shutil.copy(made.path, short.folder / "short.mp4")))


@pytest.fixture(scope="session")
def plain(project: Project) -> Path:
    """The project exported."""
    with small():
        made = project.exported()
    return made.path.rename(made.path.with_name("plain.mp4"))


@pytest.fixture(scope="session")
def plain_frames(plain: Path) -> Frames:
    return frames(plain)
