"""Which picture comes with which words: a visual to each sentence, more or fewer as the pacing wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from videogen_sandbox.engines.drawing.scene import parse
from videogen_sandbox.engines.videos.document import Pacing, Section, Visual
from videogen_sandbox.engines.videos.topics import picture_for

LONG = {"FAST": 9, "MEDIUM": 22}
"""Words from which a sentence gets two pictures: some 3.5 and 9 seconds."""

ENOUGH = 16
"""Words for which one picture stays at a slow pace, whole sentences together: some 6 seconds."""


@dataclass(frozen=True)
class Look:
    """What visuals of a video have in common."""

    style: str = ""
    stock: bool = False
    references: tuple[str, ...] = ()
    palette: tuple[str, ...] = ()


def to_words(lines: Sequence[str], pacing: Pacing, look: Look, seed: int) -> list[Visual]:
    """Return the visuals for the lines of a section; each begins at a word and shows what is said from there on.

    seed: of the first; the others count on, so sections need seeds far enough from each other.
    """
    places = _places(lines, pacing)
    return [
        drawn(text, look, seed + number).model_copy(update={"line": line, "word": word})
        for number, (text, (line, word)) in enumerate(zip(_texts(lines, places), places, strict=True))
    ]


def illustrated(sections: Sequence[Section]) -> list[Section]:
    """Return sections whose drawn visuals all show something: those of which nothing is known borrow from others."""
    prompts = iter(with_subjects([visual.prompt for section in sections for visual in section.visuals]))
    return [
        section.model_copy(
            update={"visuals": tuple(visual.model_copy(update={"prompt": next(prompts)}) for visual in section.visuals)}
        )
        for section in sections
    ]


def drawn(prompt: str, look: Look, seed: int) -> Visual:
    """Return a visual drawn from a prompt; one that stands in for stock moves."""
    return Visual(
        prompt=prompt,
        style=look.style,
        seed=seed,
        footage=look.stock,
        stock=look.stock,
        references=look.references,
        palette=look.palette,
    )


_BARE = ("abstract", "table", "studio", "stage")
"""Settings that show nothing without a subject in them."""


def with_subjects(texts: Sequence[str]) -> list[str]:
    """Return what to draw for each text: itself, with what its topic looks like where it names nothing to be seen.

    A text without a known word borrows from another near it.
    """
    texts = [text if _shows_something(text) else _with_topic(text) for text in texts]
    drawable = [number for number, text in enumerate(texts) if _shows_something(text)]
    used = [int(number in drawable) for number in range(len(texts))]
    prompts = []
    for number in range(len(texts)):
        chosen = number
        if number not in drawable and drawable:
            chosen = min(drawable, key=lambda other: abs(other - number) + 2 * used[other])
            used[chosen] += 1
        prompts.append(texts[chosen])
    return prompts


def _with_topic(text: str) -> str:
    picture = picture_for(text)
    return f"{text} {picture}" if picture else text


def _shows_something(text: str) -> bool:
    scene = parse(text)
    return bool(scene.subjects) or scene.setting not in _BARE


def _places(lines: Sequence[str], pacing: Pacing) -> list[tuple[int, int]]:
    """Line and word at which the visuals begin."""
    if pacing == "SLOW":
        places, count = [(0, 0)], 0
        for number, line in enumerate(lines):
            if count >= ENOUGH:
                places.append((number, 0))
                count = 0
            count += len(line.split())
        return places
    return [(number, word) for number, line in enumerate(lines) for word in _cuts(line.split(), LONG[pacing])]


def _cuts(words: Sequence[str], long: int) -> list[int]:
    """The words of a sentence at which pictures begin: a long one is cut in equal parts, at commas if they are near."""
    parts = max(1, -(-len(words) // long)) if len(words) >= long else 1
    cuts = [0]
    for part in range(1, parts):
        ideal = part * len(words) / parts
        free = range(cuts[-1] + 3, len(words) - 2)
        if free:
            cuts.append(min(free, key=lambda n: abs(n - ideal) - 2.5 * (words[n - 1][-1] in ",;:—")))
    return cuts


def _texts(lines: Sequence[str], places: Sequence[tuple[int, int]]) -> list[str]:
    """What is said while each visual is seen."""
    words = [(number, place, word) for number, line in enumerate(lines) for place, word in enumerate(line.split())]
    ends = [*places[1:], (len(lines), 0)]
    return [
        " ".join(word for number, place, word in words if begin <= (number, place) < end)
        for begin, end in zip(places, ends, strict=True)
    ]
