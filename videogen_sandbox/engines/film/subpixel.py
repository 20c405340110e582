"""Pictures at places between pixels: slow ones that jump from pixel to pixel are seen to stutter."""

from __future__ import annotations

import math

from PIL import Image, ImageChops

PHASES = 4
"""Steps within a pixel."""


class SubpixelImage:
    """A picture, moved to the right by every step within a pixel ahead of time, so that drawing is a copy.

    What is transparent is kept premultiplied (RGBa), which Pillow pastes in a third of the time of RGBA.
    """

    def __init__(self, image: Image.Image) -> None:
        """`image`: RGBA, or RGB if it is wider than the frame, for there its own edges fade to black."""
        wider = image.crop((0, 0, image.width + 1, image.height))
        still = wider if image.mode == "RGB" else wider.convert("RGBa")
        beside = ImageChops.offset(still, 1, 0)
        self._phases = [Image.blend(still, beside, step / PHASES) for step in range(PHASES)]

    def draw(self, frame: Image.Image, x: float, y: int) -> None:
        """Draw it with its upper left corner there, in pixels; what is outside the frame is left out."""
        whole = math.floor(x)
        moved = self._phases[int((x - whole) * PHASES)]
        frame.paste(moved, (whole, y), None if moved.mode == "RGB" else moved)
