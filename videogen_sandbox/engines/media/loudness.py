"""How loud a sound is as broadcasters measure it (EBU R 128), and keeping its peaks under a limit."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.filter import Graph

from videogen_sandbox.engines.media.decode import Sound
from videogen_sandbox.engines.media.encode import SOUND_RATE

SILENT = -70.0
"""LUFS. What is quieter does not count as sound (the gate of the recommendation)."""

CEILING = 10 ** (-2.2 / 20)
"""-2.2 dBFS: true peaks lie above the samples, and AAC adds up to a decibel; -1 dBTP are kept with it."""

KNEE = 0.55
"""Samples above this level are bent towards the ceiling."""

_BLOCK = SOUND_RATE // 10


def loudness(sound: Sound) -> float:
    """Return the integrated loudness of samples (mono or x 2) at `SOUND_RATE` in LUFS; `SILENT` for silence."""
    stereo = sound if sound.ndim == 2 else np.repeat(sound[:, None], 2, axis=1)
    if len(stereo) < 4 * _BLOCK:  # shorter than one block of the measurement
        stereo = np.pad(stereo, ((0, 4 * _BLOCK - len(stereo)), (0, 0)))
    graph = Graph()
    begin = graph.add_abuffer(sample_rate=SOUND_RATE, format="flt", layout="stereo", time_base=Fraction(1, SOUND_RATE))
    meter = graph.add("ebur128", "metadata=1")
    end = graph.add("abuffersink")
    graph.link_nodes(begin, meter, end).configure()
    level = SILENT
    for start in range(0, len(stereo), _BLOCK):
        block = np.ascontiguousarray(stereo[start : start + _BLOCK], np.float32)
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate, frame.pts = SOUND_RATE, start
        begin.push(frame)
        level = _last(graph, level)
    begin.push(None)
    return max(SILENT, _last(graph, level))


def _last(graph: Graph, level: float) -> float:
    """The loudness that the meter has last told; it runs over all that it has heard."""
    while True:
        try:
            frame = cast(av.AudioFrame, graph.pull())
        except (av.BlockingIOError, av.EOFError):
            return level
        level = float(frame.metadata.get("lavfi.r128.I", level))


def gained(sound: Sound, wanted: float) -> Sound:
    """Return a sound at `wanted` LUFS; silence stays silent."""
    level = loudness(sound)
    return sound if level <= SILENT else np.asarray(sound * np.float32(10 ** ((wanted - level) / 20)), np.float32)


def limited(sound: Sound) -> Sound:
    """Return a sound whose samples stay under the ceiling, bent smoothly."""
    over, room = np.abs(sound) - KNEE, CEILING - KNEE
    return np.where(over > 0, np.sign(sound) * (KNEE + room * np.tanh(over / room)), sound).astype(np.float32)
