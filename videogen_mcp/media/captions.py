"""Captions of a film as SubRip (SRT), from the timed words that its file brings."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pydantic import Field, ValidationError

from videogen_mcp.api.models import Wire

LINE, LINES = 42, 2
"""Characters of a line, and lines of a caption: what Netflix's and the BBC's guides for subtitles allow."""

SHORTEST, LONGEST = 1.0, 6.0
"""Seconds that a caption stays: not less where the next one leaves it the time, and not more words than that."""

PAUSE = 0.7
"""Seconds of silence after which a new caption begins."""

SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f]\W*$")
"""Closing quotes may follow; the last three are the full stop and its kin of Chinese and Japanese."""


class TimedWord(Wire):
    """A word of a transcript of today's API."""

    word: str
    start_seconds: float = Field(ge=0)
    end_seconds: float


class _Transcript(Wire):
    words: list[TimedWord]


def srt(transcript: object) -> str | None:
    """Return the captions for a transcript as the API sends it; None where it has no timed words, as in the seed era
    and where nothing is said. Pure."""
    try:
        words = _Transcript.model_validate(transcript).words
    except ValidationError:
        return None
    spoken = sorted((word for word in words if word.word.strip()), key=lambda word: word.start_seconds)
    cues = list(_cues(spoken))
    starts = [*(cue[0].start_seconds for cue in cues), math.inf]
    shown = []
    for number, (cue, (start, following)) in enumerate(zip(cues, pairwise(starts), strict=True), 1):
        end = min(max(cue[-1].end_seconds, start + SHORTEST), following)
        shown.append(f"{number}\n{_stamp(start)} --> {_stamp(end)}\n{_text(cue)}\n")
    return "\n".join(shown) or None


def _cues(words: Sequence[TimedWord]) -> Iterator[list[TimedWord]]:
    """The words in captions: a new one after a sentence and a pause, and where its lines or its time are full."""
    cue: list[TimedWord] = []
    for word in words:
        if cue and (
            SENTENCE_END.search(cue[-1].word)
            or word.start_seconds - cue[-1].end_seconds > PAUSE
            or word.end_seconds - cue[0].start_seconds > LONGEST
            or _text([*cue, word]).count("\n") >= LINES
        ):
            yield cue
            cue = []
        cue.append(word)
    if cue:
        yield cue


def _text(cue: Sequence[TimedWord]) -> str:
    """The lines of a caption. White space in words is one space (an empty line would end the caption), and what looks
    like the arrow between two times is none."""
    words = " ".join(word.word for word in cue).replace("-->", "→")
    return textwrap.fill(" ".join(words.split()), LINE, break_long_words=False, break_on_hyphens=False)


def _stamp(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02},{whole % 1000:03}"
