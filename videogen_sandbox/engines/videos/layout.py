"""Where the presenter's card stands, and slides, which neither it nor captions may cover. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from videogen_sandbox.engines.videos.caption_style import MARGINS, text_height
from videogen_sandbox.engines.videos.document import Document, Position

Box = tuple[float, float, float, float]
"""left, top, right, bottom, in pixels."""

CARD = {"landscape": 0.36, "portrait": 0.4}
"""Side of the card as a share of the frame's shorter side."""

MARGIN = 0.035
"""Share of the shorter side between the card and the edges, and between it and a slide."""

CORNERS: Mapping[str, Sequence[Position]] = {
    "landscape": ("BOTTOM_RIGHT", "TOP_RIGHT"),
    "portrait": ("TOP_LEFT", "TOP_RIGHT"),
}
"""Where the card goes: into the first of two corners in which there is no logo. Upright it stands above what pictures
show, which is in the lower half."""

UPRIGHT_TOP = 0.11
"""Share of an upright frame's height above the card: what players draw over it stands there."""


def card(document: Document, size: tuple[int, int]) -> tuple[int, int, int]:
    """Return left, top and side of the presenter's card in a frame of `size`: pixels, even."""
    width, height = size
    upright = height > width
    shape = "portrait" if upright else "landscape"
    side = round(min(size) * CARD[shape] / 4) * 4
    margin = round(min(size) * MARGIN)
    first, second = CORNERS[shape]
    corner = second if document.logo is not None and document.logo.position == first else first
    vertical, horizontal = corner.split("_")
    captions = document.captions
    if upright and captions is not None and captions.vertical_alignment == "TOP":
        vertical = "BOTTOM"
    edge = round(height * {"TOP": UPRIGHT_TOP, "BOTTOM": MARGINS[shape]}[vertical]) if upright else margin
    left = margin if horizontal == "LEFT" else width - margin - side
    top = edge if vertical == "TOP" else height - edge - side
    return left // 2 * 2, top // 2 * 2, side


def slide(document: Document, size: tuple[int, int], ratio: float) -> Box:
    """Return the box in which a slide of a shape (width to height) is as large as it can be and not covered."""
    width, height = size
    bottom, gap = float(height), min(size) * MARGIN
    style = document.captions
    if style is not None and style.vertical_alignment == "BOTTOM" and _worded(document):
        shape = "landscape" if width >= height else "portrait"
        bottom -= height * MARGINS[shape] + text_height(style, size)
    elif document.presenter is None:
        return 0.0, 0.0, float(width), float(height)
    boxes = [(gap, gap, width - gap, min(bottom, height - gap))]
    if document.presenter is not None:
        left, top, side = card(document, size)
        right, low = boxes[0][2:]
        boxes = [(gap, gap, right, min(bottom, top - gap)), (gap, top + side + gap, right, low)]
        if left > width / 2:
            boxes.append((gap, gap, left - gap, low))

    def across(box: Box) -> float:
        return min(box[2] - box[0], (box[3] - box[1]) * ratio)

    return max(boxes, key=across)


def _worded(document: Document) -> bool:
    """Whether there is anything to write in captions."""
    return any(part.lines or (part.recording is not None and part.recording.words) for part in document.sections)
