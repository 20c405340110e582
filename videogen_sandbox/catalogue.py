"""The voices and presenters of the sandbox, as data: the engines draw and speak them by `slug`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Gender = Literal["MALE", "FEMALE", "NEUTRAL"]


@dataclass(frozen=True)
class Voice:
    """A voice of text-to-speech. `language` is a BCP 47 tag."""

    slug: str
    name: str
    gender: Gender
    description: str
    language: str = "en-US"
    accent: str = "American"


@dataclass(frozen=True)
class Presenter:
    """A presenter of avatar clips; `description` says how the drawing looks."""

    slug: str
    name: str
    gender: Gender
    description: str


SPOKEN_LANGUAGE = "en"
"""Of everything that is said here, as BCP 47."""

VOICES: tuple[Voice, ...] = (
    Voice("heart", "Heart", "FEMALE", "Warm, clear narrator."),
    Voice("alto", "Alto", "FEMALE", "Lower and calmer than Heart, from which it is derived."),
    Voice("miles", "Miles", "MALE", "Deep and steady, derived from Heart."),
)

PRESENTERS: tuple[Presenter, ...] = (
    Presenter("amara", "Amara", "FEMALE", "Dark curls, mustard blazer, studio wall."),
    Presenter("diego", "Diego", "MALE", "Short black hair and beard, navy shirt, office."),
    Presenter("hana", "Hana", "FEMALE", "Black bob with fringe, green sweater, bookshelf."),
    Presenter("jonas", "Jonas", "MALE", "Blond hair and glasses, grey jacket, city window."),
    Presenter("leila", "Leila", "FEMALE", "Rose headscarf, white coat, bright clinic."),
    Presenter("sam", "Sam", "NEUTRAL", "Auburn undercut, denim overshirt, plant wall."),
    Presenter("viktor", "Viktor", "MALE", "Silver hair, burgundy tie, news desk."),
)
