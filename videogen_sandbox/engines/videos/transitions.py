"""How one picture gives way to the next: pure functions of the two and of how far it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PIL import Image

from videogen_sandbox.engines.videos.document import Transition
from videogen_sandbox.engines.videos.layer import Layer

Mix = Callable[[Layer, Layer, float], Layer]


def mix(kind: Transition, before: Layer, after: Layer, share: float) -> Layer:
    """Return the frame at `share` (0 to 1) of a transition; the two pictures have one size."""
    return MIXES[kind](before, after, min(max(share, 0.0), 1.0))


def _cut(before: Layer, after: Layer, share: float) -> Layer:
    return after if share >= 0.5 else before


def _fade(before: Layer, after: Layer, share: float) -> Layer:
    return before.mixed(after, share)


def _rise(before: Layer, after: Layer, share: float) -> Layer:
    """The new picture comes up from below."""
    frame = before.copy()
    frame.paste(after, 0, _even(after.size[1] * (1 - _eased(share))))
    return frame


def _pan(before: Layer, after: Layer, share: float) -> Layer:
    """The new picture pushes the old one out to the left."""
    width = after.size[0]
    frame = before.copy()
    way = _even(width * _eased(share))
    frame.paste(before, -way, 0)
    frame.paste(after, width - way, 0)
    return frame


def _pop(before: Layer, after: Layer, share: float) -> Layer:
    """The new picture grows out of the middle, a little too far, and settles."""
    if share >= 0.999:
        return after
    scale = max(0.02, _sprung(share))
    width, height = after.size
    if scale > 1:
        left, top = width * (1 - 1 / scale) / 2, height * (1 - 1 / scale) / 2
        return after.seen((left, top, width - left, height - top), after.size)
    size = (max(2, _even(width * scale)), max(2, _even(height * scale)))
    frame = before.copy()
    frame.paste(after.seen((0, 0, width, height), size), _even((width - size[0]) / 2), _even((height - size[1]) / 2))
    return frame


def _wipe(before: Layer, after: Layer, share: float) -> Layer:
    """A soft edge runs from left to right and uncovers the new picture."""
    width, height = after.size
    soft = max(2, width // 8)
    edge = round((width + soft) * _eased(share))
    ramp = Image.linear_gradient("L").rotate(-90).resize((soft, height))  # opaque on the left
    mask = Image.new("L", (width, height))
    mask.paste(255, (0, 0, max(0, edge - soft), height))
    mask.paste(ramp, (edge - soft, 0))
    half = mask.resize((width // 2, height // 2), Image.Resampling.BOX)
    return Layer(
        Image.composite(after.bright, before.bright, mask),
        Image.composite(after.blue, before.blue, half),
        Image.composite(after.red, before.red, half),
    )


MIXES: Mapping[Transition, Mix] = {
    "NONE": _cut,
    "FADE": _fade,
    "RISE": _rise,
    "PAN": _pan,
    "POP": _pop,
    "WIPE": _wipe,
    "DYNAMIC": _fade,
}
"""By kind; the schedule has already chosen for DYNAMIC."""


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)


def _sprung(share: float) -> float:
    """From 0 to 1 with an overshoot of some 5 %."""
    rest = share - 1
    return 1 + 2.2 * rest**3 + 1.2 * rest**2


def _even(length: float) -> int:
    return round(length / 2) * 2
