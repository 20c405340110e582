"""When everything of a video is seen and heard: computed from the document and the narration, never stored.

All times are seconds of the finished video.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from videogen_sandbox.engines.speech.timing import Word
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.document import Document, Section, Transition, Visual
from videogen_sandbox.engines.videos.narration import Piece, cut, earlier, recorded_words, say
from videogen_sandbox.engines.videos.script import filler_places

TAIL = 0.9
"""Seconds that the last picture stays after the last word: the eye needs them, and music ends in them."""

SILENT_SECONDS = 4.0
"""How long a section without narration lasts when nobody says: enough to take in a slide or a picture."""

AHEAD = 0.1
"""Seconds by which a picture comes before its word. Editors cut a little ahead, on the word it would seem late."""

BREATH = 0.16
"""Seconds of silence that are left where a pause is cut, so that words do not run into each other."""

TRANSITION_SECONDS = 0.5
"""How long a transition takes; less where a shot is short."""

_CROWDED = 0.6
"""Share of the shorter of two shots that their transition takes at most."""

MOVES: Sequence[Transition] = ("FADE", "PAN", "RISE", "WIPE", "POP")
"""What DYNAMIC chooses from."""

Report = Callable[[float], None]


@dataclass(frozen=True)
class Shot:
    """A visual on screen from `start` to `end`; `transition` leads into it and lies centred on `start`."""

    visual: Visual
    start: float
    end: float
    section: int
    transition: Transition = "NONE"
    transition_seconds: float = 0.0


@dataclass(frozen=True)
class PlacedSection:
    """A section in time. `lines`: the words of each line or phrase; `starts`: when each of them begins.

    spans: when someone speaks, in order. firm: its length was asked for, no pause is cut.
    """

    section: Section
    start: float
    end: float
    lines: Sequence[Sequence[Word]]
    starts: Sequence[float]
    spans: Sequence[tuple[float, float]]
    firm: bool


@dataclass(frozen=True)
class Schedule:
    """A video in time. `voice`: the narration; `sounds`: assets heard beside it."""

    duration: float
    shots: Sequence[Shot]
    sections: Sequence[PlacedSection]
    voice: Sequence[Piece]
    sounds: Sequence[Piece]

    @property
    def lines(self) -> list[Sequence[Word]]:
        """The words of every line or phrase."""
        return [words for section in self.sections for words in section.lines]

    @property
    def words(self) -> list[Word]:
        """All words in order."""
        return [word for line in self.lines for word in line]


@dataclass
class _Draft:
    """A schedule while it grows, before anything is cut out of it."""

    time: float = 0.0
    voice: list[Piece] = field(default_factory=list)
    sections: list[PlacedSection] = field(default_factory=list)


def schedule(document: Document, assets: Assets, report: Report = lambda _share: None) -> Schedule:
    """Return when everything happens, speaking lines that were not spoken yet."""
    draft = _Draft()
    for number, section in enumerate(document.sections):
        _place(document, section, draft, assets)
        report((number + 1) / len(document.sections))
    ranges = _pauses(document, draft.sections)
    placed = [_moved(section, ranges) for section in draft.sections]
    duration = placed[-1].end + (0.0 if placed[-1].firm else TAIL)
    return Schedule(
        duration=duration,
        shots=_joined(document, _shots(placed, duration)),
        sections=placed,
        voice=cut(draft.voice, ranges),
        sounds=[
            Piece(section.section.sound, 0.0, section.start, section.end - section.start)
            for section in placed
            if section.section.sound
        ],
    )


def _place(document: Document, section: Section, draft: _Draft, assets: Assets) -> None:
    """Append a section to the draft."""
    start = draft.time
    lines: list[list[Word]] = []
    starts: list[float] = []
    spans: list[tuple[float, float]] = []
    for line in section.lines:
        starts.append(draft.time)
        said = say(document, line, assets)
        words = [] if said is None else [word.moved(draft.time) for word in said.words]
        lines.append(words)
        if said is not None:
            spans += [(word.start, word.end) for word in words if word.text]
            draft.voice.append(Piece(said.asset, 0.0, draft.time, said.seconds))
            draft.time += said.seconds + line.pause / document.voice.speed
    if section.recording is not None:
        recording = section.recording
        lines = [[word.moved(start) for word in words] for words in recorded_words(section)]
        starts = [start + phrase.start for phrase in recording.phrases]
        spans = [(start + phrase.start, start + phrase.end) for phrase in recording.phrases]
        length = recording.phrases[-1].end
        draft.voice.append(Piece(recording.asset, 0.0, start, length))
        draft.time += length
    if section.seconds is not None or not spans:
        draft.time = max(draft.time, start + (section.seconds or SILENT_SECONDS))
    firm = section.seconds is not None
    draft.sections.append(PlacedSection(section, start, draft.time, lines, starts, spans, firm))


def _pauses(document: Document, sections: Sequence[PlacedSection]) -> list[tuple[float, float]]:
    """What the clean-up cuts: pauses of at least its length between words, and fillers of recordings."""
    ranges = [gone for section in sections if section.section.recording for gone in _spoken_fillers(document, section)]
    least = document.cleanup.min_pause_seconds
    if least is None:
        return _merged(ranges)
    busy = [
        span
        for section in sections
        for span in ([(section.start, section.end)] if section.firm or not section.spans else section.spans)
    ]
    before = 0.0
    for start, end in busy:
        if start - before >= max(least, BREATH):
            ranges.append((before + BREATH / 2, start - BREATH / 2))
        before = max(before, end)
    return _merged(ranges)


def _spoken_fillers(document: Document, section: PlacedSection) -> list[tuple[float, float]]:
    words = [word for line in section.lines for word in line]
    places = filler_places([word.text for word in words], document.cleanup.fillers)
    return [(words[place].start, words[place].end) for place in sorted(places)]


def _merged(ranges: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _moved(placed: PlacedSection, ranges: Sequence[tuple[float, float]]) -> PlacedSection:
    """The section where it comes to lie when `ranges` are cut out; what was said within them is no word any more."""
    if not ranges:
        return placed

    def word(one: Word) -> Word:
        start, end = earlier(one.start, ranges), earlier(one.end, ranges)
        return Word(one.text if end > start or one.start == one.end else "", start, end)

    return replace(
        placed,
        start=earlier(placed.start, ranges),
        end=earlier(placed.end, ranges),
        lines=[[word(one) for one in line] for line in placed.lines],
        starts=[earlier(start, ranges) for start in placed.starts],
    )


def _shots(sections: Sequence[PlacedSection], duration: float) -> list[Shot]:
    starts = [
        (place, number, _begin(place, visual, order))
        for number, place in enumerate(sections)
        for order, visual in enumerate(place.section.visuals)
    ]
    times = [0.0, *(max(0.0, time) for _, _, time in starts[1:]), duration]
    visuals = [visual for place in sections for visual in place.section.visuals]
    return [
        Shot(visual, times[order], times[order + 1], starts[order][1])
        for order, visual in enumerate(visuals)
        if times[order + 1] - times[order] > 0.02  # one whose words are all cut out has no time left
    ]


def _begin(place: PlacedSection, visual: Visual, order: int) -> float:
    """When a visual of a section comes on."""
    if order == 0:
        first = next((word.start for line in place.lines for word in line if word.text), None)
        return place.start if first is None or place.firm else max(place.start, first - 3 * AHEAD)
    if visual.line < len(place.lines) and visual.word < len(place.lines[visual.line]):
        return place.lines[visual.line][visual.word].start - AHEAD
    if visual.line < len(place.starts):
        return place.starts[visual.line] - AHEAD
    count = len(place.section.visuals)
    return place.start + (place.end - place.start) * order / count


def _joined(document: Document, shots: Sequence[Shot]) -> list[Shot]:
    """The shots with the transitions between them."""
    joined = list(shots[:1])
    for order, shot in enumerate(shots[1:], start=1):
        before = shots[order - 1]
        wanted = document.transitions.section if shot.section != before.section else document.transitions.asset
        if wanted == "DYNAMIC":
            wanted = Random(f"{document.seed}:{order}").choice(MOVES)
        room = _CROWDED * min(shot.end - shot.start, before.end - before.start)
        seconds = 0.0 if wanted == "NONE" else min(TRANSITION_SECONDS, room)
        joined.append(replace(shot, transition=wanted, transition_seconds=seconds))
    return joined
