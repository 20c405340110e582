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
    kept = Image.fromarray((stays[labels] * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(SKIRT))
    return np.where(np.asarray(kept) > 0, coarse, np.float32(0))


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
