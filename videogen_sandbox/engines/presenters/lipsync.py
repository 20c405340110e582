"""From the sound of a voice to the movements of a face: mouth, lids, brows and head for every frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from videogen_sandbox.engines.media.decode import Sound

Track = npt.NDArray[np.float64]
"""One number for every frame."""

_RANGE_DB = 26.0
"""How far below the loud parts of a voice the mouth is shut; vowels vary by about 20 dB, breath is lower."""

_SILENCE_DB = -52.0
"""Below this level (dBFS) nothing is speech, however quiet the rest is."""

_SIBILANCE_HZ = 4_000
_OPENING_SPEED = 0.75
_CLOSING_SPEED = 0.45
"""Share of the way to its target a mouth goes in one frame of 40 ms: it opens faster than it closes."""


@dataclass(frozen=True)
class Movement:
    """A face over time: mouth and brows 0..1, lids as index into `faces.LIDS`, offsets in face units, tilt in °."""

    opening: Track
    rounding: Track
    lids: npt.NDArray[np.int64]
    brows: Track
    x: Track
    y: Track
    tilt: Track


def movement(sound: Sound, rate: int, frames: int, fps: int, seed: int) -> Movement:
    """Return the movement of a face that says `sound` (mono, `rate` samples a second); `seed` decides the rest."""
    opening, rounding = _mouth(sound, rate, frames, fps)
    dice = np.random.default_rng(seed)
    time = np.arange(frames) / fps
    stress = _slow(opening, fps, 0.35)
    lively = 0.35 + 0.65 * np.clip(_slow(opening, fps, 1.2) * 3, 0, 1)

    def wander(*periods: float) -> Track:
        waves = [np.sin(2 * np.pi * (time / period + dice.random())) for period in periods]
        return np.asarray(np.mean(waves, axis=0))

    return Movement(
        opening=opening,
        rounding=rounding,
        lids=_lids(frames, fps, dice),
        brows=np.clip((stress - 0.42) * 3.2, 0, 1),
        x=wander(4.1, 6.7) * 5.5 * lively,
        y=wander(3.3, 5.2) * 2.0 + (stress - stress.mean()) * 9.0,
        tilt=wander(3.7, 5.9) * 2.1 * lively,
    )


def _mouth(sound: Sound, rate: int, frames: int, fps: int) -> tuple[Track, Track]:
    hop, size = rate // fps, rate // fps * 3 // 2
    padded = np.pad(sound, (size // 2, size + hop))
    starts = np.minimum(np.arange(frames) * hop + hop // 2, len(padded) - size)
    window = np.hanning(size)
    frequency = np.fft.rfftfreq(size, 1 / rate)
    level = np.empty(frames)
    hiss = np.empty(frames)
    dark = np.empty(frames)
    for number, start in enumerate(starts):
        power = np.abs(np.fft.rfft(padded[start : start + size] * window)) ** 2
        voice = power[frequency > 90].sum() + 1e-12
        level[number] = 10 * np.log10(voice / (0.375 * size * size / 2) + 1e-12)
        hiss[number] = power[frequency > _SIBILANCE_HZ].sum() / voice
        low = power[(frequency > 150) & (frequency < 550)].sum()
        middle = power[(frequency > 1000) & (frequency < 2800)].sum()
        dark[number] = np.log10((low + 1e-12) / (middle + 1e-12))
    loud = max(float(np.percentile(level, 95)), _SILENCE_DB + 8)
    target = np.clip((level - (loud - _RANGE_DB)) / _RANGE_DB, 0, 1) ** 1.25
    target *= 1 - 0.8 * np.clip((hiss - 0.25) / 0.4, 0, 1)
    target[level < _SILENCE_DB] = 0
    target[target < 0.06] = 0
    opening = _follow(target, _OPENING_SPEED, _CLOSING_SPEED)
    opening[opening < 0.05] = 0
    rounding = _follow(np.clip((dark - 0.9) / 1.6, 0, 1), 0.4, 0.4)
    return np.clip(opening, 0, 1), rounding


def _follow(target: Track, rising: float, falling: float) -> Track:
    followed = np.empty_like(target)
    value = 0.0
    for number, goal in enumerate(target):
        value += (goal - value) * (rising if goal > value else falling)
        followed[number] = value
    return followed


def _slow(track: Track, fps: int, seconds: float) -> Track:
    """The track without what is faster than `seconds`."""
    size = max(3, int(seconds * fps) | 1)
    window = np.hanning(size + 2)[1:-1]
    padded = np.pad(track, size // 2, mode="edge")
    return np.asarray(np.convolve(padded, window / window.sum(), mode="valid"))


def _lids(frames: int, fps: int, dice: np.random.Generator) -> npt.NDArray[np.int64]:
    """Blinks of some 0.2 s every 2 to 5 seconds, now and then two in a row."""
    lids = np.zeros(frames, np.int64)
    blink = (1, 2, 2, 1)
    at = int(fps * (0.7 + dice.random()))
    while at < frames:
        lids[at : at + len(blink)] = blink[: frames - at]
        again = dice.random() < 0.15
        at += int(fps * (0.32 if again else 2 + 3 * dice.random()))
    return lids
