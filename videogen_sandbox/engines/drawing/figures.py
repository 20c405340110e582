"""Whole figures: the icon set has many people and animals only as heads or busts; here they get a body.

Bodies are the parts of `assets/figures.svg`, their colours stand in `assets/figures.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from PIL import Image

from videogen_sandbox.engines.drawing import icons
from videogen_sandbox.engines.drawing.art import colour
from videogen_sandbox.engines.drawing.artwork import Box, artwork

TROUSERS = ("#39425e", "#4a4453", "#5b4a3f", "#2f5d7c", "#6b7a8f")
SHIRTS = ("#e4572e", "#2a9d8f", "#e9a23b", "#5f7fd0", "#b5578f", "#5f9c5a", "#d8d3c6")
SKIN = "#ffc83d"
"""The set's neutral skin, replaced with the rest when a tone is asked for."""


@dataclass(frozen=True)
class Drawing:
    """SVG markup with the box it is drawn in."""

    markup: str
    box: Box = (0, 0, icons.BOX, icons.BOX)


CHILDREN = frozenset({"boy", "girl", "child", "baby", "baby-angel"})
HEADS = CHILDREN | {
    f"{who}{trait}" for who in ("man", "woman", "person")
    for trait in ("", "-beard", "-bald", "-blonde-hair", "-curly-hair", "-red-hair", "-white-hair", "-wearing-turban")
} | {"old-man", "old-woman", "older-person", "santa-claus", "mrs-claus", "mx-claus", "alien"}  # fmt: skip
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

_RED_SUIT = ("#d62839", "#b01e30")
_OUTFITS: Mapping[str, tuple[str, str]] = {
    "santa-claus": _RED_SUIT, "mrs-claus": _RED_SUIT, "mx-claus": _RED_SUIT, "alien": ("#7d5fc2", "#5a3fa0"),
}  # fmt: skip
"""Shirt and trousers of those who always wear the same."""
_SKINS = {"alien": "#00d26a"}


@lru_cache(maxsize=1)
def _colours() -> Mapping[str, Mapping[str, Any]]:
    loaded: dict[str, dict[str, Any]] = json.loads((icons.ASSETS / "figures.json").read_text("utf-8"))
    return loaded


def animals() -> Mapping[str, Mapping[str, str]]:
    """Return the animals that the set shows as a face looking at us: icon → colours of the body, kind of tail."""
    return _colours()["animals"]


def skin_tones() -> Mapping[str, Mapping[str, str]]:
    """Return skin tone → neutral colour → colour, after the set's own tone variants.

    Hair and skin are separate entries.
    """
    return _colours()["skin_tones"]


def figure(name: str, rng: Random, colours: Mapping[str, str] | None = None) -> Drawing:
    """Return the icon `name` as a whole figure, standing; icons that are whole already come as they are.

    `colours` replace colours of the set (a skin tone, a garment). Raise KeyError for an unknown name.
    """
    drawing = _figure(name, rng)
    return Drawing(icons.recoloured(drawing.markup, colours), drawing.box) if colours else drawing


def _figure(name: str, rng: Random) -> Drawing:
    icon = icons.bodies()[name]
    if name in animals():
        return _sitting(name, icon)
    if name in BUSTS:
        return _standing(icon, *_garment(name), rng)
    if name in HEADS:
        return _person(name, icon, rng)
    if other := _colours()["recoloured"].get(name):
        icon = icons.recoloured(icons.bodies()[other["icon"]], other["colours"])
    return _drawn(name, head=icon) if name in artwork("figures").parts else Drawing(icon)


def _drawn(part: str, **values: str) -> Drawing:
    bodies = artwork("figures")
    return Drawing(bodies.draw(part, **values), bodies.boxes[part])


def _sitting(name: str, head: str) -> Drawing:
    bodies, coat = artwork("figures"), animals()[name]
    tail, tip = bodies.draw(f"tail-{coat.get('tail')}", **coat), bodies.draw(f"tip-{name}", **coat)
    shade = colour.darker(coat["fur"], 0.14)
    return _drawn("sitting", **{**coat, "shade": shade, "tail": tail, "tip": tip, "head": head})


def _person(name: str, head: str, rng: Random) -> Drawing:
    """A head on a drawn body; children are smaller and their heads larger in proportion."""
    age = "child" if name in CHILDREN else "adult"
    shirt, trousers = rng.choice(SHIRTS), rng.choice(TROUSERS)
    shirt, trousers = _OUTFITS.get(name, (shirt, trousers))
    skin = _SKINS.get(name, SKIN)
    dress = name in ("girl", "woman", "old-woman", "princess") or (name.startswith("woman-") and rng.random() < 0.4)
    torso = artwork("figures").draw(f"{age}-{'dress' if dress else 'shirt'}", shirt=shirt)
    leg, sleeve = skin if dress else trousers, colour.darker(shirt, 0.1)
    return _drawn(age, leg=leg, sleeve=sleeve, skin=skin, torso=torso, head=head)


def _standing(bust: str, chest: str, sleeve: str, rng: Random) -> Drawing:
    """A bust prolonged by torso, arms and legs."""
    trousers = chest if colour.hls(chest)[1] < 0.25 else rng.choice(TROUSERS)
    hem = colour.darker(chest, 0.14)
    return _drawn("standing", trousers=trousers, sleeve=sleeve, chest=chest, hem=hem, head=bust)


@lru_cache(maxsize=64)
def _garment(name: str) -> tuple[str, str]:
    """Colours of chest and sleeve, read off the lower edge of a bust."""
    picture = icons.draw(name, 128)
    return _seen(picture, 64, 116), _seen(picture, 30, 117)


def _seen(picture: Image.Image, x: int, y: int) -> str:
    pixel = picture.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return colour.text(pixel[:3]) if pixel[3] > 128 else "#5f6f8f"
