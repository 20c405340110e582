"""Makes a picture twice as large: with a small network where its wheel exists, else by back-projection.

Both end with the same correction: made small again, the result must look like the original.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Pixels = NDArray[np.uint8]
"""rows x columns x 3 (RGB) or 4 (RGBA, straight alpha)."""

FACTOR = 2
_NETWORK = "acnet-gan"
"""Of pyanime4k's networks the one with the cleanest edges that leaves skin and texture alone."""
_ROUNDS_WITHOUT_NETWORK = 4
"""Rounds of correction that Lanczos needs; more only sharpen noise. After the network one is enough."""


@cache
def engine() -> tuple[str, str]:
    """Return the name and version of what enlarges pictures on this machine."""
    try:
        return f"pyanime4k {_NETWORK}", version("pyanime4k")
    except PackageNotFoundError:
        return "back-projection", "1"


def has_network() -> bool:
    """Return whether the network is there: pyanime4k has no wheel for Linux on arm64."""
    return engine()[0].startswith("pyanime4k")


def network() -> Callable[[Pixels], Pixels]:
    """Return a function that doubles RGB pictures with the network. Not to be shared between threads.

    The network sees brightness only; colours come from an ordinary enlargement, because its own way of splitting them
    rounds down and tints everything a little green.
    """
    from pyanime4k import pyac

    processor = pyac.core.Processor("cpu", 0, _NETWORK)

    def double(picture: Pixels) -> Pixels:
        image = Image.fromarray(picture)
        plain = image.resize((image.width * FACTOR, image.height * FACTOR), Image.Resampling.BICUBIC)
        light = processor.process(np.asarray(image.convert("L")), float(FACTOR))
        change = light.astype(np.int16) - np.asarray(plain.convert("L"))
        return np.asarray(np.clip(np.asarray(plain) + change[..., None], 0, 255), dtype=np.uint8)

    return double


def doubled(picture: Pixels) -> Pixels:
    """Return RGB or RGBA at twice the width and height."""
    if picture.shape[2] == 4:
        shape = doubled(np.repeat(picture[..., 3:], 3, axis=2))
        return np.dstack([doubled(_bled(picture)), shape[..., 1]])
    if has_network():
        return corrected(network()(picture), picture, 1)
    return corrected(_resized(picture, Image.Resampling.LANCZOS), picture, _ROUNDS_WITHOUT_NETWORK)


def enlarged(picture: Pixels, double: Callable[[Pixels], Pixels]) -> Pixels:
    """Return a picture as `double`, which takes RGB, makes it; alpha is enlarged smoothly, and under it nothing is
    left of colours that were not to be seen."""
    if picture.shape[2] == 3:
        return double(picture)
    shape = Image.fromarray(np.ascontiguousarray(picture[..., 3]))
    alpha = shape.resize((shape.width * FACTOR, shape.height * FACTOR), Image.Resampling.BICUBIC)
    return np.dstack([double(_bled(picture)), np.asarray(alpha)])


def corrected(large: Pixels, small: Pixels, rounds: int) -> Pixels:
    """Return `large` with its brightness nearer to `small` when made small again (back-projection)."""
    wanted, light = _light(small), _light(large)
    size, back = (large.shape[1], large.shape[0]), (small.shape[1], small.shape[0])
    start = light
    for _ in range(rounds):
        missing = wanted - _plane(light, back)
        light = light + _plane(missing, size)
    return np.clip(large + (light - start)[..., None] + 0.5, 0, 255).astype(np.uint8)


def _light(picture: Pixels) -> NDArray[np.float32]:
    """Brightness (Rec. 601, as JPEG and Pillow have it), unrounded."""
    return np.asarray(picture[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32), dtype=np.float32)


def _plane(plane: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BICUBIC), dtype=np.float32)


def _resized(picture: Pixels, filtering: Image.Resampling) -> Pixels:
    rows, columns = picture.shape[:2]
    return np.asarray(Image.fromarray(picture).resize((columns * FACTOR, rows * FACTOR), filtering))


def _bled(picture: Pixels) -> Pixels:
    """The colours of an RGBA picture, spread into its transparent parts, whose own colours mean nothing.

    Without it the black that usually lies there would darken the edges.
    """
    alpha = picture[..., 3]
    if alpha.min() == 255:
        return np.ascontiguousarray(picture[..., :3])
    layers = Image.fromarray(picture, "RGBA").convert("RGBa")
    total = np.zeros(picture.shape, np.float32)
    for radius, importance in ((1, 1.0), (3, 0.1), (9, 0.01), (40, 0.001)):
        total += np.float32(importance) * np.asarray(layers.filter(ImageFilter.BoxBlur(radius)), dtype=np.float32)
    around = total[..., :3] * 255 / np.maximum(total[..., 3:], 1e-3)
    solid = (alpha > 0)[..., None]
    return np.where(solid, picture[..., :3], np.clip(around, 0, 255).astype(np.uint8))
