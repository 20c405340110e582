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


_ALWAYS_SUMMER = ("desert", "savanna", "jungle", "beach", "sea", "underwater")
_TABLES = ("table", "desk")
_WITH_TABLES = ("table", "kitchen", "home", "studio", "office", "field")
"""Settings in which a table with things on it is seen from close by."""


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
    going: bool | None = None
    """Whether the prompt says that somebody walks or runs, or that somebody sits or stands; None: neither."""
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
    """Return what a prompt says. Never fails: a text without a known word gives a scene without subjects."""
    reading = read(prompt)
    known = kinds.kinds()
    subjects = gendered(reading.subjects, reading.words, vocabulary(), crc32(prompt.encode("utf-8", "replace")))
    named = sorted(reading.settings, key=lambda name: -_WEAK_SETTINGS.get(name, 2))
    setting, subjects = _table(_place(named, subjects), subjects)
    if setting == "clouds":
        setting = _under_clouds(subjects)
    road = "road" in (setting, *reading.settings)
    if setting == "road":
        setting = next((name for name in named if name != "road"), "field")
    season = _season(reading, setting, subjects)
    subjects = _without_scenery(subjects, setting)
    rolling = any(subject.icon in known.rolling and not subject.relation for subject in subjects)
    return Scene(
        subjects=tuple(subjects),
        setting=setting,
        time=_time(reading),
        weather=reading.weathers[0] if reading.weathers else None,
        season=season,
        style=reading.styles[0] if reading.styles else None,
        road=(road or rolling) and setting in known.settings["roads"],
        found=tuple(dict.fromkeys(reading.found)),
        going=_going(reading),
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


def _going(reading: Reading) -> bool | None:
    """Whether somebody goes: the first verb that says so or the contrary."""
    known = vocabulary()
    return next((word in known.going for word in reading.words if word in known.going | known.staying), None)


def _season(reading: Reading, setting: str, subjects: Sequence[Subject]) -> str:
    """The season: the first named, else winter where snow lies; summer where there is no other."""
    if setting in _ALWAYS_SUMMER:
        return "summer"
    if reading.seasons:
        return reading.seasons[0]
    cold = setting == "snow" or any(kinds.habitat(subject.icon) == "snow" for subject in subjects)
    return "winter" if cold else "summer"


def _under_clouds(subjects: Sequence[Subject]) -> str:
    """The setting of a sky with clouds: the ground below it if any of the subjects cannot fly."""
    if all(subject.icon in kinds.kinds().airborne or subject.relation for subject in subjects):
        return "clouds"
    return kinds.habitat(subjects[0].icon) or "field"


def _without_scenery(subjects: list[Subject], setting: str) -> list[Subject]:
    """The subjects without those that the setting shows anyway; one alone is drawn once more."""
    if any(subject.relation for subject in subjects):
        return subjects
    shown = kinds.kinds().inherent.get(setting, frozenset())
    return [subject for subject in subjects if subject.icon not in shown or subject.count == 1]


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


def _table(setting: str, subjects: list[Subject]) -> tuple[str, list[Subject]]:
    """Food and small things on a table are seen from close by: the table becomes the setting."""
    small = [s for s in subjects if kinds.is_food(s.icon) or kinds.is_thing(s.icon)]
    others = [s for s in subjects if s not in small and s.icon not in _TABLES]
    if others:
        kitchen = setting == "table" and not any(kinds.is_animal(s.icon) for s in others)
        return "kitchen" if kitchen else setting, subjects
    table = next((k for k, s in enumerate(subjects) if s.icon in _TABLES), None)
    if table is not None and setting in _WITH_TABLES:
        return "table", _without(subjects, table)
    if setting == "kitchen" and small and all(kinds.is_food(s.icon) for s in small):
        return "table", subjects
    return setting, subjects


def _without(subjects: Sequence[Subject], gone: int) -> list[Subject]:
    """The subjects without one of them; who was tied to it stands alone."""
    return [
        replace(s, relation=None if s.relation and s.relation.other == gone else _shifted(s.relation, gone))
        for k, s in enumerate(subjects)
        if k != gone
    ]


def _shifted(relation: Relation | None, gone: int) -> Relation | None:
    return relation and replace(relation, other=relation.other - (relation.other > gone))
