"""Takes what is not the subject out of a coarse mask: clouds, lamps and other things that stand out a little."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from videogen_sandbox.engines.matting.net import Plane

FAINT = 0.15
"""Values up to this belong to no part; they only make the edges of parts soft."""
LARGE, CLEAR = 0.12, 0.8
"""A part stays if it has this share of the weight of the largest one, and somewhere at least this value."""
SMALL, CERTAIN = 0.01, 0.97
"""So does a small part (a ball beside a dog) of which the network is certain."""
SKIRT = 7
"""Pixels across which the soft edge of a part may spread."""
KNOWN = 0.3
"""Share of a part that the mask before must show for both to be the same subject."""
COMPARABLE = 0.35
"""A part that is new in a film stays if it has this share of the weight of the largest one."""
CENTRAL = 0.35
"""Distance from the centre, in sides of the picture, at which new parts count 1/e: clouds, moons and lamps keep to the
borders, and subjects to the middle."""


def main_parts(coarse: Plane) -> Plane:
    """Return the mask with only its main parts left; unchanged where there is but one."""
    labels = parts(coarse > FAINT)
    count = int(labels.max()) + 1
    if count <= 2:
        return coarse
    weights = np.bincount(labels.ravel(), coarse.ravel(), count)
    highest = np.zeros(count, np.float32)
    np.maximum.at(highest, labels.ravel(), coarse.ravel())
    weights[0] = highest[0] = 0
    largest = weights.max()
    stays = (weights >= LARGE * largest) & (highest >= CLEAR)
    stays |= (weights >= SMALL * largest) & (highest >= CERTAIN)
    stays[int(weights.argmax())] = True
    return np.where(_grown(stays[labels]), coarse, np.float32(0))


def same_parts(coarse: Plane, before: Plane | None = None, changed: NDArray[np.bool_] | None = None) -> Plane:
    """Return the mask of a film's picture with only the parts that the mask before shows, and new ones that are large.

    Of new ones only what has `changed` since counts (same shape): the rest was there and was not taken for a subject.
    Without a mask before, all are new. Parts so near to each other that their edges meet are one.
    """
    labels = parts(_grown(coarse > FAINT)).ravel()
    if labels.max() <= 1:
        return coarse
    down, across = (((np.arange(side) + 0.5) / side - 0.5) ** 2 for side in coarse.shape)
    central = coarse * np.exp(-(down[:, None] + across) / CENTRAL**2)
    weights = np.bincount(labels, (central if changed is None else central * changed).ravel())
    known = np.zeros(len(weights), np.bool_)
    if before is not None:
        whole, shown = (np.bincount(labels, plane.ravel()) for plane in (coarse, np.minimum(coarse, before)))
        known = shown > KNOWN * whole
        weights = np.where(known, whole, weights)
    stays = known | (weights >= COMPARABLE * weights[1:].max())
    return np.where(stays[labels].reshape(coarse.shape), coarse, np.float32(0))


def _grown(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Set flags and their surroundings, as far as a soft edge may spread."""
    # A mean above 0 is what a maximum filter gives, in a tenth of its time.
    return np.asarray(Image.fromarray((flags * 255).astype(np.uint8)).filter(ImageFilter.BoxBlur(SKIRT // 2))) > 0


def parts(flags: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Number the connected parts of set flags from 1; 0 where none is set. Sides connect, corners do not."""
    labels = np.zeros(flags.shape, np.intp)
    same = [0]
    above: list[tuple[int, int, int]] = []
    for number, row in enumerate(flags):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False]))))
        runs = []
        for start, end in edges.reshape(-1, 2).tolist():
            touching = {_root(same, label) for begin, stop, label in above if begin < end and start < stop}
            label = min(touching, default=len(same))
            if label == len(same):
                same.append(label)
            for other in touching:
                same[other] = label
            labels[number, start:end] = label
            runs.append((start, end, label))
        above = runs
    roots = np.array([_root(same, label) for label in range(len(same))])
    _, numbers = np.unique(roots, return_inverse=True)
    return np.asarray(numbers.reshape(-1)[labels])


def _root(same: list[int], label: int) -> int:
    while same[label] != label:
        label = same[label]
    return label
