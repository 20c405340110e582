"""The icon set and the font: what every drawing engine of the sandbox is made of.

Icons are flat drawings in a 32 x 32 box, addressed by name ("fox", "hot-beverage"); people have the neutral yellow
skin of the set until a tone is asked for.
"""

from __future__ import annotations

import io
import json
import lzma
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import resvg_py
from PIL import Image, ImageFont

ASSETS = Path(__file__).resolve().parents[2] / "assets"
DRAWINGS = ASSETS / "drawings"
"""What the set lacks, drawn for this project in the same style and box."""
FONT = ASSETS / "NotoSans.ttf"
"""Noto Sans: Latin, Greek, Cyrillic; weight axis 100 to 900. For resvg: `font_files=[str(FONT)]`."""

BOX = 32
"""Side of an icon's own coordinate system."""

_WRAPPING = re.compile(r"</?svg[^>]*>")
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,6}\b")


@lru_cache(maxsize=1)
def _set() -> Mapping[str, Mapping[str, str]]:
    """Category → name → SVG markup."""
    loaded: dict[str, dict[str, str]] = json.loads(lzma.decompress((ASSETS / "icons.json.xz").read_bytes()))
    return loaded


@lru_cache(maxsize=1)
def bodies() -> Mapping[str, str]:
    """Return name → SVG markup of every drawing, the set's and our own, without the `<svg>` around it."""
    of_set = {name: body for members in _set().values() for name, body in members.items()}
    own = {path.stem: _WRAPPING.sub("", path.read_text("utf-8")).strip() for path in sorted(DRAWINGS.glob("*.svg"))}
    return {**dict(sorted(of_set.items())), **own}


@lru_cache(maxsize=1)
def categories() -> Mapping[str, frozenset[str]]:
    """Return the set's own grouping, such as "Food & Drink" → names."""
    return {title: frozenset(members) for title, members in _set().items()}


def recoloured(body: str, colours: Mapping[str, str]) -> str:
    """Return SVG markup with its `#rrggbb` colours replaced; keys are lower case, others stay."""
    return _COLOUR.sub(lambda found: colours.get(found.group().lower(), found.group()), body)


def colours_in(body: str) -> list[str]:
    """Return the `#rrggbb` colours of SVG markup, lower case, in order of appearance, with repeats."""
    return [found.lower() for found in _COLOUR.findall(body)]


def svg(body: str, width: int, height: int | None = None, box: tuple[float, float, float, float] | None = None) -> str:
    """Return a whole SVG around a body; `box` is the viewBox as x, y, width, height (an icon's own box if None)."""
    x, y, w, h = box or (0, 0, BOX, BOX)
    height = height or round(width * h / w)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="{x:g} {y:g} {w:g} {h:g}">{body}</svg>'
    )


def render(markup: str, *, with_font: bool = False) -> Image.Image:
    """Return SVG text as an RGBA picture of its own size. `with_font` if it has `<text>`; no system font is used."""
    png = resvg_py.svg_to_bytes(
        svg_string=markup, skip_system_fonts=True, font_files=[str(FONT)] if with_font else None
    )
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def draw(name: str, size: int, colours: Mapping[str, str] | None = None) -> Image.Image:
    """Return the icon as a `size` x `size` RGBA picture. Raise KeyError for an unknown name."""
    return render(svg(recoloured(bodies()[name], colours or {}), size))


def font(size: float, weight: int = 400) -> ImageFont.FreeTypeFont:
    """Return Noto Sans for Pillow, `size` in pixels."""
    face = ImageFont.truetype(str(FONT), size, layout_engine=ImageFont.Layout.BASIC)
    face.set_variation_by_axes([weight])
    return face
