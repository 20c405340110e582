"""The shape of generated films and the mark on them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from videogen_sandbox.engines import EXTREME_RATIO, EngineError
from videogen_sandbox.engines.media.decode import Picture

LONG_SIDE, SHORT_SIDE = 1280, 720

_FONT = Path(__file__).parents[2] / "assets" / "NotoSans.ttf"
_MARK = "VideoGen sandbox"


def film_size(body: Mapping[str, Any]) -> tuple[int, int]:
    """Return width and height, even, for the `aspectRatio` of a request: 1280x720 without one, 720x1280 for 9:16.

    Raise EngineError for ratios beyond 4:1.
    """
    ratio = body.get("aspectRatio") or {}
    across, down = float(ratio.get("width", 16)), float(ratio.get("height", 9))
    if not (across > 0 and down > 0 and 1 / EXTREME_RATIO <= across / down <= EXTREME_RATIO):
        raise EngineError("unsupported_aspect_ratio", "Aspect ratios from 1:4 to 4:1 can be made here.")
    long = min(LONG_SIDE, SHORT_SIDE * max(across, down) / min(across, down))
    short = long * min(across, down) / max(across, down)
    sides = (long, short) if across >= down else (short, long)
    return round(sides[0] / 2) * 2, round(sides[1] / 2) * 2


def covering(size: tuple[int, int], frame: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return what of a picture of `size` fills a frame: left, top, right and bottom of its middle, as large as can be.

    It is within the picture to the last bit: Pillow refuses a box that rounding has moved outside.
    """
    width, height = size
    scale = max(frame[0] / width, frame[1] / height)
    across, down = min(frame[0] / scale, width), min(frame[1] / scale, height)
    left, top = (width - across) / 2, (height - down) / 2
    return left, top, min(left + across, width), min(top + down, height)


def is_marked(body: Mapping[str, Any]) -> bool:
    """Return whether the request asks for a visible mark. The sandbox account is entitled, so AUTO leaves it out."""
    return body.get("watermarkMode") == "VIDEO_GEN"


def stamp(picture: Picture) -> None:
    """Draw the mark into the lower right corner of an RGB picture, in place."""
    height, width = picture.shape[:2]
    mark = mark_for(width, height)
    tall, wide = mark.shape[:2]
    gap = tall // 2
    if tall + gap > height or wide + gap > width:
        return
    corner = picture[height - tall - gap : height - gap, width - wide - gap : width - gap]
    alpha = mark[..., 3:].astype(np.uint16)
    corner[:] = ((corner * (255 - alpha) + mark[..., :3] * alpha) // 255).astype(np.uint8)


def mark_for(width: int, height: int) -> Picture:
    """Return the mark for a picture of this size, RGBA; it belongs half its height from the lower right corner."""
    return _mark(max(10, min(width, height) // 26))


@lru_cache(maxsize=4)
def _mark(size: int) -> Picture:
    font = ImageFont.truetype(str(_FONT), size)
    left, top, right, bottom = font.getbbox(_MARK)
    wide, tall = round(right - left + size * 1.2), round(bottom - top + size * 0.9)
    mark = Image.new("RGBA", (wide, tall))
    draw = ImageDraw.Draw(mark)
    draw.rounded_rectangle((0, 0, wide - 1, tall - 1), radius=tall // 2, fill=(12, 14, 24, 120))
    draw.text((size * 0.6 - left, size * 0.45 - top), _MARK, font=font, fill=(255, 255, 255, 225))
    return np.asarray(mark)
