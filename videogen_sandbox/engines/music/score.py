"""Writes the notes of a piece: chords, bass, tune and drums, bar by bar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from videogen_sandbox.engines.music.form import Section, form, progressions
from videogen_sandbox.engines.music.harmony import Key, voiced
from videogen_sandbox.engines.music.reading import Wish
from videogen_sandbox.engines.music.styles import BASSES, DRUM_LEVELS, DRUMS, RHYTHMS, Layer, Style

BEATS = 4
"""Beats of a bar."""

LOOSE = 0.008
"""Beats by which players miss the beat (standard deviation): 4 ms at 120 a minute."""

_STRUM = 0.022
"""Beats between the strings of a strummed chord."""

_STROKES = ((0, 1.4, 1.0), (1.5, 0.5, 0.62), (2, 0.9, 0.85), (3, 0.5, 0.7), (3.5, 0.5, 0.6))
"""Beat, length and strength of the strokes of a bar."""

_STRENGTHS = {"X": 1.0, "x": 0.8, "o": 0.5}


@dataclass(frozen=True)
class Note:
    """A tone, or a stroke of a drum (`key` None). Times in beats from the beginning; `level` is linear."""

    instrument: str
    beat: float
    length: float
    key: int | None
    level: float
    pan: float


@dataclass(frozen=True)
class Score:
    """A piece: its notes in the order of time, how many bars it has before the closing chord, and its chords."""

    notes: tuple[Note, ...]
    bars: int
    sections: tuple[Section, ...]
    degrees: tuple[int, ...]


def write(wish: Wish, bars: int, rng: np.random.Generator) -> Score:
    """Return the score of a piece of so many bars; the closing chord comes in the bar after the last."""
    style = wish.style
    sections = form(bars)
    verse = style.verses[int(rng.integers(len(style.verses)))]
    chorus = style.choruses[int(rng.integers(len(style.choruses)))]
    degrees = progressions(sections, verse, chorus)
    energies = [section.energy for section in sections for _ in range(section.bars)]
    notes: list[Note] = []
    for layer in style.layers:
        notes += _layer(layer, style, wish.key, degrees, energies, sections, rng)
    if wish.drums:
        notes += _drums(DRUMS[wish.drums], sections, style.swing)
    closing = [_closing(layer, wish.key, bars) for layer in style.layers if layer.energy < 0.9]
    notes += [note for chord in closing for note in chord]
    loose = rng.normal(0.0, LOOSE, len(notes))
    moved = [Note(note.instrument, max(0.0, note.beat + shift), note.length, note.key, note.level, note.pan)
             for note, shift in zip(notes, loose.tolist(), strict=True)]  # fmt: skip
    return Score(tuple(sorted(moved, key=lambda note: note.beat)), bars, tuple(sections), tuple(degrees))


def _layer(
    layer: Layer,
    style: Style,
    key: Key,
    degrees: Sequence[int],
    energies: Sequence[float],
    sections: Sequence[Section],
    rng: np.random.Generator,
) -> Iterator[Note]:
    """The notes of one part."""
    if layer.role == "melody":
        yield from _melody(layer, style, key, degrees, sections, rng)
        return
    before: Sequence[int] | None = None
    for bar, (degree, energy) in enumerate(zip(degrees, energies, strict=True)):
        chord = key.chord(degree, style.sevenths)
        pitches = voiced(chord, before, layer.low, layer.high)
        before = pitches
        if energy >= layer.energy:
            for beat, length, pitch, strength in _bar(layer, style, key, degree, pitches):
                level = layer.level * strength * (0.75 + 0.25 * energy)
                yield Note(layer.instrument, bar * BEATS + _swung(beat, style.swing), length, pitch, level, layer.pan)


def _bar(
    layer: Layer, style: Style, key: Key, degree: int, pitches: Sequence[int]
) -> Iterator[tuple[float, float, int, float]]:
    """Beat, length, key and strength of what an accompanying part plays in a bar."""
    match layer.role:
        case "pad":
            for pitch in pitches:
                yield 0, BEATS * 0.98, pitch, 0.8
        case "arpeggio":
            rising = [*pitches, pitches[0] + 12]
            order = [rising[step] for step in (0, 1, 2, 3, 2, 1, 2, 1)]
            for step, pitch in enumerate(order):
                yield step / 2, 1.2 if step % 4 else 2.0, pitch, 1.0 if step % 4 == 0 else 0.72
        case "strum":
            for beat, length, strength in _STROKES:
                for string, pitch in enumerate(pitches):
                    yield beat + string * _STRUM, length, pitch, strength * 0.75
        case "pulse":
            for step in range(8):
                strength = (1.0, 0.55, 0.7, 0.6)[step % 4]
                for pitch in pitches if step % 4 == 0 else pitches[-2:]:
                    yield step / 2, 0.42, pitch, strength * 0.8
        case "stabs":
            for beat, strength in ((1, 0.9), (2.5, 0.7), (3, 0.85)):
                for pitch in pitches:
                    yield beat, 0.35, pitch, strength * 0.75
        case "bass":
            root = next(pitch for pitch in range(layer.low, layer.low + 12) if pitch % 12 == key.pitch(degree, 0) % 12)
            low = key.nearest(root)
            for beat, length, above in BASSES[style.bass]:
                pitch = key.pitch(low + above, 0)
                yield beat, length, pitch if pitch <= layer.high else pitch - 12, 1.0 if beat == 0 else 0.85


def _melody(
    layer: Layer, style: Style, key: Key, degrees: Sequence[int], sections: Sequence[Section], rng: np.random.Generator
) -> Iterator[Note]:
    """A tune of two bars, made to fit each chord; verse and chorus have one each, and come back to it."""
    figures = {}
    for part in ("verse", "chorus"):
        rhythms = RHYTHMS[style.melody]
        rhythm = rhythms[int(rng.integers(len(rhythms)))]
        figures[part] = rhythm, rng.choice([-2, -1, -1, 1, 1, 2], len(rhythm)).tolist()
    start = 0
    for section in sections:
        if section.energy >= layer.energy and section.part in figures:
            rhythm, contour = figures[section.part]
            # the tune rests where it would run on into the next section
            for bar in range(start, start + section.bars - section.bars % 2, 2):
                ends = bar + 2 >= start + section.bars
                yield from _phrase(layer, key, degrees, bar, rhythm, contour, ends)
        start += section.bars


def _phrase(
    layer: Layer,
    key: Key,
    degrees: Sequence[int],
    bar: int,
    rhythm: Sequence[tuple[float, float]],
    contour: Sequence[int],
    ends: bool,
) -> Iterator[Note]:
    at = key.nearest((layer.low + layer.high) / 2 + (3 if bar % 4 else 0))
    low, high = key.nearest(layer.low), key.nearest(layer.high)
    for number, ((beat, length), step) in enumerate(zip(rhythm, contour, strict=True)):
        at = at + step if low <= at + step <= high else at - step
        chord = {(degrees[min(bar + int(beat // BEATS), len(degrees) - 1)] + third) % 7 for third in (0, 2, 4)}
        last = ends and number == len(rhythm) - 1
        if beat % 2 == 0 or last:  # tones of the chord on the strong beats, any of the scale between them
            at = min(range(low, high + 1), key=lambda degree: (degree % 7 not in chord, abs(degree - at)))
        strength = 1.0 if beat % 2 == 0 else 0.82
        held = length * (1.4 if last else 0.95)
        yield Note(layer.instrument, bar * BEATS + beat, held, key.pitch(at, 0), layer.level * strength, layer.pan)


def _drums(pattern: Mapping[str, str], sections: Sequence[Section], swing: float) -> Iterator[Note]:
    start = 0
    for section in sections:
        if section.energy >= 0.9:
            yield Note("crash", start * BEATS, 1, None, DRUM_LEVELS["crash"], 0.3)
        for bar in range(start, start + section.bars):
            fill = bar == start + section.bars - 1 and section.part in ("verse", "chorus") and section.bars >= 4
            for name, steps in pattern.items():
                # quiet sections keep the time only
                if section.energy < 0.7 and name in ("kick", "snare", "clap", "open hat", "tom"):
                    continue
                yield from _steps(name, steps[:12] if fill and name != "kick" else steps, bar, swing)
            if fill:
                yield from _steps("tom", "............x.xX", bar, swing)
                yield from _steps("floor tom", "..............x.", bar, swing)
        start += section.bars


def _steps(name: str, steps: str, bar: int, swing: float) -> Iterator[Note]:
    pan = {"hat": 0.25, "open hat": 0.25, "shaker": -0.35, "tambourine": 0.4, "ride": 0.3, "tom": -0.2}.get(name, 0.0)
    for number, sign in enumerate(steps):
        if sign in _STRENGTHS:
            beat = bar * BEATS + _swung(number / 4, swing)
            yield Note(name, beat, 0.25, None, DRUM_LEVELS[name] * _STRENGTHS[sign], pan)


def _swung(beat: float, swing: float) -> float:
    """The beat with every second eighth (and what is about it) late by a share of half a beat."""
    return beat + swing * 0.5 if swing and beat % 1 >= 0.5 else beat


def _closing(layer: Layer, key: Key, bars: int) -> Iterator[Note]:
    """The last chord of a part, which is left to sound."""
    pitches = voiced(key.chord(0), None, layer.low, layer.high)
    lowest = layer.role == "bass"
    for string, pitch in enumerate(pitches[:1] if lowest or layer.role == "melody" else pitches):
        tonic = next(one for one in range(layer.low, layer.low + 12) if one % 12 == key.tonic)
        yield Note(layer.instrument, bars * BEATS + string * _STRUM, BEATS, tonic if lowest else pitch,
                   layer.level * 0.85, layer.pan)  # fmt: skip
