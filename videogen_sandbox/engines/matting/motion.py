"""Masks for the pictures between two that the network masked: both are carried to where the subject is by then, and
blended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from videogen_sandbox.engines.matting.net import Plane

MOST_GROWTH = 1.6
"""Factor in height or width between two masks up to which it is taken for the same subject; else masks only fade."""
STEADY_MOVE = 12.0
"""Mask pixels (of 320) up to which a move is taken to be even; on a longer way it may turn or speed up."""
STEADY_OVERLAP = 0.93
"""Overlap (intersection over union) from which two masks, one carried onto the other, have the same shape."""
LEAST_SHARE = 0.002
"""Share of the picture that a subject must cover for its place to mean anything."""


@dataclass(frozen=True)
class Place:
    """Where a mask's weight lies: centre and spread (standard deviation) in mask pixels."""

    x: float
    y: float
    wide: float
    high: float


def between(before: Plane, after: Plane, share: float) -> Plane:
    """Return the mask at `share` (0 to 1) of the way from one mask to the next; both have the same shape.

    A subject is assumed to move and grow evenly meanwhile.
    """
    if before is after:
        return after
    here, there = place(before), place(after)
    if here is None or there is None or not _alike(here, there):
        return np.asarray(before * np.float32(1 - share) + after * np.float32(share))
    middle = Place(*(a * (1 - share) + b * share for a, b in zip(_values(here), _values(there), strict=True)))
    moved = _carried(before, here, middle), _carried(after, there, middle)
    return np.asarray(moved[0] * np.float32(1 - share) + moved[1] * np.float32(share))


def steady(before: Plane, after: Plane) -> bool:
    """Return whether masks between these two need no network: little movement and nearly the same shape."""
    if before is after:
        return True
    here, there = place(before), place(after)
    if here is None or there is None:
        return here is there
    if not _alike(here, there) or np.hypot(here.x - there.x, here.y - there.y) > STEADY_MOVE:
        return False
    return overlap(_carried(before, here, there), after) >= STEADY_OVERLAP


def carried(mask: Plane, onto: Plane) -> Plane:
    """Return a mask moved and scaled to where another lies; unmoved if that fits better: a part more is no movement."""
    here, there = place(mask), place(onto)
    if here is None or there is None or not _alike(here, there):
        return mask
    moved = _carried(mask, here, there)
    return moved if overlap(moved, onto) > overlap(mask, onto) else mask


def overlap(one: Plane, other: Plane) -> float:
    """Return the intersection of two masks over their union, 0 to 1."""
    return float(np.minimum(one, other).sum()) / max(float(np.maximum(one, other).sum()), 1e-6)


def place(mask: Plane) -> Place | None:
    """Return the place of a mask, or None if it covers next to nothing."""
    total = float(mask.sum())
    if total < LEAST_SHARE * mask.size:
        return None
    down, across = mask.sum(axis=1, dtype=np.float64) / total, mask.sum(axis=0, dtype=np.float64) / total
    rows, columns = np.arange(len(down)), np.arange(len(across))
    y, x = float(rows @ down), float(columns @ across)
    return Place(x, y, float(np.sqrt((columns - x) ** 2 @ across)), float(np.sqrt((rows - y) ** 2 @ down)))


def _alike(one: Place, other: Place) -> bool:
    pairs = ((one.wide, other.wide), (one.high, other.high))
    return all(max(a, b) <= MOST_GROWTH * max(min(a, b), 1.0) for a, b in pairs)


def _values(one: Place) -> tuple[float, float, float, float]:
    return one.x, one.y, one.wide, one.high


def _carried(mask: Plane, origin: Place, target: Place) -> Plane:
    """A mask moved and scaled from one place to another; its rim is repeated where nothing is known."""
    across, down = origin.wide / max(target.wide, 1e-6), origin.high / max(target.high, 1e-6)
    rows, columns = mask.shape
    pad = max(rows, columns) // 4
    framed = Image.fromarray(np.pad(mask, pad, mode="edge"))
    # Pillow asks where each pixel comes from: source = factor * target + offset, measured at pixel centres.
    start_x = origin.x - across * target.x + pad + 0.5 - across * 0.5
    start_y = origin.y - down * target.y + pad + 0.5 - down * 0.5
    matrix = (across, 0.0, start_x, 0.0, down, start_y)
    moved = framed.transform((columns, rows), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    return np.asarray(moved, dtype=np.float32)
