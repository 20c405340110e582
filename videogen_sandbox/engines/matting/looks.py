"""Masks a picture by up to three looks of the network: at the whole of it, then twice closer at what was found.

The network sees 320 x 320 pixels, whatever the picture's size. A closer look shows it thin parts and small subjects;
the wider ones keep what a close one loses for want of surroundings.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from videogen_sandbox.engines.matting.net import SIDE, Plane, find
from videogen_sandbox.engines.matting.parts import main_parts

CLOSER = ((0.2, True), (0.1, False))
"""Margin around the subject, as a share of its longer side, and whether the look is at the mirrored picture: two
answers to the same question err in different places."""
WEIGHTS = (1.0, 2.0, 3.0)
"""Of the looks in their mean, from the widest to the closest."""
KEPT = 0.75
"""Share of what a look found that a closer one must find too, to count; else the surroundings were needed."""
FOUND = 0.3
"""Mask value from which a pixel counts for the box around the subject: hands and hair are seldom above 0.5."""
SURE, DEEP = 0.95, 13
"""Values of the widest look that stay where they fill a square of so many pixels: a closer one may be in doubt of a
helmet whose person it does not see."""
FINEST = 640
"""Pixels on the long side of the joined mask at most: colours decide about anything finer."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are outside."""


def subject(picture: Image.Image) -> Plane:
    """Return the mask of the main parts of an RGB picture, of its proportions; one pixel of the mask is about one of
    the closest look's."""
    whole = (0, 0, *picture.size)
    looks = [(whole, find(picture))]
    for margin, mirrored in CLOSER:
        box = _around(*looks[-1], margin)
        if box is None:
            return looks[-1][1]
        before, closer = _part(*looks[-1], box), _at(picture.crop(box), mirrored)
        if float(np.minimum(before, closer).sum()) < KEPT * float(before.sum()):
            break
        looks.append((box, closer))
    return main_parts(_joined(looks, picture.size))


def _at(picture: Image.Image, mirrored: bool) -> Plane:
    return find(ImageOps.mirror(picture))[:, ::-1] if mirrored else find(picture)


def _part(box: Box, mask: Plane, within: Box) -> Plane:
    """What a look says of a box within its own, at the network's size."""
    across, down = SIDE / (box[2] - box[0]), SIDE / (box[3] - box[1])
    left, top, right, bottom = (edge - start for edge, start in zip(within, (*box[:2], *box[:2]), strict=True))
    part = (left * across, top * down, right * across, bottom * down)
    seen = Image.fromarray(np.ascontiguousarray(mask)).resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=part)
    return np.asarray(seen)


def _around(box: Box, mask: Plane, margin: float) -> Box | None:
    """The part of a look's box in which its main parts lie, with a margin; None if it found nothing."""
    found = main_parts(mask) > FOUND
    rows, columns = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
    if not len(rows):
        return None
    across, down = (box[2] - box[0]) / SIDE, (box[3] - box[1]) / SIDE
    left, right = columns[0] * across, (columns[-1] + 1) * across
    top, bottom = rows[0] * down, (rows[-1] + 1) * down
    more = margin * max(right - left, bottom - top)
    return (
        max(box[0], int(box[0] + left - more)),
        max(box[1], int(box[1] + top - more)),
        min(box[2], int(box[0] + right + more) + 1),
        min(box[3], int(box[1] + bottom + more) + 1),
    )


def _joined(looks: list[tuple[Box, Plane]], size: tuple[int, int]) -> Plane:
    """The weighted mean of all looks that show a place; what the widest is sure of stays."""
    closest = looks[-1][0]
    scale = min(FINEST / max(size), SIDE / max(closest[2] - closest[0], closest[3] - closest[1]))
    columns, rows = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    total, weights = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    for (box, mask), weight in zip(looks, WEIGHTS, strict=False):
        left, top, right, bottom = (round(edge * scale) for edge in box)
        right, bottom = max(right, left + 1), max(bottom, top + 1)
        seen = Image.fromarray(np.ascontiguousarray(mask)).resize(
            (right - left, bottom - top), Image.Resampling.BICUBIC
        )
        total[top:bottom, left:right] += weight * np.clip(np.asarray(seen), 0, 1)[: rows - top, : columns - left]
        weights[top:bottom, left:right] += weight
    joined = total / weights
    whole = Image.fromarray(looks[0][1]).resize((columns, rows), Image.Resampling.BICUBIC)
    sure = Image.fromarray(((np.asarray(whole) > SURE) * 255).astype(np.uint8)).filter(ImageFilter.MinFilter(DEEP))
    return np.where(np.asarray(sure) > 0, np.maximum(joined, np.minimum(np.asarray(whole), 1)), joined)
