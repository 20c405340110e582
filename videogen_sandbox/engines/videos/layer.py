"""Pictures as the encoder takes them, for moving, mixing and covering: brightness at full size, two colours at half.

Movement is a resize of a part given in fractions of a pixel: smooth, and twice as fast on these planes as on RGB.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from videogen_sandbox.engines.media.decode import Picture
from videogen_sandbox.engines.media.encode import Planes, planes

Window = tuple[float, float, float, float]
"""left, top, right, bottom in pixels."""


@dataclass(frozen=True)
class Layer:
    """A picture in 4:2:0, BT.709: three images of mode L, the last two half as wide and high. Sides are even."""

    bright: Image.Image
    blue: Image.Image
    red: Image.Image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.bright.size

    def seen(self, window: Window, size: tuple[int, int]) -> Layer:
        """Return a window of the picture at another size (even width and height)."""
        left, top, right, bottom = window
        half = (left / 2, top / 2, right / 2, bottom / 2)
        small = (size[0] // 2, size[1] // 2)
        grows = right - left < size[0]
        method = Image.Resampling.BICUBIC if grows else Image.Resampling.BILINEAR
        return Layer(
            self.bright.resize(size, method, box=window),
            self.blue.resize(small, Image.Resampling.BILINEAR, box=half),
            self.red.resize(small, Image.Resampling.BILINEAR, box=half),
        )

    def mixed(self, other: Layer, share: float) -> Layer:
        """Return the picture with `share` (0 to 1) of another of its size."""
        return Layer(
            Image.blend(self.bright, other.bright, share),
            Image.blend(self.blue, other.blue, share),
            Image.blend(self.red, other.red, share),
        )

    def copy(self) -> Layer:
        """Return a picture that may be pasted on."""
        return Layer(self.bright.copy(), self.blue.copy(), self.red.copy())

    def paste(self, other: Layer, left: int, top: int) -> None:
        """Lay another picture over this one, in place, at even `left` and `top`; what is outside is cut off."""
        self.bright.paste(other.bright, (left, top))
        self.blue.paste(other.blue, (left // 2, top // 2))
        self.red.paste(other.red, (left // 2, top // 2))

    def cover(self, sticker: Sticker, left: int, top: int) -> None:
        """Lay a sticker over this picture, in place, at even `left` and `top`."""
        layer, half = sticker.layer, (left // 2, top // 2)
        self.bright.paste(layer.bright, (left, top), sticker.alpha)
        self.blue.paste(layer.blue, half, sticker.half_alpha)
        self.red.paste(layer.red, half, sticker.half_alpha)

    def planes(self) -> Planes:
        """Return the picture for `VideoWriter.write_planes`; the height must be divisible by 4."""
        width, height = self.size
        colours = [np.asarray(part).reshape(-1, width) for part in (self.blue, self.red)]
        return Planes(np.concatenate([np.asarray(self.bright), *colours]), width, height)


@dataclass(frozen=True)
class Sticker:
    """A picture with transparency: captions, logos, marks."""

    layer: Layer
    alpha: Image.Image
    half_alpha: Image.Image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.layer.size


def layer(picture: Picture) -> Layer:
    """Return an RGB picture as a layer; an odd last row or column, or one beyond a multiple of 4 rows, is cut off."""
    height, width = picture.shape[0] // 4 * 4, picture.shape[1] // 2 * 2
    made = planes(np.ascontiguousarray(picture[:height, :width]))
    return Layer(*(Image.fromarray(np.ascontiguousarray(part)) for part in (made.bright, made.blue, made.red)))


def sticker(image: Image.Image) -> Sticker:
    """Return an RGBA picture as a sticker, padded to even sides."""
    width, height = image.width + image.width % 2, image.height + -image.height % 4
    if (width, height) != image.size:
        padded = Image.new("RGBA", (width, height))
        padded.paste(image)
        image = padded
    alpha = image.getchannel("A")
    return Sticker(
        layer(np.asarray(image.convert("RGB"))), alpha, alpha.resize((width // 2, height // 2), Image.Resampling.BOX)
    )
