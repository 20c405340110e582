"""Opens the picture that an engine works on: any known format, turned upright, RGB or RGBA, not larger than agreed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from videogen_sandbox.engines.media import svg
from videogen_sandbox.engines.media.decode import unreadable
from videogen_sandbox.engines.media.probe import PILLOW_FAULTS, open_picture

MAX_SIDE = 4_096
"""Pixels on the longer side that engines work on; larger pictures are made smaller first."""


@dataclass(frozen=True)
class Opened:
    """A picture in RGB, or RGBA where some of it is transparent; `profile` is its ICC profile, if it has one."""

    image: Image.Image
    profile: bytes | None
    reduced: bool
    """Whether it was made smaller to fit `MAX_SIDE`."""


def open_upright(path: Path, max_side: int = MAX_SIDE) -> Opened:
    """Return the picture of a file. Raise EngineError: "unreadable_media" or "media_too_large"."""
    with path.open("rb") as file:
        head = file.read(4_096)
    if svg.looks_like_svg(head):
        drawing = svg.read(path)
        side = round(min(max_side, max(drawing.width, drawing.height)))
        image, profile = Image.open(io.BytesIO(svg.render(drawing, max(1, side)))).convert("RGBA"), None
    else:
        try:
            with open_picture(path) as opened:
                opened.draft("RGB", (max_side, max_side))
                profile = opened.info.get("icc_profile") if opened.mode in ("RGB", "RGBA") else None
                image = ImageOps.exif_transpose(_plain(opened))
        except UnidentifiedImageError as error:
            raise unreadable("it is no picture of a known kind") from error
        except PILLOW_FAULTS as error:
            raise unreadable("the picture is broken") from error
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    reduced = max(image.size) > max_side
    if reduced:
        image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    return Opened(image, profile, reduced)


def _plain(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16-bit grey: Pillow would clip it to white
        return Image.fromarray((np.asarray(image) / 257).clip(0, 255).astype(np.uint8)).convert("RGB")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")
