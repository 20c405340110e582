"""Reads a prompt word by word with a small grammar of nouns, adjectives and prepositions over the tables of `words`.

What it does not know it leaves out. The prompt's own text goes no further than this module.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from videogen_sandbox.engines.drawing import kinds
from videogen_sandbox.engines.drawing.grammar import ARTICLES, is_homeward, is_verb
from videogen_sandbox.engines.drawing.subjects import Gender, Relation, RelationKind, Subject, someone
from videogen_sandbox.engines.drawing.words import LONGEST_PHRASE, Vocabulary, is_plural, singulars, vocabulary

MOST_SUBJECTS = 6
"""Different things in one picture; more would only crowd it."""
MOST_OF_A_KIND = 7
READ_AT_MOST = 4_000
"""Characters of a prompt that are read; longer ones only repeat themselves."""

_WORD_OR_BREAK = re.compile(r"([^\W_]+(?:['-][^\W_]+)*)|[^\w\s'-]|\n")
_LINKS = ARTICLES | {"dressed", "as", "who", "is", "that", "and", "or"}


@dataclass
class Reading:
    """What has been understood so far, word by word."""

    words: list[str] = field(default_factory=list)
    breaks: frozenset[int] = frozenset()
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


def read(prompt: str) -> Reading:
    """Return what a prompt says. Never fails: a text without a known word gives an empty reading."""
    words, breaks = _words(prompt)
    known = vocabulary()
    reading = Reading(words=words, breaks=breaks)
    at = 0
    while at < len(words):
        at = _read_phrase(reading, words, at, known)
    return reading


def tokens(prompt: str) -> list[str]:
    """Return the words of a prompt in lower case, compatibility characters unified, hyphens opened, no `[[…]]`."""
    return _words(prompt)[0]


def _words(prompt: str) -> tuple[list[str], frozenset[int]]:
    """The words of a prompt, and the numbers of those before which there is a comma, a full stop or the like."""
    plain = unicodedata.normalize("NFKC", prompt[:READ_AT_MOST]).lower().replace("\u2019", "'")
    text = re.sub(r"\[\[.*?\]\]", " ", plain)
    whole = vocabulary().colours.keys()
    words: list[str] = []
    breaks = set()
    for found in _WORD_OR_BREAK.finditer(text):
        word = found[1]
        if word is None:
            breaks.add(len(words))
        else:
            words += [part for part in ([word] if word in whole else word.replace("'s", "").split("-")) if part]
    return words, frozenset(breaks)


def _read_phrase(reading: Reading, words: Sequence[str], at: int, known: Vocabulary) -> int:
    """Take in the longest known phrase at `at`, or a word that only looks like a noun; the position after it."""
    if is_homeward(words, reading.breaks, at, known):
        return at + 1
    if is_verb(words, reading.breaks, at, known):
        doing = next((form for form in _gerunds(words[at]) if form in known.actions), None)
        if doing is not None:
            _act(reading, known.actions[doing], doing, at + 1)
        return at + 1
    for length in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
        end = at + length
        for last in singulars(words[end - 1]):
            phrase = " ".join([*words[at : end - 1], last])
            if _understand(reading, phrase, words, at, end, known):
                return end
    return at + 1


def _gerunds(verb: str) -> list[str]:
    """What the form in -ing of a verb in -s, or of its bare form, may be."""
    return [f"{stem}ing" for stem in (verb.removesuffix("s"), verb.removesuffix("es"), verb.removesuffix("e"), verb)]


def _understand(reading: Reading, phrase: str, words: Sequence[str], at: int, end: int, known: Vocabulary) -> bool:
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
    if _adjective(reading, phrase, words, end, known):
        return True
    around = _circumstance(reading, phrase, words[at:end], known)
    if phrase in known.subjects and (not around or phrase in ("halloween", "cherry blossom")):
        _meet(reading, known.subjects[phrase], words, at, end)
        return True
    if not around and phrase in known.relations:
        reading.relation = (known.relations[phrase], end)
        return True
    return around


def _circumstance(reading: Reading, phrase: str, words: Sequence[str], known: Vocabulary) -> bool:
    """Take in a place, time, weather, season or style; false where the phrase is none."""
    meanings = (
        (known.settings, reading.settings), (known.times, reading.times), (known.weathers, reading.weathers),
        (known.seasons, reading.seasons), (known.styles, reading.styles),
    )  # fmt: skip
    named = [(table, kept) for table, kept in meanings if phrase in table]
    for table, kept in named:
        kept.append(table[phrase])
        reading.relation = None
    if named and phrase not in known.relations:
        reading.found.append(" ".join(words))
    return bool(named)


def _adjective(reading: Reading, phrase: str, words: Sequence[str], end: int, known: Vocabulary) -> bool:
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


def _meet(reading: Reading, icon: str, words: Sequence[str], at: int, end: int) -> None:
    """A noun: a new subject, or one that was there already."""
    plural = is_plural(words[end - 1]) and icon not in kinds.kinds().plural
    count = reading.count[0] if reading.count and at - reading.count[1] <= 3 else _usual(icon) if plural else 1
    reading.found.append(" ".join(words[at:end]))
    word = " ".join(words[at:end])
    same = next((k for k, subject in enumerate(reading.subjects) if _same(subject, icon, word)), None)
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


def _same(subject: Subject, icon: str, word: str) -> bool:
    """Whether a noun speaks of a subject that was met before; nurse and doctor are two, though drawn alike."""
    if subject.icon != icon:
        return False
    return not kinds.is_person(someone(icon)) or bool(set(singulars(subject.word)) & set(singulars(word)))


def _usual(icon: str) -> int:
    """How many a bare plural means."""
    return 2 if icon in kinds.kinds().pairs else 3


def _merges(reading: Reading, icon: str, words: Sequence[str], at: int) -> bool:
    """Whether the noun only says more of the person before it: "woman scientist", "a boy dressed as a wizard"."""
    if not reading.subjects or not kinds.is_person(someone(icon)):
        return False
    between = words[reading.ends[-1] : at]
    return reading.subjects[-1].icon in ("man", "woman", "boy", "girl", "person", "child") and all(
        word in _LINKS and word != "and" for word in between
    )


def _relate(reading: Reading, index: int, at: int) -> None:
    """Tie the new subject to the one before by the preposition between them."""
    if index == 0 or reading.relation is None or at - reading.relation[1] > 4:
        return
    kind, other = reading.relation[0], index - 1
    here = reading.subjects[index]
    if here.icon in kinds.kinds().clothes and kinds.is_person(someone(reading.subjects[other].icon)):
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


def _act(reading: Reading, action: str, phrase: str, end: int) -> bool:
    """Someone does something: the person before it takes the pose; false if nobody there can."""
    if reading.subjects and kinds.is_person(someone(reading.subjects[-1].icon)):
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


def gendered(subjects: Sequence[Subject], words: Sequence[str], known: Vocabulary, chance: int) -> list[Subject]:
    """Give every person a gender's icon: by the prompt's words where they tell, else by chance; several are mixed."""
    spoken = set(words)
    female, male = bool(known.female & spoken), bool(known.male & spoken)
    found = []
    for k, subject in enumerate(subjects):
        near = set(subject.word.split())
        gender: Gender = "woman" if (chance >> k) & 1 else "man"
        told = True
        if near & known.female or (female and not male):
            gender = "woman"
        elif near & known.male or (male and not female):
            gender = "man"
        else:
            told = False
        found.append(replace(subject, icon=someone(subject.icon, gender), mixed=subject.count > 1 and not told))
    return found
