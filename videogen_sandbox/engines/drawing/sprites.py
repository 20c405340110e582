"""Subjects as pictures: the figure in its colours and in the light of the scene, cut to its outline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from random import Random

from PIL import Image, ImageChops, ImageOps

from videogen_sandbox.engines.drawing import figures, icons, kinds
from videogen_sandbox.engines.drawing.art import colour
from videogen_sandbox.engines.drawing.art.light import Light

WINDOW_LIGHT = "#ffdc8f"
SAMPLE = 96
"""Pixels of the small rendering that outlines and dominant colours are read from."""

_STILL = Random(0).getstate()


@lru_cache(maxsize=256)
def _outline(icon: str) -> tuple[float, float, float, float]:
    """Box of what is really drawn of a figure, in its own units: left, top, right, bottom."""
    drawing = figures.figure(icon, _fixed_rng())
    x, y, width, _ = drawing.box
    picture = icons.render(icons.svg(drawing.markup, SAMPLE, box=drawing.box))
    left, top, right, bottom = picture.getbbox() or (0, 0, picture.width, picture.height)
    unit = width / picture.width
    return x + left * unit, y + top * unit, x + right * unit, y + bottom * unit


def aspect(icon: str) -> float:
    """Return the width of a subject by its height."""
    left, top, right, bottom = _outline(icon)
    return (right - left) / (bottom - top)


def sprite(
    icon: str, height: int, rng: Random, tint: str | None = None, *, colours: Mapping[str, str] | None = None
) -> Image.Image:
    """Return the figure as an RGBA picture of `height` pixels, cut to its outline.

    `tint` recolours its main colour and the shades of it, `colours` single ones.
    """
    drawing = figures.figure(icon, rng)
    colours = dict(colours or {})
    if icon in figures.PEOPLE or kinds.is_person(icon):
        tones = figures.skin_tones()
        colours.update(tones[rng.choice(tuple(tones))])
    if tint:
        colours = {**colours, **_tinted(icon, tint)}
    left, top, right, bottom = _outline(icon)
    box = (left, top, right - left, bottom - top)
    width = max(1, round(height * box[2] / box[3]))
    markup = icons.recoloured(drawing.markup, colours)
    return icons.render(icons.svg(markup, width, height, box))


def in_light(picture: Image.Image, light: Light, distance: float, strength: float = 0.75) -> Image.Image:
    """Return a sprite under the scene's light and, if distant, in its haze. `strength` 0 keeps its own colours."""
    factors = tuple(1 - (1 - factor) * strength for factor in light.ambient)
    red, green, blue, alpha = picture.split()
    channels = [
        channel.point([round(value * factor) for value in range(256)])
        for channel, factor in zip((red, green, blue), factors, strict=True)
    ]
    lit = Image.merge("RGB", channels)
    if distance:
        lit = Image.blend(lit, Image.new("RGB", lit.size, light.haze), min(0.6, distance))
    lit.putalpha(alpha)
    return lit


def with_lit_windows(lit: Image.Image, icon: str, flipped: bool) -> Image.Image:
    """Return a building in the dark with light behind its panes (its light blue and light yellow parts)."""
    panes = {tint for tint in icons.colours_in(figures.figure(icon, _fixed_rng()).markup) if _is_pane(tint)}
    if not panes:
        return lit
    shapes = [
        sprite(icon, lit.height, _fixed_rng(), colours=dict.fromkeys(panes, tint)) for tint in ("#000000", "#ffffff")
    ]
    glass = ImageChops.difference(*(shape.convert("L") for shape in shapes))
    if flipped:
        glass = ImageOps.mirror(glass)
    glowing = lit.copy()
    glowing.paste(Image.new("RGBA", lit.size, WINDOW_LIGHT), (0, 0), glass)
    return glowing


def _is_pane(tint: str) -> bool:
    hue, lightness, saturation = colour.hls(tint)
    lamp = 0.11 < hue < 0.15 and lightness > 0.68
    return saturation > 0.5 and (lamp or (0.48 < hue < 0.62 and lightness > 0.42))


def edge_light(picture: Image.Image, tint: str, pixels: int, opacity: float) -> Image.Image:
    """Return a sprite with a rim of light along its upper left edge."""
    alpha = picture.getchannel("A")
    moved = ImageChops.offset(alpha, pixels, pixels)
    rim = ImageChops.subtract(alpha, moved).point([round(value * opacity) for value in range(256)])
    lit = picture.copy()
    lit.paste(Image.new("RGBA", picture.size, tint), (0, 0), ImageChops.multiply(rim, alpha))
    lit.putalpha(alpha)
    return lit


def _tinted(icon: str, tint: str) -> Mapping[str, str]:
    """Colour → colour that gives the main part of an icon another colour and keeps its shades."""
    counted = _areas(icon)
    skin = set(figures.skin_tones()["light"])
    candidates = [entry for entry in counted if colour.hls(entry)[1] > 0.2 and entry not in skin]
    if not candidates:
        return {}
    main = max(candidates, key=lambda entry: counted[entry] * (1.6 if colour.hls(entry)[2] > 0.35 else 1.0))
    hue, lightness, saturation = colour.hls(main)
    target_hue, target_lightness, target_saturation = colour.hls(tint)
    changed = {}
    for entry in candidates:
        h, l, s = colour.hls(entry)  # noqa: E741
        near = min(abs(h - hue), 1 - abs(h - hue)) < 0.09 if saturation > 0.2 else s < 0.3
        if near and (saturation <= 0.2 or s > 0.2):
            changed[entry] = colour.from_hls(
                target_hue, min(0.97, max(0.06, target_lightness + (l - lightness) * 0.8)), target_saturation
            )
    return changed


@lru_cache(maxsize=256)
def _areas(icon: str) -> Mapping[str, int]:
    """Colour of the icon's markup → pixels it covers in a small rendering."""
    drawing = figures.figure(icon, _fixed_rng())
    named = set(icons.colours_in(drawing.markup))
    picture = icons.render(icons.svg(drawing.markup, SAMPLE, box=drawing.box))
    counted: Counter[str] = Counter()
    for number, pixel in picture.getcolors(SAMPLE * SAMPLE * 4) or []:
        if isinstance(pixel, tuple) and pixel[3] == 255 and (name := colour.text(pixel[:3])) in named:
            counted[name] += number
    return counted


def _fixed_rng() -> Random:
    rng = Random()
    rng.setstate(_STILL)
    return rng
