"""Charts of slides: columns, bars, lines, areas, pies and rings, with axes, legend and title."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml.ns import qn

from videogen_sandbox.engines.media.fonts import BOLD, REGULAR, font
from videogen_sandbox.engines.slides.sheet import Point, Sheet
from videogen_sandbox.engines.slides.theme import Colour, Gradient, Paint, Theme
from videogen_sandbox.engines.slides.xml import child, children

GREY: Colour = (89, 89, 89, 255)
"""Of axes and labels, as PowerPoint has them."""
FAINT: Colour = (217, 217, 217, 255)

LETTERS = 12.0
"""Points of the labels' letters; titles are half as large again."""

GAP = 1.5
"""Space between groups of columns as a multiple of a column's width (PowerPoint's usual 150 %)."""

MOST_LABELS = 14
"""Categories that get a label; of more every second, third … gets one."""

_COLUMNS = {XL_CHART_TYPE.COLUMN_CLUSTERED: False, XL_CHART_TYPE.COLUMN_STACKED: True}
_BARS = {XL_CHART_TYPE.BAR_CLUSTERED: False, XL_CHART_TYPE.BAR_STACKED: True}
_LINES = {XL_CHART_TYPE.LINE, XL_CHART_TYPE.LINE_MARKERS}
_PIES = {XL_CHART_TYPE.PIE: 0.0, XL_CHART_TYPE.PIE_EXPLODED: 0.0, XL_CHART_TYPE.DOUGHNUT: 0.55}
_AREAS = {XL_CHART_TYPE.AREA}


@dataclass(frozen=True)
class _Series:
    name: str
    values: tuple[float, ...]
    colour: Colour
    points: Mapping[int, Colour | None]
    """Colours of single values (slices), by their number."""


@dataclass(frozen=True)
class _Area:
    """Where something is drawn, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Return pixels across."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Return pixels down."""
        return self.bottom - self.top


def draw(sheet: Sheet, chart: Any, box: tuple[float, float, float, float], k: float, theme: Theme) -> str | None:
    """Draw a chart into left, top, width, height (pixels); `k` is pixels in an EMU.

    Return what could not be drawn, in words; None when it is there.
    """
    try:
        kind = chart.chart_type
    except NotImplementedError:  # python-pptx does not name every kind
        return "a chart of a kind that is not known"
    categories = [str(category) for category in chart.plots[0].categories]
    series = _series(chart, theme)
    points = LETTERS * 12_700 * k
    left, top, width, height = box
    area = _Area(left + points, top + points, left + width - points, top + height - points)
    if kind not in (*_COLUMNS, *_BARS, *_LINES, *_PIES, *_AREAS) or not series or not categories:
        return f"a chart ({str(kind).split(' ')[0].lower().replace('_', ' ')})"
    area = _titled(sheet, chart, series, area, points, theme)
    if kind in _PIES:
        _pie(sheet, series[0], categories, area, points, theme, _PIES[kind])
        return None
    shown = [(one.name, one.colour) for one in series]
    area = _legend(sheet, shown, area, points) if chart.has_legend or len(series) > 1 else area
    if kind in _BARS:
        _bars(sheet, series, categories, area, points, stacked=_BARS[kind])
    else:
        _upright(sheet, series, categories, area, points, kind)
    return None


def _series(chart: Any, theme: Theme) -> list[_Series]:
    elements = {child(one, "idx").get("val"): one for one in chart.element.iter(qn("c:ser"))}
    found = []
    for number, one in enumerate(chart.plots[0].series):
        element = elements.get(str(one.index))
        properties = child(element, "spPr")
        colour = _plain(theme.paint(properties) or theme.paint(child(properties, "ln")))
        points = {int(child(point, "idx").get("val")): _plain(theme.paint(child(point, "spPr")))
                  for point in children(element, "dPt")}  # fmt: skip
        values = tuple(0.0 if value is None else float(value) for value in one.values)
        found.append(_Series(str(one.name or ""), values, colour or theme.accents[number % 6], points))
    return [one for one in found if one.values]


def _plain(paint: Paint | None) -> Colour | None:
    return paint.stops[0][1] if isinstance(paint, Gradient) else paint


def _titled(sheet: Sheet, chart: Any, series: Sequence[_Series], area: _Area, points: float, theme: Theme) -> _Area:
    """Write the title, if there is one; return what is left."""
    if not chart.has_title:
        return area
    frame = chart.chart_title.text_frame.text if chart.chart_title.has_text_frame else ""
    title = frame or (series[0].name if len(series) == 1 else "")
    if not title:
        return area
    _write(sheet, title, area.left + area.width / 2, area.top + points * 0.8, points * 1.5, "mm", BOLD,
           theme.named("tx1"))  # fmt: skip
    return _Area(area.left, area.top + points * 2.2, area.right, area.bottom)


def _legend(sheet: Sheet, entries: Sequence[tuple[str, Colour]], area: _Area, points: float) -> _Area:
    """Write the legend under the chart; return what is left above it."""
    widths = [font(points).getlength(name) + points * 2.4 for name, _ in entries]
    x, y = area.left + (area.width - sum(widths)) / 2, area.bottom - points * 0.6
    for (name, colour), width in zip(entries, widths, strict=True):
        half = points * 0.35
        sheet.polygon([(x, y - half), (x + 2 * half, y - half), (x + 2 * half, y + half), (x, y + half)], colour)
        _write(sheet, name, x + points, y, points, "lm")
        x += width
    return _Area(area.left, area.top, area.right, area.bottom - points * 2)


def _scale(series: Sequence[_Series], stacked: bool) -> tuple[float, float, float]:
    """Least and greatest value of the axis, and the distance of its lines: a round number, about five of them."""
    if stacked:
        sums = [sum(values) for values in zip(*(one.values for one in series), strict=False)]
        low, high = min(0.0, *sums), max(0.0, *sums)
    else:
        values = [value for one in series for value in one.values]
        low, high = min(0.0, *values), max(0.0, *values)
    reach = (high - low) or 1.0
    power = 10 ** math.floor(math.log10(reach / 5))
    step = next(power * factor for factor in (1, 2, 5, 10) if reach / (power * factor) <= 6)
    return math.floor(low / step) * step, math.ceil(high / step) * step or step, step


def _ticks(low: float, high: float, step: float) -> list[float]:
    return [low + number * step for number in range(round((high - low) / step) + 1)]


def _upright(
    sheet: Sheet, series: Sequence[_Series], categories: Sequence[str], area: _Area, points: float, kind: Any
) -> None:
    """Columns, lines and areas: values upwards, categories from left to right."""
    stacked = _COLUMNS.get(kind, False)
    low, high, step = _scale(series, stacked)
    labels = [(value, f"{value:,.10g}") for value in _ticks(low, high, step)]
    room = max(font(points).getlength(label) for _, label in labels) + points * 0.8
    inner = _Area(area.left + room, area.top + points * 0.5, area.right, area.bottom - points * 1.8)

    def y(value: float) -> float:
        return inner.bottom - (value - low) / (high - low) * inner.height

    for value, label in labels:
        sheet.line([(inner.left, y(value)), (inner.right, y(value))], FAINT, points / 14)
        _write(sheet, label, inner.left - points * 0.5, y(value), points, "rm")
    span = inner.width / len(categories)
    every = -(-len(categories) // MOST_LABELS)
    for number, category in enumerate(categories[::every]):
        _write(sheet, category, inner.left + span * (number * every + 0.5), inner.bottom + points, points, "mm")
    if kind in _COLUMNS:
        for left, right, start, end, colour in _blocks(series, span, stacked):
            corners = [(inner.left + x, y(value)) for x, value in
                       ((left, start), (right, start), (right, end), (left, end))]  # fmt: skip
            sheet.polygon(corners, colour)
    else:
        for one in series:
            line = [(inner.left + span * (number + 0.5), y(value)) for number, value in enumerate(one.values)]
            _curve(sheet, line, one.colour, points, y(0.0) if kind in _AREAS else None)
    sheet.line([(inner.left, y(0)), (inner.right, y(0))], GREY, points / 12)


def _bars(
    sheet: Sheet, series: Sequence[_Series], categories: Sequence[str], area: _Area, points: float, *, stacked: bool
) -> None:
    """Bars: values from left to right, categories upwards."""
    low, high, step = _scale(series, stacked)
    room = min(area.width / 3, max(font(points).getlength(name) for name in categories)) + points * 0.8
    inner = _Area(area.left + room, area.top, area.right - points, area.bottom - points * 1.8)

    def x(value: float) -> float:
        return inner.left + (value - low) / (high - low) * inner.width

    for value in _ticks(low, high, step):
        sheet.line([(x(value), inner.top), (x(value), inner.bottom)], FAINT, points / 14)
        _write(sheet, f"{value:,.10g}", x(value), inner.bottom + points, points, "mm")
    span = inner.height / len(categories)
    for number, category in enumerate(categories):
        _write(sheet, category, inner.left - points * 0.5, inner.bottom - span * (number + 0.5), points, "rm")
    for lower, upper, start, end, colour in _blocks(series, span, stacked):
        corners = [(x(value), inner.bottom - y) for y, value in
                   ((lower, start), (upper, start), (upper, end), (lower, end))]  # fmt: skip
        sheet.polygon(corners, colour)


def _blocks(series: Sequence[_Series], span: float, stacked: bool) -> list[tuple[float, float, float, float, Colour]]:
    """The blocks of columns or bars: from and to along the axis of categories, from and to in values, colour."""
    side_by_side = 1 if stacked else len(series)
    width = span / (side_by_side + GAP)
    made = []
    for number in range(max(len(one.values) for one in series)):
        base = 0.0
        for place, one in enumerate(series):
            if number >= len(one.values):
                continue
            left = span * number + width * (GAP / 2 + (0 if stacked else place))
            made.append((left, left + width, base, base + one.values[number], one.colour))
            base += one.values[number] if stacked else 0.0
    return made


def _curve(sheet: Sheet, line: list[Point], colour: Colour, points: float, floor: float | None) -> None:
    if floor is not None:
        sheet.polygon([(line[0][0], floor), *line, (line[-1][0], floor)], (*colour[:3], 200))
        return
    sheet.line(line, colour, points / 4)
    for x, y in line:
        r = points / 3
        sheet.polygon([(x + r * math.cos(a), y + r * math.sin(a)) for a in (math.tau * n / 16 for n in range(16))],
                      colour)  # fmt: skip


def _pie(
    sheet: Sheet, series: _Series, categories: Sequence[str], area: _Area, points: float, theme: Theme, hole: float
) -> None:
    """Slices clockwise from the top, their share written on them."""
    colours = [series.points.get(number) or theme.accents[number % 6] for number in range(len(series.values))]
    area = _legend(sheet, list(zip(categories, colours, strict=False)), area, points)
    x, y = area.left + area.width / 2, area.top + area.height / 2
    radius = min(area.width, area.height) / 2
    total = sum(max(0.0, value) for value in series.values) or 1.0
    start = 0.0
    for value, colour in zip(series.values, colours, strict=True):
        share = max(0.0, value) / total
        steps = max(2, round(share * 96))
        angles = [math.tau * (start + share * step / steps) for step in range(steps + 1)]
        rim = [(x + radius * math.sin(angle), y - radius * math.cos(angle)) for angle in angles]
        core = [(x + (px - x) * hole, y + (py - y) * hole) for px, py in reversed(rim)] if hole else [(x, y)]
        sheet.polygon([*rim, *core], colour)
        middle = math.tau * (start + share / 2)
        at = radius * (0.5 + hole / 2 if hole else 0.66)
        if share > 0.04:
            _write(sheet, f"{share:.0%}", x + at * math.sin(middle), y - at * math.cos(middle), points, "mm", BOLD,
                   (255, 255, 255, 255))  # fmt: skip
        start += share


def _write(
    sheet: Sheet, words: str, x: float, y: float, size: float, anchor: str, weight: int = REGULAR, ink: Colour = GREY
) -> None:
    letters = font(round(size, 1), weight)
    width, height = int(letters.getlength(words)) + 4, int(size * 1.6)
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).text((2, height / 2), words, font=letters, fill=255, anchor="lm")
    left = {"l": 0.0, "m": width / 2, "r": float(width)}[anchor[0]]
    sheet.lay(mask, ink, round(x - left), round(y - height / 2))
