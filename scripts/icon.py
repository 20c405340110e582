"""The picture that bundles and plugins show, drawn from plugins/icon.svg."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import resvg_py

SOURCE = Path(__file__).resolve().parent.parent / "plugins" / "icon.svg"

SIDE = 512
"""Pixels: what the makers of bundles and the directories of plugins ask for."""


@cache
def png() -> bytes:
    """Return the icon as PNG, SIDE pixels wide and high."""
    drawn = resvg_py.svg_to_bytes(svg_string=SOURCE.read_text(encoding="utf-8"), width=SIDE, skip_system_fonts=True)
    return bytes(drawn)
