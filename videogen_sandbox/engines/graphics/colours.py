"""Colours that a prompt names, by word or as #rrggbb."""

from __future__ import annotations

import re
from collections.abc import Mapping

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

COLOURS: Mapping[str, Colour] = {
    "red": (226, 59, 59), "orange": (245, 138, 31), "yellow": (250, 204, 21), "gold": (224, 176, 56),
    "green": (34, 166, 92), "teal": (20, 160, 160), "turquoise": (45, 200, 190), "cyan": (34, 197, 230),
    "blue": (48, 105, 240), "navy": (24, 40, 92), "purple": (132, 78, 230), "violet": (140, 90, 240),
    "magenta": (222, 50, 160), "pink": (244, 114, 172), "brown": (130, 84, 52), "black": (16, 16, 20),
    "white": (255, 255, 255), "grey": (128, 132, 140), "gray": (128, 132, 140),
}  # fmt: skip

ACCENTS: tuple[Colour, ...] = ((48, 105, 240), (245, 138, 31), (20, 160, 160), (132, 78, 230), (226, 59, 59))
"""Accent colours where the words name none."""


def accent(text: str) -> Colour | None:
    """Return the colour that the words ask for, but for that of the background."""
    code = re.search(r"(?<!background )#([0-9a-fA-F]{6})\b", text)
    if code:
        return _coded(code[1])
    named = re.search(rf"\b({'|'.join(COLOURS)})\b(?!\s+(?:background|backdrop))", text, re.IGNORECASE)
    return COLOURS[named[1].lower()] if named else None


def ground(text: str) -> Colour | None:
    """Return the colour of the background that the words ask for."""
    code = re.search(r"background #([0-9a-fA-F]{6})\b", text)
    if code:
        return _coded(code[1])
    named = re.search(rf"\b({'|'.join(COLOURS)})\s+(?:background|backdrop)", text, re.IGNORECASE)
    return COLOURS[named[1].lower()] if named else None


def _coded(code: str) -> Colour:
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)
