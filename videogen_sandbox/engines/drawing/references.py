"""Reference pictures: their colours for the setting, and the thing they show, cut out, for the scene."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from videogen_sandbox.engines.drawing.art import colour
from videogen_sandbox.engines.media.picture_input import open_upright

WORKING_SIDE = 1024
"""Pixels on the longer side; more would not show in the picture."""
COLOURS = 5
TRANSPARENT_SHARE = 0.04
"""A picture with at least this share of clear pixels is a cut-out already."""

_SPOKEN_OF = re.compile(
    r"\b(this|these|attached|uploaded"
    r"|the (?:product|logo|reference|picture|photo|image|subject|item|object|character|person)"
    r"|(?:put|place|show|set|move|use|add|make|turn) (?:it|them|him|her))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reference:
    """`palette` has the main colours, most frequent first; `cut_out` is RGBA, trimmed, if it belongs in the scene."""

    palette: tuple[str, ...]
    cut_out: Image.Image | None


def read(paths: Sequence[Path], prompt: str) -> list[Reference]:
    """Return every reference picture as the prompt wants it. Raise EngineError for one that cannot be read."""
    wanted = _SPOKEN_OF.search(prompt) is not None
    return [_reference(open_upright(path, WORKING_SIDE).image.convert("RGBA"), wanted) for path in paths]


def palette_of(picture: Image.Image) -> tuple[str, ...]:
    """Return the main colours of an RGBA picture, most frequent first; clear parts do not count."""
    small = picture.copy()
    small.thumbnail((96, 96))
    solid = Image.new("RGB", small.size, "#808080")
    solid.paste(small, mask=small.getchannel("A"))
    counted = solid.quantize(COLOURS + 1, dither=Image.Dither.NONE).convert("RGB").getcolors(96 * 96) or []
    ordered = [colour.text(pixel) for _, pixel in sorted(counted, reverse=True) if isinstance(pixel, tuple)]
    return tuple(tint for tint in ordered if tint != "#808080")[:COLOURS] or ("#808080",)


def _reference(picture: Image.Image, wanted: bool) -> Reference:
    clear = picture.getchannel("A").histogram()
    transparent = sum(clear[:32]) >= TRANSPARENT_SHARE * picture.width * picture.height
    palette = palette_of(picture)
    if not transparent and not wanted:
        return Reference(palette, None)
    if not transparent:
        from videogen_sandbox.engines.matting import matting  # a model of its own: only loaded when it is needed

        picture.putalpha(matting.mask(picture.convert("RGB")))
    box = picture.getchannel("A").point([0] * 24 + [255] * 232).getbbox()
    return Reference(palette, picture.crop(box) if box else None)
