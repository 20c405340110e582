"""What is said, sentence by sentence: each is spoken once and kept with the time of every word."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from videogen_sandbox.engines.media.encode import write_wav
from videogen_sandbox.engines.speech.speech import levelled
from videogen_sandbox.engines.speech.timing import Word, say_words
from videogen_sandbox.engines.speech.voice import ENGINE_VERSION, RATE
from videogen_sandbox.engines.videos.assets import Assets, key
from videogen_sandbox.engines.videos.document import Document, Line, Section
from videogen_sandbox.engines.videos.script import filler_places, without


@dataclass(frozen=True)
class Piece:
    """A stretch of an asset's sound on the voice track; all in seconds."""

    asset: str
    source_start: float
    start: float
    duration: float

    @property
    def end(self) -> float:
        """When it ends on the track."""
        return self.start + self.duration


@dataclass(frozen=True)
class Spoken:
    """A line that was said: its sound, and every written word with its time in that sound.

    A filler that is left out is there as a word without text or length, so that words keep their numbers.
    """

    asset: str
    seconds: float
    words: tuple[Word, ...]


def say(document: Document, line: Line, assets: Assets) -> Spoken | None:
    """Return a line as the document's voice says it; None where nothing of it is to be heard."""
    written = line.text.split()
    gone = filler_places(written, document.cleanup.fillers)
    text = without(written, gone)
    if not any(letter.isalnum() for letter in text):
        return None
    voice = document.voice
    sound = key("speech", ".wav", ENGINE_VERSION, text, voice.slug, voice.speed, document.seed)
    times = sound.removesuffix(".wav") + ".json"
    path = assets.path(times)
    if not path.exists() or not assets.path(sound).exists():
        samples, words = say_words(text, voice.slug, voice.speed, document.seed)
        if not words:
            return None
        assets.make(sound, lambda place: write_wav(place, levelled(samples), RATE))
        assets.make(times, lambda place: _write_words(place, words))
    heard = iter([Word(str(word), float(start), float(end)) for word, start, end in json.loads(path.read_text())])
    return Spoken(sound, _seconds(assets.path(sound)), tuple(_all_words(len(written), gone, heard)))


def recorded_words(section: Section) -> list[list[Word]]:
    """Return the words of a recording by phrase, in seconds of the recording; a phrase without known words is empty."""
    assert section.recording is not None
    phrases = section.recording.phrases
    words: list[list[Word]] = [[] for _ in phrases]
    for word in section.recording.words:
        middle = (word.start + word.end) / 2
        nearest = min(
            range(len(phrases)), key=lambda number: _distance(middle, phrases[number].start, phrases[number].end)
        )
        words[nearest].append(Word(word.text, word.start, word.end))
    return words


def cut(pieces: Sequence[Piece], ranges: Sequence[tuple[float, float]]) -> list[Piece]:
    """Return the pieces without what lies in `ranges` (seconds of the track, in order), the rest moved together."""
    kept: list[Piece] = []
    for piece in pieces:
        start = piece.start
        for begin, end in [*((a, b) for a, b in ranges if b > piece.start and a < piece.end), (piece.end, piece.end)]:
            if begin > start:
                length = begin - start
                kept.append(
                    Piece(piece.asset, piece.source_start + start - piece.start, earlier(start, ranges), length)
                )
            start = max(start, end)
    return kept


def earlier(time: float, ranges: Sequence[tuple[float, float]]) -> float:
    """Return where a time of the track comes to lie once `ranges` are cut out."""
    return time - sum(min(time, end) - start for start, end in ranges if start < time)


def _all_words(count: int, gone: set[int], heard: Iterator[Word]) -> list[Word]:
    """The words that are heard at their places among all that are written."""
    words: list[Word] = []
    for number in range(count):
        end = words[-1].end if words else 0.0
        words.append(Word("", end, end) if number in gone else next(heard))
    return words


def _write_words(path: Path, words: Sequence[Word]) -> None:
    path.write_text(json.dumps([[word.text, round(word.start, 4), round(word.end, 4)] for word in words]))


def _seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        return float(file.getnframes() / file.getframerate())


def _distance(time: float, start: float, end: float) -> float:
    return max(start - time, time - end, 0.0)
