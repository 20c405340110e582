"""Drawings of the assets that consist of named parts: `assets/NAME.svg` with a `<g id="PART">` or `<symbol>` for each.

`$name` in a part is a placeholder (`string.Template`); `data-*` attributes of the root are values for such.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Template
from xml.dom import minidom

from videogen_sandbox.engines.drawing.icons import ASSETS

Box = tuple[float, float, float, float]
"""x, y, width, height."""


@dataclass(frozen=True)
class Artwork:
    """One file, read."""

    parts: Mapping[str, Template]
    """Name → SVG markup."""
    boxes: Mapping[str, Box]
    """The viewBox of each part that has one."""
    values: Mapping[str, str]
    """The file's own values for placeholders: `data-brow-weight="1.2"` → `brow_weight`: "1.2"."""

    def draw(self, part: str, **values: object) -> str:
        """Return the SVG markup of a part with its placeholders filled in; "" for a part that the file lacks.

        `values` go before the file's own. Raise KeyError when a placeholder has no value.
        """
        return self.parts[part].substitute(self.values, **values) if part in self.parts else ""


@lru_cache(maxsize=32)
def artwork(name: str) -> Artwork:
    """Return the drawing `assets/NAME.svg`. Raise FileNotFoundError when there is none."""
    root = minidom.parse(str(ASSETS / f"{name}.svg")).documentElement
    assert root is not None
    values = {name: value for name, value in root.attributes.items() if name.startswith("data-")}
    parts = {node.getAttribute("id"): node for node in root.childNodes if isinstance(node, minidom.Element)}
    return Artwork(
        parts={name: Template("".join(node.toxml() for node in part.childNodes)) for name, part in parts.items()},
        boxes={name: _box(part) for name, part in parts.items() if part.hasAttribute("viewBox")},
        values={name.removeprefix("data-").replace("-", "_"): value for name, value in values.items()},
    )


def _box(part: minidom.Element) -> Box:
    x, y, width, height = map(float, part.getAttribute("viewBox").split())
    return x, y, width, height
