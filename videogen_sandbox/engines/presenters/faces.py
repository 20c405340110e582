"""Draws the presenters: people in flat colours, as SVG layers that can be moved against each other.

Coordinates: the middle of the face is 0,0; the chin is near y=125, the shoulders near y=180. A presenter is three
layers: the body (with hair that hangs behind it), the head with eyes in a state, and mouths. What differs from one
presenter to the next is `assets/presenters/SLUG.svg`: colours, and the parts

- `behind`: behind neck and body;
- `body`: clothes;
- `cheeks`: on the skin, under the eyes and the mouth: beard, freckles, lines;
- `hair`: in front of the face: hairline, fringe, scarf;
- `over`: on top of everything on the head: glasses, earrings.

What all faces share is `assets/presenters/face.svg`; mouths are computed here.
"""

from __future__ import annotations

from videogen_sandbox.engines.drawing.artwork import Artwork, artwork

HEAD_BOX = (-200, -240, 400, 420)
"""x, y, width, height of the part of the plane that a head may fill."""

MOUTH_BOX = (-48, -28, 96, 76)
"""The same for a mouth, around its own middle, which lies at `MOUTH_AT`."""

MOUTH_AT = (0, 76)
OPENINGS = 9
ROUNDINGS = 4

LIDS = ("open", "half", "shut")
"""The drawn states of the eyes, by the steps of a blink."""

_BROW_HEIGHT = -39.0


def presenter(slug: str) -> Artwork:
    """Return the drawing of a presenter. Raise FileNotFoundError for unknown slugs."""
    return artwork(f"presenters/{slug}")


def head(look: Artwork, lids: str, brow_raise: float) -> str:
    """Return the head without its mouth. `lids` is one of `LIDS`, `brow_raise` in units upwards."""
    face = artwork("presenters/face")
    lashes = face.values if "lashes" in look.values else {"lash": "", "shut_lash": ""}
    return (
        ("" if look.values.get("ears") == "no" else face.draw("ears", **look.values))
        + face.draw("head", cheeks=look.draw("cheeks"), **look.values)
        + face.draw(f"eyes-{lids}", **{**look.values, **lashes})
        + face.draw("brows", brow_y=_BROW_HEIGHT - brow_raise, **look.values)
        + look.draw("hair")
        + look.draw("over")
    )


def body(look: Artwork) -> str:
    """Return the body with what hangs behind it, without the head."""
    return look.draw("behind") + artwork("presenters/face").draw("neck", **look.values) + look.draw("body")


def mouth(lips: str, opening: float, rounding: float) -> str:
    """Return a mouth around 0,0, `lips` in CSS colour.

    Both numbers from 0 to 1: shut with a friendly line, to wide open; broad, to pursed.
    """
    wide = 31 - 15 * rounding - 3 * opening * (1 - rounding)
    tall = opening * (30 + 5 * rounding)
    if tall < 1.5:
        return _shut_mouth(lips, wide, rounding)
    corner = -4 + tall * 0.22
    top, bottom = 5 - 14 * opening, corner + 4 + tall * 0.98
    lowest = corner + 0.75 * (bottom - corner)  # where the curve ends up
    full = 0.55 + 0.4 * rounding  # how far the curve stays away from a pointed almond
    shape = (
        f"M{-wide:.1f} {corner:.1f}C{-wide * full:.1f} {top:.1f} {wide * full:.1f} {top:.1f} {wide:.1f} {corner:.1f}"
        f"C{wide * (full + 0.3):.1f} {bottom:.1f} {-wide * (full + 0.3):.1f} {bottom:.1f} {-wide:.1f} {corner:.1f}Z"
    )
    teeth = max(0.0, 1 - rounding * 1.2) * min(8.0, tall * 0.4)
    inside = (
        f'<rect x="-40" y="{top - 6:.1f}" width="80" height="{corner - top + teeth + 3:.1f}" rx="6" fill="#fffaf2"/>'
        if teeth > 2
        else ""
    )
    tongue = f'<ellipse cx="0" cy="{lowest + 1:.1f}" rx="{wide * 0.6:.1f}" ry="{tall * 0.3:.1f}" fill="#d9626a"/>'
    return (
        f'<clipPath id="m{opening:.2f}{rounding:.2f}"><path d="{shape}"/></clipPath><path d="{shape}" fill="#4a1420"/>'
        f'<g clip-path="url(#m{opening:.2f}{rounding:.2f})">{tongue}{inside}</g>'
        f'<path d="{shape}" fill="none" stroke="{lips}" stroke-width="4.5" stroke-linejoin="round"/>'
    )


def _shut_mouth(lips: str, wide: float, rounding: float) -> str:
    line = f"M{-wide:.1f}-4Q0 {9 - 5 * rounding:.1f} {wide:.1f}-4"
    lower = f"M{-wide * 0.62:.1f} 4Q0 {15 - 2 * rounding:.1f} {wide * 0.62:.1f} 4Q0 8 {-wide * 0.62:.1f} 4Z"
    return (
        f'<path d="{lower}" fill="{lips}" opacity=".8"/>'
        f'<path d="{line}" fill="none" stroke="{lips}" stroke-width="5" stroke-linecap="round"/>'
        f'<path d="{line}" fill="none" stroke="#3b1519" stroke-width="2" stroke-linecap="round" opacity=".55"/>'
    )


def mouths(look: Artwork) -> str:
    """Return all mouths side by side: `OPENINGS` columns, `ROUNDINGS` rows, each as large as `MOUTH_BOX`."""
    x, y, width, height = MOUTH_BOX
    lips = look.values["lips"]
    return "".join(
        f'<g transform="translate({column * width - x} {row * height - y})">'
        + mouth(lips, column and 0.12 + 0.88 * (column - 1) / (OPENINGS - 2), row / (ROUNDINGS - 1))
        + "</g>"
        for column in range(OPENINGS)
        for row in range(ROUNDINGS)
    )


def document(fragment: str, box: tuple[float, float, float, float], scale: float) -> str:
    """Return a whole SVG that shows `box` (x, y, width, height) of the plane, `scale` pixels to a unit."""
    x, y, width, height = box
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{round(width * scale)}" height="{round(height * scale)}"'
        f' viewBox="{x} {y} {width} {height}">{fragment}</svg>'
    )
