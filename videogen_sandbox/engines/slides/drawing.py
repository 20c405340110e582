"""Draws one slide of a presentation: background, what master and layout bring, shapes, pictures, tables, charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn

from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.media.fonts import missing
from videogen_sandbox.engines.media.picture_input import open_upright
from videogen_sandbox.engines.slides import charts, geometry, tables, text
from videogen_sandbox.engines.slides.placeholders import Placeholder, placeholder
from videogen_sandbox.engines.slides.sheet import MOST_MASK, Point, Sheet, filled
from videogen_sandbox.engines.slides.theme import WHITE, Colour, Gradient, Paint, Theme, local
from videogen_sandbox.engines.slides.xml import BROKEN, child, children

THIN = 9_525.0
"""EMU, the width of a line that does not say its own."""

MARGIN = 24
"""Pixels around a turned shape for what reaches beyond its box: the half of its outline."""

DEEPEST = 20
"""Groups within groups."""


@dataclass(frozen=True)
class Frame:
    """From EMU to pixels: `k` for lengths of letters and lines, the rest for places, also within groups."""

    k: float
    across: float
    down: float
    left: float
    top: float

    def box(self, transform: Any) -> tuple[float, float, float, float]:
        """Return left, top, width, height of an `a:xfrm` in pixels."""
        off, ext = child(transform, "off"), child(transform, "ext")
        x, y = float(off.get("x")), float(off.get("y"))
        width, height = float(ext.get("cx")), float(ext.get("cy"))
        return (self.left + x * self.across, self.top + y * self.down, width * self.across, height * self.down)

    def within(self, transform: Any) -> Frame:
        """Return the frame of a group's children."""
        inner, size = child(transform, "chOff"), child(transform, "chExt")
        if inner is None or size is None or not float(size.get("cx")) or not float(size.get("cy")):
            return self
        left, top, width, height = self.box(transform)
        across, down = width / float(size.get("cx")), height / float(size.get("cy"))
        return Frame(self.k, across, down, left - float(inner.get("x")) * across, top - float(inner.get("y")) * down)


class Drawing:
    """One slide: `draw` makes the picture, after which `words`, `left_out` and `anything` tell what is on it."""

    def __init__(self, presentation: Any, slide: Any, width: int, height: int, folder: Path) -> None:
        self._presentation, self._slide = presentation, slide
        self._layout = slide.slide_layout
        self._master = self._layout.slide_master
        self._theme = Theme.of_master(self._master)
        k = width / (presentation.slide_width or 12_192_000)
        self._frame = Frame(k, k, k, 0.0, 0.0)
        self._sheet = Sheet(width, height, WHITE)
        self._scratch = folder / "embedded"
        self._words: list[tuple[bool, str]] = []
        self.left_out: list[str] = []
        self.anything = False
        """Whether the slide itself has something to see."""

    def draw(self) -> Image.Image:
        """Return the slide in RGB."""
        self._background()
        for owner in (self._master, self._layout, self._slide):
            if owner is not self._slide and not self._shows(owner):
                continue
            for element in child(owner.element, "cSld", "spTree"):
                if owner is self._slide or element.find(f".//{qn('p:ph')}") is None:
                    self._shape_of(element, owner)
        self._scratch.unlink(missing_ok=True)
        return self._sheet.image.convert("RGB")

    @property
    def words(self) -> str:
        """What is written on the slide, the title first."""
        return "\n".join(written for _, written in sorted(self._words, key=lambda entry: not entry[0]))

    def _shows(self, owner: Any) -> bool:
        """Whether what master or layout bring is shown on this slide."""
        hides = [self._slide] if owner is self._layout else [self._slide, self._layout]
        return all(one.element.get("showMasterSp", "1") not in ("0", "false") for one in hides)

    def _background(self) -> None:
        for owner in (self._slide, self._layout, self._master):
            background = child(owner.element, "cSld", "bg")
            if background is None:
                continue
            properties, reference = child(background, "bgPr"), child(background, "bgRef")
            paint: Paint | None = self._theme.paint(properties) or self._theme.colour(reference)
            picture = self._picture(child(properties, "blipFill"), owner)
            if picture is not None:
                self._sheet.paste(picture.resize(self._sheet.image.size), 0, 0)
            elif paint is not None:
                self._sheet.paste(filled(self._sheet.image.size, paint), 0, 0)
            return

    def _shape_of(self, element: Any, owner: Any) -> None:
        """Draw a shape or group; one that is broken is told, and the others are drawn."""
        try:
            self._element(element, self._frame, owner, 0)
        except BROKEN as error:
            self.left_out.append(f"a shape that is broken ({type(error).__name__})")

    def _element(self, element: Any, frame: Frame, owner: Any, depth: int) -> None:
        """Draw a child of a shape tree; what is not known is noted."""
        hidden = child(element, "nvSpPr", "cNvPr")
        if hidden is not None and hidden.get("hidden") == "1":
            return
        match local(element):
            case "sp" | "cxnSp":
                self._shape(element, frame, owner)
            case "pic":
                self._shape(element, frame, owner)
                if element.find(f".//{qn('a:videoFile')}") is not None:
                    self.left_out.append("a video, whose still is shown")
            case "grpSp" if depth < DEEPEST:
                transform = child(element, "grpSpPr", "xfrm")
                inner = frame if transform is None else frame.within(transform)
                for one in element:
                    self._element(one, inner, owner, depth + 1)
            case "graphicFrame":
                self._graphic(element, frame, owner, depth)
            case "AlternateContent":
                for one in children(child(element, "Fallback")):
                    self._element(one, frame, owner, depth + 1)
            case "contentPart":
                self.left_out.append("handwriting")

    def _shape(self, element: Any, frame: Frame, owner: Any) -> None:
        place = placeholder(element, self._layout, self._master)
        properties = [one for one in (child(element, "spPr"), *place.properties) if one is not None]
        transform = next((found for one in properties if (found := child(one, "xfrm")) is not None), None)
        if transform is None:
            return
        left, top, width, height = frame.box(transform)
        if max(width, height) > MOST_MASK:
            self.left_out.append("a shape that is far larger than the slide")
            return
        box = self._text(element, place)
        if place.is_placeholder and local(element) == "sp" and box is None:
            return  # "Click to add text" is for the one who writes the slide
        angle = int(transform.get("rot", "0")) / 60_000
        flips = transform.get("flipH") == "1", transform.get("flipV") == "1"
        self.anything = self.anything or owner is self._slide
        if not angle:
            self._body(self._sheet, element, properties, (left, top, width, height), flips, owner)
            if box is not None:
                text.draw(self._sheet, box, left, top, width, height, frame.k)
            return
        layer = Sheet(round(width) + 2 * MARGIN, round(height) + 2 * MARGIN)
        self._body(layer, element, properties, (MARGIN, MARGIN, width, height), flips, owner)
        if box is not None:
            text.draw(layer, box, MARGIN, MARGIN, width, height, frame.k)
        self._sheet.turned(layer, left - MARGIN, top - MARGIN, angle)

    def _body(
        self,
        sheet: Sheet,
        element: Any,
        properties: Sequence[Any],
        box: tuple[float, float, float, float],
        flips: tuple[bool, bool],
        owner: Any,
    ) -> None:
        """A shape without its text: picture, fill and outline."""
        left, top, width, height = box
        fill = child(element, "blipFill") if local(element) == "pic" else child(properties[0], "blipFill")
        picture = self._picture(fill, owner)
        if picture is not None:
            shown = picture.resize((max(1, round(width)), max(1, round(height))), Image.Resampling.LANCZOS)
            for flip, way in zip(
                flips, (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM), strict=True
            ):
                shown = shown.transpose(way) if flip else shown
            sheet.paste(shown, round(left), round(top))
        paint, (ink, thick) = self._fill(element, properties), self._outline(element, properties)
        for points, closed in self._paths(properties, width, height):
            moved = [(left + (width - x if flips[0] else x), top + (height - y if flips[1] else y)) for x, y in points]
            if closed and paint is not None and picture is None:
                sheet.polygon(moved, paint)
            if ink is not None:
                sheet.line([*moved, moved[0]] if closed else moved, ink, thick)
                self._heads(sheet, properties, moved, ink, thick)

    def _paths(self, properties: Sequence[Any], width: float, height: float) -> list[tuple[list[Point], bool]]:
        for one in properties:
            free, preset = child(one, "custGeom"), child(one, "prstGeom")
            if free is not None:
                return list(geometry.freeform(free, width, height))
            if preset is not None:
                name = preset.get("prst", "rect")
                found = geometry.outline(name, width, height, geometry.adjustments(preset))
                if found is None:
                    self.left_out.append(f"the outline of a shape ({name}), drawn as a rectangle")
                    found = geometry.outline("rect", width, height, {}) or []
                return [(found, name not in geometry.OPEN)]
        return [(geometry.outline("rect", width, height, {}) or [], True)]

    def _fill(self, element: Any, properties: Sequence[Any]) -> Paint | None:
        for one in properties:
            if child(one, "noFill") is not None:
                return None
            if (paint := self._theme.paint(one)) is not None:
                return paint
        return self._styled(element, "fillRef")

    def _outline(self, element: Any, properties: Sequence[Any]) -> tuple[Colour | None, float]:
        lines = [found for one in properties if (found := child(one, "ln")) is not None]
        thick = float(next((one.get("w") for one in lines if one.get("w")), THIN)) * self._frame.k
        for one in lines:
            if child(one, "noFill") is not None:
                return None, thick
            paint = self._theme.paint(one)
            if paint is not None:
                return paint.stops[0][1] if isinstance(paint, Gradient) else paint, thick
        return self._styled(element, "lnRef"), thick

    def _styled(self, element: Any, name: str) -> Colour | None:
        reference = child(element, "style", name)
        used = reference is not None and reference.get("idx", "0") not in ("0", "none")
        return self._theme.colour(reference) if used else None

    def _heads(self, sheet: Sheet, properties: Sequence[Any], line: list[Point], ink: Colour, thick: float) -> None:
        """The arrow heads of a line."""
        ends = {"headEnd": (line[1], line[0]), "tailEnd": (line[-2], line[-1])}
        for name, (before, tip) in ends.items():
            head = next((found for one in properties if (found := child(one, "ln", name)) is not None), None)
            if head is None or head.get("type", "none") == "none":
                continue
            angle = math.atan2(tip[1] - before[1], tip[0] - before[0])
            reach = thick * 3 + 3
            wings = [(tip[0] - reach * math.cos(angle + turn), tip[1] - reach * math.sin(angle + turn))
                     for turn in (-0.5, 0.5)]  # fmt: skip
            sheet.polygon([tip, *wings], ink)

    def _text(self, element: Any, place: Placeholder) -> text.Box | None:
        """The text of a shape; None where nothing is written."""
        body = child(element, "txBody")
        if body is None:
            return None
        written = "\n".join("".join(part.text or "" for part in one.iter(qn("a:t"))) for one in body.iter(qn("a:p")))
        if not written.strip():
            return None
        self._words.append((place.is_title, "\n".join(line.strip() for line in written.splitlines() if line.strip())))
        if lost := missing(written):
            self.left_out.append(f"characters that the font does not have ({lost[:20]})")
        defaults = child(self._presentation.element, "defaultTextStyle")
        ink = self._theme.colour(child(element, "style", "fontRef")) or self._theme.named("tx1")
        return text.read(body, text.Styles(place.styles, place.bodies, defaults, ink, self._theme))

    def _graphic(self, element: Any, frame: Frame, owner: Any, depth: int) -> None:
        """A table, a chart or a diagram."""
        transform, data = child(element, "xfrm"), child(element, "graphic", "graphicData")
        content = next(iter(children(data)), None)
        if transform is None or content is None:
            return
        left, top, width, height = frame.box(transform)
        self.anything = True
        match local(content):
            case "tbl":
                rows = [[" ".join((part.text or "").strip() for part in cell.iter(qn("a:t")))
                         for cell in children(row, "tc")] for row in children(content, "tr")]  # fmt: skip
                self._words.append((False, "\n".join(", ".join(filter(None, row)) for row in rows)))
                defaults = child(self._presentation.element, "defaultTextStyle")
                styles = text.Styles((), (), defaults, self._theme.named("tx1"), self._theme)
                tables.draw(self._sheet, content, left, top, frame.k, styles)
            case "chart":
                chart = owner.part.related_part(content.get(qn("r:id"))).chart
                lost = charts.draw(self._sheet, chart, (left, top, width, height), frame.k, self._theme)
                self.left_out += [lost] if lost else []
            case "relIds":
                self._diagram(content, Frame(frame.k, frame.across, frame.down, left, top), owner, depth)
            case _:
                fallback = next(data.iter(qn("p:pic")), None)
                if fallback is None:
                    self.left_out.append("an embedded object")
                else:
                    self._shape(fallback, frame, owner)

    def _diagram(self, content: Any, frame: Frame, owner: Any, depth: int) -> None:
        """SmartArt: PowerPoint keeps the shapes it made of it beside the data."""
        model = parse_xml(owner.part.related_part(content.get(qn("r:dm"))).blob)
        kept = next((one.get("relId") for one in model.iter() if local(one) == "dataModelExt"), None)
        if kept is None or kept not in owner.part.rels:
            self.left_out.append("a SmartArt diagram")
            return
        for one in child(parse_xml(owner.part.related_part(kept).blob), "spTree"):
            self._element(one, frame, owner, depth + 1)

    def _picture(self, fill: Any, owner: Any) -> Image.Image | None:
        """The picture of a blipFill, cropped as it says; None where there is none, or none that can be read."""
        reference = None if fill is None else child(fill, "blip")
        if reference is None or (name := reference.get(qn("r:embed"))) is None:
            return None
        self._scratch.write_bytes(owner.part.related_part(name).blob)
        try:
            picture = open_upright(self._scratch).image.convert("RGBA")
        except EngineError:
            self.left_out.append("a picture in a format that cannot be read")
            return None
        crop = child(fill, "srcRect")
        shares = [0.0] * 4 if crop is None else [int(crop.get(side, "0")) / 100_000 for side in "ltrb"]
        left, top, right, bottom = shares
        width, height = picture.size
        box = round(width * left), round(height * top), round(width * (1 - right)), round(height * (1 - bottom))
        return picture.crop(box) if any(shares) and box[0] < box[2] and box[1] < box[3] else picture
