"""Reads and renders SVG that may be hostile: no entities, no files, no network, bounded size and depth."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from videogen_sandbox.look.errors import TOO_LARGE, Unreadable

MAX_BYTES = 32 * 1024 * 1024
"""A traced photo is 3 MB; ten times that is no drawing any more."""

MAX_DEPTH = 200
"""Nested elements. Real drawings have a dozen; the renderer and the writer recurse."""

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_LENGTH = re.compile(r"\s*\+?(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*(px|pt|pc|mm|cm|in)?\s*")
_PIXELS = {None: 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_OWN_PICTURE = re.compile(r"\s*data:image/(png|jpeg|jpg|gif|webp);base64,", re.IGNORECASE)
_DEFAULT = (300.0, 150.0)


@dataclass(frozen=True)
class Drawing:
    """An SVG that may be rendered: its text without anything that reaches outside, and its size in pixels."""

    text: str
    width: float
    height: float


def looks_like_svg(head: bytes) -> bool:
    """Return whether the first bytes of a file can be those of an SVG."""
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return plain.startswith(b"<") and b"<svg" in plain


def read(path: Path) -> Drawing:
    """Parse an SVG file. Raise Unreadable for broken XML, entities, other roots, too much of anything."""
    if path.stat().st_size > MAX_BYTES:
        raise Unreadable(f"SVG files of more than {MAX_BYTES // 1024 // 1024} MB are too large.", TOO_LARGE)
    data = path.read_bytes()
    _refuse_tricks(data)
    try:
        root = ElementTree.fromstring(data)  # entities were refused above
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise _unreadable("its XML is broken") from error
    if root.tag not in (f"{_NAMESPACE}svg", "svg"):
        raise _unreadable("it is XML but not a drawing")
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name.rpartition("}")[2] in ("href", "src") and not _stays_inside(value):
                del element.attrib[name]
    width, height = _size(root)
    ElementTree.register_namespace("", _NAMESPACE[1:-1])
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return Drawing(ElementTree.tostring(root, encoding="unicode"), width, height)


def render(drawing: Drawing, long_side: int) -> bytes:
    """Return a PNG of the drawing, `long_side` pixels on its longer side, transparent where nothing is drawn.

    Raise Unreadable when the renderer refuses it, ImportError when there is none (`resvg_py`).
    """
    import resvg_py

    scale = long_side / max(drawing.width, drawing.height)
    width, height = (max(1, round(side * scale)) for side in (drawing.width, drawing.height))
    try:
        return bytes(resvg_py.svg_to_bytes(svg_string=drawing.text, skip_system_fonts=True, width=width, height=height))
    except ValueError as error:
        raise _unreadable("it cannot be drawn") from error


def _unreadable(why: str) -> Unreadable:
    return Unreadable(f"The file cannot be read as media: {why}.")


def _refuse_tricks(data: bytes) -> None:
    depth = 0

    def opened(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _unreadable("its elements are nested too deeply")

    def closed(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def entity(*_declaration: object) -> None:
        raise _unreadable("it declares XML entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise _unreadable("its XML is broken") from error


def _stays_inside(reference: str) -> bool:
    return reference.lstrip().startswith("#") or _OWN_PICTURE.match(reference) is not None


def _size(root: ElementTree.Element) -> tuple[float, float]:
    width, height = (_pixels(root.get(side)) for side in ("width", "height"))
    numbers = re.split(r"[\s,]+", (root.get("viewBox") or "").strip())
    try:
        box = [float(number) for number in numbers] if len(numbers) == 4 else []
    except ValueError:
        box = []
    box_width, box_height = (box[2], box[3]) if box and 0 < box[2] < 1e9 and 0 < box[3] < 1e9 else _DEFAULT
    if width is None and height is None:
        width, height = box_width, box_height
    elif width is None and height is not None:
        width = height * box_width / box_height
    elif height is None and width is not None:
        height = width * box_height / box_width
    assert width is not None
    assert height is not None
    if not (0 < width < 1e6 and 0 < height < 1e6 and 1e-5 < width / height < 1e5):
        raise _unreadable("its size makes no sense")
    return width, height


def _pixels(length: str | None) -> float | None:
    match = _LENGTH.fullmatch(length) if length else None
    return float(match[1]) * _PIXELS[match[2]] if match and float(match[1]) > 0 else None
