"""Scales, chords and voice leading. Pitches are MIDI keys: 60 is the middle C, a semitone is 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

SCALES: Mapping[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}
"""Semitones above the tonic."""

NAMES = ("C", "C#", "D", "E flat", "E", "F", "F#", "G", "A flat", "A", "B flat", "B")


@dataclass(frozen=True)
class Key:
    """A tonic (0 to 11 above C) and a scale."""

    tonic: int
    scale: str

    @property
    def name(self) -> str:
        """Return its name: "A minor"."""
        return f"{NAMES[self.tonic]} {self.scale}"

    def pitch(self, degree: int, octave: int) -> int:
        """Return the pitch of a degree of the scale, 0 for the tonic; degrees beyond 6 go on in the next octave."""
        steps = SCALES[self.scale]
        return 12 * (octave + 1) + self.tonic + steps[degree % 7] + 12 * (degree // 7)

    def chord(self, degree: int, seventh: bool = False) -> tuple[int, ...]:
        """Return the pitch classes of the triad (or seventh chord) on a degree, its root first."""
        return tuple(self.pitch(degree + third, 0) % 12 for third in range(0, 7 if seventh else 5, 2))

    def nearest(self, pitch: float) -> int:
        """Return the degree (with octaves, as `pitch` counts them in octave 0) that lies nearest to a pitch."""
        return min(range(77), key=lambda degree: abs(self.pitch(degree, 0) - pitch))


def voiced(chord: Sequence[int], before: Sequence[int] | None, low: int, high: int) -> tuple[int, ...]:
    """Return a chord as pitches from `low` to `high` that move as little as they can from the chord before.

    Every tone of the chord is there. The first chord lies close, about the middle of the range.
    """
    places = [[pitch for pitch in range(low, high + 1) if pitch % 12 == tone] for tone in chord]
    middle = (low + high) / 2

    def far(pitches: tuple[int, ...]) -> tuple[float, tuple[int, ...]]:
        ordered = tuple(sorted(pitches))
        if before is None:
            return sum(abs(pitch - middle) for pitch in ordered), ordered
        paired = zip(ordered, sorted(before), strict=False)
        return sum(abs(pitch - last) for pitch, last in paired) + 0.1 * abs(ordered[0] - middle), ordered

    return min(far(pitches) for pitches in product(*places))[1]
