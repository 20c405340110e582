"""Plays a piece: from a prompt to samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np

from videogen_sandbox.engines.media.decode import Sound
from videogen_sandbox.engines.media.encode import SOUND_RATE
from videogen_sandbox.engines.media.loudness import gained, limited
from videogen_sandbox.engines.music import instruments
from videogen_sandbox.engines.music.reading import Wish, read, usual_seconds
from videogen_sandbox.engines.music.score import BEATS, Note, Score, write

LOUDNESS = -16.0
"""LUFS of a piece: what streaming services and films on the web are made for."""

TAIL = 3.0
"""Seconds in which the closing chord dies away."""

STRETCH = (0.85, 1.18)
"""How far the tempo may go from what the style has, so that a piece fits its length."""

FADE = 1.2
"""Seconds of fade at the very end."""

ROOM_SECONDS = 1.6
"""How long the echo of the room takes to fall by 60 dB."""


@dataclass(frozen=True)
class Piece:
    """A piece of music and what it is: `sound` as samples x 2 at `SOUND_RATE`, `tempo` in beats a minute."""

    sound: Sound
    wish: Wish
    tempo: float
    score: Score

    @property
    def description(self) -> str:
        """What is heard, in words."""
        names = list(dict.fromkeys(layer.instrument for layer in self.wish.style.layers))
        played = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
        drums = " with drums" if self.wish.drums else ""
        return (
            f"{self.wish.style.name.capitalize()} music in {self.wish.key.name} at {self.tempo:.0f} beats a minute, "
            f"played on {played}{drums}."
        )


def write_music(prompt: str, seed: int, seconds: float) -> Sound:
    """Return music for a prompt: float32 of shape (2, samples) at 48 kHz, exactly `seconds` long, at -16 LUFS.

    It ends with a closing chord. The same arguments give the same samples. Words about the length are not heeded here.
    """
    return np.ascontiguousarray(piece(prompt, seed, seconds).sound.T)


def piece(prompt: str, seed: int, seconds: float | None = None) -> Piece:
    """Return a piece for a prompt, `seconds` long, or as long as its words say, or forty seconds or so."""
    rng = np.random.default_rng([seed & 0xFFFFFFFF, crc32(prompt.encode())])
    wish = read(prompt, rng)
    length = seconds or wish.seconds or usual_seconds(rng)
    tempo, bars = _measured(wish, length)
    score = write(wish, bars, rng)
    sound = _played(score.notes, tempo, length, wish.style.room)
    return Piece(_mastered(sound), wish, tempo, score)


def _measured(wish: Wish, seconds: float) -> tuple[float, int]:
    """The tempo and the number of bars that fill a length, up to the tail of the closing chord."""
    room = max(seconds - min(TAIL, seconds * 0.4), 0.5)
    bar = BEATS * 60 / wish.tempo
    if wish.tempo_is_asked:
        return wish.tempo, max(1, math.floor(room / bar))
    bars = max(1, round(room / bar))
    low, high = (wish.tempo * limit for limit in STRETCH)
    return min(max(bars * BEATS * 60 / room, low), high), bars


def _played(notes: tuple[Note, ...], tempo: float, seconds: float, room: float) -> Sound:
    length = round(seconds * SOUND_RATE)
    dry = np.zeros((length, 2), np.float32)
    beat = 60 / tempo
    for note in notes:
        start = round(note.beat * beat * SOUND_RATE)
        if start >= length:
            continue
        tone = _stroke(note.instrument) if note.key is None else _tone(
            note.instrument, note.key, math.ceil(note.length * beat * 20) / 20)  # fmt: skip
        tone = tone[: length - start]
        angle = (note.pan + 1) * math.pi / 4
        dry[start : start + len(tone), 0] += tone * np.float32(note.level * math.cos(angle))
        dry[start : start + len(tone), 1] += tone * np.float32(note.level * math.sin(angle))
    return dry + _echoed(dry, room)


@lru_cache(maxsize=512)
def _tone(instrument: str, key: int, seconds: float) -> Sound:
    return instruments.play(instrument, key, seconds)


@lru_cache(maxsize=32)
def _stroke(name: str) -> Sound:
    return np.asarray(instruments.strike(name) * np.float32(0.5))


def _echoed(dry: Sound, level: float) -> Sound:
    """The echo of a room: noise that dies away, another on each side, without the lowest tones."""
    count = round(ROOM_SECONDS * SOUND_RATE)
    time = np.arange(count) / SOUND_RATE
    noise = np.random.default_rng(1).standard_normal((count, 2)) * (10 ** (-3 * time / ROOM_SECONDS))[:, None]
    noise[: round(0.012 * SOUND_RATE)] = 0
    size = 1 << (len(dry) + count - 1).bit_length()
    frequency = np.fft.rfftfreq(size, 1 / SOUND_RATE)
    curve = (frequency / 250) ** 2 / (1 + (frequency / 250) ** 2) / (1 + (frequency / 5_000) ** 2)
    noise *= level / np.sqrt((noise**2).sum(axis=0))
    wet = np.empty_like(dry)
    for side in (0, 1):
        spectrum = np.fft.rfft(dry[:, side], size) * np.fft.rfft(noise[:, side], size) * curve
        wet[:, side] = np.fft.irfft(spectrum, size)[: len(dry)]
    return wet


def _mastered(sound: Sound) -> Sound:
    """At its loudness, its peaks bent under the ceiling, faded at the end."""
    fade = min(len(sound) // 2, round(FADE * SOUND_RATE))
    sound[len(sound) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None] ** 1.5
    for _ in range(2):  # bending takes a little of the loudness
        sound = limited(gained(sound, LOUDNESS))
    return sound
