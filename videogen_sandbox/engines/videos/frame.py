"""How large a video is at each quality of export."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from videogen_sandbox.engines.videos.document import AspectRatio

Quality = Literal["STANDARD", "HIGH", "FULL_HIGH", "ULTRA_HIGH"]

SHORT_SIDES: Mapping[Quality, int] = {"STANDARD": 480, "HIGH": 720, "FULL_HIGH": 1080, "ULTRA_HIGH": 2160}
"""Pixels on the shorter side: 480p, 720p, 1080p and 4K, also for upright and square videos."""

FPS = 25
"""Pictures a second: slow moves look smooth, and word times (a grid of 25 ms) fall near a picture."""


def frame_size(ratio: AspectRatio, quality: Quality) -> tuple[int, int]:
    """Return width and height: even, the height divisible by 4, as the planes of a frame are kept in one array."""
    return sized(ratio, SHORT_SIDES[quality])


def sized(ratio: AspectRatio, short_side: float, longest: float = math.inf) -> tuple[int, int]:
    """Return width and height of a frame with about `short_side` pixels on the shorter side, `longest` on the other."""
    slim = max(ratio.width, ratio.height) / min(ratio.width, ratio.height)
    long_side = min(short_side * slim, longest)
    short_side = long_side / slim
    width, height = (long_side, short_side) if ratio.width >= ratio.height else (short_side, long_side)
    return round(width / 2) * 2, round(height / 4) * 4
