"""What a recogniser that never saw the text understands of a recording, and how much of it is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import av
import numpy as np
import numpy.typing as npt
from pocketsphinx import Decoder

RECOGNISED_RATE = 16_000
"""Samples a second of what pocketsphinx' model was trained on."""

MOST_STATES = 1_500
"""Of the search, per frame. pocketsphinx allows 30 000, which takes half as long again, twice over music, and
understands the voices here no better."""


@cache
def _decoder() -> Decoder:
    """It takes a third of a second to read the model."""
    return Decoder(samprate=RECOGNISED_RATE, loglevel="FATAL", maxhmmpf=MOST_STATES)


def heard(sound: npt.NDArray[np.float32], rate: int) -> list[str]:
    """Return the words, in lower case, of one channel (n,) or several (n, channels) from -1 to 1."""
    mono = sound if sound.ndim == 1 else sound.mean(axis=1)
    samples = np.ascontiguousarray(np.clip(mono, -1, 1) * 32_000).astype("<i2")
    frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RECOGNISED_RATE)
    pieces = [*resampler.resample(frame), *resampler.resample(None)]
    decoder = _decoder()
    decoder.reinit_feat()  # It would begin with the mean of what it heard last.
    decoder.start_utt()
    decoder.process_raw(b"".join(bytes(piece.planes[0])[: piece.samples * 2] for piece in pieces), full_utt=True)
    decoder.end_utt()
    understood = decoder.hyp()
    return understood.hypstr.split() if understood else []


def word_errors(expected: Sequence[str], got: Sequence[str]) -> float:
    """Return the word error rate: words left out, put in or mistaken, per word expected."""
    row = np.arange(len(got) + 1)
    for number, word in enumerate(expected, start=1):
        before, row[0] = row.copy(), number
        for place, other in enumerate(got, start=1):
            row[place] = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (word != other))
    return float(row[-1]) / len(expected)
