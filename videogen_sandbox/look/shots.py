"""One picture of something that moves."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True)
class Shot:
    """A picture of a film or an animation: RGB, or RGBA (straight alpha). `time` in seconds from its start."""

    time: float
    image: Image.Image
