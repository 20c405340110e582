"""Where the subjects of a scene go: sizes, places, who is on, under or before whom. Units are those of `art.canvas`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from videogen_mcp.sandbox.engines import figures, icons, kinds
from videogen_mcp.sandbox.engines.art.canvas import SHORT_SIDE, Stage
from videogen_mcp.sandbox.engines.scene import Scene, Subject
from videogen_mcp.sandbox.engines.sprites import aspect

TARGET_HEIGHT = {1: 0.5, 2: 0.45, 3: 0.41}
"""Height of the tallest subject, as a share of the shorter side, by how many stand there; small ones grow up to it."""
CROWD_TARGET = 0.36
MOST_GROWTH = 2.1

SEAT_HEIGHT = {
    "sofa": 0.46, "couch-and-lamp": 0.3, "chair": 0.5, "bench": 0.42, "bed": 0.52, "bicycle": 0.56, "motorcycle": 0.62, "motor-scooter": 0.58,
    "horse": 0.6, "camel": 0.7, "two-hump-camel": 0.62, "elephant": 0.86, "unicorn": 0.56, "table": 0.97, "desk": 0.97, "house": 0.86,
    "tractor": 0.72, "sailboat": 0.3, "speedboat": 0.5, "canoe": 0.35, "ship": 0.55, "kick-scooter": 0.2, "pickup-truck": 0.86, "llama": 0.6, "bear": 0.85,
}  # fmt: skip
"""How high on a thing one sits, as a share of its height; 0.88 for the rest."""


@dataclass(frozen=True)
class Spot:
    """One drawn subject: the middle of its foot, its height, and how it is drawn."""

    subject: Subject
    index: int
    x: float
    foot: float
    height: float
    order: float
    """Drawing order; larger is nearer."""
    distance: float = 0.0
    flip: bool = False
    grounded: bool = True
    """Whether it casts a shadow (or a reflection) at its foot."""

    @property
    def width(self) -> float:
        return self.height * aspect(self.subject.icon)

    @property
    def top(self) -> float:
        return self.foot - self.height


def arrange(scene: Scene, stage: Stage, rng: Random) -> list[Spot]:
    """Every subject of the scene with its place, far to near."""
    if not scene.subjects:
        return []
    roots, tied = _roots(scene), [k for k, subject in enumerate(scene.subjects) if subject.relation]
    sizes = _sizes(scene, stage)
    spots = _on_ground(scene, stage, rng, [k for k in roots if not _flies(scene, k)], sizes)
    spots += _in_air(scene, stage, rng, [k for k in roots if _flies(scene, k)], sizes, bool(spots))
    for _ in range(3):
        for k in tied:
            if not any(spot.index == k for spot in spots):
                spots += _tied(scene, stage, k, spots, sizes)
    spots = _held_in(spots, stage)
    return sorted(spots, key=lambda spot: spot.order)


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
        return icon in known.submarine and icon not in ("lobster", "crab", "coral") or kinds.is_person(icon)
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
    growth = min(MOST_GROWTH, max(1.0, target / tallest)) if tallest < target else 1.0
    stacked = any(s.relation and s.relation.kind in ("on", "riding", "over") for s in scene.subjects)
    return [share * growth * short * (0.86 if stacked else 1.0) for share in shares]


def _on_ground(scene: Scene, stage: Stage, rng: Random, standing: list[int], sizes: list[float]) -> list[Spot]:
    """Large fixed things in a back row, the others before them from left to right."""
    fixed = [k for k in standing if scene.subjects[k].icon in kinds.kinds().fixed]
    free = [k for k in standing if k not in fixed]
    spots = _row(scene, stage, rng, fixed, sizes, back=bool(free), row=0)
    if fixed and free and len(fixed) == 1 and scene.subjects[fixed[0]].count == 1:
        lone, side = spots[0], rng.choice((0.3, 0.7))
        spots = [replace(lone, x=stage.width * (side if stage.width > SHORT_SIDE else 0.5))]
    front = _row(scene, stage, rng, free, sizes, back=False, row=1)
    if len(front) == 1 and len(spots) == 1 and not _related(scene, front[0].index, spots[0].index):
        front = [replace(front[0], x=stage.width - spots[0].x + (stage.width / 2 - spots[0].x) * -0.15)]
    return spots + front


def _related(scene: Scene, one: int, other: int) -> bool:
    return any(s.relation and {k, s.relation.other} == {one, other} for k, s in enumerate(scene.subjects))


def _row(
    scene: Scene, stage: Stage, rng: Random, indexes: list[int], sizes: list[float], back: bool, row: int
) -> list[Spot]:
    """Subjects side by side, shrunk together if the picture is too narrow; a crowd stands in two depths."""
    members = [k for k in indexes for _ in range(scene.subjects[k].count)]
    if not members:
        return []
    widths = [sizes[k] * aspect(scene.subjects[k].icon) for k in members]
    room, gap = stage.width * 0.86, 0.16
    deep = len(members) > 3
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
        spots.append(
            Spot(
                scene.subjects[k], k, x + part / 2, foot, sizes[k] * shrink * smaller, row + foot / stage.height,
                distance=0.16 if back else 0.06 if far else 0.0, flip=_turned(icon, x + part / 2, stage, rng, n),
            )
        )  # fmt: skip
        x += part
    return spots


def _standing(stage: Stage, icon: str, far: bool, scene: Scene) -> float:
    """Height of the ground for a thing."""
    if far:
        return stage.far + (stage.floor - stage.far) * (0.25 if icon in kinds.kinds().fixed else 0.6)
    if scene.setting == "sea" and icon not in kinds.kinds().afloat:
        return stage.floor
    return stage.floor


def _turned(icon: str, x: float, stage: Stage, rng: Random, n: int) -> bool:
    """Most drawings look to the left: those on the left half turn to the middle; people and faces stay."""
    if (
        kinds.is_person(icon)
        or icon in figures.ANIMALS
        or kinds.is_food(icon)
        or not (kinds.is_animal(icon) or icon in kinds.kinds().rolling)
    ):
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
        height = (
            sizes[k] * (0.62 if ground and not free else 0.95) * (rng.uniform(0.72, 1.0) if len(members) > 2 else 1.0)
        )
        if len(members) > 3:
            height *= 0.8
        share = (n + 0.5) / len(members)
        x = (
            stage.width * (share + rng.uniform(-0.05, 0.05) / len(members))
            if len(members) > 1
            else stage.width * rng.choice((0.4, 0.5, 0.6))
        )
        x = stage.width / 2 + (x - stage.width / 2) * 0.86
        zigzag = (0.25 if n % 2 else 0.75) if len(members) > 1 else 0.5
        middle = stage.height * (low + (high - low) * min(1, max(0, zigzag + rng.uniform(-0.2, 0.2))))
        spots.append(Spot(scene.subjects[k], k, x, middle + height / 2, height, 0.2 + 0.01 * n,
                          distance=0.05 if not free else 0.0, flip=_turned(icon, x, stage, rng, n), grounded=False))  # fmt: skip
    return spots


def _tied(scene: Scene, stage: Stage, k: int, spots: list[Spot], sizes: list[float]) -> list[Spot]:
    """A subject that is on, under, before … another one that has its place."""
    subject, relation = scene.subjects[k], scene.subjects[k].relation
    hosts = [spot for spot in spots if relation and spot.index == relation.other]
    if not hosts or not relation:
        return []
    placed = []
    for n in range(subject.count):
        host = hosts[n % len(hosts)]
        across = ((n + 0.5) / subject.count - 0.5) * host.width * (1.1 if subject.count > 1 else 0)
        placed.append(_beside(subject, k, host, across, sizes[k], relation.kind, stage))
    return placed


def _beside(subject: Subject, k: int, host: Spot, across: float, size: float, kind: str, stage: Stage) -> Spot:
    base = Spot(
        subject,
        k,
        host.x + across,
        host.foot,
        size,
        host.order + 0.01,
        host.distance,
        host.flip and not kinds.is_person(subject.icon),
    )
    icon = host.subject.icon
    if kind in ("on", "riding"):
        height = min(size, max(host.height * 0.95, size * 0.5)) if kind == "on" else min(size, host.height * 0.9)
        level = host.foot - host.height * SEAT_HEIGHT.get(icon, 0.88)
        shift = host.width * (0.06 if not host.flip else -0.06) if kind == "riding" else 0
        return replace(
            base, x=base.x + shift, foot=level + height * 0.05, height=height, order=host.order + 0.005, grounded=False
        )
    if kind == "in":
        if icon in kinds.kinds().rolling | kinds.kinds().afloat or icon in (
            "package",
            "basket",
            "bucket",
            "teacup-without-handle",
            "mug",
            "bathtub",
            "hot-air-balloon",
        ):
            height = min(size, host.height * 0.62)
            lift = host.height * (0.4 if icon != "hot-air-balloon" else 0.06)
            return replace(base, foot=host.foot - lift, height=height, order=host.order - 0.005, grounded=False)
        return replace(base, foot=min(stage.height * 0.97, host.foot + 18), height=min(size, host.height * 0.7))
    if kind == "under":
        if icon in ("umbrella", "closed-umbrella", "beach-umbrella"):
            return replace(base, foot=host.foot + 4, order=host.order - 0.005)
        return replace(
            base,
            x=base.x + host.width * 0.14,
            foot=min(stage.height * 0.96, host.foot + 26),
            height=min(size, host.height * 0.6),
            order=host.order + 0.5,
        )
    if kind == "over":
        return replace(
            base, foot=max(size * 1.02, host.top - stage.height * 0.04), grounded=False, order=host.order - 0.4
        )
    if kind == "front":
        return replace(
            base, x=base.x - host.width * 0.2, foot=max(host.foot + 34, stage.floor), order=host.order + 1, distance=0.0
        )
    if kind == "behind":
        return replace(base, x=base.x + host.width * 0.28, foot=host.foot - 26, order=host.order - 0.5)
    return _carried(base, host, kind)


def _carried(base: Spot, host: Spot, kind: str) -> Spot:
    """What is worn on the head or held beside the body."""
    icon, known = base.subject.icon, kinds.kinds()
    middle, face, wide = _head(host)
    if kind == "wearing" and icon in known.hats | known.eyewear | known.neckwear:
        height = wide / aspect(icon)
        if icon in known.hats:
            return replace(
                base,
                x=middle,
                foot=host.top + height * (0.34 if icon != "headphone" else 0.95),
                height=height,
                grounded=False,
                flip=False,
            )
        foot = face + height * 0.5 if icon in known.eyewear else face + wide * 0.62 + height * 0.3
        return replace(base, x=middle, foot=foot, height=height, grounded=False, flip=False)
    height = min(base.height, host.height * (0.34 if not kinds.is_thing(icon) or kinds.is_food(icon) else 0.42))
    return replace(
        base,
        x=host.x + host.width * 0.34,
        foot=host.foot - host.height * 0.2,
        height=height,
        grounded=False,
        flip=False,
    )


def _head(host: Spot) -> tuple[float, float, float]:
    """Middle of the face, its height, and the width of a hat, for a subject's drawing."""
    icon = host.subject.icon
    if icon in figures.ANIMALS:
        return host.x - host.width * 0.06 * (-1 if host.flip else 1), host.top + host.height * 0.3, host.width * 0.56
    if icon in figures.PEOPLE or kinds.is_person(icon) or icon in ("robot", "snowman", "penguin", "owl", "teddy-bear"):
        return host.x, host.top + host.height * 0.17, host.width * 0.62
    side = 1 if host.flip else -1
    return host.x + side * host.width * 0.3, host.top + host.height * 0.28, host.width * 0.42


def _held_in(spots: list[Spot], stage: Stage) -> list[Spot]:
    """All spots moved and, if need be, shrunk together so that nothing leaves the picture at the top."""
    highest = min((spot.top for spot in spots), default=0.0)
    margin = stage.height * 0.03
    if highest >= margin:
        return spots
    base = max(spot.foot for spot in spots)
    scale = max(0.45, (base - margin) / (base - highest))
    middle = stage.width / 2
    return [
        replace(
            spot,
            x=middle + (spot.x - middle) * scale,
            foot=base - (base - spot.foot) * scale,
            height=spot.height * scale,
        )
        for spot in spots
    ]
