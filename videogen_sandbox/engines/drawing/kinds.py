"""What the illustrator knows about things, read from `assets/kinds.ini`: how large, where, how moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from videogen_sandbox.engines.drawing import figures, icons
from videogen_sandbox.engines.drawing.words import read_tables

Motion = Literal["drive", "fly", "float", "swim", "walk", "leap", "nod", "still"]
"""How a film may move a subject."""

FOOD_HEIGHT, THING_HEIGHT, PERSON_HEIGHT = 0.36, 0.26, 0.44
"""Share of the picture's shorter side for what the table of heights leaves out."""


@dataclass(frozen=True)
class Kinds:
    """The tables of `kinds.ini`: sets and maps of icon names. Heights are shares of the picture's shorter side."""

    heights: dict[str, float]
    habitats: dict[str, str]
    airborne: frozenset[str]
    afloat: frozenset[str]
    submarine: frozenset[str]
    rolling: frozenset[str]
    walkers: frozenset[str]
    """What is drawn on legs that can be told apart."""
    leapers: frozenset[str]
    """What is drawn as it leaps, or moves that way."""
    fixed: frozenset[str]
    hats: frozenset[str]
    eyewear: frozenset[str]
    neckwear: frozenset[str]
    plural: frozenset[str]
    """Icons that show several already, or one thing whose name is a plural."""
    clothes: frozenset[str]
    furniture: frozenset[str]
    """What means a room when no place is named."""
    trains: frozenset[str]
    windowed: frozenset[str]
    """Buildings whose panes shine in the dark."""
    pairs: frozenset[str]
    """What a bare plural means two of."""
    umbrellas: frozenset[str]
    standing_seats: frozenset[str]
    """Where standing figures would look odd: people stand before them."""
    containers: frozenset[str]
    """What hides the lower part of something in it."""
    things: frozenset[str]
    """Objects that the set files among places and the like."""
    large_things: frozenset[str]
    """Things that nobody holds in a hand."""
    seats: Mapping[str, float]
    """How high on a thing one sits, as a share of its height."""
    luminous: frozenset[str]
    """What shines by itself: it keeps its colours at night and throws light."""
    places: Mapping[str, str]
    """Setting → words for it, with "{weather}" where an adjective may go."""
    inherent: Mapping[str, frozenset[str]]
    """Setting → what it shows by itself."""
    settings: Mapping[str, frozenset[str]]
    """Groups of settings: indoors, weathered, roads, timeless."""


@lru_cache(maxsize=1)
def kinds() -> Kinds:
    """Return the tables, read once."""
    tables = read_tables("kinds.ini")
    heights = {name: float(height) for height, names in tables["heights"].items() for name in names.split()}
    habitats: dict[str, str] = {}
    for setting, names in tables["habitats"].items():
        for name in names.split():
            habitats.setdefault(name, setting)
    sets = {kind: frozenset(names.split()) for kind, names in tables["kinds"].items()}
    seats = {name: float(level) for name, level in tables["seats"].items()}
    inherent = {setting: frozenset(names.split()) for setting, names in tables["inherent"].items()}
    groups = {group: frozenset(names.split()) for group, names in tables["settings"].items()}
    return Kinds(
        heights, habitats, places=dict(tables["places"]), settings=groups, inherent=inherent, seats=seats, **sets
    )


def is_food(icon: str) -> bool:
    """Return whether it is something to eat or drink."""
    return icon in icons.categories()["Food & Drink"] or icon in ("mug", "bottle")


def is_person(icon: str) -> bool:
    """Return whether it is a human being."""
    return (
        icon in figures.PEOPLE
        or icon.startswith(("man-", "woman-", "person-"))
        or icon in ("skier", "snowboarder", "knight")
    )


def is_animal(icon: str) -> bool:
    """Return whether it is an animal that can move about."""
    return icon in icons.categories()["Animals & Nature"] and icon not in kinds().fixed and habitat(icon) != "garden"


def is_thing(icon: str) -> bool:
    """Return whether it is an object one could put on a table or show in a studio."""
    known = icons.categories()
    return icon in known["Objects"] or icon in known["Activities"] or icon in kinds().things


def height(icon: str) -> float:
    """Return the share of the picture's shorter side that a lone subject takes."""
    if icon in kinds().heights:
        return kinds().heights[icon]
    return PERSON_HEIGHT if is_person(icon) else FOOD_HEIGHT if is_food(icon) else THING_HEIGHT


def habitat(icon: str) -> str | None:
    """Return the setting one expects around it, if one does."""
    return kinds().habitats.get(icon)


def motion(icon: str, setting: str, going: bool | None = None) -> Motion:
    """Return how it moves in a setting. `going`: whether it is said to go or to stay; None: neither."""
    known = kinds()
    if setting == "space":
        return "float"
    if setting == "underwater" and (icon in known.submarine or is_person(icon)):
        return "swim"
    for kind, names in (("fly", known.airborne), ("drive", known.rolling), ("float", known.afloat)):
        if icon in names and (kind != "float" or setting in ("sea", "lake", "beach", "underwater")):
            return kind  # type: ignore[return-value]  # the literals above are Motions
    if going is not False:
        if icon in known.leapers or "running" in icon:
            return "leap"
        if icon in known.walkers or "walking" in icon or (going and is_person(icon)):
            return "walk"
    return "nod" if is_animal(icon) or is_person(icon) else "still"
