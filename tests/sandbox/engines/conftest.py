"""Small media made on the spot: nothing is stored, nothing is downloaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.generated import is_full
from videogen_sandbox.engines.media import canvas
from videogen_sandbox.engines.media.decode import Picture, Sound
from videogen_sandbox.engines.media.encode import SOUND_RATE, VideoWriter

Filmed = Callable[..., Path]


@pytest.fixture(scope="module")
def small_films() -> Iterator[None]:
    """Outside `.ci/run` films of engines have half the usual sides: `canvas.LONG_SIDE` is 640."""
    with pytest.MonkeyPatch.context() as patch:
        if not is_full():
            patch.setattr(canvas, "LONG_SIDE", canvas.LONG_SIDE // 2)
            patch.setattr(canvas, "SHORT_SIDE", canvas.SHORT_SIDE // 2)
        yield


@pytest.fixture
def tone() -> Sound:
    """Two seconds of 440 Hz, mono, at `SOUND_RATE`."""
    time = np.arange(2 * SOUND_RATE) / SOUND_RATE
    sound: Sound = (0.4 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    return sound


@pytest.fixture
def filmed(tmp_path: Path) -> Filmed:
    """Makes an MP4 that goes from black to red while a white block runs from left to right."""

    def make(
        name: str = "film.mp4",
        *,
        width: int = 96,
        height: int = 64,
        seconds: float = 2.0,
        fps: int = 10,
        sound: Sound | None = None,
    ) -> Path:
        path = tmp_path / name
        frames = round(seconds * fps)
        with VideoWriter(path, width=width, height=height, fps=fps, sound=sound, crf=12) as film:
            for picture in running_block(width, height, frames):
                film.write(picture)
        return path

    return make


def running_block(width: int, height: int, frames: int) -> Iterator[Picture]:
    for number in range(frames):
        picture: Picture = np.zeros((height, width, 3), np.uint8)
        picture[..., 0] = 220 * number // max(1, frames - 1)
        left = (width - width // 4) * number // max(1, frames - 1)
        picture[: height // 2, left : left + width // 4] = 255
        yield picture


@pytest.fixture
def photo(tmp_path: Path) -> Callable[..., Path]:
    """Makes a picture file of two halves, orange above blue, in the format of its name."""

    def make(name: str = "photo.jpg", size: tuple[int, int] = (80, 60), mode: str = "RGB") -> Path:
        image = Image.new("RGB", size, (250, 150, 30))
        image.paste((30, 60, 200), (0, size[1] // 2, *size))
        if mode == "RGBA":
            image.putalpha(Image.linear_gradient("L").resize(size))
        path = tmp_path / name
        image.save(path)
        return path

    return make
