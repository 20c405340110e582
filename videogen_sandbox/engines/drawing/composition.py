"""Where the subjects of a scene go: sizes, places, who is on, under or before whom. Units are those of `art.canvas`."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from videogen_sandbox.engines.drawing import figures, kinds
from videogen_sandbox.engines.drawing.art.canvas import SHORT_SIDE, Stage
from videogen_sandbox.engines.drawing.art.indoors import FURNITURE as ROOMS
from videogen_sandbox.engines.drawing.scene import Scene
from videogen_sandbox.engines.drawing.spots import Spot, together
from videogen_sandbox.engines.drawing.sprites import aspect
from videogen_sandbox.engines.drawing.subjects import Relation, Subject, counterpart

TARGET_HEIGHT = {1: 0.54, 2: 0.48, 3: 0.43}
"""Height of the tallest subject, as a share of the shorter side, by how many stand there; small ones grow up to it."""
CROWD_TARGET = 0.36
MOST_GROWTH = 2.1
WIDEST = 0.5
"""Share of the picture's width that one subject may take."""
FRONT_SHARE, BACK_GROWTH = 0.62, 1.15
"""Height of the tallest in the front row by that of the back row; growth of the back row."""


def arrange(scene: Scene, stage: Stage, rng: Random) -> list[Spot]:
    """Every subject of the scene with its place, far to near."""
    if not scene.subjects:
        return []
    scene, behind = _rows(scene)
    roots, tied = _roots(scene), [k for k, subject in enumerate(scene.subjects) if subject.relation]
    sizes = _sizes(scene, stage)
    spots = _on_ground(scene, stage, rng, [k for k in roots if not _flies(scene, k)], sizes, behind)
    spots += _in_air(scene, stage, rng, [k for k in roots if _flies(scene, k)], sizes, bool(spots))
    while tied := [k for k in tied if all(spot.index != k for spot in spots)]:
        ready = next((k for k in tied if any(spot.index == _other(scene, k) for spot in spots)), None)
        if ready is None:  # a circle of relations that touches no placed subject
            break
        relation = scene.subjects[ready].relation
        assert relation is not None
        like = [(k, scene.subjects[k], sizes[k]) for k in tied if scene.subjects[k].relation == relation]
        spots += together(like, relation.kind, [spot for spot in spots if spot.index == relation.other], stage)
    spots = _held_in(spots, stage)
    return sorted(spots, key=lambda spot: spot.order)


def _other(scene: Scene, k: int) -> int:
    relation = scene.subjects[k].relation
    return relation.other if relation else -1


def _rows(scene: Scene) -> tuple[Scene, set[int]]:
    """The scene with "in front of" and "behind" dissolved into a front and a back row, and who is in the back."""
    back: set[int] = set()
    subjects = list(scene.subjects)
    for k, subject in enumerate(subjects):
        if not subject.relation:
            continue
        kind, other = subject.relation.kind, subject.relation.other
        if kind in ("front", "behind") or (kind == "in" and subjects[other].icon in kinds.kinds().fixed):
            back.add(k if kind == "behind" else other)
            subjects[k] = replace(subject, relation=None)
        elif kind == "under" and subjects[other].icon in kinds.kinds().umbrellas:
            subjects[other] = replace(subjects[other], relation=Relation("holding", k))
            subjects[k] = replace(subject, relation=None)
    _hand_out(subjects)
    if not back:
        back = {k for k, s in enumerate(subjects) if s.icon in kinds.kinds().fixed and not s.relation}
    return replace(scene, subjects=tuple(subjects)), back


def _hand_out(subjects: list[Subject]) -> None:
    """Food and small things beside people: each person holds one, the rest shrink, or cups were as tall as men."""
    people = [k for k, s in enumerate(subjects) if kinds.is_person(s.icon) or s.icon == "robot"]
    free = [k for k in people if all(not s.relation or s.relation != Relation("holding", k) for s in subjects)]
    for k, subject in enumerate(subjects):
        small = kinds.is_food(subject.icon) or (
            kinds.is_thing(subject.icon) and subject.icon not in kinds.kinds().furniture | kinds.kinds().large_things
        )
        if not people or subject.relation or not small:
            continue
        before = [person for person in free if person < k]
        if before and subject.count == 1 and not any(s.relation and s.relation.other == k for s in subjects):
            subjects[k] = replace(subject, relation=Relation("holding", before[-1]))
            free.remove(before[-1])
        else:
            subjects[k] = replace(subject, size=subject.size * 0.5)


def _roots(scene: Scene) -> list[int]:
    """Subjects that stand by themselves; a circle of relations is cut at its first."""
    roots = [k for k, subject in enumerate(scene.subjects) if not subject.relation]
    return roots or [0]


def _flies(scene: Scene, k: int) -> bool:
    icon = scene.subjects[k].icon
    known = kinds.kinds()
    if any(
        other.relation and other.relation.other == k and other.relation.kind in ("on", "riding", "in")
        for other in scene.subjects
    ):
        return icon in known.airborne and icon not in ("rocket",)
    if scene.setting in ("space", "clouds"):
        return True
    if scene.setting == "underwater":
        return (icon in known.submarine and icon not in ("lobster", "crab", "coral")) or kinds.is_person(icon)
    if scene.setting in ("table", "studio"):
        return False
    return icon in known.airborne


def _sizes(scene: Scene, stage: Stage) -> list[float]:
    """Height of each subject in units; relations of size are kept but softened."""
    short = min(SHORT_SIDE, stage.width * 1.05)
    close = scene.setting in ("table", "studio")
    shares = [(0.4 if close else kinds.height(s.icon)) * s.size for s in scene.subjects]
    standing = [
        share
        for share, s in zip(shares, scene.subjects, strict=True)
        if not s.relation or s.relation.kind in ("on", "riding", "under")
    ]
    crowd = sum(s.count for s in scene.subjects if not s.relation)
    target = TARGET_HEIGHT.get(crowd, CROWD_TARGET)
    tallest = max(standing or shares)
    if scene.setting in ROOMS:
        target *= 1.16
    for k, subject in enumerate(scene.subjects):
        if subject.relation and subject.relation.kind == "on" and scene.subjects[subject.relation.other].icon == "rock":
            shares[subject.relation.other] = max(shares[subject.relation.other], shares[k] * 0.7)
    growth = min(MOST_GROWTH, max(1.0, target / tallest)) if tallest < target else 1.0
    stacked = any(s.relation and s.relation.kind in ("on", "riding", "over") for s in scene.subjects)
    for k, subject in enumerate(scene.subjects):
        sitting = sum(
            s.count for s in scene.subjects if s.relation and s.relation.other == k and s.relation.kind == "on"
        )
        if sitting and subject.icon in kinds.kinds().furniture:
            shares[k] *= 1.2 if sitting < 3 else 1.5
    wide = stage.width * WIDEST
    return [
        min(share * growth * short * (0.86 if stacked else 1.0), wide / aspect(subject.icon))
        for share, subject in zip(shares, scene.subjects, strict=True)
    ]


def _on_ground(
    scene: Scene, stage: Stage, rng: Random, standing: list[int], sizes: list[float], behind: set[int]
) -> list[Spot]:
    """Large fixed things in a back row, the others before them from left to right."""
    back = [k for k in standing if k in behind]
    free = [k for k in standing if k not in behind]
    if back and free:
        tallest = max(sizes[k] for k in free)
        room = max(sizes[k] for k in back) * FRONT_SHARE
        for k in standing:
            sizes[k] *= min(1.0, room / tallest) if k in free else BACK_GROWTH
    spots = _row(scene, stage, rng, back, sizes, back=bool(free), row=0)
    front = _row(scene, stage, rng, free, sizes, back=False, row=1)
    if len(spots) == 1 and front and stage.width > SHORT_SIDE:
        side = rng.choice((-1, 1))
        spots = [replace(spots[0], x=stage.width * (0.5 + 0.18 * side))]
        shift = stage.width * (-0.16 if len(front) < 3 else -0.06) * side
        front = [replace(spot, x=spot.x + shift) for spot in front]
    return spots + front


def _row(
    scene: Scene, stage: Stage, rng: Random, indexes: list[int], sizes: list[float], back: bool, row: int
) -> list[Spot]:
    """Subjects side by side, shrunk together if the picture is too narrow; a crowd stands in two depths."""
    members = [k for k in indexes for _ in range(scene.subjects[k].count)]
    if not members:
        return []
    widths = [sizes[k] * aspect(scene.subjects[k].icon) for k in members]
    room, gap = stage.width * 0.86, 0.16
    deep = len(members) > 4
    needed = sum(widths) * (1 + gap) * (0.62 if deep else 1)
    shrink = min(1.0, room / needed)
    if scene.setting == "studio":
        shrink = min(shrink, min(stage.width * 0.62, 540.0) / sum(widths))
    share = [width * shrink * (1 + gap) * (0.62 if deep else 1) for width in widths]
    x = stage.width / 2 - sum(share) / 2
    if len(members) == 1 and not back and scene.setting not in ("studio", "table"):
        x += stage.width * rng.choice((-0.1, -0.06, 0.06, 0.1)) * (1 if stage.width > SHORT_SIDE else 0.3)
    spots = []
    for n, (k, part) in enumerate(zip(members, share, strict=True)):
        icon = scene.subjects[k].icon
        far = back or (deep and n % 2 == 0)
        foot = _standing(stage, icon, far, scene) + rng.uniform(-1, 1) * (7 if len(members) > 1 else 0)
        smaller = (0.86 if deep and far and not back else 1.0) * rng.uniform(0.94, 1.04 if len(members) > 1 else 1.0)
        subject = scene.subjects[k]
        if subject.mixed and n % 2:
            subject = replace(subject, icon=counterpart(icon))
        spots.append(
            Spot(
                subject, k, x + part / 2, foot, sizes[k] * shrink * smaller, row + foot / stage.height,
                distance=0.16 if back else 0.06 if far else 0.0, flip=_turned(icon, x + part / 2, stage, rng, n),
            )
        )  # fmt: skip
        x += part
    return spots


def _standing(stage: Stage, icon: str, far: bool, scene: Scene) -> float:
    """Height of the ground for a thing; by a lake only what floats is out on the water."""
    if scene.setting == "lake" and icon not in kinds.kinds().afloat | kinds.kinds().submarine:
        return stage.height * 0.94
    if far:
        return stage.far + (stage.floor - stage.far) * (0.25 if icon in kinds.kinds().fixed else 0.6)
    return stage.floor


def _turned(icon: str, x: float, stage: Stage, rng: Random, n: int) -> bool:
    """Most drawings look to the left: those on the left half turn to the middle; people and faces stay."""
    sideways = kinds.is_animal(icon) or icon in kinds.kinds().rolling
    if not sideways or icon in figures.animals() or kinds.is_food(icon):
        return False
    return x < stage.width * 0.45 if n % 3 else rng.random() < 0.5


def _in_air(scene: Scene, stage: Stage, rng: Random, flying: list[int], sizes: list[float], ground: bool) -> list[Spot]:
    """Things in the sky, in the water or in space, scattered without touching."""
    members = [k for k in flying for _ in range(scene.subjects[k].count)]
    free = scene.setting in ("space", "clouds", "underwater")
    low, high = (0.34, 0.7) if free else (0.2, 0.42 if ground else 0.5)
    spots: list[Spot] = []
    for n, k in enumerate(members):
        icon = scene.subjects[k].icon
        height = sizes[k] * (0.62 if ground and not free else 0.95) * (0.8 if len(members) > 3 else 1.0)
        if len(members) > 2:
            height *= rng.uniform(0.72, 1.0)
        share = (n + 0.5 + rng.uniform(-0.05, 0.05)) / len(members) if len(members) > 1 else rng.choice((0.4, 0.5, 0.6))
        x = stage.width * share
        x = stage.width / 2 + (x - stage.width / 2) * 0.86
        zigzag = (0.25 if n % 2 else 0.75) if len(members) > 1 else 0.5
        middle = stage.height * (low + (high - low) * min(1, max(0, zigzag + rng.uniform(-0.2, 0.2))))
        distance, flip = 0.0 if free else 0.05, _turned(icon, x, stage, rng, n)
        foot, order = middle + height / 2, 0.2 + 0.01 * n
        spots.append(Spot(scene.subjects[k], k, x, foot, height, order, distance, flip, grounded=False))
    return spots


def _held_in(spots: list[Spot], stage: Stage) -> list[Spot]:
    """All spots moved and, if need be, shrunk together so that nothing leaves the picture at the top."""
    highest = min((spot.top for spot in spots), default=0.0)
    margin = stage.height * 0.03
    if highest >= margin:
        return spots
    base = max(spot.foot for spot in spots)
    scale = max(0.45, (base - margin) / (base - highest))
    middle = stage.width / 2

    def moved(spot: Spot) -> Spot:
        x, foot = middle + (spot.x - middle) * scale, base - (base - spot.foot) * scale
        return replace(spot, x=x, foot=foot, height=spot.height * scale)

    return [moved(spot) for spot in spots]
