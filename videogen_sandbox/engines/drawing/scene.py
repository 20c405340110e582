"""A prompt as a picture: who is in it, where, when, in what weather, and how things stand to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from videogen_sandbox.engines.drawing import kinds
from videogen_sandbox.engines.drawing.reading import Reading, gendered, read
from videogen_sandbox.engines.drawing.subjects import Relation, Subject, clauses
from videogen_sandbox.engines.drawing.words import vocabulary

_WEAK_SETTINGS = {"clouds": 0, "city": 1, "field": 1, "road": 1}
"""Settings that others go before; 2 for the rest."""


@dataclass(frozen=True)
class Scene:
    """What to draw. `setting`, `time` … are names of the tables in `words.ini`."""

    subjects: tuple[Subject, ...]
    setting: str
    time: str
    weather: str | None
    season: str
    style: str | None
    road: bool
    found: tuple[str, ...]
    """The words of the prompt that are in the picture."""
    speaks_of_reference: bool
    setting_named: bool
    accent: str | None = None
    """A colour the prompt names for nothing in particular."""

    @property
    def title(self) -> str:
        """The picture in words: "two cats and a dog in a snowy forest at night"."""
        known = kinds.kinds()
        nouns = clauses(self.subjects)
        listed = ", ".join(nouns[:-1]) + " and " + nouns[-1] if len(nouns) > 1 else "".join(nouns)
        weather = {"rain": "rainy ", "snow": "snowy ", "storm": "stormy ", "fog": "foggy ", "clouds": "cloudy "}.get(
            self.weather or "", ""
        )
        if not weather and self.season == "winter" and self.setting in known.settings["weathered"]:
            weather = "snowy "
        place = known.places[self.setting].format(weather=weather)
        hour = (
            ""
            if self.setting in known.settings["timeless"]
            else {"day": "by day", "night": "at night"}.get(self.time, f"at {self.time}")
        )
        return " ".join(part for part in (listed, place, hour) if part).strip()


def parse(prompt: str) -> Scene:
    """Read a prompt. Never fails: a text without a known word gives a scene without subjects."""
    reading = read(prompt)
    subjects = gendered(reading.subjects, reading.words, vocabulary(), crc32(prompt.encode("utf-8", "replace")))
    return _compose(reading, subjects, bool(vocabulary().reference & set(reading.words)))


def _compose(reading: Reading, subjects: Sequence[Subject], of_reference: bool) -> Scene:
    first = subjects[0].icon if subjects else None
    named = sorted(reading.settings, key=lambda name: -_WEAK_SETTINGS.get(name, 2))
    setting = _place(named, subjects)
    weather = reading.weathers[0] if reading.weathers else None
    setting, subjects = _table(setting, bool(named), list(subjects))
    if (
        setting == "clouds"
        and any(s.icon not in kinds.kinds().airborne and not s.relation for s in subjects)
        and subjects
    ):
        setting = kinds.habitat(first or "") or "field"
    road = "road" in reading.settings or setting == "road"
    if setting == "road":
        setting = next((name for name in named if name != "road"), "field")
    cold = setting == "snow" or any(kinds.habitat(subject.icon) == "snow" for subject in subjects)
    season = reading.seasons[0] if reading.seasons else "winter" if cold else "summer"
    if setting in ("desert", "savanna", "jungle", "beach", "sea", "underwater"):
        season = "summer"
    shown = kinds.kinds().inherent.get(setting, frozenset())
    if all(not s.relation for s in subjects):
        subjects = [s for s in subjects if s.icon not in shown or s.count == 1]
    rolling = any(subject.icon in kinds.kinds().rolling and not subject.relation for subject in subjects)
    return Scene(
        subjects=tuple(subjects),
        setting=setting,
        time=_time(reading),
        weather=weather,
        season=season,
        style=reading.styles[0] if reading.styles else None,
        road=(road or rolling) and setting in kinds.kinds().settings["roads"],
        found=tuple(dict.fromkeys(reading.found)),
        speaks_of_reference=of_reference,
        setting_named=bool(named),
        accent=reading.loose_colour,
    )


def _place(named: Sequence[str], subjects: Sequence[Subject]) -> str:
    """The setting: the first of those named, but water for what swims; else where the subjects belong."""
    if not named:
        return _habitat(subjects)
    wet = [name for name in named if name in ("lake", "sea", "underwater", "beach")]
    known = kinds.kinds()
    swimming = any(subject.icon in known.submarine | known.afloat for subject in subjects)
    return wet[0] if swimming and wet else named[0]


def _time(reading: Reading) -> str:
    """The hour: the first named; "dark" words and a neon look mean night."""
    if "aurora" in reading.weathers:
        return "night"
    if reading.times:
        return reading.times[0]
    return "night" if "neon" in reading.styles else "day"


def _habitat(subjects: Sequence[Subject]) -> str:
    """Where the subjects belong when the prompt does not say."""
    if any(subject.icon in kinds.kinds().furniture for subject in subjects):
        return "home"
    places = [place for subject in subjects if (place := kinds.habitat(subject.icon))]
    large = [s for s in subjects if s.icon in kinds.kinds().fixed | kinds.kinds().rolling]
    if large:
        places = [place for place in places if place not in kinds.kinds().settings["indoors"]] + ["field"]
    if places:
        return places[0]
    if not subjects:
        return "abstract"
    if any(kinds.is_food(subject.icon) for subject in subjects):
        return "table"
    if all(kinds.is_thing(subject.icon) for subject in subjects):
        return "studio"
    return "garden" if kinds.is_person(subjects[0].icon) else "field"


def _table(setting: str, named: bool, subjects: list[Subject]) -> tuple[str, list[Subject]]:
    """Food and small things on a table are seen from close by: the table becomes the setting."""
    tables = [k for k, subject in enumerate(subjects) if subject.icon in ("table", "desk")]
    small = [s for s in subjects if kinds.is_food(s.icon) or kinds.is_thing(s.icon)]
    others = [s for s in subjects if s not in small and s.icon not in ("table", "desk")]
    if tables and not others and setting in ("table", "kitchen", "home", "studio", "office", "field"):
        gone = tables[0]
        kept = [
            replace(s, relation=None if s.relation and s.relation.other == gone else _shifted(s.relation, gone))
            for k, s in enumerate(subjects) if k != gone
        ]  # fmt: skip
        return "table", kept
    if setting == "table" and others and not any(kinds.is_animal(s.icon) for s in others):
        return "kitchen", subjects
    if setting == "kitchen" and small and not others and all(kinds.is_food(s.icon) for s in small):
        return "table", subjects
    return setting, subjects


def _shifted(relation: Relation | None, gone: int) -> Relation | None:
    return relation and replace(relation, other=relation.other - (relation.other > gone))
