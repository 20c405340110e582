"""Which way up a picture is: display matrices of films, rotated or mirrored or both."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from PIL import Image

_ORIENTATIONS: Mapping[tuple[int, int, int, int], Image.Transpose | None] = {
    (1, 0, 0, 1): None,
    (0, 1, -1, 0): Image.Transpose.ROTATE_270,
    (-1, 0, 0, -1): Image.Transpose.ROTATE_180,
    (0, -1, 1, 0): Image.Transpose.ROTATE_90,
    (-1, 0, 0, 1): Image.Transpose.FLIP_LEFT_RIGHT,
    (1, 0, 0, -1): Image.Transpose.FLIP_TOP_BOTTOM,
    (0, 1, 1, 0): Image.Transpose.TRANSPOSE,
    (0, -1, -1, 0): Image.Transpose.TRANSVERSE,
}
"""(a, b, c, d) of x' = ax + cy, y' = bx + dy (y grows downwards) → what Pillow calls it (it turns anticlockwise)."""

TURNED = (
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSPOSE,
    Image.Transpose.TRANSVERSE,
)
"""Those that make height of width."""

FILTERS: Mapping[Image.Transpose | None, tuple[tuple[str, str | None], ...]] = {
    None: (),
    Image.Transpose.ROTATE_90: (("transpose", "cclock"),),
    Image.Transpose.ROTATE_180: (("hflip", None), ("vflip", None)),
    Image.Transpose.ROTATE_270: (("transpose", "clock"),),
    Image.Transpose.FLIP_LEFT_RIGHT: (("hflip", None),),
    Image.Transpose.FLIP_TOP_BOTTOM: (("vflip", None),),
    Image.Transpose.TRANSPOSE: (("transpose", "cclock_flip"),),
    Image.Transpose.TRANSVERSE: (("transpose", "clock_flip"),),
}
"""FFmpeg's filters, with their arguments, that do the same."""

_MATRIX = struct.Struct("=9i")


def of_matrix(data: bytes | None) -> Image.Transpose | None:
    """Return how a picture with FFmpeg's AV_PKT_DATA_DISPLAYMATRIX has to be turned to stand upright; None: not at all.

    Angles between are rounded to quarter turns; what is no matrix (all zeros, another length) turns nothing.
    """
    if data is None or len(data) != _MATRIX.size:
        return None
    a, b, _, c, d, *_rest = _MATRIX.unpack(data)
    return _ORIENTATIONS[max(_ORIENTATIONS, key=lambda one: a * one[0] + b * one[1] + c * one[2] + d * one[3])]
