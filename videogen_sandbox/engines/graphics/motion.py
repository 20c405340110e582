"""How things move: pure functions of time, eased at both ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

ENTER, LEAVE = 0.6, 0.45
"""Seconds in which a thing comes and goes."""


@dataclass(frozen=True)
class State:
    """How a thing stands at a moment: moved by pixels, scaled, and how much of it is there (all shares 0 to 1)."""

    opacity: float = 1.0
    right: float = 0.0
    down: float = 0.0
    wide: float = 1.0
    high: float = 1.0
    shown: float = 1.0
    """Share of its width that is uncovered, from the left."""


Move = Callable[[float], State]
"""From seconds to how a thing stands then."""

GONE = State(opacity=0.0)


def arriving(share: float) -> float:
    """Return 0 to 1, fast at first and gently at the end."""
    left = 1 - min(max(share, 0.0), 1.0)
    return 1 - left * left * left


def leaving(share: float) -> float:
    """Return 0 to 1, gently at first and fast at the end."""
    share = min(max(share, 0.0), 1.0)
    return share * share * share


def springing(share: float) -> float:
    """Return 0 to 1, a tenth too far on the way."""
    left = min(max(share, 0.0), 1.0) - 1
    return 1 + 2.7 * left**3 + 1.7 * left**2


def rising(start: float, end: float, distance: float) -> Move:
    """Come up by `distance` pixels while appearing; go by fading."""

    def state(time: float) -> State:
        come, gone = arriving((time - start) / ENTER), leaving((time - end + LEAVE) / LEAVE)
        return State(opacity=min(come, 1 - gone), down=distance * (1 - come))

    return state


def sliding(start: float, end: float, distance: float) -> Move:
    """Come from the side, `distance` pixels to the right (negative: from the left); go back there."""

    def state(time: float) -> State:
        come, gone = arriving((time - start) / ENTER), leaving((time - end + LEAVE) / LEAVE)
        return State(opacity=min(come, 1 - gone), right=distance * (1 - come + gone))

    return state


def uncovering(start: float, end: float) -> Move:
    """Be uncovered from the left; go by fading."""

    def state(time: float) -> State:
        come, gone = arriving((time - start) / ENTER), leaving((time - end + LEAVE) / LEAVE)
        return State(opacity=1 - gone, shown=come)

    return state


def popping(start: float, end: float) -> Move:
    """Spring up from a point; shrink away."""

    def state(time: float) -> State:
        come, gone = (time - start) / ENTER, leaving((time - end + LEAVE) / LEAVE)
        size = max(0.01, springing(come)) * (1 - 0.4 * gone)
        return State(opacity=min(arriving(come * 2), 1 - gone), wide=size, high=size)

    return state


def riding(start: float, end: float, seconds: float, height: float) -> Move:
    """Stand on a thing of `height` pixels that grows within `seconds`; go by fading."""

    def state(time: float) -> State:
        come, gone = arriving((time - start) / seconds), leaving((time - end + LEAVE) / LEAVE)
        return State(opacity=min(arriving((time - start) * 3), 1 - gone), down=height * (1 - come))

    return state


def drawing(start: float, end: float, seconds: float, first: float, last: float) -> Move:
    """Be uncovered within `seconds` at an even pace, from one share of the width to another; go by fading."""

    def state(time: float) -> State:
        share, gone = min(1.0, (time - start) / seconds), leaving((time - end + LEAVE) / LEAVE)
        shown = 0.0 if share <= 0 else first + (last - first) * share if share < 1 else 1.0
        return State(opacity=1 - gone, shown=shown)

    return state


def growing(start: float, end: float, seconds: float) -> Move:
    """Grow in height from nothing within `seconds`; go by fading."""

    def state(time: float) -> State:
        come, gone = arriving((time - start) / seconds), leaving((time - end + LEAVE) / LEAVE)
        return State(opacity=float(come > 0) * (1 - gone), high=max(0.001, come))

    return state
