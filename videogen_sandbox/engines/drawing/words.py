"""The illustrator's vocabulary, read from `assets/words.ini`: which words mean which subject, setting, colour …"""

from __future__ import annotations

from collections.abc import Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from functools import lru_cache

from videogen_sandbox.engines.drawing import icons

LONGEST_PHRASE = 5
"""Words in the longest phrase that is looked up."""

_PEOPLE = ("man-", "woman-", "person-")
_IRREGULAR = {
    "leaves": "leaf", "knives": "knife", "wolves": "wolf", "loaves": "loaf", "mice": "mouse", "geese": "goose",
    "men": "man", "women": "woman", "children": "child", "people": "person", "businessmen": "businessman",
    "policemen": "policeman", "firemen": "fireman", "oxen": "ox", "sheep": "sheep", "fishes": "fish", "buses": "bus",
    "cacti": "cactus",
}  # fmt: skip


@dataclass(frozen=True)
class Vocabulary:
    """Each mapping is phrase → meaning; phrases are lower case with single spaces."""

    subjects: Mapping[str, str]
    settings: Mapping[str, str]
    times: Mapping[str, str]
    weathers: Mapping[str, str]
    seasons: Mapping[str, str]
    styles: Mapping[str, str]
    relations: Mapping[str, str]
    actions: Mapping[str, str]
    colours: Mapping[str, str]
    numbers: Mapping[str, int]
    sizes: Mapping[str, float]
    female: frozenset[str]
    male: frozenset[str]
    negation: frozenset[str]
    going: frozenset[str]
    """Verbs of those who move over the ground."""
    staying: frozenset[str]
    """Verbs of those who do not."""
    filler: frozenset[str]
    grammar: Mapping[str, frozenset[str]]
    """Small closed sets of words for `grammar`, by name."""


def read_tables(name: str) -> ConfigParser:
    """Return the tables of an `.ini` file of the assets; keys keep their case."""
    tables = ConfigParser(delimiters=("=",), interpolation=None)
    tables.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep keys as written
    tables.read(icons.ASSETS / name, encoding="utf-8")
    return tables


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Return the tables of `words.ini`, read once."""
    tables = read_tables("words.ini")
    small = {name: frozenset(phrases(words)) for name, words in tables["small"].items()}
    return Vocabulary(
        subjects=_subjects(tables),
        settings=_by_phrase(tables["settings"]),
        times=_by_phrase(tables["times"]),
        weathers=_by_phrase(tables["weathers"]),
        seasons=_by_phrase(tables["seasons"]),
        styles=_by_phrase(tables["styles"]),
        relations=_by_phrase(tables["relations"]),
        actions=_by_phrase(tables["actions"]),
        colours=dict(tables["colours"]),
        numbers={word: int(number) for word, number in tables["numbers"].items()},
        sizes={word: float(factor) for word, factor in tables["sizes"].items()},
        female=small["female"],
        male=small["male"],
        negation=small["negation"],
        going=small["going"],
        staying=small["staying"],
        filler=small["filler"],
        grammar={name: frozenset(phrases(words)) for name, words in tables["grammar"].items()},
    )


def phrases(text: str) -> list[str]:
    """Return the phrases separated by commas, over line ends."""
    return [" ".join(phrase.split()) for phrase in text.split(",") if phrase.strip()]


def singulars(word: str) -> list[str]:
    """Return what `word` may be the plural of, likeliest first, `word` itself among them."""
    found = [_IRREGULAR[word]] if word in _IRREGULAR else []
    found.append(word)
    if word.endswith("ies") and len(word) > 4:
        found.append(word[:-3] + "y")
    if word.endswith(("ches", "shes", "sses", "xes", "oes", "zes")):
        found.append(word[:-2])
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        found.append(word[:-1])
    return found


def is_plural(word: str) -> bool:
    """Return whether `word` looks like more than one of something."""
    return word != singulars(word)[-1] or (word in _IRREGULAR and word != "sheep")


def _by_phrase(table: Mapping[str, str]) -> dict[str, str]:
    return {phrase: meaning for meaning, words in table.items() for phrase in phrases(words)}


def _subjects(tables: ConfigParser) -> dict[str, str]:
    """Names of icons and their other words; for people the trade ("astronaut") without the gender."""
    never = set(phrases(tables["never"]["icons"]))
    found: dict[str, str] = {}
    for name in icons.bodies():
        if name in never:
            continue
        plain = name
        for gender in _PEOPLE:
            plain = plain.removeprefix(gender)
        found.setdefault(plain.replace("-", " "), plain if plain != name else name)
    instead = tables["instead"]
    for meaning, words in tables["subjects"].items():
        for phrase in (meaning.replace("-", " "), *phrases(words)):
            found[phrase] = instead.get(meaning, meaning)
    return found
