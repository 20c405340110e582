"""Opens the picture that an engine works on: as a person sees it, not larger than agreed."""

from __future__ import annotations

from pathlib import Path

from videogen_sandbox.look import kinds, pictures, svg

MAX_SIDE = 4_096
"""Pixels on the longer side that engines work on; larger pictures are made smaller first."""


def open_upright(path: Path, max_side: int = MAX_SIDE) -> pictures.Picture:
    """Return the picture of a file, RGB or RGBA, in sRGB. Raise EngineError: unreadable, cut off or too large."""
    with path.open("rb") as file:
        head = file.read(kinds.HEAD)
    if not svg.looks_like_svg(head):
        return pictures.whole(path, max_side)
    drawing = svg.read(path)
    width, height = (max(1, round(side)) for side in (drawing.width, drawing.height))
    image = pictures.from_png(svg.render(drawing, min(max_side, max(width, height))))
    return pictures.Picture(image, width, height, "svg", 1.0, None)
