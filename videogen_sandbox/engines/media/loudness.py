"""How loud a sound is as broadcasters measure it (EBU R 128), and keeping its peaks under a limit.

FFmpeg has the measure, too, but PyAV gives its result to programs only since version 18.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from videogen_sandbox.engines.media.decode import Sound
from videogen_sandbox.engines.media.encode import SOUND_RATE

LOUDNESS = -16.0
"""LUFS of finished videos and previews: what podcasts and the web use; platforms turn louder ones down."""

SILENT = -70.0
"""LUFS. What is quieter does not count as sound (the gate of the recommendation)."""

CEILING = 10 ** (-2.2 / 20)
"""-2.2 dBFS: true peaks lie above the samples, and AAC adds up to a decibel; -1 dBTP are kept with it."""

KNEE = 0.55
"""Samples above this level are bent towards the ceiling."""

_STEP = SOUND_RATE // 10
"""Samples between two blocks of the measurement; a block has four such steps (ITU-R BS.1770-5, annex 1)."""

_RELATIVE_GATE = -10.0
"""LU below the mean of what is heard from which a block does not count."""

_OFFSET = -0.691
"""dB: a tone of 997 Hz at full scale on one channel has -3.01 LUFS."""

_HEAD = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_BASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
"""Filters of BS.1770 at 48 kHz: what the head does to sound, and how little low tones count. Numerator, denominator."""

_WINDOW, _LEAD = 1 << 17, 1 << 13
"""Samples that are filtered at once, and how many of them only lead in: the filters forget within 3,000."""


def loudness(sound: Sound) -> float:
    """Return the integrated loudness of samples (mono or x 2) at `SOUND_RATE` in LUFS; `SILENT` for silence.

    Mono counts as the same sound on both sides.
    """
    if len(sound) < 4 * _STEP:  # shorter than one block of the measurement
        sound = np.pad(sound, [(0, 4 * _STEP - len(sound)), (0, 0)][: sound.ndim])
    left, right = (sound, sound) if sound.ndim == 1 else sound.T
    steps = _energies(left)
    steps = steps + (steps if np.array_equal(left, right) else _energies(right))
    blocks = np.lib.stride_tricks.sliding_window_view(steps, 4).mean(axis=1)
    levels = _OFFSET + 10 * np.log10(np.maximum(blocks, 1e-12))
    heard = blocks[levels > SILENT]
    if not len(heard):
        return SILENT
    gate = _OFFSET + 10 * np.log10(heard.mean()) + _RELATIVE_GATE
    return float(_OFFSET + 10 * np.log10(blocks[(levels > SILENT) & (levels > gate)].mean()))


def gained(sound: Sound, wanted: float) -> Sound:
    """Return a sound at `wanted` LUFS; silence stays silent."""
    level = loudness(sound)
    return sound if level <= SILENT else np.asarray(sound * np.float32(10 ** ((wanted - level) / 20)), np.float32)


def limited(sound: Sound) -> Sound:
    """Return a sound whose samples stay under the ceiling, bent smoothly."""
    over, room = np.abs(sound) - KNEE, CEILING - KNEE
    return np.where(over > 0, np.sign(sound) * (KNEE + room * np.tanh(over / room)), sound).astype(np.float32)


def _energies(side: Sound) -> NDArray[np.float64]:
    """The mean square of each whole step of one channel, as the ear weighs it."""
    whole = len(side) // _STEP * _STEP
    weighed = np.concatenate(list(_weighed(side)))[:whole]
    return np.asarray(np.square(weighed).reshape(-1, _STEP).mean(axis=1), np.float64)


def _weighed(side: Sound) -> Iterator[NDArray[np.float64]]:
    """Yield the channel through both filters, piece by piece."""
    led = np.concatenate([np.zeros(_LEAD, np.float32), side])
    for start in range(0, len(side), _WINDOW - _LEAD):
        piece = led[start : start + _WINDOW]
        yield np.fft.irfft(np.fft.rfft(piece, _WINDOW) * _response(), _WINDOW)[_LEAD : len(piece)]


@cache
def _response() -> NDArray[np.complex128]:
    back = np.exp(-2j * np.pi * np.arange(_WINDOW // 2 + 1) / _WINDOW)
    whole = np.ones(len(back), np.complex128)
    for above, below in (_HEAD, _BASS):
        whole *= np.polyval(above[::-1], back) / np.polyval(below[::-1], back)
    return whole
