"""Where the subject of a picture is: u2netp on onnxruntime, at its fixed 320x320.

It finds what stands out, not what is named: a person on a lawn, a cup on a table. Cluttered scenes and close-ups
without surroundings confuse it.
"""

from __future__ import annotations

import lzma
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

ENGINE, ENGINE_VERSION = "u2netp", "1"
SIDE = 320
"""Pixels of the network's square input and output; every picture is squeezed into it."""
_ASSET = Path(__file__).parents[2] / "assets" / "u2netp.onnx.xz"
_THREADS = 2
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the pictures it was trained on (ImageNet's, per channel)."""

Plane = NDArray[np.float32]
"""One value per pixel, 0 to 1."""


@cache
def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _THREADS
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that wait in a loop take the time of the encoders beside them.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    network = lzma.decompress(_ASSET.read_bytes())
    return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])


def find(picture: Image.Image) -> Plane:
    """Return how likely each part of an RGB picture belongs to its subject: 320 x 320, squeezed like the input."""
    small = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0), dtype=np.float32)
    scaled = small / max(float(small.max()), 1.0)
    normal = (scaled - np.array(_MEAN, np.float32)) / np.array(_SPREAD, np.float32)
    session = _session()
    # The first output joins the six others, which are only used in training.
    (found,) = session.run(
        [session.get_outputs()[0].name], {session.get_inputs()[0].name: normal.transpose(2, 0, 1)[None]}
    )
    return np.asarray(found[0, 0], dtype=np.float32)
