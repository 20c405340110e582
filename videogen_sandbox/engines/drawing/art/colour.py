"""Colours as `#rrggbb` text and the few sums the drawings do with them."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence


def parts(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of `#rgb` or `#rrggbb`."""
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def text(rgb: Sequence[float]) -> str:
    """Return `#rrggbb` for red, green and blue, clamped to 0 to 255."""
    return "#" + "".join(f"{min(255, max(0, round(value))):02x}" for value in rgb[:3])


def mix(first: str, second: str, share: float) -> str:
    """Return `first` with `share` (0 to 1) of `second` in it."""
    return text([a + (b - a) * share for a, b in zip(parts(first), parts(second), strict=True)])


def lighter(colour: str, share: float) -> str:
    """Return `colour` with `share` (0 to 1) of white in it."""
    return mix(colour, "#ffffff", share)


def darker(colour: str, share: float) -> str:
    """Return `colour` with `share` (0 to 1) of a night blue in it."""
    return mix(colour, "#0b0f24", share)


def times(colour: str, factors: Sequence[float]) -> str:
    """Return `colour` with each channel multiplied, as it looks under coloured light."""
    return text([value * factor for value, factor in zip(parts(colour), factors, strict=True)])


def hls(colour: str) -> tuple[float, float, float]:
    """Return hue, lightness and saturation, each 0 to 1."""
    red, green, blue = parts(colour)
    return colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)


def from_hls(hue: float, lightness: float, saturation: float) -> str:
    """Return `#rrggbb` for hue (any number of turns), lightness and saturation (0 to 1)."""
    return text([value * 255 for value in colorsys.hls_to_rgb(hue % 1, lightness, saturation)])
