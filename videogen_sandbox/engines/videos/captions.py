"""Which words are shown when: cards of a few words, each with the word that is being said."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from videogen_sandbox.engines.speech.timing import Word
from videogen_sandbox.engines.videos.caption_style import Placed, Typesetter, legible

MOST_WORDS = 8
"""Words on one card: as many as are read at a glance."""

LINGER = 0.3
"""Seconds that a card stays after its last word, if no other comes."""

EARLY = 0.06
"""Seconds by which a card comes before its first word."""

_PUNCTUATION_WORTH = 2.5
"""Words that a card may be out of balance in order to end where the sentence breathes."""


@dataclass(frozen=True)
class Card:
    """Some words on screen from `start` to `end`."""

    words: tuple[Word, ...]
    start: float
    end: float

    @property
    def text(self) -> str:
        """The words in one line."""
        return " ".join(word.text for word in self.words)

    def said(self, time: float) -> int | None:
        """Return the number of the word that is said at a time, or was the last to be; None before the first."""
        return next((n for n in reversed(range(len(self.words))) if self.words[n].start <= time), None)


def cards(lines: Sequence[Sequence[Word]], setter: Typesetter) -> list[Card]:
    """Return the cards for the words of some lines; no card has words of two lines."""
    groups = [group for line in lines for group in _split(_shown(line), setter)]
    starts = [max(0.0, group[0].start - EARLY) for group in groups]
    found = []
    for number, group in enumerate(groups):
        following = starts[number + 1] if number + 1 < len(groups) else float("inf")
        found.append(Card(tuple(group), starts[number], min(group[-1].end + LINGER, following)))
    return found


class Captions:
    """The captions of a video, as stickers by time."""

    def __init__(self, lines: Sequence[Sequence[Word]], setter: Typesetter) -> None:
        self._cards = cards(lines, setter)
        self._starts = [card.start for card in self._cards]
        style = setter.style
        background = style.background_style
        self._follows = style.spoken_text_color is not None or (
            background is not None and background.type == "WORD_BY_WORD"
        )
        self._draw = lru_cache(maxsize=2)(
            lambda number, said: setter.draw([word.text for word in self._cards[number].words], said)
        )

    def at(self, time: float) -> Placed | None:
        """Return what is shown at a time."""
        number = bisect_right(self._starts, time) - 1
        if number < 0 or time >= self._cards[number].end:
            return None
        return self._draw(number, self._cards[number].said(time) if self._follows else None)


def _shown(line: Sequence[Word]) -> list[Word]:
    """The words of a line that can be shown; what is no word by itself (a dash) goes with the one before."""
    shown: list[Word] = []
    for word in line:
        text = legible(word.text)
        if not text.strip():
            continue
        if shown and not any(letter.isalnum() for letter in text):
            shown[-1] = Word(f"{shown[-1].text} {text}", shown[-1].start, shown[-1].end)
        else:
            shown.append(Word(text, word.start, word.end))
    return shown


def _split(words: Sequence[Word], setter: Typesetter) -> list[Sequence[Word]]:
    """The words in groups that fit on a card, split near the middle, best after punctuation."""
    if not words:
        return []
    if len(words) == 1 or (len(words) <= MOST_WORDS and setter.fits([word.text for word in words])):
        return [words]

    def cost(cut: int) -> float:
        breathes = words[cut - 1].text[-1] in ",;:.!?…—"
        return abs(cut - len(words) / 2) - _PUNCTUATION_WORTH * breathes

    cut = min(range(1, len(words)), key=cost)
    return [*_split(words[:cut], setter), *_split(words[cut:], setter)]
