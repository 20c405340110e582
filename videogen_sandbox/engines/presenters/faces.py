"""Draws the presenters: people in flat colours, as SVG layers that can be moved against each other.

Coordinates: the middle of the face is 0,0; the chin is near y=125, the shoulders near y=180. A presenter is three
layers: the body (with hair that hangs behind it), the head with eyes in a state, and mouths. What differs from one
presenter to the next is in `wardrobe`; here is what all faces share.
"""

from __future__ import annotations

from dataclasses import dataclass

HEAD_BOX = (-200, -240, 400, 420)
"""x, y, width, height of the part of the plane that a head may fill."""

MOUTH_BOX = (-48, -28, 96, 76)
"""The same for a mouth, around its own middle, which lies at `MOUTH_AT`."""

MOUTH_AT = (0, 76)
OPENINGS = 9
ROUNDINGS = 4

LIDS = (1.0, 0.45, 0.0)
"""How open the eyes are in the drawn states: open, half, closed."""


@dataclass(frozen=True)
class Look:
    """What makes a presenter this one. SVG fragments are in face coordinates; colours are CSS."""

    skin: str
    shade: str
    lips: str
    brows: str
    iris: str
    body: str
    hair: str = ""
    """In front of the face: hairline, fringe, scarf."""
    behind: str = ""
    """Behind neck and body."""
    cheeks: str = ""
    """On the skin, under the eyes and the mouth: beard, freckles, lines."""
    over: str = ""
    """On top of everything on the head: glasses, earrings."""
    jaw: int = 74
    lashes: bool = False
    brow_weight: float = 1.0
    ears: bool = True
    blush: str = "#e2725b"


def head(look: Look, lid: float, brow_raise: float) -> str:
    """The head without its mouth. `lid` 0 (closed) to 1, `brow_raise` in units upwards."""
    jaw = look.jaw + 4
    outline = f"M-92-25C-97-152 97-152 92-25C92 30 {jaw} 86 36 114Q0 136-36 114C{-jaw} 86-92 30-92-25Z"
    ears = "".join(
        f'<g transform="scale({side} 1)"><ellipse cx="91" cy="8" rx="15" ry="24" fill="{look.skin}"/>'
        f'<path d="M88-4Q101-2 97 14Q95 22 89 22" fill="none" stroke="{look.shade}" stroke-width="4"'
        ' stroke-linecap="round"/></g>'
        for side in (-1, 1)
        if look.ears
    )
    return (
        f"{ears}"
        f'<clipPath id="face"><path d="{outline}"/></clipPath><path d="{outline}" fill="{look.skin}"/>'
        f'<g clip-path="url(#face)"><path d="M58-150Q104 0 24 140H140V-150Z" fill="{look.shade}" opacity=".38"/>'
        f'<ellipse cx="-58" cy="44" rx="19" ry="11" fill="{look.blush}" opacity=".2"/>'
        f'<ellipse cx="58" cy="44" rx="19" ry="11" fill="{look.blush}" opacity=".2"/>{look.cheeks}</g>'
        f'<path d="M-13 35Q-8 45 0 42Q8 45 13 35" fill="none" stroke="{look.shade}" stroke-width="4.5"'
        ' stroke-linecap="round"/>'
        f'<path d="M5-2Q13 16 14 26" fill="none" stroke="{look.shade}" stroke-width="4" stroke-linecap="round"'
        ' opacity=".45"/>'
        + _eye(look, -1, lid)
        + _eye(look, 1, lid)
        + _brow(look, -1, brow_raise)
        + _brow(look, 1, brow_raise)
        + look.hair
        + look.over
    )


def mouth(look: Look, opening: float, rounding: float) -> str:
    """A mouth around 0,0. Both from 0 to 1: shut with a friendly line, to wide open; broad, to pursed."""
    wide = 31 - 15 * rounding - 3 * opening * (1 - rounding)
    tall = opening * (30 + 5 * rounding)
    if tall < 1.5:
        line = f"M{-wide:.1f}-4Q0 {9 - 5 * rounding:.1f} {wide:.1f}-4"
        lower = f"M{-wide * 0.62:.1f} 4Q0 {15 - 2 * rounding:.1f} {wide * 0.62:.1f} 4Q0 {8:.1f} {-wide * 0.62:.1f} 4Z"
        return (
            f'<path d="{lower}" fill="{look.lips}" opacity=".8"/>'
            f'<path d="{line}" fill="none" stroke="{look.lips}" stroke-width="5" stroke-linecap="round"/>'
            f'<path d="{line}" fill="none" stroke="#3b1519" stroke-width="2" stroke-linecap="round" opacity=".55"/>'
        )
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
        f'<path d="{shape}" fill="none" stroke="{look.lips}" stroke-width="4.5" stroke-linejoin="round"/>'
    )


def mouths(look: Look) -> str:
    """All mouths side by side: `OPENINGS` columns, `ROUNDINGS` rows, each as large as `MOUTH_BOX`."""
    x, y, width, height = MOUTH_BOX
    return "".join(
        f'<g transform="translate({column * width - x} {row * height - y})">'
        + mouth(look, column and 0.12 + 0.88 * (column - 1) / (OPENINGS - 2), row / (ROUNDINGS - 1))
        + "</g>"
        for column in range(OPENINGS)
        for row in range(ROUNDINGS)
    )


def neck(look: Look) -> str:
    """Neck and what a shirt leaves free, with the shadow of the chin."""
    return (
        f'<path d="M-44 70C-44 130-46 146-78 166L0 260L78 166C46 146 44 130 44 70Z" fill="{look.skin}"/>'
        f'<path d="M-44 84Q-40 112 0 134Q40 124 44 84V118Q30 152 0 156Q-34 150-44 112Z" fill="{look.shade}"'
        ' opacity=".75"/>'
    )


def _eye(look: Look, side: int, lid: float) -> str:
    almond = "M-22 3C-16-12-6-15 3-14C14-13 20-6 22 1C15 9 5 11-2 10.5C-12 10.5-18 8-22 3Z"
    lash = "M20-1Q26-5 29-12" if look.lashes else ""
    begin = f'<g transform="translate({side * 40}-6) scale({side} 1)">'
    dark = "#2b1a1a"
    if lid <= 0:
        line = "M-21 3Q0 16 21 2" + ("M20 3Q26 3 30-1" if look.lashes else "")
        return (
            f'{begin}<path d="M-22 2C-14-13 14-14 22 1C14 11-14 12-22 2Z" fill="{look.shade}" opacity=".35"/>'
            f'<path d="{line}" fill="none" stroke="{dark}" stroke-width="5" stroke-linecap="round"/></g>'
        )
    drop = (1 - lid) * 20
    key = f"e{'l' if side < 0 else 'r'}"
    return (
        f'{begin}<clipPath id="{key}"><path d="{almond}"/></clipPath><path d="{almond}" fill="#fffdfa"/>'
        f'<g clip-path="url(#{key})"><circle cx="0" cy="-3" r="13.5" fill="{look.iris}"/>'
        f'<circle cx="0" cy="-3" r="6.5" fill="#1b1215"/>'
        f'<circle cx="{4 * side}" cy="-7" r="3.4" fill="#fff"/><circle cx="{-4 * side}" cy="3" r="1.6" fill="#fff"'
        ' opacity=".7"/>'
        '<path d="M-24-2C-14-14 14-16 24 0V-24H-24Z" fill="#5b4a52" opacity=".16"/>'
        f'<path d="M-26-30H26V{drop - 14:.1f}Q0 {drop - 20:.1f}-26 {drop - 12:.1f}Z" fill="{look.skin}"'
        f' opacity="{0 if lid > 0.9 else 1}"/></g>'
        + (
            f'<path d="M-22 3C-16-12-6-15 3-14C14-13 20-6 22 1{lash}" fill="none" stroke="{dark}" stroke-width="4.5"'
            ' stroke-linecap="round"/>'
            if lid > 0.9
            else f'<path d="M-22 3Q0 {drop - 22:.1f} 22 1{lash}" fill="none" stroke="{dark}" stroke-width="4.5"'
            ' stroke-linecap="round"/>'
        )
        + "</g>"
    )


def _brow(look: Look, side: int, brow_raise: float) -> str:
    weight = look.brow_weight
    return (
        f'<g transform="translate({side * 41} {-39 - brow_raise}) scale({side} {weight})">'
        f'<path d="M-26-1Q-8-14 10-12Q24-9 30 5Q18-3 6-4Q-10-5-23 5Q-29 5-26-1Z" fill="{look.brows}"/></g>'
    )


def document(fragment: str, box: tuple[float, float, float, float], scale: float) -> str:
    """A whole SVG that shows `box` of the plane, `scale` pixels to a unit."""
    x, y, width, height = box
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{round(width * scale)}" height="{round(height * scale)}"'
        f' viewBox="{x} {y} {width} {height}">{fragment}</svg>'
    )
