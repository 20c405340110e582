"""The words of a file as captions that browsers show (WebVTT). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from videogen_sandbox.storage.files import File

LINE_LENGTH = 42
"""Characters of a caption, as broadcasters have them on a line."""

PAUSE = 0.8
"""Seconds without a word after which another caption begins."""


def web_vtt(file: File) -> str:
    """Return the captions of a file with words, as WebVTT."""
    cues = "\n".join(f"{_time(begin)} --> {_time(end)}\n{text}\n" for begin, end, text in cues_of(file.words or ()))
    return f"WEBVTT\n\n{cues}"


def cues_of(words: Sequence[Mapping[str, Any]]) -> Iterator[tuple[float, float, str]]:
    """Yield begin and end in seconds, and text, of each caption. `words` are those of `File`."""
    line: list[Mapping[str, Any]] = []
    for word in words:
        if line and (_length(line, word) > LINE_LENGTH or word["startSeconds"] - line[-1]["endSeconds"] > PAUSE):
            yield _cue(line)
            line = []
        line.append(word)
    if line:
        yield _cue(line)


def _length(line: Sequence[Mapping[str, Any]], word: Mapping[str, Any]) -> int:
    return sum(len(one["word"]) + 1 for one in line) + len(word["word"])


def _cue(line: Sequence[Mapping[str, Any]]) -> tuple[float, float, str]:
    text = " ".join(" ".join(one["word"] for one in line).split())
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return line[0]["startSeconds"], line[-1]["endSeconds"], escaped


def _time(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
