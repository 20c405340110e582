"""A script in lines and sections: sentences are lines, paragraphs are sections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from videogen_sandbox.engines.speech.text import SENTENCE_PAUSE, paragraphs, sentences
from videogen_sandbox.engines.videos.document import Line

PARAGRAPH_PAUSE = 0.4
"""Seconds of silence between two sections, on top of what the voice leaves by itself."""

TITLE_LENGTH = 60

FILLERS = ("um", "uh", "uhm", "umm", "er", "erm", "ah", "hmm", "mhm", "you know", "I mean")
"""Filler words that are cut when none are named."""

_LETTERS = re.compile(r"[^\w']+")


def sections(script: str) -> list[list[Line]]:
    """Return the lines of each paragraph of a script; paragraphs without words are left out."""
    found = []
    for paragraph in paragraphs(script):
        lines = [Line(text=part.text, pause=SENTENCE_PAUSE) for part in sentences(paragraph)]
        if lines:
            found.append([*lines[:-1], lines[-1].model_copy(update={"pause": PARAGRAPH_PAUSE})])
    return found


def title(text: str, fallback: str) -> str:
    """Return the first words of a text as a title; `fallback` for a text without any."""
    first = " ".join(text.split())
    if not first:
        return fallback
    end = re.search(r"[.!?…:;]\s", first[: TITLE_LENGTH + 1])
    cut = first[: end.start()] if end else first
    if len(cut) > TITLE_LENGTH:
        cut = cut[:TITLE_LENGTH].rsplit(" ", 1)[0]
    return cut.rstrip(" ,.;:!?…-") or fallback


def filler_places(words: Sequence[str], fillers: Iterable[str]) -> set[int]:
    """Return which of the written words are fillers: single words or several in a row, in any case."""
    plain = [_LETTERS.sub("", word).lower() for word in words]
    found: set[int] = set()
    for filler in fillers:
        wanted = [_LETTERS.sub("", part).lower() for part in filler.split()]
        if not any(wanted):
            continue
        for start in range(len(plain) - len(wanted) + 1):
            if plain[start : start + len(wanted)] == wanted:
                found.update(range(start, start + len(wanted)))
    return found


def without(words: Sequence[str], gone: set[int]) -> str:
    """Return the words that stay as a sentence: it begins as large as before and keeps its last mark."""
    kept = [word for number, word in enumerate(words) if number not in gone]
    if not kept or not gone:
        return " ".join(kept)
    if words[0][:1].isupper():
        kept[0] = kept[0][:1].upper() + kept[0][1:]
    if len(words) - 1 in gone and words[-1][-1:] in ".!?":
        kept[-1] = kept[-1].rstrip(",;:") + words[-1][-1]
    return " ".join(kept)
