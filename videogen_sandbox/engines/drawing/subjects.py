"""The things in a scene, and how to say them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from videogen_sandbox.engines.drawing import icons
from videogen_sandbox.engines.drawing.words import is_plural

RelationKind = Literal["on", "riding", "under", "front", "behind", "in", "over", "wearing", "holding"]
Gender = Literal["man", "woman"]

_NUMBERS = ("", "", "two", "three", "four", "five", "six", "seven")


@dataclass(frozen=True)
class Relation:
    """How a subject stands to another one."""

    kind: RelationKind
    other: int
    """Index of the subject this one stands to."""


@dataclass(frozen=True)
class Subject:
    """A thing or a group of the same things in a scene. `size` is a factor; `icon` its drawing."""

    icon: str
    word: str
    """As the prompt has it, lower case; for descriptions."""
    count: int = 1
    colour: str | None = None
    size: float = 1.0
    relation: Relation | None = None
    mixed: bool = False
    """Of people: every second one has the other gender."""


def someone(icon: str, gender: Gender = "woman") -> str:
    """Return the icon for a trade or a pose: "cook" → "woman-cook"; other icons stay."""
    bodies = icons.bodies()
    if icon == "person":
        return gender
    if icon == "child":
        return "girl" if gender == "woman" else "boy"
    for name in (f"{gender}-{icon}", icon, f"person-{icon}"):
        if name in bodies:
            return name
    return icon


def counterpart(icon: str) -> str:
    """Return the same person with the other gender; other icons stay."""
    for own, other in (("woman", "man"), ("man", "woman"), ("girl", "boy"), ("boy", "girl")):
        if icon == own or icon.startswith(own + "-"):
            swapped = other + icon.removeprefix(own)
            return swapped if swapped in icons.bodies() else icon
    return icon


def clauses(subjects: Sequence[Subject]) -> list[str]:
    """Return phrases as "a cat riding a bicycle", "two dogs": each subject once, related ones together."""
    said: set[int] = set()
    clauses = []
    for k, subject in enumerate(subjects):
        if k in said:
            continue
        clause = _counted(subject)
        said.add(k)
        for other, joint in _joints(subjects, k):
            if other not in said:
                clause += f" {joint} {_counted(subjects[other])}"
                said.add(other)
        clauses.append(clause)
    return clauses


def _joints(subjects: Sequence[Subject], k: int) -> list[tuple[int, str]]:
    """The subjects that `k` is tied to, with the words between."""
    joints = []
    for j, other in enumerate(subjects):
        if other.relation and other.relation.other == k and other.relation.kind in ("wearing", "holding"):
            joints.append((j, "wearing" if other.relation.kind == "wearing" else "with"))
    relation = subjects[k].relation
    if relation and relation.kind not in ("wearing", "holding"):
        joints.append((relation.other, "in front of" if relation.kind == "front" else relation.kind))
    return joints


def _counted(subject: Subject) -> str:
    if subject.count > 1:
        word = subject.word if is_plural(subject.word.split()[-1]) else subject.word + "s"
        return f"{_NUMBERS[subject.count]} {word}"
    if is_plural(subject.word.split()[-1]) or subject.word in ("coffee", "tea", "wine", "beer", "milk", "money"):
        return subject.word
    return f"{'an' if subject.word[0] in 'aeiou' else 'a'} {subject.word}"
