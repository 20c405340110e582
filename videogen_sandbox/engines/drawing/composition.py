"""Where the subjects of a scene go: sizes, places, who is on, under or before whom. Units are those of `art.canvas`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from videogen_sandbox.engines.drawing import figures, kinds
from videogen_sandbox.engines.drawing.art.canvas import SHORT_SIDE, Stage
from videogen_sandbox.engines.drawing.art.indoors import FURNITURE
from videogen_sandbox.engines.drawing.scene import Scene
from videogen_sandbox.engines.drawing.spots import Spot, together
from videogen_sandbox.engines.drawing.sprites import aspect
from videogen_sandbox.engines.drawing.subjects import Relation, Subject, counterpart

TARGET_HEIGHT = {1: 0.54, 2: 0.48, 3: 0.43}
"""Height of the tallest subject, as a share of the shorter side, by how many stand there; small ones grow up to it."""
CROWD_TARGET = 0.36
INDOOR_GROWTH = 1.16
"""Growth of that height in rooms."""
MOST_GROWTH = 2.1
CLOSE_SHARE = 0.4
"""Height of anything on a table or in a studio, which are seen from close by."""
STACKED_SHARE = 0.86
"""Shrinking of all subjects when some are above others."""
CARRIER_SHARE = 0.7
"""Height of a rock by that of the subject on it, at least."""
SEAT_GROWTH, BENCH_GROWTH, BENCH_SITTERS = 1.2, 1.5, 3
"""Growth of furniture that is sat on; from three sitters the second."""
WIDEST = 0.5
"""Share of the picture's width that one subject may take."""
FRONT_SHARE, BACK_GROWTH = 0.62, 1.15
"""Height of the tallest in the front row by that of the back row; growth of the back row."""
ROW_WIDTH, PODIUM_WIDTH = 0.86, 0.62
"""Shares of the picture's width that a row, or the things on a studio's podium, may take."""
GAP, OVERLAP = 0.16, 0.62
"""Free space beside a subject by its width; what is left of a subject's width in a crowd of two depths."""
CROWD = 5
"""Subjects in a row from which on they stand in two depths."""


@dataclass(frozen=True)
class _Plan:
    """What places are chosen by; `sizes` are the heights of the scene's subjects."""

    scene: Scene
    stage: Stage
    rng: Random
    sizes: Sequence[float]

    def icon(self, k: int) -> str:
        return self.scene.subjects[k].icon

    def each(self, indexes: Sequence[int]) -> list[int]:
        """Return every subject as often as it is drawn."""
        return [k for k in indexes for _ in range(self.scene.subjects[k].count)]


def arrange(scene: Scene, stage: Stage, rng: Random) -> list[Spot]:
    """Return every subject of the scene with its place, far to near."""
    if not scene.subjects:
        return []
    scene, behind = _rows(scene)
    roots = _roots(scene)
    flying = [k for k in roots if _flies(scene, k)]
    standing = [k for k in roots if k not in flying]
    plan = _Plan(scene, stage, rng, _in_depth(_sizes(scene, stage), standing, behind))
    spots = _on_ground(plan, standing, behind)
    spots += _in_air(plan, flying, bool(spots))
    spots += _tied(plan, spots)
    return sorted(_held_in(spots, stage), key=lambda spot: spot.order)


def _tied(plan: _Plan, roots: Sequence[Spot]) -> list[Spot]:
    """Spots of the subjects that are on, in, under … others; a circle of relations without a root gets none."""
    subjects, spots = plan.scene.subjects, list(roots)
    placed = {spot.index for spot in spots}
    waiting = {k: subject.relation for k, subject in enumerate(subjects) if subject.relation and k not in placed}
    while ready := next((relation for relation in waiting.values() if relation.other in placed), None):
        like = [k for k, relation in waiting.items() if relation == ready]
        hosts = [spot for spot in spots if spot.index == ready.other]
        spots += together([(k, subjects[k], plan.sizes[k]) for k in like], ready.kind, hosts, plan.stage)
        placed.update(like)
        waiting = {k: relation for k, relation in waiting.items() if k not in placed}
    return spots[len(roots) :]


def _rows(scene: Scene) -> tuple[Scene, set[int]]:
    """The scene with "in front of" and "behind" dissolved into a front and a back row, and who is in the back."""
    back: set[int] = set()
    known = kinds.kinds()
    subjects = list(scene.subjects)
    for k, subject in enumerate(subjects):
        if not subject.relation:
            continue
        kind, other = subject.relation.kind, subject.relation.other
        if kind in ("front", "behind") or (kind == "in" and subjects[other].icon in known.fixed):
            back.add(k if kind == "behind" else other)
            subjects[k] = replace(subject, relation=None)
        elif kind == "under" and subjects[other].icon in known.umbrellas:
            subjects[other] = replace(subjects[other], relation=Relation("holding", k))
            subjects[k] = replace(subject, relation=None)
    _hand_out(subjects)
    if not back:
        back = {k for k, subject in enumerate(subjects) if subject.icon in known.fixed and not subject.relation}
    return replace(scene, subjects=tuple(subjects)), back


def _hand_out(subjects: list[Subject]) -> None:
    """Food and small things beside people: each person holds one, the rest shrink, or cups were as tall as men."""
    people = [k for k, subject in enumerate(subjects) if kinds.is_person(subject.icon) or subject.icon == "robot"]
    if not people:
        return
    free = [k for k in people if all(subject.relation != Relation("holding", k) for subject in subjects)]
    for k, subject in enumerate(subjects):
        if subject.relation or not _is_small(subject.icon):
            continue
        before = [person for person in free if person < k]
        if before and subject.count == 1 and not _carried(subjects, k):
            subjects[k] = replace(subject, relation=Relation("holding", before[-1]))
            free.remove(before[-1])
        else:
            subjects[k] = replace(subject, size=subject.size * 0.5)


def _is_small(icon: str) -> bool:
    """Whether a person could hold it in a hand."""
    known = kinds.kinds()
    return kinds.is_food(icon) or (kinds.is_thing(icon) and icon not in known.furniture | known.large_things)


def _carried(subjects: Sequence[Subject], k: int, *relations: str) -> list[Subject]:
    """The subjects that are tied to subject `k`, in one of `relations` if there are any."""
    return [
        subject for subject in subjects
        if subject.relation and subject.relation.other == k and (not relations or subject.relation.kind in relations)
    ]  # fmt: skip


def _roots(scene: Scene) -> list[int]:
    """Subjects that stand by themselves; a circle of relations is cut at its first."""
    roots = [k for k, subject in enumerate(scene.subjects) if not subject.relation]
    return roots or [0]


def _flies(scene: Scene, k: int) -> bool:
    icon = scene.subjects[k].icon
    known = kinds.kinds()
    if _carried(scene.subjects, k, "on", "riding", "in"):
        return icon in known.airborne and icon != "rocket"
    if scene.setting in ("space", "clouds"):
        return True
    if scene.setting == "underwater":
        return (icon in known.submarine and icon not in ("lobster", "crab", "coral")) or kinds.is_person(icon)
    if scene.setting in ("table", "studio"):
        return False
    return icon in known.airborne


def _sizes(scene: Scene, stage: Stage) -> list[float]:
    """Height of each subject in units; relations of size are kept but softened."""
    close = scene.setting in ("table", "studio")
    shares = [(CLOSE_SHARE if close else kinds.height(subject.icon)) * subject.size for subject in scene.subjects]
    growth = _growth(scene, shares)
    _widen_carriers(scene.subjects, shares)
    stacked = any(s.relation and s.relation.kind in ("on", "riding", "over") for s in scene.subjects)
    short, wide = min(SHORT_SIDE, stage.width * 1.05), stage.width * WIDEST
    return [
        min(share * growth * short * (STACKED_SHARE if stacked else 1.0), wide / aspect(subject.icon))
        for share, subject in zip(shares, scene.subjects, strict=True)
    ]


def _growth(scene: Scene, shares: Sequence[float]) -> float:
    """By how much all subjects grow: small ones fill the picture when they are alone in it."""
    standing = [
        share
        for share, subject in zip(shares, scene.subjects, strict=True)
        if not subject.relation or subject.relation.kind in ("on", "riding", "under")
    ]
    crowd = sum(subject.count for subject in scene.subjects if not subject.relation)
    target = TARGET_HEIGHT.get(crowd, CROWD_TARGET) * (INDOOR_GROWTH if scene.setting in FURNITURE else 1.0)
    return min(MOST_GROWTH, max(1.0, target / max(standing or shares)))


def _widen_carriers(subjects: Sequence[Subject], shares: list[float]) -> None:
    """Let rocks and furniture grow with who is on them."""
    for k, subject in enumerate(subjects):
        relation = subject.relation
        if relation and relation.kind == "on" and subjects[relation.other].icon == "rock":
            shares[relation.other] = max(shares[relation.other], shares[k] * CARRIER_SHARE)
    for k, subject in enumerate(subjects):
        sitting = sum(sitter.count for sitter in _carried(subjects, k, "on"))
        if sitting and subject.icon in kinds.kinds().furniture:
            shares[k] *= SEAT_GROWTH if sitting < BENCH_SITTERS else BENCH_GROWTH


def _in_depth(sizes: Sequence[float], standing: Sequence[int], behind: set[int]) -> list[float]:
    """The sizes with the front row kept smaller than the back row, where there are two."""
    back = [sizes[k] for k in standing if k in behind]
    front = [sizes[k] for k in standing if k not in behind]
    scaled = list(sizes)
    if back and front:
        nearer = min(1.0, max(back) * FRONT_SHARE / max(front))
        for k in standing:
            scaled[k] *= BACK_GROWTH if k in behind else nearer
    return scaled


def _on_ground(plan: _Plan, standing: Sequence[int], behind: set[int]) -> list[Spot]:
    """Large fixed things in a back row, the others before them from left to right."""
    free = [k for k in standing if k not in behind]
    spots = _row(plan, [k for k in standing if k in behind], back=bool(free), row=0)
    front = _row(plan, free, back=False, row=1)
    width = plan.stage.width
    if len(spots) == 1 and front and width > SHORT_SIDE:
        side = plan.rng.choice((-1, 1))
        spots = [replace(spots[0], x=width * (0.5 + 0.18 * side))]
        shift = width * (-0.16 if len(front) < 3 else -0.06) * side
        front = [replace(spot, x=spot.x + shift) for spot in front]
    return spots + front


def _row(plan: _Plan, indexes: Sequence[int], *, back: bool, row: int) -> list[Spot]:
    """Subjects side by side, shrunk together if the picture is too narrow; a crowd stands in two depths."""
    members = plan.each(indexes)
    if not members:
        return []
    stage, rng, deep = plan.stage, plan.rng, len(members) >= CROWD
    shrink, parts = _side_by_side(plan, members, OVERLAP if deep else 1)
    x = stage.width / 2 - sum(parts) / 2
    if len(members) == 1 and not back:
        x += _off_the_middle(plan)
    unevenness, tallest = (7, 1.04) if len(members) > 1 else (0, 1.0)
    spots = []
    for n, (k, part) in enumerate(zip(members, parts, strict=True)):
        far = back or (deep and n % 2 == 0)
        foot = _standing(plan, k, far) + rng.uniform(-1, 1) * unevenness
        smaller = (0.86 if far and not back else 1.0) * rng.uniform(0.94, tallest)
        spots.append(
            Spot(
                _nth(plan.scene.subjects[k], n), k, x + part / 2, foot, plan.sizes[k] * shrink * smaller,
                row + foot / stage.height, distance=0.16 if back else 0.06 if far else 0.0,
                flip=_turned(plan, k, x + part / 2, n),
            )
        )  # fmt: skip
        x += part
    return spots


def _side_by_side(plan: _Plan, members: Sequence[int], squeeze: float) -> tuple[float, list[float]]:
    """By how much the members of a row shrink, and the width that each takes then, in units."""
    widths = [plan.sizes[k] * aspect(plan.icon(k)) for k in members]
    needed = sum(widths) * (1 + GAP) * squeeze
    shrink = min(1.0, plan.stage.width * ROW_WIDTH / needed)
    if plan.scene.setting == "studio":
        shrink = min(shrink, min(plan.stage.width * PODIUM_WIDTH, 540.0) / sum(widths))
    return shrink, [width * shrink * (1 + GAP) * squeeze for width in widths]


def _off_the_middle(plan: _Plan) -> float:
    """How far to the right of the middle a lone subject stands."""
    if plan.scene.setting in ("studio", "table"):
        return 0.0
    return plan.stage.width * plan.rng.choice((-0.1, -0.06, 0.06, 0.1)) * (1 if plan.stage.width > SHORT_SIDE else 0.3)


def _nth(subject: Subject, n: int) -> Subject:
    """The subject as the `n`th of its kind is drawn: every second one of a mixed group has the other gender."""
    return replace(subject, icon=counterpart(subject.icon)) if subject.mixed and n % 2 else subject


def _standing(plan: _Plan, k: int, far: bool) -> float:
    """Height of the ground for a subject; by a lake only what floats is out on the water."""
    icon, known, stage = plan.icon(k), kinds.kinds(), plan.stage
    if plan.scene.setting == "lake" and icon not in known.afloat | known.submarine:
        return stage.height * 0.94
    if far:
        return stage.far + (stage.floor - stage.far) * (0.25 if icon in known.fixed else 0.6)
    return stage.floor


def _turned(plan: _Plan, k: int, x: float, n: int) -> bool:
    """Most drawings look to the left: those on the left half turn to the middle; people and faces stay."""
    icon = plan.icon(k)
    sideways = kinds.is_animal(icon) or icon in kinds.kinds().rolling
    if not sideways or icon in figures.animals() or kinds.is_food(icon):
        return False
    return x < plan.stage.width * 0.45 if n % 3 else plan.rng.random() < 0.5


def _in_air(plan: _Plan, flying: Sequence[int], ground: bool) -> list[Spot]:
    """Things in the sky, in the water or in space, scattered without touching; `ground` if others stand below."""
    members = plan.each(flying)
    stage, rng = plan.stage, plan.rng
    free = plan.scene.setting in ("space", "clouds", "underwater")
    low, high = (0.34, 0.7) if free else (0.2, 0.42 if ground else 0.5)
    smaller = (0.62 if ground and not free else 0.95, 0.8 if len(members) > 3 else 1.0)
    spots: list[Spot] = []
    for n, k in enumerate(members):
        height = plan.sizes[k] * smaller[0] * smaller[1]
        if len(members) > 2:
            height *= rng.uniform(0.72, 1.0)
        x, zigzag = _scattered(plan, n, len(members))
        middle = stage.height * (low + (high - low) * min(1, max(0, zigzag + rng.uniform(-0.2, 0.2))))
        distance, flip = 0.0 if free else 0.05, _turned(plan, k, x, n)
        foot, order = middle + height / 2, 0.2 + 0.01 * n
        spots.append(Spot(plan.scene.subjects[k], k, x, foot, height, order, distance, flip, grounded=False))
    return spots


def _scattered(plan: _Plan, n: int, count: int) -> tuple[float, float]:
    """Place in units from the left, and share of the height from 0 to 1, of the `n`th of things in the air."""
    if count > 1:
        share, zigzag = (n + 0.5 + plan.rng.uniform(-0.05, 0.05)) / count, 0.25 if n % 2 else 0.75
    else:
        share, zigzag = plan.rng.choice((0.4, 0.5, 0.6)), 0.5
    x = plan.stage.width * share
    return plan.stage.width / 2 + (x - plan.stage.width / 2) * 0.86, zigzag


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
