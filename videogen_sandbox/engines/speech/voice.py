"""The voices: hibari's bundled `heart` and two more that are derived from it, all offline.

The model predicts for every 12.5 ms a spectrum in parts and the pitch; another pitch with the envelope moved along the
frequency axis is another throat. Nothing is ever fetched: hibari loads its other voices from the network at first use,
so only the path of the bundled model is given to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import hibari
import numpy as np
from hibari import dsp
from hibari.g2p import G2P
from hibari.g2p.normalize import normalize
from numpy.typing import NDArray

RATE = 24_000
"""Samples a second of the model."""
ENGINE, ENGINE_VERSION = "hibari-tts", version("hibari-tts")

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Throat:
    """How a voice differs from `heart`: factors on pitch and on formants."""

    pitch: float = 1.0
    formants: float = 1.0


THROATS = {"heart": Throat(), "alto": Throat(0.82, 0.95), "miles": Throat(0.56, 0.86)}
"""By slug of `contract.catalogue.VOICES`. Deeper and higher ones were tried: a recogniser did not understand them."""


@dataclass(frozen=True)
class Phoneme:
    """One sign of the model's alphabet; `start` and `end` in seconds of the sound."""

    sign: str
    start: float
    end: float


@dataclass(frozen=True)
class Token:
    """A word, part of a word or punctuation mark as it is spoken."""

    text: str
    phonemes: str


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited field of a protobuf message of less than 128 bytes."""
    return bytes([number << 3 | 2, len(content)]) + content


_DURATIONS_TENSOR = b"/Clip_output_0"
"""Where hibari-tts 0.2.1 keeps how long each phoneme lasts, in frames of 25 ms."""

DURATIONS = _field(7, _field(12, _field(1, _DURATIONS_TENSOR) + _field(2, b"\x08\x01")))
"""ModelProto.graph.output (name, float), appended to the model's bytes: protobuf merges repeated fields, so the model
gets one more output. The sound stays the same to the bit."""


class Speaker:
    """Turns English sentences into sound. Loading takes half a second, so keep it: see `speaker`."""

    def __init__(self) -> None:
        bundled = Path(hibari.__file__).parent / "assets" / "hibari.onnx"
        self._model = hibari.Hibari(voice="heart", model=bundled.read_bytes() + DURATIONS, threads=1, g2p=G2P())

    def phonemes(self, sentence: str) -> list[str]:
        """Return how a sentence is pronounced, in pieces the model takes; empty if there is nothing to say."""
        return [piece for piece in self._model.phonemize(sentence) if any(sign.isalpha() for sign in piece)]

    def say(self, phonemes: str, voice: str, speed: float, rng: np.random.Generator) -> Samples:
        """Return mono samples at 24 kHz. `voice`: slug of THROATS; `speed`: factor; `rng` makes the breath noise."""
        return self.say_timed(phonemes, voice, speed, rng)[0]

    def say_timed(
        self, phonemes: str, voice: str, speed: float, rng: np.random.Generator
    ) -> tuple[Samples, list[Phoneme]]:
        """Return the samples of `say`, and when each phoneme that the model knows is heard."""
        ids = self._model.ids(phonemes)
        inputs = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([speed], np.float32)}
        *parts, durations = self._model.sess.run(None, inputs)
        lh, th, ln, lr, phi, f0 = (part[0] for part in parts)
        throat = THROATS[voice]
        if throat.formants != 1.0:
            lh, ln, lr = (moved(part, throat.formants) for part in (lh, ln, lr))
            th, phi = (moved(part, throat.formants, smooth=False) for part in (th, phi))
        sound = np.asarray(dsp.synth(lh, th, ln, lr, phi, f0 * np.float32(throat.pitch), rng), dtype=np.float32)
        ends = np.cumsum(durations.ravel()) * (len(sound) / RATE / float(durations.sum()))
        known = [sign for sign in phonemes if sign in self._model.vocab]  # between a pad at each end
        timed = zip(known, ends[:-2], ends[1:-1], strict=True)
        return sound, [Phoneme(sign, float(start), float(end)) for sign, start, end in timed]

    def tokens(self, sentence: str) -> list[Token]:
        """Return the words of a sentence as they are spoken ("3rd" as "third"), in order, with their phonemes."""
        g2p = self._model.g2p
        return [
            Token(token.text, g2p.unk if token.phonemes is None else token.phonemes)
            for part in self._model.split_sentences(sentence)
            for token in g2p.phonemize_tokens(g2p.tokenize(normalize(part)))
        ]


@cache
def speaker() -> Speaker:
    """Return the one speaker of this process."""
    return Speaker()


def moved(part: NDArray[np.float32], factor: float, smooth: bool = True) -> NDArray[np.float32]:
    """Return a spectrum part of shape (bins, frames) with its features at `factor` times their frequency.

    Angles must not be interpolated (`smooth=False`): the mean of two phases is not a phase between them.
    """
    bins = part.shape[0]
    source = np.minimum(np.arange(bins) / factor, bins - 1)
    if not smooth:
        return np.asarray(part[np.round(source).astype(int)])
    low = np.floor(source).astype(int)
    high = np.minimum(low + 1, bins - 1)
    share = (source - low).astype(np.float32)[:, None]
    return np.asarray(part[low] * (1 - share) + part[high] * share)
