"""Films are the same to the byte whatever the process did before."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.generated import some
from videogen_sandbox.engines.media.encode import VideoWriter


def litter(seed: int) -> list[object]:
    """Leaves memory behind that is full of something, some of it freed."""
    chance = random.Random(seed)
    pieces: list[object] = [np.full(chance.randint(100, 300_000), chance.randint(0, 255), np.uint8) for _ in range(300)]
    return pieces[::2]


@pytest.mark.parametrize(("width", "height"), some([(480, 272), (360, 640), (640, 360)]))
def test_a_film_does_not_depend_on_what_lay_in_memory(tmp_path: Path, width: int, height: int) -> None:
    coarse = np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    scene = np.asarray(Image.fromarray(coarse).resize((1_000, 1_000)))
    sums = set()
    for seed in range(12):
        kept = litter(seed)
        with VideoWriter(tmp_path / "film.mp4", width=width, height=height, fps=24) as film:
            for step in range(12):
                film.write(np.ascontiguousarray(scene[2 * step : 2 * step + height, 4 * step : 4 * step + width]))
        sums.add(hashlib.sha256((tmp_path / "film.mp4").read_bytes()).hexdigest())
        assert kept
    assert len(sums) == 1
