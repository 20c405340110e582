"""The instruments: samples of FluidR3Mono from `assets/instruments.zip`, shifted to every pitch."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np

from videogen_sandbox.engines.media.decode import Sound
from videogen_sandbox.engines.media.encode import SOUND_RATE

PACK = Path(__file__).parents[2] / "assets" / "instruments.zip"

LEVEL = 0.1
"""RMS of the loudest fifth of a second of every tone, so that the samples of an instrument are alike."""

DRUM_LEVEL = 0.5
"""Highest sample of every drum."""


@dataclass(frozen=True)
class Manner:
    """How an instrument begins and ends a tone: seconds of attack, and of release after the key is let go."""

    attack: float
    release: float


MANNERS: Mapping[str, Manner] = {
    "piano": Manner(0.001, 0.35),
    "electric piano": Manner(0.001, 0.30),
    "glockenspiel": Manner(0.001, 1.50),
    "guitar": Manner(0.001, 0.25),
    "bass": Manner(0.003, 0.12),
    "synth bass": Manner(0.003, 0.06),
    "pizzicato": Manner(0.001, 0.60),
    "strings": Manner(0.090, 0.45),
    "pad": Manner(0.250, 0.90),
    "horns": Manner(0.050, 0.35),
    "flute": Manner(0.030, 0.15),
}


@dataclass(frozen=True)
class _Sample:
    """A recorded tone. `key`: its pitch in semitones as MIDI counts them; `loop`: samples that repeat as long as the
    tone lasts; `fade`: dB a second by which the loop gets softer."""

    wave: Sound
    rate: int
    key: float
    loop: tuple[int, int] | None
    fade: float


def play(name: str, key: int, seconds: float) -> Sound:
    """Return a tone of an instrument as mono samples at `SOUND_RATE`: `seconds` held, and what sounds on after that."""
    sample = min(_samples(name), key=lambda one: abs(one.key - key))
    manner = MANNERS[name]
    step = sample.rate / SOUND_RATE * 2 ** ((key - sample.key) / 12)
    held, released = round(seconds * SOUND_RATE), round(manner.release * SOUND_RATE)
    place = np.arange(held + released) * step
    gain = np.ones(len(place), np.float32)
    if sample.loop is None:
        place = place[place < len(sample.wave) - 1]
        gain = gain[: len(place)]
    else:
        start, end = sample.loop
        if sample.fade:
            late = np.maximum(0.0, place - start) / step / SOUND_RATE
            gain = (10 ** (-sample.fade * late / 20)).astype(np.float32)
        place = np.where(place < end, place, start + (place - start) % (end - start))
    tone = np.interp(place, np.arange(len(sample.wave)), sample.wave).astype(np.float32) * gain
    rise = min(len(tone), max(1, round(manner.attack * SOUND_RATE)))
    tone[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)
    fall = min(released, len(tone))
    tone[len(tone) - fall :] *= np.linspace(1, 0, fall, dtype=np.float32) ** 2
    return np.asarray(tone, np.float32)


def strike(name: str) -> Sound:
    """Return a drum as mono samples at `SOUND_RATE`."""
    (sample,) = _samples(f"drum {name}")
    place = np.arange(0, len(sample.wave) - 1, sample.rate / SOUND_RATE)
    return np.asarray(np.interp(place, np.arange(len(sample.wave)), sample.wave), np.float32)


@cache
def _samples(name: str) -> Sequence[_Sample]:
    with zipfile.ZipFile(PACK) as pack:
        return [_sample(pack.read(entry["file"]), entry, name) for entry in _index()[name]]


@cache
def _index() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    with zipfile.ZipFile(PACK) as pack:
        index: Mapping[str, Sequence[Mapping[str, Any]]] = json.loads(pack.read("index.json"))
        return index


def _sample(vorbis: bytes, entry: Mapping[str, Any], name: str) -> _Sample:
    with av.open(io.BytesIO(vorbis), "r") as container:
        rate = container.streams.audio[0].rate
        wave = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)[0]
    wave = wave.astype(np.float32)
    if name.startswith("drum "):
        wave *= DRUM_LEVEL / float(np.abs(wave).max())
    else:
        block = rate // 5
        whole = wave[: max(1, len(wave) // block) * block]
        energy = np.square(whole).reshape(-1, min(block, len(whole))).mean(axis=1)
        wave *= LEVEL / float(np.sqrt(energy.max()))
    start, end = entry["loop"] or (0, 0)
    loop = (start, min(end, len(wave) - 1)) if entry["loop"] else None
    return _Sample(wave, rate, float(entry["key"]), loop, float(entry["fade"]))
