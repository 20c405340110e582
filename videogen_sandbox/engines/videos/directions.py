"""Visual directions: what is to be seen from second to second, laid over the visuals that follow the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.document import Document, Visual
from videogen_sandbox.engines.videos.schedule import Schedule, schedule
from videogen_sandbox.engines.videos.visuals import Look, drawn


@dataclass(frozen=True)
class Direction:
    """What is seen from `start` to `end`, in seconds of the video."""

    start: float
    end: float
    description: str


@dataclass(frozen=True)
class _Spot:
    """A place in the narration at which a picture can begin."""

    time: float
    section: int
    line: int
    word: int


def read(scenes: Sequence[Mapping[str, Any]]) -> list[Direction]:
    """Return the directions of a request; `checks` has seen that they are in order."""
    return [Direction(float(s["startSeconds"]), float(s["endSeconds"]), str(s["description"])) for s in scenes]


def directed(document: Document, directions: Sequence[Direction], look: Look, assets: Assets) -> Document:
    """Return the document with a visual for each direction, beginning and ending at the words nearest to its times.

    A note says how many begin after the end.
    """
    if not directions:
        return document
    planned = schedule(document, assets)
    spots = _spots(planned)
    shown = {_first(planned, section, order): visual for section, order, visual in _numbered(document)}
    for number, direction in enumerate(directions):
        if direction.start >= planned.duration:
            late = f"{len(directions) - number} of the scenes begin after the end of the video and are not shown."
            return _rebuilt(document, shown).model_copy(update={"notes": (*document.notes, late)})
        begin = min(spots, key=lambda spot: abs(spot.time - direction.start))
        after = [spot for spot in spots if spot.time > begin.time]
        end = min(after, key=lambda spot: abs(spot.time - direction.end), default=None)
        if end is not None and direction.end > planned.duration:
            end = None
        going_on = _at(shown, end) if end is not None else None
        shown = {s: v for s, v in shown.items() if s.time < begin.time or (end is not None and s.time >= end.time)}
        own = drawn(direction.description, look, document.seed + 50_000 + number)
        shown[begin] = own
        for spot in spots:  # a section begins with a visual of its own, even in the middle of a direction
            first = (spot.line, spot.word) == (0, 0) and begin.time < spot.time
            if first and (end is None or spot.time < end.time):
                shown[spot] = own
        if end is not None and end not in shown and going_on is not None:
            shown[end] = going_on
    return _rebuilt(document, shown)


def _spots(planned: Schedule) -> list[_Spot]:
    """Every word, or phrase without known words, with the time at which its picture would begin."""
    spots = []
    for number, section in enumerate(planned.sections):
        for line, (words, start) in enumerate(zip(section.lines, section.starts, strict=True)):
            times = [word.start for word in words] or [start]
            times[0] = start if line else section.start
            spots += [_Spot(time, number, line, word) for word, time in enumerate(times)]
        if not section.lines:
            spots.append(_Spot(section.start, number, 0, 0))
    return spots


def _numbered(document: Document) -> list[tuple[int, int, Visual]]:
    return [
        (number, order, visual)
        for number, section in enumerate(document.sections)
        for order, visual in enumerate(section.visuals)
    ]


def _first(planned: Schedule, section: int, order: int) -> _Spot:
    """The spot at which a visual begins."""
    visual = planned.sections[section].section.visuals[order]
    place = (0, 0) if order == 0 else (visual.line, visual.word)
    return next(spot for spot in _spots(planned) if (spot.section, spot.line, spot.word) == (section, *place))


def _at(shown: Mapping[_Spot, Visual], spot: _Spot) -> Visual | None:
    """What is seen at a spot."""
    before = [one for one in shown if one.time <= spot.time]
    return shown[max(before, key=lambda one: one.time)] if before else None


def _rebuilt(document: Document, shown: Mapping[_Spot, Visual]) -> Document:
    sections = []
    for number, section in enumerate(document.sections):
        spots = sorted((spot for spot in shown if spot.section == number), key=lambda spot: (spot.line, spot.word))
        visuals = [shown[spot].model_copy(update={"line": spot.line, "word": spot.word}) for spot in spots]
        sections.append(section.model_copy(update={"visuals": tuple(visuals) or section.visuals[:1]}))
    return document.with_sections(sections)
