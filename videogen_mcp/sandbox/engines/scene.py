"""A prompt, read as a picture: who is in it, where, when, in what weather, and how things stand to each other.

A small grammar of nouns, adjectives and prepositions over the tables of `words`; what it does not know it leaves out.
The prompt's own text goes no further than this module.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast
from zlib import crc32

from videogen_mcp.sandbox.engines import icons, kinds
from videogen_mcp.sandbox.engines.words import LONGEST_PHRASE, Vocabulary, is_plural, singulars, vocabulary

RelationKind = Literal["on", "riding", "under", "front", "behind", "in", "over", "wearing", "holding"]
Gender = Literal["man", "woman"]

MOST_SUBJECTS = 6
"""Different things in one picture; more would only crowd it."""
MOST_OF_A_KIND = 7
READ_AT_MOST = 4_000
"""Characters of a prompt that are read; longer ones only repeat themselves."""

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_ARTICLES = frozenset({"a", "an", "the", "some", "his", "her", "their", "its", "my", "our", "your", "of"})
_LINKS = _ARTICLES | {"dressed", "as", "who", "is", "that", "and", "or"}
_WEAK_SETTINGS = {"clouds": 0, "city": 1, "field": 1, "road": 1}
_CLOTHES = frozenset(
    "t-shirt dress coat jeans kimono lab-coat necktie shorts sari womans-clothes gloves socks boot".split()
)


@dataclass(frozen=True)
class Relation:
    kind: RelationKind
    other: int
    """Index of the subject this one stands to."""


@dataclass(frozen=True)
class Subject:
    icon: str
    word: str
    """As the prompt has it, lower case; for descriptions."""
    count: int = 1
    colour: str | None = None
    size: float = 1.0
    relation: Relation | None = None


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
        nouns = _clauses(self.subjects)
        listed = ", ".join(nouns[:-1]) + " and " + nouns[-1] if len(nouns) > 1 else "".join(nouns)
        weather = {"rain": "rainy ", "snow": "snowy ", "storm": "stormy ", "fog": "foggy ", "clouds": "cloudy "}.get(
            self.weather or "", ""
        )
        if not weather and self.season == "winter" and self.setting in _OUTDOORS:
            weather = "snowy "
        place = PLACES[self.setting].format(weather=weather)
        hour = (
            ""
            if self.setting in _TIMELESS
            else {"day": "by day", "night": "at night"}.get(self.time, f"at {self.time}")
        )
        return " ".join(part for part in (listed, place, hour) if part).strip()


PLACES = {
    "mountains": "in the {weather}mountains", "forest": "in a {weather}forest", "jungle": "in a {weather}jungle", "city": "in a {weather}city",
    "street": "in a {weather}street", "beach": "on a {weather}beach", "sea": "on a {weather}sea", "lake": "by a {weather}lake",
    "underwater": "under water", "desert": "in a desert", "snow": "in a snowy landscape", "field": "in the {weather}hills", "farm": "on a {weather}farm",
    "garden": "in a {weather}garden", "savanna": "on the savanna", "home": "in a room", "bedroom": "in a bedroom", "kitchen": "in a kitchen",
    "office": "in an office", "classroom": "in a classroom", "library": "in a library", "laboratory": "in a laboratory",
    "hospital": "in a hospital room", "gym": "in a gym", "table": "on a table", "studio": "on a studio podium", "stage": "on a stage",
    "space": "in space", "moonscape": "on the moon", "mars": "on Mars", "clouds": "above the clouds", "abstract": "before an abstract pattern",
}  # fmt: skip
"""Setting → words for it."""

INDOORS = frozenset(
    {
        "home",
        "bedroom",
        "kitchen",
        "office",
        "classroom",
        "library",
        "laboratory",
        "hospital",
        "gym",
        "stage",
        "table",
        "studio",
    }
)
_OUTDOORS = frozenset({"mountains", "forest", "city", "street", "lake", "field", "farm", "garden"})
_TIMELESS = frozenset(
    {
        "underwater",
        "table",
        "studio",
        "stage",
        "space",
        "moonscape",
        "mars",
        "abstract",
        "hospital",
        "laboratory",
        "gym",
        "kitchen",
    }
)


@dataclass
class _Reading:
    """What has been understood so far, word by word."""

    subjects: list[Subject] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    weathers: list[str] = field(default_factory=list)
    seasons: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    count: tuple[int, int] | None = None
    colour: tuple[str, int] | None = None
    size: tuple[float, int] | None = None
    relation: tuple[str, int] | None = None
    negated_until: int = -1
    loose_colour: str | None = None


def parse(prompt: str) -> Scene:
    """Read a prompt. Never fails: a text without a known word gives a scene without subjects."""
    words = tokens(prompt)
    known = vocabulary()
    reading = _Reading()
    at = 0
    while at < len(words):
        at = _read_phrase(reading, words, at, known)
    subjects = _people(reading.subjects, words, known, crc32(prompt.encode("utf-8", "replace")))
    return _compose(reading, subjects, bool(known.reference & set(words)))


def tokens(prompt: str) -> list[str]:
    """The words of a prompt: lower case, compatibility characters unified, hyphens opened, `[[…]]` directives left out."""
    text = re.sub(r"\[\[.*?\]\]", " ", unicodedata.normalize("NFKC", prompt[:READ_AT_MOST])).lower().replace("’", "'")
    whole = vocabulary().colours.keys()
    return [
        part
        for word in _WORD.findall(text)
        for part in ([word] if word in whole else word.replace("'s", "").split("-"))
        if part
    ]


def _read_phrase(reading: _Reading, words: Sequence[str], at: int, known: Vocabulary) -> int:
    """Take in the longest known phrase at `at`; the position after it."""
    for length in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
        end = at + length
        for last in singulars(words[end - 1]):
            phrase = " ".join([*words[at : end - 1], last])
            if _understand(reading, phrase, words, at, end, known):
                return end
    return at + 1


def _understand(reading: _Reading, phrase: str, words: Sequence[str], at: int, end: int, known: Vocabulary) -> bool:
    following = words[end] if end < len(words) else ""
    if phrase in known.negation:
        reading.negated_until = end + 3
        return True
    if phrase in known.filler and following == "of":
        return True
    if at < reading.negated_until and (
        phrase in known.subjects or phrase in known.settings or phrase in known.weathers
    ):
        return True
    if phrase in known.actions and _act(reading, known.actions[phrase], phrase, end):
        return True
    adjective = _adjective(reading, phrase, words, end, known)
    if adjective:
        return True
    hit = False
    for table, kept in (
        (known.settings, reading.settings), (known.times, reading.times), (known.weathers, reading.weathers),
        (known.seasons, reading.seasons), (known.styles, reading.styles),
    ):  # fmt: skip
        if phrase in table:
            kept.append(table[phrase])
            hit = True
    if hit and phrase not in known.relations:
        reading.found.append(" ".join(words[at:end]))
    if phrase in known.subjects and (not hit or phrase in ("halloween", "cherry blossom")):
        _meet(reading, known.subjects[phrase], words, at, end)
        return True
    if not hit and phrase in known.relations:
        reading.relation = (known.relations[phrase], end)
        return True
    return hit


def _adjective(reading: _Reading, phrase: str, words: Sequence[str], end: int, known: Vocabulary) -> bool:
    """A number, size or colour for the noun that follows; false where the word is itself a noun here."""
    following = words[end : end + 3]
    before_noun = any(single in known.subjects for word in following for single in singulars(word))
    if phrase in known.numbers and (phrase not in known.subjects or following[:1] == ["of"]):
        reading.count = (known.numbers[phrase], end)
        return True
    if phrase.isdecimal() and 0 < len(phrase) < 4:
        reading.count = (max(1, int(phrase)), end)
        return True
    if phrase in known.sizes:
        reading.size = (known.sizes[phrase], end)
        return True
    if phrase in known.colours and (before_noun or phrase not in known.subjects):
        reading.colour = (known.colours[phrase], end)
        reading.loose_colour = reading.loose_colour or known.colours[phrase]
        return True
    return False


def _meet(reading: _Reading, icon: str, words: Sequence[str], at: int, end: int) -> None:
    """A noun: a new subject, or one that was there already."""
    plural = is_plural(words[end - 1]) and icon not in _ALWAYS_MANY
    count = reading.count[0] if reading.count and at - reading.count[1] <= 3 else (3 if plural else 1)
    reading.found.append(" ".join(words[at:end]))
    same = next((k for k, subject in enumerate(reading.subjects) if subject.icon == icon), None)
    if same is not None:
        reading.ends[same] = end
        index = same
    elif _merges(reading, icon, words, at):
        index = len(reading.subjects) - 1
        reading.subjects[index] = replace(reading.subjects[index], icon=icon, word=" ".join(words[at:end]))
        reading.ends[index] = end
    elif len(reading.subjects) < MOST_SUBJECTS:
        index = len(reading.subjects)
        reading.subjects.append(
            Subject(
                icon,
                " ".join(words[at:end]),
                min(MOST_OF_A_KIND, count),
                reading.colour[0] if reading.colour and at - reading.colour[1] <= 2 else None,
                reading.size[0] if reading.size and at - reading.size[1] <= 3 else 1.0,
            )
        )
        reading.ends.append(end)
        _relate(reading, index, at)
    reading.count = reading.colour = reading.size = reading.relation = None


def _merges(reading: _Reading, icon: str, words: Sequence[str], at: int) -> bool:
    """Whether the noun only says more of the person before it: "woman scientist", "a boy dressed as a wizard"."""
    if not reading.subjects or not kinds.is_person(_someone(icon)):
        return False
    between = words[reading.ends[-1] : at]
    return reading.subjects[-1].icon in ("man", "woman", "boy", "girl", "person", "child") and all(
        word in _LINKS and word != "and" for word in between
    )


def _relate(reading: _Reading, index: int, at: int) -> None:
    """Tie the new subject to the one before by the preposition between them."""
    if index == 0 or reading.relation is None or at - reading.relation[1] > 4:
        return
    kind, other = reading.relation[0], index - 1
    here = reading.subjects[index]
    if here.icon in _CLOTHES and kinds.is_person(_someone(reading.subjects[other].icon)):
        reading.subjects.pop()
        reading.ends.pop()
        reading.subjects[other] = replace(reading.subjects[other], colour=reading.subjects[other].colour or here.colour)
        return
    known = kinds.kinds()
    if here.icon in known.hats | known.eyewear | known.neckwear and kind in ("wearing", "in", "beside"):
        kind = "wearing"
    if kind in ("wearing", "holding"):
        reading.subjects[index] = replace(here, relation=Relation(cast(RelationKind, kind), other))
    elif kind != "beside":
        linked = [other]
        while linked[-1] > 0 and reading.subjects[linked[-1]].relation is None and len(linked) < 3 and kind == "on":
            linked.append(linked[-1] - 1)
        for k in linked:
            if reading.subjects[k].relation is None:
                reading.subjects[k] = replace(reading.subjects[k], relation=Relation(cast(RelationKind, kind), index))


def _act(reading: _Reading, action: str, phrase: str, end: int) -> bool:
    """Someone does something: the person before it takes the pose; false if nobody there can."""
    if reading.subjects and kinds.is_person(_someone(reading.subjects[-1].icon)):
        subject = reading.subjects[-1]
        if subject.icon in (
            "man",
            "woman",
            "boy",
            "girl",
            "person",
            "child",
            "walking",
            "old-man",
            "old-woman",
            "older-person",
        ):
            young = subject.icon in ("boy", "girl", "child")
            reading.subjects[-1] = replace(subject, icon=action, size=subject.size * (0.8 if young else 1.0))
            reading.found.append(phrase)
            return True
    if phrase.split()[0] in ("riding", "rides"):
        return False
    if reading.subjects:
        return True
    reading.found.append(phrase)
    reading.subjects.append(Subject(action, phrase))
    reading.ends.append(end)
    return True


def _people(subjects: Sequence[Subject], words: Sequence[str], known: Vocabulary, chance: int) -> list[Subject]:
    """Give every person a gender's icon: by the prompt's words where they tell, else by chance."""
    spoken = set(words)
    female, male = bool(known.female & spoken), bool(known.male & spoken)
    found = []
    for k, subject in enumerate(subjects):
        near = set(subject.word.split())
        if near & known.female or (female and not male):
            gender: Gender = "woman"
        elif near & known.male or (male and not female):
            gender = "man"
        else:
            gender = "woman" if (chance >> k) & 1 else "man"
        found.append(replace(subject, icon=_someone(subject.icon, gender)))
    return found


def _someone(icon: str, gender: Gender = "woman") -> str:
    """The icon for a trade or a pose: "cook" → "woman-cook"; other icons stay."""
    bodies = icons.bodies()
    if icon == "person":
        return gender
    if icon == "child":
        return "girl" if gender == "woman" else "boy"
    for name in (f"{gender}-{icon}", icon, f"person-{icon}"):
        if name in bodies:
            return name
    return icon


def _compose(reading: _Reading, subjects: Sequence[Subject], of_reference: bool) -> Scene:
    first = subjects[0].icon if subjects else None
    named = sorted(reading.settings, key=lambda name: -_WEAK_SETTINGS.get(name, 2))
    setting = named[0] if named else _habitat(subjects)
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
    season = reading.seasons[0] if reading.seasons else ("winter" if setting == "snow" else "summer")
    if setting in ("desert", "savanna", "jungle", "beach", "sea", "underwater"):
        season = "summer"
    rolling = any(subject.icon in kinds.kinds().rolling and not subject.relation for subject in subjects)
    return Scene(
        subjects=tuple(subjects),
        setting=setting,
        time=_time(reading),
        weather=weather,
        season=season,
        style=reading.styles[0] if reading.styles else None,
        road=(road or rolling) and setting in _ROADS,
        found=tuple(dict.fromkeys(reading.found)),
        speaks_of_reference=of_reference,
        setting_named=bool(named),
        accent=reading.loose_colour,
    )


def _time(reading: _Reading) -> str:
    """The hour: the first named; "dark" words and a neon look mean night."""
    if reading.times:
        return reading.times[0]
    return "night" if "neon" in reading.styles else "day"


def _habitat(subjects: Sequence[Subject]) -> str:
    """Where the subjects belong when the prompt does not say."""
    places = [place for subject in subjects if (place := kinds.habitat(subject.icon))]
    large = [s for s in subjects if s.icon in kinds.kinds().fixed | kinds.kinds().rolling]
    if large:
        places = [place for place in places if place not in INDOORS] + ["field"]
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


def _clauses(subjects: Sequence[Subject]) -> list[str]:
    """ "a cat riding a bicycle", "two dogs": each subject once, related ones together."""
    said: set[int] = set()
    clauses = []
    for k, subject in enumerate(subjects):
        if k in said:
            continue
        clause = _counted(subject)
        said.add(k)
        for other, joint in _joints(subjects, k):
            if other not in said:
                clause += f" {joint} {_counted(subjects[other])}"
                said.add(other)
        clauses.append(clause)
    return clauses


def _joints(subjects: Sequence[Subject], k: int) -> list[tuple[int, str]]:
    """The subjects that `k` is tied to, with the words between."""
    words = {"front": "in front of"}
    tied = [
        (j, other.relation.kind) for j, other in enumerate(subjects) if other.relation and other.relation.other == k
    ]
    joints = [(j, kind) for j, kind in tied if kind in ("wearing", "holding")]
    relation = subjects[k].relation
    if relation and relation.kind not in ("wearing", "holding"):
        joints.append((relation.other, words.get(relation.kind, relation.kind)))
    return [(j, "with" if kind == "holding" else kind) for j, kind in joints]


def _counted(subject: Subject) -> str:
    if subject.count > 1:
        numbers = ("", "", "two", "three", "four", "five", "six", "seven")
        word = subject.word if is_plural(subject.word.split()[-1]) else subject.word + "s"
        return f"{numbers[subject.count]} {word}"
    if is_plural(subject.word.split()[-1]) or subject.word in ("coffee", "tea", "wine", "beer", "milk", "money"):
        return subject.word
    return f"{'an' if subject.word[0] in 'aeiou' else 'a'} {subject.word}"


_ALWAYS_MANY = frozenset(
    "glasses sunglasses jeans scissors grapes cherries spaghetti french-fries headphone books blueberries pancakes houses goggles "
    "shopping-bags fireworks sparkles shorts skis chopsticks walking running dancing peanuts beans popcorn people-hugging fork-and-knife-with-plate".split()
)
"""Icons that already show several, or one thing whose name is a plural."""

_ROADS = frozenset({"field", "mountains", "forest", "desert", "snow", "farm", "savanna", "garden", "city", "jungle"})
