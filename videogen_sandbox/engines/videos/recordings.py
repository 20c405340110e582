"""Where somebody speaks in a recording: found by its loudness over time, without understanding a word."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.media.decode import Sound, read_sound
from videogen_sandbox.engines.videos.document import Phrase

RATE = 16_000
"""Samples a second that are looked at: speech has little above 8 kHz."""

STEP = 0.02
"""Seconds between two values of the loudness: shorter than any sound of speech."""

PAUSE = 0.28
"""Seconds of quiet that part two phrases: longer than the stop of a consonant, shorter than a breath."""

SHORTEST = 0.15
"""Seconds. What is louder for less is a click."""

EDGE = 0.08
"""Seconds kept before and after a phrase: soft sounds at its ends are below the threshold."""

LONGEST = 9.0
"""Seconds after which a phrase without a pause is parted at its quietest point, so that a picture does not stay."""

_DEPTH = 26.0
"""Decibels below the loud parts that still count as speech."""

_SILENCE = -55.0
"""dBFS: a recording that never gets louder is silent."""

_NOISE_MARGIN = 8.0
"""Decibels above the noise of the room from which something is speech."""

_LIVELY_DB, _LIVELY_PITCH = 6.0, 0.07
"""How much loudness (dB) and the share of sign changes vary in speech at least; tones, hum and rain are steadier."""

Levels = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Analysis:
    """Loudness in dBFS and share of sign changes, every `STEP` seconds."""

    level: Levels
    crossings: Levels


def read(path: Path) -> list[Phrase]:
    """Return the phrases of a recording, in order, not overlapping.

    Raise EngineError: unreadable or longer than ten minutes, or "no_speech" where nobody speaks.
    """
    sound = read_sound(path, rate=RATE)
    analysis = analyse(sound)
    if not speaks(analysis):
        raise EngineError("no_speech", "Nobody speaks in this recording; voiceover-to-video needs a spoken voice.")
    return phrases(analysis, len(sound) / RATE)


def analyse(sound: Sound) -> Analysis:
    """Return loudness and sign changes of mono samples at `RATE`."""
    size = round(STEP * RATE)
    count = max(1, len(sound) // size)
    parts = np.zeros((count, size), np.float32)
    parts.reshape(-1)[: min(len(sound), count * size)] = sound[: count * size]
    power = np.mean(parts.astype(np.float64) ** 2, axis=1)
    crossings = np.mean(np.diff(np.signbit(parts), axis=1), axis=1)
    return Analysis(10 * np.log10(power + 1e-10), crossings)


def speaks(analysis: Analysis) -> bool:
    """Return whether a recording sounds like speech: loud enough, uneven, vowels and consonants in turn."""
    loud = np.percentile(analysis.level, 95)
    if loud < _SILENCE:
        return False
    heard = analysis.level > loud - 45
    active = analysis.level > loud - _DEPTH
    lively = float(np.std(analysis.level[heard]))
    change = float(np.std(analysis.crossings[active]))
    return lively >= _LIVELY_DB and change >= _LIVELY_PITCH


def phrases(analysis: Analysis, seconds: float) -> list[Phrase]:
    """Return the phrases of a recording of `seconds` in which somebody speaks."""
    level = analysis.level
    loud, quiet = np.percentile(level, 95), np.percentile(level, 10)
    threshold = max(loud - _DEPTH, min(quiet + _NOISE_MARGIN, loud - _NOISE_MARGIN))
    runs = _runs(level > threshold)
    joined: list[list[float]] = []
    for start, end in runs:
        if joined and start * STEP - joined[-1][1] < PAUSE:
            joined[-1][1] = end * STEP
        else:
            joined.append([start * STEP, end * STEP])
    found = [(max(0.0, start - EDGE), min(seconds, end + EDGE)) for start, end in joined if end - start >= SHORTEST]
    return [Phrase(start=start, end=end) for phrase in found for start, end in _parted(*phrase, level)]


def _parted(start: float, end: float, level: Levels) -> list[tuple[float, float]]:
    """A phrase in parts no longer than `LONGEST`, parted where it is quietest near the middle."""
    if end - start <= LONGEST:
        return [(start, end)]
    first, last = round((start + (end - start) / 3) / STEP), round((end - (end - start) / 3) / STEP)
    middle = (first + int(np.argmin(level[first:last]))) * STEP
    return [*_parted(start, middle, level), *_parted(middle, end, level)]


def _runs(active: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Begin and end of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
