"""The place of one drawn subject, and of those that are on it, in it, under it or worn by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from videogen_sandbox.engines.drawing import figures, kinds
from videogen_sandbox.engines.drawing.art.canvas import Stage
from videogen_sandbox.engines.drawing.sprites import aspect
from videogen_sandbox.engines.drawing.subjects import RelationKind, Subject

USUAL_SEAT = 0.88
"""How high on a thing one stands, as a share of its height."""
RIDER_HIDDEN = 0.4
"""Share of a rider that is behind the mount: standing figures seem to sit that way."""


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
        """Its width, in units of the sheet."""
        return self.height * aspect(self.subject.icon)

    @property
    def top(self) -> float:
        """The y of its upper end."""
        return self.foot - self.height


def together(
    subjects: Sequence[tuple[int, Subject, float]], kind: RelationKind, hosts: Sequence[Spot], stage: Stage
) -> list[Spot]:
    """Return spots for subjects (index, subject, height) that share a relation to one other, spread over its spots."""
    members = [entry for entry in subjects for _ in range(entry[1].count)]
    room = hosts[0].width * (1.0 if kind == "on" else 1.3)
    needed = sum(size * aspect(subject.icon) for _, subject, size in members)
    shrink = min(1.0, max(0.5, room * len(hosts) / needed)) if len(members) > len(hosts) else 1.0
    rows = -(-len(members) // len(hosts))
    placed = []
    for n, (index, subject, size) in enumerate(members):
        host = hosts[n % len(hosts)]
        across = ((n // len(hosts) + 0.5) / rows - 0.5) * room
        base = Spot(subject, index, host.x + across, host.foot, size * shrink, host.order + 0.01, host.distance,
                    flip=host.flip and not kinds.is_person(subject.icon))  # fmt: skip
        placed.append(_PLACES.get(kind, _beside)(base, host, stage, kind))
    return placed


def _upon(base: Spot, host: Spot, stage: Stage, kind: RelationKind) -> Spot:
    icon, known = host.subject.icon, kinds.kinds()
    if kinds.is_person(base.subject.icon):
        if icon in known.standing_seats:
            return replace(base, foot=min(stage.height * 0.97, host.foot + 14), order=host.order + 0.3)
        if kinds.is_animal(icon) or icon in known.rolling | known.afloat:
            height = min(base.height, host.height * 1.05)
            level = host.foot - host.height * known.seats.get(icon, 0.7)
            return replace(
                base, foot=level + height * RIDER_HIDDEN, height=height, order=host.order - 0.005, grounded=False
            )
    riding = kind == "riding"
    height = min(base.height, host.height * 0.9 if riding else max(host.height * 0.95, base.height * 0.5))
    level = host.foot - host.height * known.seats.get(icon, USUAL_SEAT)
    forward = host.width * (-0.06 if host.flip else 0.06) if riding else 0.0
    return replace(
        base, x=base.x + forward, foot=level + height * 0.05, height=height, order=host.order + 0.005, grounded=False
    )


def _within(base: Spot, host: Spot, stage: Stage, _kind: RelationKind) -> Spot:
    icon, known = host.subject.icon, kinds.kinds()
    if icon not in known.rolling | known.afloat | known.containers:
        return replace(base, foot=min(stage.height * 0.97, host.foot + 18), height=min(base.height, host.height * 0.7))
    lift = host.height * (0.06 if icon == "hot-air-balloon" else 0.4)
    height = min(base.height, host.height * 0.62)
    return replace(base, foot=host.foot - lift, height=height, order=host.order - 0.005, grounded=False)


def _beneath(base: Spot, host: Spot, stage: Stage, _kind: RelationKind) -> Spot:
    foot, height = min(stage.height * 0.96, host.foot + 26), min(base.height, host.height * 0.6)
    return replace(base, x=base.x + host.width * 0.14, foot=foot, height=height, order=host.order + 0.5)


def _above(base: Spot, host: Spot, stage: Stage, _kind: RelationKind) -> Spot:
    foot = max(base.height * 1.02, host.top - stage.height * 0.04)
    return replace(base, foot=foot, order=host.order - 0.4, grounded=False)


def _worn(base: Spot, host: Spot, stage: Stage, kind: RelationKind) -> Spot:
    icon, known = base.subject.icon, kinds.kinds()
    middle, face, wide = _head(host)
    height = wide / aspect(icon)
    if icon in known.hats:
        foot = host.top + height * (0.95 if icon == "headphone" else 0.34)
    elif icon in known.eyewear:
        foot = face + height * 0.5
    elif icon in known.neckwear:
        foot = face + wide * 0.62 + height * 0.3
    else:
        return _held(base, host, stage, kind)
    return replace(base, x=middle, foot=foot, height=height, grounded=False, flip=False)


def _held(base: Spot, host: Spot, stage: Stage, _kind: RelationKind) -> Spot:
    icon = base.subject.icon
    if icon in kinds.kinds().umbrellas:
        side = 0.24 if host.x < stage.width / 2 else -0.24
        height, order = host.height * 0.8, host.order - 0.002
        return replace(
            base,
            x=host.x + host.width * side,
            foot=host.top + height * 0.74,
            height=height,
            order=order,
            grounded=False,
        )
    height = min(base.height, host.height * (0.34 if kinds.is_food(icon) or not kinds.is_thing(icon) else 0.42))
    foot = host.foot - host.height * 0.2
    return replace(base, x=host.x + host.width * 0.34, foot=foot, height=height, grounded=False, flip=False)


def _beside(base: Spot, host: Spot, stage: Stage, _kind: RelationKind) -> Spot:
    return replace(base, x=min(stage.width * 0.92, base.x + host.width * 0.7))


_PLACES = {
    "on": _upon,
    "riding": _upon,
    "in": _within,
    "under": _beneath,
    "over": _above,
    "wearing": _worn,
    "holding": _held,
}


def _head(host: Spot) -> tuple[float, float, float]:
    """Middle of the face, its height, and the width of a hat, for a subject's drawing."""
    icon = host.subject.icon
    if icon in figures.animals():
        return host.x - host.width * 0.06 * (-1 if host.flip else 1), host.top + host.height * 0.3, host.width * 0.56
    if icon in figures.PEOPLE or kinds.is_person(icon) or icon in ("robot", "snowman", "penguin", "owl", "teddy-bear"):
        return host.x, host.top + host.height * 0.17, host.width * 0.62
    side = 1 if host.flip else -1
    return host.x + side * host.width * 0.3, host.top + host.height * 0.28, host.width * 0.42
