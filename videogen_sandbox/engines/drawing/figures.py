"""Whole figures: the icon set has many people and animals only as heads or busts; here they get a body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from PIL import Image

from videogen_sandbox.engines.drawing import icons
from videogen_sandbox.engines.drawing.art import colour

TROUSERS = ("#39425e", "#4a4453", "#5b4a3f", "#2f5d7c", "#6b7a8f")
SHIRTS = ("#e4572e", "#2a9d8f", "#e9a23b", "#5f7fd0", "#b5578f", "#5f9c5a", "#d8d3c6")
SHOES = "#2b2733"
SKIN = "#ffc83d"
"""The set's neutral skin, replaced with the rest when a tone is asked for."""


@dataclass(frozen=True)
class Drawing:
    """SVG markup with the box it is drawn in: x, y, width, height."""

    markup: str
    box: tuple[float, float, float, float] = (0, 0, icons.BOX, icons.BOX)


@dataclass(frozen=True)
class Coat:
    """How the body under an animal's head looks."""

    fur: str
    chest: str
    paws: str
    tail: str = ""
    tail_shape: str = ""
    tip: str = ""


_BUSHY = "M24 50C36 52 37 38 32 32C33 40 27 42 23 44Z"
_LONG = "M24 50C32 52 35 46 32.5 39L30.5 39.6C32 45 30 48 24 47Z"
_STUB = "M26 46a3.4 3.4 0 1 1 3 5Z"

ANIMALS: Mapping[str, Coat] = {
    "fox": Coat("#ff822d", "#ffdea7", "#3a2a2a", "#ff6723", _BUSHY, "M36 40C36 36 34 33.5 32 32C33 36 32.5 38 31 40Z"),
    "wolf": Coat("#9b9b9b", "#d3d3d3", "#6e6e6e", "#8a8a8a", _BUSHY),
    "bear": Coat("#7d4533", "#a56953", "#5a3226", "#7d4533", _STUB),
    "polar-bear": Coat("#f0f0f2", "#ffffff", "#cfd0d8", "#e6e6ea", _STUB),
    "panda": Coat("#f4f4f6", "#ffffff", "#433b6b"),
    "koala": Coat("#9b9b9b", "#d3d3d3", "#6e6e6e"),
    "lion": Coat("#ffb02e", "#ffd67d", "#d3883e", "#ffb02e", _LONG, "M33.5 40.5a2.6 3.4 0 1 1-3-4a2.6 3.4 0 0 1 3 4"),
    "hamster": Coat("#f3ad61", "#ffdea7", "#ff8687"),
    "raccoon": Coat("#9b9b9b", "#d3d3d3", "#4a4a4a", "#8a8a8a", _BUSHY, "M34 36C34 34 33 33 32 32C33 36 33 37 31 39Z"),
    "frog": Coat("#00d26a", "#fff478", "#00a85a"),
    "boar": Coat("#7d4533", "#a56953", "#4a2c22"),
    "cat-face": Coat("#ffb02e", "#ffdea7", "#e39d89", "#ff822d", _LONG),
    "dog-face": Coat("#f3ad61", "#ffdea7", "#d3883e", "#d3883e", _LONG),
    "mouse-face": Coat("#cdc4d6", "#e6e6e6", "#ff8687"),
}  # fmt: skip
"""Animals the set shows as a face looking at us."""

CHILDREN = frozenset({"boy", "girl", "child", "baby", "baby-angel"})
HEADS = CHILDREN | {
    f"{who}{trait}" for who in ("man", "woman", "person")
    for trait in ("", "-beard", "-bald", "-blonde-hair", "-curly-hair", "-red-hair", "-white-hair", "-wearing-turban")
} | {"old-man", "old-woman", "older-person", "santa-claus", "mrs-claus", "mx-claus", "alien", "clown-face"}  # fmt: skip
"""People the set shows as a head alone."""

_BUST_TRADES = (
    "artist", "astronaut", "construction-worker", "cook", "detective", "elf", "factory-worker", "farmer", "firefighter",
    "guard", "health-worker", "in-tuxedo", "judge", "mage", "mechanic", "office-worker", "pilot", "police-officer",
    "scientist", "singer", "student", "superhero", "supervillain", "teacher", "vampire", "with-veil", "with-headscarf",
    "with-skullcap", "with-crown", "raising-hand", "tipping-hand", "shrugging", "gesturing-ok", "pouting",
)  # fmt: skip
BUSTS = frozenset(
    name for trade in _BUST_TRADES for name in (trade, f"man-{trade}", f"woman-{trade}", f"person-{trade}")
) | {"prince", "princess", "ninja"}  # fmt: skip
"""People the set shows down to the chest."""

PEOPLE = HEADS | BUSTS


def figure(name: str, rng: Random, colours: Mapping[str, str] | None = None) -> Drawing:
    """The icon `name` as a whole figure, standing; icons that are whole already come as they are.

    `colours` replace colours of the set (a skin tone, a garment). Raises KeyError for an unknown name.
    """
    body = icons.bodies()[name]
    if name in ANIMALS:
        drawing = _sitting(ANIMALS[name], body)
    elif name == "unicorn":
        drawing = _unicorn()
    elif name == "moose":
        drawing = Drawing(icons.recoloured(icons.bodies()["deer"], _DARK_DEER))
    elif name == "chicken":
        drawing = Drawing(
            icons.recoloured(
                icons.bodies()["rooster"],
                {"#6d4534": "#f4ede2", "#a56953": "#e2d5c3", "#44911b": "#d8c8b4", "#008463": "#c9b69c"},
            )
        )
    elif name == "robot":
        drawing = _robot(body)
    elif name in BUSTS:
        drawing = _standing(body, *_garment(name), rng)
    elif name in HEADS:
        drawing = _person(name, body, rng)
    else:
        drawing = Drawing(body)
    return Drawing(icons.recoloured(drawing.markup, colours), drawing.box) if colours else drawing


def _sitting(coat: Coat, head: str) -> Drawing:
    tail = f'<path fill="{coat.tail}" d="{coat.tail_shape}"/>' if coat.tail else ""
    tip = f'<path fill="{coat.paws if coat.tail_shape != _BUSHY else coat.chest}" d="{coat.tip}"/>' if coat.tip else ""
    shade = colour.darker(coat.fur, 0.14)
    return Drawing(
        f'{tail}{tip}<path fill="{coat.fur}" d="M16 22C23 22 28.5 38 26.5 51.5H5.5C3.5 38 9 22 16 22"/>'
        f'<path fill="{shade}" d="M22 40c4 1 5.5 7 4.5 11.5H19z" />'
        f'<path fill="{shade}" d="M10 40c-4 1-5.5 7-4.5 11.5H13z"/>'
        f'<path fill="{coat.chest}" d="M16 27c4.5 0 6 8 4.5 14c-1 4-8 4-9 0C10 35 11.5 27 16 27"/>'
        f'<rect x="10.2" y="36" width="5.2" height="16" rx="2.6" fill="{coat.fur}"/>'
        f'<rect x="16.6" y="36" width="5.2" height="16" rx="2.6" fill="{coat.fur}"/>'
        f'<g fill="{coat.paws}"><ellipse cx="12.6" cy="51" rx="3.2" ry="1.9"/>'
        '<ellipse cx="19.4" cy="51" rx="3.2" ry="1.9"/>'
        f'<ellipse cx="6.6" cy="51" rx="3" ry="1.9"/><ellipse cx="25.4" cy="51" rx="3" ry="1.9"/></g>{head}',
        (-1, 0, 40, 53.5),
    )


def _person(name: str, head: str, rng: Random) -> Drawing:
    """A head on a drawn body; children are smaller and their heads larger in proportion."""
    child = name in CHILDREN
    shirt, trousers = rng.choice(SHIRTS), rng.choice(TROUSERS)
    skin = SKIN
    if name in ("santa-claus", "mrs-claus", "mx-claus"):
        shirt, trousers = "#d62839", "#b01e30"
    elif name == "alien":
        skin, shirt, trousers = "#00d26a", "#7d5fc2", "#5a3fa0"
    size = 21.0 if child else 17.0
    foot = size * 0.92 + (23 if child else 33)
    dress = name in ("girl", "woman", "old-woman", "princess") or (name.startswith("woman-") and rng.random() < 0.4)
    scale = size / icons.BOX
    neck = size * 0.86
    hip = neck + (foot - neck) * 0.5
    flare, hem = (8.4, hip + 4) if dress else (5.4, hip + 1)
    leg, sleeve = skin if dress else trousers, colour.darker(shirt, 0.1)
    legs = (
        f'<path fill="{leg}" d="M11.6 {hip - 1:.1f}h3.8V{foot:.1f}h-3.8zM16.6 {hip - 1:.1f}h3.8V{foot:.1f}h-3.8z"/>'
        f'<path fill="{SHOES}" d="M10.4 {foot - 1.6:.1f}h5v2h-6a1.6 1.6 0 0 1 1-2z"/>'
        f'<path fill="{SHOES}" d="M16.6 {foot - 1.6:.1f}h5a1.6 1.6 0 0 1 1 2h-6z"/>'
    )
    torso = (
        f'<path fill="{shirt}" d="M12.4 {neck:.1f}h7.2c2.4 0 3.2 1.4 3.4 3L{16 + flare:.1f} {hem:.1f}'
        f'h{-2 * flare:.1f}L9 {neck + 3:.1f}c.2-1.6 1-3 3.4-3"/>'
    )
    arms = "".join(
        f'<path fill="none" stroke="{sleeve}" stroke-width="3" stroke-linecap="round" '
        f'd="M{16 + side * 6:.1f} {neck + 2.4:.1f}L{16 + side * 9.2:.1f} {hip - 2:.1f}"/>'
        f'<circle cx="{16 + side * 9.5:.1f}" cy="{hip - 0.4:.1f}" r="1.7" fill="{skin}"/>'
        for side in (-1, 1)
    )
    placed = f'<g transform="translate({16 - size / 2:.2f} 0) scale({scale:.4f})">{head}</g>'
    return Drawing(f"{legs}{arms}{torso}{placed}", (4, 0, 24, foot + 0.6))


def _standing(bust: str, chest: str, sleeve: str, rng: Random) -> Drawing:
    """A bust prolonged by torso, arms and legs."""
    trousers = chest if colour.hls(chest)[1] < 0.25 else rng.choice(TROUSERS)
    return Drawing(
        f'<path fill="{trousers}" d="M9.5 40h6v20h-5.4zM16.5 40h6l-.6 20h-5.4z"/>'
        f'<path fill="{SHOES}" d="M8.6 59h6.9v2.6H7.4c0-1.6.5-2.6 1.2-2.6M16.5 59h6.9c.7 0 1.2 1 1.2 2.6h-8.1z"/>'
        f'<path fill="{sleeve}" d="M4.6 29h5v10.5a2.5 2.5 0 0 1-5 0zM22.4 29h5v10.5a2.5 2.5 0 0 1-5 0z"/>'
        f'<circle cx="7.1" cy="42" r="2.2" fill="{SKIN}"/><circle cx="24.9" cy="42" r="2.2" fill="{SKIN}"/>'
        f'<path fill="{chest}" d="M8.6 28.5h14.8l-.4 14H9z"/>'
        f'<path fill="{colour.darker(chest, 0.14)}" d="M8.9 40.5h14.2l-.1 2.2H9z"/>{bust}',
        (1, 0, 30, 62),
    )


@lru_cache(maxsize=64)
def _garment(name: str) -> tuple[str, str]:
    """Colours of chest and sleeve, read off the lower edge of a bust."""
    picture = icons.draw(name, 128)
    return _seen(picture, 64, 116), _seen(picture, 30, 117)


def _seen(picture: Image.Image, x: int, y: int) -> str:
    pixel = picture.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return colour.text(pixel[:3]) if pixel[3] > 128 else "#5f6f8f"


_DARK_DEER = {
    "#d3883e": "#5a3a2c",
    "#f3ad61": "#7a4f3a",
    "#ffdea7": "#a98467",
    "#a56953": "#c9a27a",
    "#6d4534": "#c9a27a",
}
_WHITE_HORSE = {
    "#a56953": "#f3ecff",
    "#6d4534": "#d9cdf0",
    "#212121": "#d76fc4",
    "#8d5747": "#e2d6f6",
    "#7d4533": "#cfc1ea",
    "#321b41": "#5b3a7a",
    "#1c1c1c": "#b45fd0",
}


def _unicorn() -> Drawing:
    """The set's prancing horse in white with a pink mane and a horn."""
    horse = icons.recoloured(icons.bodies()["horse"], _WHITE_HORSE)
    return Drawing(
        '<path fill="#ffc83d" d="M6.2 3.6L1.4-5L8.9 2.2z"/>'
        f'<path fill="#e39d2e" d="M3.4-1.4l2-.3l-.8-1.2zm1.4 2.5l3-.6l-1.2-1.1z"/>{horse}',
        (0, -5.5, 32, 37.5),
    )


def _robot(head: str) -> Drawing:
    return Drawing(
        '<rect x="13" y="28" width="6" height="5" fill="#7d7f8f"/>'
        '<rect x="5.5" y="31.5" width="21" height="18" rx="3.5" fill="#b4acbc"/>'
        '<rect x="9" y="35" width="14" height="8" rx="1.5" fill="#433b6b"/>'
        '<circle cx="12" cy="39" r="1.5" fill="#00d26a"/><circle cx="16" cy="39" r="1.5" fill="#ffb02e"/>'
        '<circle cx="20" cy="39" r="1.5" fill="#f8312f"/>'
        '<g fill="#9b93a6"><rect x="1" y="33" width="4" height="14" rx="2"/>'
        '<rect x="27" y="33" width="4" height="14" rx="2"/><rect x="9" y="49" width="4.5" height="9" rx="1"/>'
        '<rect x="18.5" y="49" width="4.5" height="9" rx="1"/></g>'
        '<g fill="#636273"><circle cx="3" cy="48" r="2.6"/><circle cx="29" cy="48" r="2.6"/>'
        f'<path d="M7 57.5h7.5V61H7zm10.5 0H25V61h-7.5z"/></g>{head}',
        (0, 0, 32, 61.5),
    )
