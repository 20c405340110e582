"""Makes the masks of a film agree: the network answers each picture anew.

The parts that are the subject in the first mask stay it, and others only join it when they come into the film: a moon
does not, however clearly a mask shows it. What is in one mask and not in those before and after it goes; what both of
them are sure of, such as a helmet, does not turn half transparent in between; where the subject keeps its shape, its
edge is a mean; and a subject that is lost, or in doubt, in a picture which has hardly changed is kept.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageFilter

from videogen_sandbox.engines.matting.motion import STEADY_OVERLAP, carried, overlap
from videogen_sandbox.engines.matting.net import Plane
from videogen_sandbox.engines.matting.parts import FAINT, SKIRT, parts, same_parts
from videogen_sandbox.engines.media.decode import Picture

SEEN = 0.4
"""A neighbour shows a part if it has at least this value somewhere in it."""
ALIKE = 0.7
"""Overlap from which the sure parts of both neighbours are those of the mask between them."""
NEW = 0.5
"""Weight of a mask beside the settled one before it, where both have the same shape."""
KEPT = 0.3
"""Share of the mask before below which the subject counts as lost: from 0.6 on it is often something else that goes."""
FADED = 0.9
"""The same share, below which the subject has turned half transparent; one that moves or turns keeps more."""
UNCHANGED = 16.0
"""Mean difference (of 255) where the subject was, up to which it must still be there; a pan changes more."""
CHANGED = 8.0
"""The same difference at one place, from which something may have come there: drifting clouds make 1 to 3, a boat that
sails 9 to 14, people who walk 20 to 50."""
_THUMBNAIL = (32, 32)

Look = tuple[list[Picture], Plane]
"""Pictures that follow each other, and the mask of the last one."""


def settled(looks: Iterator[Look]) -> Iterator[Look]:
    """Yield the looks with their masks settled by the ones before and after; one look behind.

    A mask that is the very one before (nothing has moved) stays so.
    """
    found: Plane | None = None
    for before, (run, mask), after in _with_neighbours(looks):
        if before is None or mask is not before[1]:
            if before is None or found is None:
                mask = same_parts(mask)
            else:
                mask = _continued(mask, found, _moved(before[0][-1], run[-1]))
            if mask is not found:
                found = _settled(mask, found, None if after is None else after[1])
        assert found is not None
        yield run, found


def _settled(mask: Plane, before: Plane | None, after: Plane | None) -> Plane:
    """A mask settled by the settled one before it and the one after it; at the ends of a film there is but one."""
    beside = [carried(other, mask) for other in (before, after) if other is not None]
    if not beside:
        return mask
    found, sure = _seen_again(mask, beside), np.minimum(beside[0], beside[-1])
    if overlap(sure, found) >= ALIKE:
        found = np.where(found > FAINT, np.maximum(found, sure), found)
    if before is not None and overlap(beside[0], found) >= STEADY_OVERLAP:
        found = np.asarray(found * np.float32(NEW) + beside[0] * np.float32(1 - NEW))
    return found


def _seen_again(mask: Plane, beside: list[Plane]) -> Plane:
    """The mask without the parts that no neighbour shows."""
    labels = parts(mask > FAINT)
    highest = np.full(int(labels.max()) + 1, 0, np.float32)
    for other in beside:
        np.maximum.at(highest, labels.ravel(), other.ravel())
    gone = highest < SEEN
    gone[0] = False
    if gone.sum() in (0, len(gone) - 1):  # all of it: another scene
        return mask
    skirt = Image.fromarray((gone[labels] * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(SKIRT))
    return np.where((np.asarray(skirt) > 0) & (gone[labels] | (labels == 0)), np.float32(0), mask)


def _continued(mask: Plane, before: Plane, moved: Plane) -> Plane:
    """The parts of a mask that continue the subject, or come in. Where the picture is nearly the same and only the
    subject is less: the mask before, if little is left of it, or that mask where this one is in doubt."""
    at_each = np.asarray(Image.fromarray(moved).resize(mask.shape[::-1], Image.Resampling.NEAREST))
    expected = carried(before, mask)
    mask = same_parts(mask, expected, at_each >= CHANGED)
    whole, left = float(expected.sum()), float(np.minimum(expected, mask).sum())
    if left >= FADED * whole or float((at_each * before).sum()) > UNCHANGED * float(before.sum()):
        return mask
    return before if left < KEPT * whole else np.where(mask > FAINT, np.maximum(mask, expected), mask)


def _moved(earlier: Picture, later: Picture) -> Plane:
    """How much a picture differs from an earlier one at each place: mean of the channels, 0 to 255, in a thumbnail."""
    here, there = (
        np.asarray(Image.fromarray(picture).resize(_THUMBNAIL, Image.Resampling.BOX, reducing_gap=2.0), np.float32)
        for picture in (earlier, later)
    )
    return np.asarray(np.abs(here - there).mean(axis=2))


def _with_neighbours(looks: Iterator[Look]) -> Iterator[tuple[Look | None, Look, Look | None]]:
    """Each look with the one before and the one after it."""
    before, here = None, next(looks, None)
    while here is not None:
        after = next(looks, None)
        yield before, here, after
        before, here = here, after
