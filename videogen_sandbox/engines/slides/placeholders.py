"""What a placeholder of a slide takes over from its layout and master: place, fill, and the look of its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pptx.oxml.ns import qn

from videogen_sandbox.engines.slides.xml import child

_TITLES = ("title", "ctrTitle")
_OWN = ("title", "dt", "ftr", "sldNum")
"""Types of placeholders that a master has besides the body."""


@dataclass(frozen=True)
class Placeholder:
    """The elements to ask after the shape's own, from the nearest to the farthest."""

    is_placeholder: bool
    is_title: bool
    properties: tuple[Any, ...]
    styles: tuple[Any, ...]
    bodies: tuple[Any, ...]


def placeholder(element: Any, layout: Any, master: Any) -> Placeholder:
    """Return what a shape inherits; nothing but the usual look when it is no placeholder."""
    own = _mark(element)
    if own is None:
        return Placeholder(False, False, (), (), ())
    kind, index = own.get("type", "obj"), own.get("idx", "0")
    of_master = "title" if kind in _TITLES else kind if kind in _OWN else "body"
    found = [
        _matching(layout, lambda mark: mark.get("idx", "0") == index and (index != "0" or _like(mark, kind))),
        _matching(master, lambda mark: mark.get("type", "obj") == of_master),
    ]
    kept = [one for one in found if one is not None]
    style = {"title": "titleStyle", "body": "bodyStyle"}.get(of_master, "otherStyle")
    styles = [child(one, "txBody", "lstStyle") for one in kept] + [child(master.element, "txStyles", style)]
    bodies = [child(one, "txBody", "bodyPr") for one in kept]
    properties = [child(one, "spPr") for one in kept]
    return Placeholder(True, kind in _TITLES, *(tuple(one for one in many if one is not None)
                                                for many in (properties, styles, bodies)))  # fmt: skip


def _mark(element: Any) -> Any:
    """The `p:ph` of a shape; None of what is no placeholder."""
    return next((one.find(f"{qn('p:nvPr')}/{qn('p:ph')}") for one in element[:1]), None)


def _matching(owner: Any, fits: Any) -> Any:
    for element in child(owner.element, "cSld", "spTree"):
        mark = _mark(element)
        if mark is not None and fits(mark):
            return element
    return None


def _like(mark: Any, kind: str) -> bool:
    """Titles match titles whatever kind; anything else with the same index does."""
    return (mark.get("type", "obj") in _TITLES) == (kind in _TITLES)
