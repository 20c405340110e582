"""FFmpeg's audio filters, for what they do better than arrays of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import av
import numpy as np
from av.filter import Graph

from videogen_sandbox.engines.media.decode import Sound
from videogen_sandbox.engines.media.encode import SOUND_RATE

Filter = tuple[str, str]
"""Its name and its options, as FFmpeg writes them."""


def filtered(sound: Sound, filters: Sequence[Filter]) -> Sound:
    """Return samples x 2 at `SOUND_RATE` after the filters in turn; as many as before."""
    graph = Graph()
    source = graph.add_abuffer(sample_rate=SOUND_RATE, format="fltp", layout="stereo")
    graph.link_nodes(source, *(graph.add(*one) for one in filters), graph.add("abuffersink")).configure()
    done: list[Sound] = []
    for start in range(0, len(sound), SOUND_RATE):
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(sound[start : start + SOUND_RATE].T), format="fltp", layout="stereo"
        )
        frame.sample_rate, frame.pts = SOUND_RATE, start
        graph.push(frame)
        done += _drained(graph)
    graph.push(None)
    done += _drained(graph)
    return np.concatenate(done)[: len(sound)]


def _drained(graph: Graph) -> list[Sound]:
    found: list[Sound] = []
    with suppress(av.BlockingIOError, av.EOFError):  # it wants more, or this was all
        while True:
            found.append(np.asarray(graph.pull().to_ndarray().T, np.float32))
    return found
