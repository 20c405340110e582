"""The visible mark on edited pictures, also where they are transparent."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from videogen_sandbox.engines.media.canvas import stamp

Pixels = NDArray[np.uint8]


def stamped(picture: Pixels) -> Pixels:
    """Return a copy of an RGB or RGBA picture (rows x columns x 3 or 4, straight alpha) with the mark in its corner."""
    if picture.shape[2] == 3:
        marked = np.array(picture)
        stamp(marked)
        return marked
    colours, cover = _layer(*picture.shape[:2])
    below = picture[..., 3:].astype(np.float32) / 255 * (1 - cover)
    alpha = cover + below
    mixed = (colours * cover + picture[..., :3] * below) / np.maximum(alpha, 1e-3)
    marked = np.dstack([mixed + 0.5, alpha * 255 + 0.5]).astype(np.uint8)
    return np.where(cover > 0, marked, picture)


@lru_cache(maxsize=2)
def _layer(rows: int, columns: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The mark alone for pictures of a size: its colours, and how much it covers (0 to 1).

    Both follow from what it looks like on black and on white.
    """
    on_black, on_white = np.zeros((rows, columns, 3), np.uint8), np.full((rows, columns, 3), 255, np.uint8)
    stamp(on_black)
    stamp(on_white)
    cover = 1 - (on_white[..., :1].astype(np.float32) - on_black[..., :1]) / 255
    colours = on_black / np.maximum(cover, np.float32(1e-3))
    return np.asarray(colours, dtype=np.float32), np.asarray(cover, dtype=np.float32)
