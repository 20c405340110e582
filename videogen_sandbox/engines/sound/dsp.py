"""Signal building blocks for the sound recipes: shaped noise, struck modes, glides, a stereo stage and a room.

Everything works on mono float64 arrays at 48 kHz unless it says stereo; levels are linear. Filters are applied in the
frequency domain with gentle slopes, because numpy has no fast recursive filter and a loop per sample is too slow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
"""Samples a second of every sound effect: what video and AAC use, so nothing is resampled later."""

Signal = NDArray[np.float64]
Curve = Callable[[Signal], Signal]
"""Gain (linear) at each frequency (Hz)."""

_BLOCK = 4_800
"""Transforms have a multiple of this length (2^6 · 3 · 5^2): prime lengths would be several times slower."""


def size(seconds: float) -> int:
    """Return the number of samples in `seconds`, at least one."""
    return max(1, round(seconds * RATE))


def clock(seconds: float) -> Signal:
    """Return the time axis in seconds, starting at 0."""
    return np.arange(size(seconds)) / RATE


def band(low: float, high: float, steepness: float = 2.0) -> Curve:
    """Return a band-pass from `low` to `high` Hz; `steepness` 2 falls off by about 12 dB an octave."""

    def gain(frequency: Signal) -> Signal:
        f = np.maximum(frequency, 1.0)
        return np.asarray(1.0 / np.sqrt((1.0 + (low / f) ** (2 * steepness)) * (1.0 + (f / high) ** (2 * steepness))))

    return gain


def peaks(*centres: tuple[float, float, float]) -> Curve:
    """Return resonances given as (Hz, bandwidth in Hz, gain), summed."""

    def gain(frequency: Signal) -> Signal:
        total = np.zeros_like(frequency)
        for centre, width, level in centres:
            total += level / (1.0 + ((frequency - centre) / (width / 2)) ** 2)
        return total

    return gain


def _frequencies(length: int) -> Signal:
    """The frequencies (Hz) of a real transform of `length` samples."""
    return np.asarray(np.arange(length // 2 + 1) * (RATE / length), dtype=np.float64)


def filtered(signal: Signal, curve: Curve) -> Signal:
    """Return `signal` with each frequency scaled by `curve`; zero phase, same length."""
    length = -(-(len(signal) + 2_400) // _BLOCK) * _BLOCK
    spectrum = np.fft.rfft(signal, length)
    spectrum *= curve(_frequencies(length))
    return np.asarray(np.fft.irfft(spectrum, length)[: len(signal)])


def noise(rng: np.random.Generator, seconds: float, curve: Curve) -> Signal:
    """Return noise with the spectrum `curve` and an RMS level of 1."""
    count = size(seconds)
    length = -(-count // _BLOCK) * _BLOCK
    spectrum = np.fft.rfft(rng.standard_normal(length))
    spectrum *= curve(_frequencies(length))
    shaped = np.fft.irfft(spectrum, length)[:count]
    return np.asarray(shaped / max(float(np.sqrt(np.mean(shaped**2))), 1e-9))


def wander(rng: np.random.Generator, seconds: float, per_second: float, low: float, high: float) -> Signal:
    """Return a smooth random curve between `low` and `high` that turns about `per_second` times a second."""
    knots = max(2, int(seconds * per_second) + 3)
    values = rng.uniform(low, high, knots)
    position = np.arange(size(seconds)) / RATE * per_second
    left = np.minimum(position.astype(int), knots - 2)
    share = np.clip(position - left, 0, 1)
    share = share * share * (3 - 2 * share)
    return np.asarray(values[left] * (1 - share) + values[left + 1] * share)


def decay(seconds: float, half: float, attack: float = 0.002) -> Signal:
    """Return an envelope that rises in `attack` seconds, then halves every `half` seconds, and ends in silence."""
    t = clock(seconds)
    envelope = np.minimum(t / attack, 1.0) * np.exp2(-t / half)
    tail = min(size(0.01), len(t))
    envelope[-tail:] *= np.linspace(1, 0, tail)
    return np.asarray(envelope)


def arch(seconds: float, top: float = 0.5, sharpness: float = 1.0) -> Signal:
    """Return an envelope that rises to 1 at the share `top` of the time and falls again."""
    share = np.linspace(0, 1, size(seconds))
    rise = np.where(share < top, share / top, (1 - share) / (1 - top))
    return np.asarray(np.sin(np.clip(rise, 0, 1) * np.pi / 2) ** (2 * sharpness))


def glide(frequency: Signal, harmonics: Sequence[float] = (1.0,)) -> Signal:
    """Return a tone that follows the frequency curve (Hz), with the given levels of its 1st, 2nd … harmonic."""
    phase = 2 * np.pi * np.cumsum(frequency) / RATE
    total = np.zeros(len(frequency))
    for number, level in enumerate(harmonics, start=1):
        if level:
            total += np.where(frequency * number < RATE / 2, level, 0.0) * np.sin(phase * number)
    return total


def buzz(frequency: Signal, brightness: float = 12_000.0) -> Signal:
    """Return a pulse train with equal harmonics below `brightness` Hz along a frequency curve (Hz); peaks near 1."""
    phase = 2 * np.pi * np.cumsum(frequency) / RATE
    count = np.maximum(np.floor(min(brightness, RATE / 2 - 1) / np.maximum(frequency, 1.0)), 1.0)
    half = np.sin(phase / 2)
    safe = np.where(np.abs(half) < 1e-4, 1.0, half)
    series = np.where(np.abs(half) < 1e-4, 2 * count + 1, np.sin((count + 0.5) * phase) / safe)
    return np.asarray((series / 2 - 0.5) / count)


def struck(seconds: float, modes: Sequence[tuple[float, float, float]]) -> Signal:
    """Return a struck body: modes as (Hz, level, seconds to halve)."""
    t = clock(seconds)
    total = np.zeros(len(t))
    for frequency, level, half in modes:
        if frequency < RATE / 2:
            total += level * np.sin(2 * np.pi * frequency * t) * np.exp2(-t / half)
    tail = min(size(0.01), len(t))
    total[-tail:] *= np.linspace(1, 0, tail)
    total[: min(24, len(t))] *= np.linspace(0, 1, min(24, len(t)))
    return total


def moments(rng: np.random.Generator, seconds: float, per_second: float) -> Signal:
    """Return random instants (s) of a Poisson process, in order."""
    return np.sort(rng.uniform(0, seconds, rng.poisson(seconds * per_second)))


def grains(rng: np.random.Generator, seconds: float, at: Signal, kernel: Signal, spread: float = 1.0) -> Signal:
    """Return `kernel` placed at the instants `at` (s) with heavy-tailed random levels; `spread` 0 makes them equal."""
    ticks = np.zeros(size(seconds))
    levels = np.exp(rng.normal(0, spread, len(at))) * rng.choice((-1.0, 1.0), len(at))
    np.add.at(ticks, np.minimum((at * RATE).astype(int), len(ticks) - 1), levels)
    return convolved(ticks, kernel)


def convolved(signal: Signal, kernel: Signal) -> Signal:
    """Return the convolution, cut to the length of `signal`."""
    length = -(-(len(signal) + len(kernel)) // _BLOCK) * _BLOCK
    product = np.fft.rfft(signal, length) * np.fft.rfft(kernel, length)
    return np.asarray(np.fft.irfft(product, length)[: len(signal)])


class Stage:
    """A stretch of stereo sound that recipes add to.

    `seconds` is its length, `rng` the only source of chance.
    """

    def __init__(self, seconds: float, rng: np.random.Generator) -> None:
        self.seconds = seconds
        self.rng = rng
        self.sound: Signal = np.zeros((size(seconds), 2))

    def add(self, signal: Signal, at: float = 0.0, level: float = 1.0, pan: float = 0.0) -> None:
        """Mix a mono signal in at `at` seconds; `pan` runs from -1 (left) to 1 (right); what reaches out is cut."""
        start = max(0, round(at * RATE))
        room = len(self.sound) - start
        if room <= 0:
            return
        angle = (np.clip(pan, -1, 1) + 1) * np.pi / 4
        cut = signal[:room] * level
        self.sound[start : start + len(cut), 0] += cut * np.cos(angle)
        self.sound[start : start + len(cut), 1] += cut * np.sin(angle)

    def bed(self, curve: Curve, level: float, envelope: Signal | None = None) -> None:
        """Mix in wide noise over the whole length: both sides independent, so that it surrounds."""
        for side in (0, 1):
            layer = noise(self.rng, self.seconds, curve)[: len(self.sound)] * level
            self.sound[:, side] += layer if envelope is None else layer * envelope[: len(layer)]

    def room(self, halves_in: float, wet: float, bright: float = 6_000.0) -> None:
        """Put everything so far into a room whose echo halves every `halves_in` seconds."""
        length = min(self.seconds, halves_in * 8)
        for side in (0, 1):
            echo = noise(self.rng, length, band(120, bright, 1.0)) * decay(length, halves_in, 0.012)
            echo /= np.sqrt(np.sum(echo**2))
            self.sound[:, side] += wet * convolved(self.sound[:, side], echo)


@dataclass(frozen=True)
class Manner:
    """How a sound is asked for: what the adjectives around it say.

    `force` runs from 0 (gentle) to 1 (violent), `pace` and `pitch` are factors, `count` is a number of strokes that was
    named, `words` are all words of the prompt (for surfaces, kinds and the like).
    """

    force: float = 0.5
    pace: float = 1.0
    pitch: float = 1.0
    count: int | None = None
    words: frozenset[str] = field(default_factory=frozenset)

    def has(self, *words: str) -> bool:
        """Return whether the prompt has one of these words."""
        return not self.words.isdisjoint(words)


Recipe = Callable[[Stage, Manner], None]
"""Adds one kind of sound to a stage."""


def strokes(stage: Stage, manner: Manner, every: float, first: float = 0.05, jitter: float = 0.1) -> list[float]:
    """Return instants (s) of repeated strokes: `count` if a number was named, else one every `every` s."""
    gap = every / manner.pace
    fitting = max(1, int((stage.seconds - first - 0.15) / gap) + 1)
    count = fitting if manner.count is None else manner.count
    gap = min(gap, (stage.seconds - first) / count)
    offsets = stage.rng.uniform(-jitter, jitter, count) * gap
    offsets[0] = 0.0
    return [max(0.0, first + number * gap + float(offset)) for number, offset in enumerate(offsets)]
