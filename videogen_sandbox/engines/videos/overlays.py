"""What lies over the pictures all the time: the logo, the mark of the sandbox, and the card after the end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.media.canvas import mark_for
from videogen_sandbox.engines.media.picture_input import open_upright
from videogen_sandbox.engines.media.probe import probe
from videogen_sandbox.engines.videos.caption_style import Placed, font_of
from videogen_sandbox.engines.videos.document import CaptionStyle, Logo
from videogen_sandbox.engines.videos.layer import Layer, layer, sticker

LOGO_MARGIN = 0.035
"""Share of the shorter side between a logo and the edges."""

TALLEST_LOGO = 0.3
"""Share of the height that a logo takes at most, whatever its width."""

END_SECONDS = 2.5
"""How long the end screen is seen."""

_TOP, _BOTTOM = (30, 33, 58), (12, 14, 28)
"""Colours of the end screen."""


def logo(wanted: Logo, path: Path, size: tuple[int, int]) -> Placed:
    """Return the logo for frames of a size. Raise EngineError if its file is no picture."""
    image = open_upright(path).image.convert("RGBA")
    width, height = size
    wide = width * wanted.size_percent / 100
    scale = min(wide / image.width, height * TALLEST_LOGO / image.height)
    small = (max(2, round(image.width * scale)), max(2, round(image.height * scale)))
    image = image.resize(small, Image.Resampling.LANCZOS, reducing_gap=3.0)
    margin = round(min(size) * LOGO_MARGIN)
    left = {
        "LEFT": margin,
        "CENTER": (width - image.width) // 2,
        "RIGHT": width - margin - image.width,
    }[wanted.position.split("_")[1]]
    top = margin if wanted.position.startswith("TOP") else height - margin - image.height
    return Placed(sticker(image), max(0, left) // 2 * 2, max(0, top) // 2 * 2)


def check_logo(path: Path) -> None:
    """Raise EngineError("invalid_logo") unless the file is a picture."""
    kind = probe(path).kind
    if kind != "IMAGE":
        raise EngineError(
            "invalid_logo", f"A logo is a picture; the file is {'a film' if kind == 'VIDEO' else 'sound'}."
        )


def mark(size: tuple[int, int]) -> Placed:
    """Return the mark of the sandbox in the lower right corner."""
    image = Image.fromarray(np.asarray(mark_for(*size)), "RGBA")
    gap = image.height // 2
    left, top = size[0] - gap - image.width, size[1] - gap - image.height
    return Placed(sticker(image), max(0, left) // 2 * 2, max(0, top) // 2 * 2)


def end_card(size: tuple[int, int]) -> Layer:
    """Return the picture after the end."""
    width, height = size
    shade = np.linspace(0, 1, height)[:, None, None]
    colours = np.array(_TOP) * (1 - shade) + np.array(_BOTTOM) * shade
    image = Image.fromarray(np.broadcast_to(colours, (height, width, 3)).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    unit = min(size)
    middle = (width / 2, height / 2)
    pen.text(
        middle,
        "VideoGen sandbox",
        font=font_of(CaptionStyle(font_weight=700), unit * 0.075),
        anchor="mb",
        fill="#ffffff",
    )
    small = font_of(CaptionStyle(font_weight=400), unit * 0.034)
    pen.text((middle[0], middle[1] + unit * 0.03), "made on this machine", font=small, anchor="mt", fill="#b9c0dc")
    return layer(np.asarray(image))
