from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from PIL import Image

from videogen_sandbox.engines.film.restyle import fitted, plan
from videogen_sandbox.engines.media.canvas import covering, film_size
from videogen_sandbox.engines.videos.pictures import filled
from videogen_sandbox.engines.videos.sources import Clip


@pytest.mark.parametrize(
    ("ratio", "size"),
    [
        (None, (1280, 720)),
        ((16, 9), (1280, 720)),
        ((9, 16), (720, 1280)),
        ((4, 1), (1280, 320)),
        ((1, 1), (720, 720)),
    ],
)
def test_a_film_has_720_lines_or_1280_pixels_a_line(ratio: tuple[int, int] | None, size: tuple[int, int]) -> None:
    body = {} if ratio is None else {"aspectRatio": {"width": ratio[0], "height": ratio[1]}}
    assert film_size(body) == size


@pytest.mark.parametrize(
    ("size", "frame", "window"),
    [
        ((200, 100), (50, 50), (50, 0, 150, 100)),
        ((100, 200), (320, 160), (0, 75, 100, 125)),
        ((64, 36), (1280, 720), (0, 0, 64, 36)),
    ],
)
def test_what_fills_a_frame_is_the_middle(
    size: tuple[int, int], frame: tuple[int, int], window: tuple[float, ...]
) -> None:
    assert covering(size, frame) == pytest.approx(window)


def test_what_fills_a_frame_is_within_the_picture_to_the_last_bit() -> None:
    for width, height in product(range(2, 200, 2), repeat=2):
        left, top, right, bottom = covering((width, height), (854, 480))
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height


def test_a_film_whose_shape_is_rounded_outside_of_itself_fills_a_frame(filmed: Callable[..., Path]) -> None:
    """84 / (84 / 62) is more than 62."""
    film, frame = filmed(width=72, height=62, seconds=0.1), (48, 84)
    assert next(iter(fitted([film], *frame, 1, 10, plan("")))).shape == (84, 48, 3)
    clip = Clip(film, frame)
    assert clip.at(0)().size == frame
    clip.close()
    assert filled(Image.new("RGB", (72, 62)), frame, (0, 0, *frame)).width >= 48
