"""The one font that engines write with: Noto Sans, for Latin, Greek and Cyrillic."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

NOTO = Path(__file__).parents[2] / "assets" / "NotoSans.ttf"

REGULAR, SEMI_BOLD, BOLD = 400, 600, 700
"""Weights of the font's axis, which ends at `BOLD`."""

_NOWHERE = "\uffff"
"""No character, so that the font shows the box by which it marks what it lacks."""


@lru_cache(maxsize=256)
def font(size: float, weight: int = REGULAR) -> ImageFont.FreeTypeFont:
    """Return the font at `size` pixels an em. Kept: opening one takes longer than writing a line with it."""
    opened = ImageFont.truetype(str(NOTO), size)
    opened.set_variation_by_axes([weight])
    return opened


def missing(text: str) -> str:
    """Return the characters of a text that the font does not have, each once, in the order of the text."""
    return "".join(sign for sign in dict.fromkeys(text) if not _has(sign))


@lru_cache(maxsize=4_096)
def _has(sign: str) -> bool:
    if sign.isspace() or not sign.isprintable():
        return True
    opened = font(16)
    return bytes(opened.getmask(sign)) != bytes(opened.getmask(_NOWHERE))
