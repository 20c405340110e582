"""The form of a piece: intro, verses and choruses in turn, outro, in bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Part = Literal["intro", "verse", "chorus", "outro"]

ENERGY = {"intro": 0.5, "verse": 0.75, "chorus": 1.0, "outro": 0.55}
"""From which layers of a style play, see `styles.Layer`."""


@dataclass(frozen=True)
class Section:
    """Some bars of one kind."""

    part: Part
    bars: int
    energy: float


def form(bars: int) -> list[Section]:
    """Return the sections of a piece of so many bars.

    A few bars are one verse. Longer pieces begin and end quietly, and verse and chorus take turns in between, eight
    bars each (four where there is little room); each verse has a little more energy than the one before.
    """
    if bars < 6:
        return [Section("verse", bars, 0.85)]
    intro = 4 if bars >= 28 else 2 if bars >= 10 else 1
    outro = 2 if bars >= 10 else 1
    left = bars - intro - outro
    block = 8 if left >= 16 else 4
    sections = [Section("intro", intro, ENERGY["intro"])]
    number = 0
    while left > 0:
        # a rest of a bar or two would be no section of its own
        length = left if left < block + 3 else block
        part: Part = "chorus" if number % 2 else "verse"
        energy = ENERGY[part] if part == "chorus" else min(0.95, ENERGY[part] + 0.05 * number)
        sections.append(Section(part, length, energy))
        left -= length
        number += 1
    return [*sections, Section("outro", outro, ENERGY["outro"])]


def progressions(sections: Sequence[Section], verse: Sequence[int], chorus: Sequence[int]) -> list[int]:
    """Return the degree on which each bar's chord stands, the closing tonic not among them."""
    degrees: list[int] = []
    for section in sections:
        turn = chorus if section.part == "chorus" else verse
        if section.part == "outro":
            degrees += [3, 4][-section.bars :] if section.bars < 3 else [0, 3, 4]
        else:
            degrees += [turn[bar % len(turn)] for bar in range(section.bars)]
    return degrees
