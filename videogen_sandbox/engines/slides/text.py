"""Text of slides: properties through all levels of inheritance, lines, bullets, and what fits into a box."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image, ImageDraw
from pptx.oxml.ns import qn

from videogen_sandbox.engines.media.fonts import BOLD, REGULAR, font, missing
from videogen_sandbox.engines.slides.sheet import Sheet
from videogen_sandbox.engines.slides.theme import Colour, Gradient, Theme, local
from videogen_sandbox.engines.slides.xml import child, children

POINT = 12_700
"""EMU, the unit of all lengths in a PPTX, in a point."""

LINE = 1.2
"""Height of a line as a multiple of the size of its letters, as PowerPoint has it for most fonts."""

LEAST_SCALE = 0.5
"""How small letters may become so that a text fits its box. Noto Sans is a tenth wider than the usual fonts of slides,
so texts are made smaller where they overflow, whether the box asks for it or not."""

USUAL_SIZE = 18.0
"""Points, where nothing says the size."""

LARGEST = 1_000.0
"""Points up to which letters are drawn; a slide is 540 high."""

LONGEST_WORD = 200
"""Letters that are drawn in one go; longer words are taken apart."""

_INSETS = {"lIns": 91_440, "tIns": 45_720, "rIns": 91_440, "bIns": 45_720}
"""EMU between the edge of a box and its text, where the box does not say."""

_SIGNS = "•\u2013\u2014*+-»\u203a"
"""Bullets that are drawn as they are; those that the font lacks, and what symbol fonts have, become a dot."""


@dataclass(frozen=True)
class Look:
    """How a run of letters looks; `size` in points."""

    size: float
    weight: int
    colour: Colour
    underlined: bool = False
    raised: float = 0.0
    """Share of the size by which the letters stand above the line."""


@dataclass(frozen=True)
class Paragraph:
    """Runs of letters with their looks, and where they stand. `left` and `hanging` in EMU, `before` in points."""

    runs: tuple[tuple[str, Look], ...]
    bullet: str
    align: str
    left: float
    hanging: float
    before: float
    spacing: float

    @property
    def size(self) -> float:
        """Size in points of its largest letters."""
        return max((look.size for _, look in self.runs), default=USUAL_SIZE)


@dataclass(frozen=True)
class Box:
    """A text and the frame it stands in; `insets` are left, top, right, bottom in EMU."""

    paragraphs: tuple[Paragraph, ...]
    anchor: str
    insets: tuple[float, float, float, float]
    wraps: bool
    scale: float
    turned: int


@dataclass(frozen=True)
class Styles:
    """Where the look of a text is said besides in itself.

    lists: list styles (lstStyle, titleStyle …) from the nearest to the farthest; bodies: bodyPr likewise; defaults: the
    presentation's list style, None without one; ink: the colour of letters where no list style says one.
    """

    lists: Sequence[Any]
    bodies: Sequence[Any]
    defaults: Any
    ink: Colour
    theme: Theme


def read(body: Any, styles: Styles) -> Box:
    """Return the text of a txBody."""
    bodies = [one for one in (child(body, "bodyPr"), *styles.bodies) if one is not None]

    def said(name: str, default: str) -> str:
        return next((str(one.get(name)) for one in bodies if one.get(name) is not None), default)

    insets = tuple(float(said(name, str(usual))) for name, usual in _INSETS.items())
    fit = next((found for one in bodies if (found := child(one, "normAutofit")) is not None), None)
    scale = 1.0 if fit is None else int(fit.get("fontScale", "100000")) / 100_000
    turned = {"vert": 90, "vert270": -90}.get(said("vert", "horz"), 0)
    counts: dict[int, int] = {}
    own = child(body, "lstStyle")
    paragraphs = tuple(_paragraph(one, own, styles, counts) for one in body.iter(qn("a:p")))
    left, top, right, bottom = insets
    return Box(paragraphs, said("anchor", "t"), (left, top, right, bottom), said("wrap", "square") != "none",
               scale, turned)  # fmt: skip


def draw(sheet: Sheet, box: Box, left: float, top: float, width: float, height: float, k: float) -> None:
    """Draw a text into a frame in pixels; `k` is pixels in an EMU."""
    if box.turned:
        layer = Sheet(round(height), round(width))
        draw(layer, replace(box, turned=0), 0, 0, height, width, k)
        sheet.turned(layer, left + (width - height) / 2, top + (height - width) / 2, box.turned)
        return
    inset_left, inset_top, inset_right, inset_bottom = (inset * k for inset in box.insets)
    across, down = max(1.0, width - inset_left - inset_right), height - inset_top - inset_bottom
    lines, high = fitted(box, across, down, k)
    spare = {"ctr": 0.5, "b": 1.0}.get(box.anchor, 0.0) * max(0.0, down - high)
    y = top + inset_top + spare
    for line in lines:
        y += line.before
        line.draw(sheet, left + inset_left, y, across)
        y += line.height


def fitted(box: Box, across: float, down: float, k: float) -> tuple[list[Line], float]:
    """Return the lines of a text in pixels, their letters made smaller until they fit, and their height together."""
    scale = box.scale
    while True:
        lines = [line for one in box.paragraphs for line in _lines(one, across if box.wraps else 1e9, k, scale)]
        high = sum(line.before + line.height for line in lines)
        widest = max((line.left + line.width for line in lines), default=0.0)
        fits = high <= down + 1 and (widest <= across + 1 or not box.wraps)
        if fits or scale * 0.94 < LEAST_SCALE:
            return lines, high
        scale *= 0.94


@dataclass(frozen=True)
class Piece:
    """Letters of one look on one line; `size` in pixels, `x` from the beginning of the line."""

    text: str
    look: Look
    size: float
    x: float


@dataclass(frozen=True)
class Line:
    """A line in pixels."""

    pieces: tuple[Piece, ...]
    left: float
    width: float
    height: float
    before: float
    align: str
    bullet: Piece | None

    def draw(self, sheet: Sheet, x: float, y: float, across: float) -> None:
        """Draw the line from x, y, at its place within `across` pixels."""
        spare = across - self.left - self.width
        x += self.left + {"ctr": spare / 2, "r": spare}.get(self.align, 0.0)
        tallest = max((piece.size for piece in self.pieces), default=0.0)
        baseline = y + self.height - 0.26 * tallest * LINE
        for piece in (*self.pieces, *([self.bullet] if self.bullet else [])):
            _write(sheet, piece, x + piece.x, baseline)


def _write(sheet: Sheet, piece: Piece, x: float, baseline: float) -> None:
    letters = font(round(piece.size, 1), piece.look.weight)
    room = int(piece.size) + 2
    left, top = int(x) - room, int(baseline) - 2 * room
    mask = Image.new("L", (int(letters.getlength(piece.text)) + 2 * room + 2, 3 * room))
    drawn = ImageDraw.Draw(mask)
    y = baseline - top - piece.look.raised * piece.size
    drawn.text((x - left, y), piece.text, font=letters, fill=255, anchor="ls")
    if piece.look.underlined:
        end = x - left + letters.getlength(piece.text)
        drawn.rectangle((x - left, y + piece.size * 0.1, end, y + piece.size * 0.16), fill=255)
    sheet.lay(mask, piece.look.colour, left, top)


def _lines(paragraph: Paragraph, across: float, k: float, scale: float) -> Iterator[Line]:
    point = POINT * k * scale
    left = paragraph.left * k
    bullet = None
    if paragraph.bullet and paragraph.runs:
        look = replace(paragraph.runs[0][1], underlined=False)
        bullet = Piece(paragraph.bullet, look, look.size * point, paragraph.hanging * k)
    height = paragraph.size * point * LINE * paragraph.spacing
    before = paragraph.before * point
    for pieces in _wrapped(paragraph, across - left, point):
        width = max((piece.x + font(round(piece.size, 1), piece.look.weight).getlength(piece.text.rstrip())
                     for piece in pieces), default=0.0)  # fmt: skip
        yield Line(tuple(pieces), left, width, height, before, paragraph.align, bullet)
        bullet, before = None, 0.0


def _wrapped(paragraph: Paragraph, across: float, point: float) -> Iterator[list[Piece]]:
    line: list[Piece] = []
    x = 0.0
    for text, look in paragraph.runs:
        size = look.size * point
        letters = font(round(size, 1), look.weight)
        for number, part in enumerate(text.split("\v")):
            if number:
                yield line
                line, x = [], 0.0
            for word in _words(part):
                if line and x + letters.getlength(word.rstrip()) > across:
                    yield line
                    line, x = [], 0.0
                line.append(Piece(word, look, size, x))
                x += letters.getlength(word)
    yield line


def _words(text: str) -> Iterator[str]:
    """The words of a text, each with the spaces after it."""
    start = 0
    for at in range(1, len(text)):
        if text[at - 1] == " " != text[at] or at - start >= LONGEST_WORD:
            yield text[start:at]
            start = at
    if text[start:]:
        yield text[start:]


def _paragraph(element: Any, style: Any, styles: Styles, counts: dict[int, int]) -> Paragraph:
    own = element.find(qn("a:pPr"))
    level = 0 if own is None else int(own.get("lvl", "0"))
    named = [child(one, f"lvl{level + 1}pPr") for one in (style, *styles.lists)]
    near = [source for source in (own, *named) if source is not None]
    defaults = child(styles.defaults, f"lvl{level + 1}pPr")
    sources = near if defaults is None else [*near, defaults]

    def said(name: str, default: str) -> str:
        return next((str(one.get(name)) for one in sources if one.get(name) is not None), default)

    def look(properties: Any) -> Look:
        looks = [properties, *(child(one, "defRPr") for one in near)]
        return _look([one for one in looks if one is not None], child(defaults, "defRPr"), styles)

    runs = []
    for part in element:
        match local(part):
            case "br":
                runs.append(("\v", look(child(part, "rPr"))))
            case "r" | "fld":
                runs.append((_plain(part), look(child(part, "rPr"))))
    if not any(text.strip() for text, _ in runs):
        runs = [("", look(child(element, "endParaRPr")))]
    bullet = _bullet(sources, level, counts) if any(text.strip() for text, _ in runs) else ""
    size = max(one.size for _, one in runs)
    return Paragraph(tuple(runs), bullet, said("algn", "l"), float(said("marL", "0")), float(said("indent", "0")),
                     _distance(sources, "spcBef", size), _spacing(sources))  # fmt: skip


def _plain(run: Any) -> str:
    text = child(run, "t")
    return "" if text is None or text.text is None else str(text.text).replace("\t", "    ").replace("\n", " ")


def _look(near: Sequence[Any], defaults: Any, styles: Styles) -> Look:
    """The look of a run. The colour of a shape's style goes before that of the presentation's defaults."""
    sources = near if defaults is None else [*near, defaults]

    def said(name: str, default: str) -> str:
        return next((str(one.get(name)) for one in sources if one.get(name) is not None), default)

    paints = (styles.theme.paint(source) for source in near)
    paint = next((paint for paint in paints if paint is not None), styles.ink)
    colour = paint.stops[0][1] if isinstance(paint, Gradient) else paint
    shift = int(said("baseline", "0")) / 100_000
    size = min(max(float(said("sz", str(USUAL_SIZE * 100))) / 100, 1.0), LARGEST) * (0.66 if shift else 1.0)
    weight = BOLD if said("b", "0") in ("1", "true") else REGULAR
    return Look(size, weight, colour, said("u", "none") != "none", shift)


def _bullet(sources: Sequence[Any], level: int, counts: dict[int, int]) -> str:
    for deeper in [known for known in counts if known > level]:
        del counts[deeper]
    for source in sources:
        for mark in source:
            match local(mark):
                case "buNone":
                    return ""
                case "buChar":
                    sign = str(mark.get("char", "•"))
                    return sign if sign in _SIGNS and not missing(sign) else "•"
                case "buBlip":
                    return "•"
                case "buAutoNum":
                    counts[level] = counts.get(level, int(mark.get("startAt", "1")) - 1) + 1
                    return _numbered(counts[level], str(mark.get("type", "")))
    return ""


def _numbered(number: int, kind: str) -> str:
    if kind.startswith("alpha") and number <= 26:
        letter = chr(ord("a") + number - 1)
        sign = letter.upper() if "Uc" in kind else letter
    else:
        sign = str(number)
    return f"{sign})" if kind.endswith("ParenR") else f"{sign}."


def _distance(sources: Sequence[Any], name: str, size: float) -> float:
    """A distance before a paragraph in points; shares are of the size of its letters."""
    for source in sources:
        for one in children(child(source, name)):
            value = float(one.get("val", "0").rstrip("%"))
            return value / 100 if local(one) == "spcPts" else value / 100_000 * size
    return 0.0


def _spacing(sources: Sequence[Any]) -> float:
    """The distance of lines as a share of the usual one; fixed distances are rare and taken for the usual."""
    for source in sources:
        for one in children(child(source, "lnSpc")):
            if local(one) == "spcPct":
                return min(3.0, max(0.6, float(one.get("val", "100000").rstrip("%")) / 100_000))
    return 1.0
