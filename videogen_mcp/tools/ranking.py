"""Ranks people, by their voices or faces, by the words of a wish. Pure; which words are alike is data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from configparser import ConfigParser
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Generic, TypeVar

from videogen_mcp.workflows.languages import region_of, tag_of

T = TypeVar("T")

WEIGHTS: Mapping[str, float] = {"name": 4, "accent": 3, "gender": 3, "age": 2, "use": 1.5}
"""What counts more than one. A British woman is nearer to a wish for a warm older British woman than a warm American,
and who is named is meant."""

SHADE = 0.3
"""How much less a word of like meaning counts than the word itself."""

STEM = 4
"""Letters from which a word also stands for what begins with it: calm and calmer, but not man and many."""

MOST_WORDS = 30
"""Of a wish; the rest of a longer one is not read."""

NEGATIONS = frozenset({"not", "no", "non", "without", "never"})
"""Before a word that is not wanted."""


@dataclass(frozen=True)
class Facts:
    """What is known of somebody: the name, what is said in words, and the language as a BCP-47 tag."""

    name: str = ""
    words: str = ""
    tag: str = ""


@dataclass(frozen=True)
class Ranked(Generic[T]):
    """Every row, nearest first; those that are equally near keep their order.

    The first `whole` ones fit all words of the wish, the first `near` ones any. `missing` are the words that none fits.
    """

    rows: list[T]
    whole: int
    near: int
    missing: tuple[str, ...] = ()


def rank(rows: Sequence[T], facts_of: Callable[[T], Facts], wish: str) -> Ranked[T]:
    """Return the rows as they fit the words of a wish; in their own order where it has none that say anything."""
    wanted, unwanted = _wished(wish)
    if not wanted and not unwanted:
        said_nothing = not wish.strip() or re.search(r"\w", wish)
        return Ranked(list(rows), len(rows), len(rows)) if said_nothing else Ranked(list(rows), 0, 0, (wish.strip(),))
    missing, marked = dict.fromkeys(wanted), []
    for row in rows:
        facts = _Read.of(facts_of(row))
        marks = {word: facts.mark(word) for word in wanted}
        against = sum(map(facts.mark, unwanted))
        for word in [word for word, mark in marks.items() if mark]:
            missing.pop(word, None)
        named = facts.name == _plain(wish)
        fits = named or (all(marks.values()) and not against)
        marked.append((named, fits, sum(marks.values()) - against, row))
    marked.sort(key=lambda one: one[:3], reverse=True)
    whole, near = sum(one[1] for one in marked), sum(one[1] or one[2] > 0 for one in marked)
    return Ranked([one[3] for one in marked], whole, near, tuple(missing))


@dataclass(frozen=True)
class _Read:
    """Facts as words are compared with them."""

    name: str
    words: tuple[str, ...]
    meanings: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, facts: Facts) -> _Read:
        words = tuple(re.findall(r"\w+", _plain(facts.words)))
        language, _, region = facts.tag.partition("-")
        tag = {("accent", part) for part in (language.lower(), region.upper()) if part}
        return cls(_plain(facts.name), words, frozenset(tag).union(*map(_meanings, words)))

    def mark(self, word: str) -> float:
        """Return how much a word says for somebody; 0 where it does not fit."""
        if _begins(re.findall(r"\w+", self.name), word):
            return WEIGHTS["name"]
        if _begins(self.words, word):
            return sum(WEIGHTS.get(kind, 1.0) for kind, _ in _meanings(word)) or 1.0
        return sum(WEIGHTS.get(kind, 1.0) - SHADE for kind, _ in self.meanings & _meanings(word))


def _wished(wish: str) -> tuple[list[str], list[str]]:
    """Return the words that are wanted, and those that are not, each once."""
    wanted: dict[str, None] = {}
    unwanted: dict[str, None] = {}
    negated = False
    for word in re.findall(r"\w+", _plain(wish))[:MOST_WORDS]:
        if word in NEGATIONS:
            negated = True
        elif "fillers" not in {kind for kind, _ in _meanings(word)}:
            (unwanted if negated else wanted)[word] = None
            negated = False
    return list(wanted), list(unwanted)


def _begins(words: Iterable[str], wanted: str) -> bool:
    return any(word == wanted or (len(wanted) >= STEM and word.startswith(wanted)) for word in words)


@lru_cache(maxsize=4096)
def _meanings(word: str) -> frozenset[tuple[str, str]]:
    """Return what a word means, by kind: woman is ("gender", "female"), british ("accent", "GB")."""
    found = set(_alike().get(word, ()))
    if (region := region_of(word)) is not None:
        found.add(("accent", region))
    if len(word) >= STEM and (language := tag_of(word)) is not None:
        found.add(("accent", language))
    return frozenset(found)


@cache
def _alike() -> Mapping[str, set[tuple[str, str]]]:
    lines = ConfigParser()
    lines.read_string(files(__package__).joinpath("likeness.ini").read_text(encoding="utf-8"))
    found: dict[str, set[tuple[str, str]]] = {}
    for kind in lines.sections():
        for meaning, words in lines[kind].items():
            for word in words.split():
                found.setdefault(word, set()).add((kind, meaning))
    return found


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
