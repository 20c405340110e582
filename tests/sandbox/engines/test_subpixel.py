"""Pictures at places between pixels."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from videogen_sandbox.engines.film.subpixel import SubpixelImage

FRAME = (40, 80, 120)
RED = (200, 0, 0)


def row(picture: Image.Image, x: float) -> list[tuple[int, ...]]:
    """The upper row of a frame of six by two pixels with the picture in it."""
    frame = Image.new("RGB", (6, 2), FRAME)
    SubpixelImage(picture).draw(frame, x, 0)
    return [tuple(pixel) for pixel in np.asarray(frame)[0].tolist()]


@pytest.mark.parametrize(("x", "shares"), [(2.0, (0, 1, 1, 0)), (2.25, (0, 0.75, 1, 0.25)), (2.9, (0, 0.25, 1, 0.75))])
def test_edges_share_their_pixels_by_quarters(x: float, shares: tuple[float, ...]) -> None:
    seen = np.array(row(Image.new("RGBA", (2, 2), (*RED, 255)), x)[1:5])
    expected = np.outer(shares, RED) + np.outer(1 - np.array(shares), FRAME)
    assert np.abs(seen - expected).max() <= 2


def test_what_is_half_transparent_is_mixed_with_the_frame() -> None:
    seen = np.array(row(Image.new("RGBA", (2, 2), (*RED, 128)), 2)[2])
    assert np.abs(seen - (np.array(RED) + FRAME) / 2).max() <= 2


@pytest.mark.parametrize(("x", "red"), [(-1, [0]), (5, [5]), (-2, []), (6, []), (-90.5, []), (90.5, [])])
@pytest.mark.parametrize("alpha", [(), (255,)])
def test_what_is_outside_the_frame_is_left_out(x: float, red: list[int], alpha: tuple[int, ...]) -> None:
    picture = Image.new("RGBA" if alpha else "RGB", (2, 2), (*RED, *alpha))
    assert [place for place, pixel in enumerate(row(picture, x)) if pixel == RED] == red
