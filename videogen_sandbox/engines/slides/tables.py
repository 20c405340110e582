"""Tables of slides: cells with their fills, borders and texts; rows grow with what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from videogen_sandbox.engines.media.fonts import BOLD
from videogen_sandbox.engines.slides import text
from videogen_sandbox.engines.slides.sheet import Sheet
from videogen_sandbox.engines.slides.theme import WHITE, Colour, Paint, Theme
from videogen_sandbox.engines.slides.xml import child, children

BANDS = (0.4, 0.2)
"""How much of the accent colour the odd and even rows have: "Medium Style 2", which tables get without being asked."""

_INSETS = (91_440.0, 45_720.0, 91_440.0, 45_720.0)


@dataclass(frozen=True)
class _Cell:
    """A cell in pixels from the table's corner; `height` is at least that of its text."""

    row: int
    x: float
    width: float
    rows: int
    box: text.Box
    paint: Paint


def draw(sheet: Sheet, table: Any, left: float, top: float, k: float, styles: text.Styles) -> None:
    """Draw an `a:tbl` with its corner at left, top (pixels); `k` is pixels in an EMU."""
    widths = [float(column.get("w", "0")) * k for column in children(child(table, "tblGrid"), "gridCol")]
    rows = children(table, "tr")
    heights = [float(row.get("h", "0")) * k for row in rows]
    cells = [cell for number, row in enumerate(rows) for cell in _cells(table, row, number, widths, styles)]
    for cell in cells:
        if cell.rows == 1:
            inner = cell.width - (cell.box.insets[0] + cell.box.insets[2]) * k
            _, high = text.fitted(cell.box, max(1.0, inner), 1e9, k)
            needed = high + (cell.box.insets[1] + cell.box.insets[3]) * k
            heights[cell.row] = max(heights[cell.row], needed)
    for cell in cells:
        x, y = left + cell.x, top + sum(heights[: cell.row])
        height = sum(heights[cell.row : cell.row + cell.rows])
        corners = [(x, y), (x + cell.width, y), (x + cell.width, y + height), (x, y + height)]
        sheet.polygon(corners, cell.paint)
        sheet.line([*corners, corners[0]], WHITE, 12_700 * k)
        text.draw(sheet, cell.box, x, y, cell.width, height, k)


def _cells(table: Any, row: Any, number: int, widths: Sequence[float], styles: text.Styles) -> list[_Cell]:
    properties = child(table, "tblPr")
    heads = number == 0 and properties is not None and properties.get("firstRow") == "1"
    made = []
    for column, cell in enumerate(children(row, "tc")):
        if cell.get("hMerge") == "1" or cell.get("vMerge") == "1":
            continue
        own = child(cell, "tcPr")
        paint = styles.theme.paint(own)
        ink = WHITE if heads and paint is None else styles.ink
        box = text.read(child(cell, "txBody"), replace(styles, ink=ink))
        span = int(cell.get("gridSpan", "1"))
        made.append(
            _Cell(
                number,
                sum(widths[:column]),
                sum(widths[column : column + span]),
                int(cell.get("rowSpan", "1")),
                replace(_bold(box) if heads else box, anchor=_anchor(own), insets=_INSETS),
                paint or _banded(styles.theme, number, heads, properties),
            )
        )
    return made


def _anchor(properties: Any) -> str:
    return "t" if properties is None else str(properties.get("anchor", "t"))


def _bold(box: text.Box) -> text.Box:
    return replace(
        box,
        paragraphs=tuple(
            replace(one, runs=tuple((letters, replace(look, weight=BOLD)) for letters, look in one.runs))
            for one in box.paragraphs
        ),
    )


def _banded(theme: Theme, number: int, heads: bool, properties: Any) -> Colour:
    accent = theme.accents[0]
    if heads:
        return accent
    striped = properties is not None and properties.get("bandRow") == "1"
    share = BANDS[number % 2 == 0] if striped else BANDS[1]
    red, green, blue = (round(255 - (255 - part) * share) for part in accent[:3])
    return red, green, blue, 255
