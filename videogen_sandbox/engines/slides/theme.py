"""Colours of a presentation: themes, colour maps and what DrawingML does to a colour.

Elements are those of python-pptx; the rules are those of ECMA-376 part 1, chapter 20.1.
"""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn

Colour = tuple[int, int, int, int]
"""Red, green, blue, opacity: 0 to 255."""

BLACK: Colour = (0, 0, 0, 255)
WHITE: Colour = (255, 255, 255, 255)

_PERCENT = 100_000
"""DrawingML counts shares in thousandths of a percent."""

_NAMED: Mapping[str, Colour] = {
    "black": BLACK, "white": WHITE, "red": (255, 0, 0, 255), "green": (0, 128, 0, 255), "blue": (0, 0, 255, 255),
    "yellow": (255, 255, 0, 255), "gray": (128, 128, 128, 255), "orange": (255, 165, 0, 255),
}  # fmt: skip

_COLOURS = ("srgbClr", "schemeClr", "sysClr", "prstClr", "scrgbClr", "hslClr")


@dataclass(frozen=True)
class Gradient:
    """A linear change of colour: stops as (0..1, colour), `angle` in degrees clockwise from left to right."""

    stops: tuple[tuple[float, Colour], ...]
    angle: float


Paint = Colour | Gradient


class Theme:
    """The twelve colours of a theme under the names that slides use for them."""

    def __init__(self, colours: Mapping[str, Colour], mapping: Mapping[str, str]) -> None:
        self._colours, self._mapping = colours, mapping

    @classmethod
    def of_master(cls, master: Any) -> Theme:
        """Return the theme of a slide master."""
        root = parse_xml(master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob)
        plain = cls({}, {})
        scheme = root.find(f".//{qn('a:clrScheme')}")
        colours = {local(entry): plain.colour(entry) or BLACK for entry in scheme}
        mapping = master.element.find(qn("p:clrMap"))
        return cls(colours, {} if mapping is None else dict(mapping.attrib))

    @property
    def accents(self) -> list[Colour]:
        """The six colours of charts and diagrams."""
        return [self._named(f"accent{number}") for number in range(1, 7)]

    def named(self, name: str) -> Colour:
        """Return a colour by the name slides use ("tx1", "accent2")."""
        return self._named(name)

    def paint(self, properties: Any, inherited: Colour | None = None) -> Paint | None:
        """Return the fill among the children of an element (spPr, bgPr, tcPr, ln); None where it says none."""
        for child in properties if properties is not None else ():
            match local(child):
                case "solidFill":
                    return self.colour(child, inherited)
                case "gradFill":
                    return self._gradient(child, inherited)
                case "pattFill":
                    return self.colour(child.find(qn("a:fgClr")), inherited)
        return None

    def colour(self, holder: Any, inherited: Colour | None = None) -> Colour | None:
        """Return the colour in an element; `inherited` is what "phClr" stands for."""
        for child in holder if holder is not None else ():
            if local(child) in _COLOURS:
                return _changed(self._base(child, inherited), child)
        return None

    def _base(self, element: Any, inherited: Colour | None) -> Colour:
        value = element.get("val", "")
        match local(element):
            case "srgbClr":
                return _hex(value)
            case "sysClr":
                return _hex(element.get("lastClr", "000000"))
            case "schemeClr":
                return inherited or BLACK if value == "phClr" else self._named(value)
            case "scrgbClr":
                red, green, blue = (round(255 * int(element.get(part, "0")) / _PERCENT) for part in "rgb")
                return red, green, blue, 255
        return _NAMED.get(value, (128, 128, 128, 255))

    def _named(self, name: str) -> Colour:
        return self._colours.get(self._mapping.get(name, name), BLACK)

    def _gradient(self, fill: Any, inherited: Colour | None) -> Gradient | None:
        stops = [
            (int(stop.get("pos", "0")) / _PERCENT, self.colour(stop, inherited) or BLACK)
            for stop in fill.iter(qn("a:gs"))
        ]
        direction = fill.find(qn("a:lin"))
        angle = 90.0 if direction is None else int(direction.get("ang", "0")) / 60_000
        return Gradient(tuple(sorted(stops)), angle) if stops else None


def local(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _hex(value: str) -> Colour:
    return int(value[0:2], 16), int(value[2:4], 16), int(value[4:6], 16), 255


def _changed(colour: Colour, element: Any) -> Colour:
    """A colour after the changes that are written inside it: lighter, darker, more transparent."""
    red, green, blue, opacity = (part / 255 for part in colour)
    for change in element:
        share = int(change.get("val", "0")) / _PERCENT
        match local(change):
            case "alpha":
                opacity = share
            case "tint":
                red, green, blue = (1 - (1 - part) * share for part in (red, green, blue))
            case "shade":
                red, green, blue = (part * share for part in (red, green, blue))
            case "lumMod" | "lumOff" | "satMod":
                hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
                if local(change) == "satMod":
                    saturation *= share
                else:
                    light = light * share if local(change) == "lumMod" else light + share
                red, green, blue = colorsys.hls_to_rgb(hue, min(1.0, max(0.0, light)), min(1.0, saturation))
    red, green, blue, opacity = (round(255 * min(1.0, max(0.0, part))) for part in (red, green, blue, opacity))
    return red, green, blue, opacity
