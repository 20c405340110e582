"""Pictures to SVG: traced by vtracer with settings that suit the kind of picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import vtracer
from PIL import Image, ImageFilter

from videogen_sandbox.engines import EngineError, Made, Report, Task
from videogen_sandbox.engines.media.canvas import is_marked, stamp
from videogen_sandbox.engines.media.picture_input import open_upright
from videogen_sandbox.look import svg

ENGINE = "vtracer"

ALREADY_VECTOR = "already_vector"


@dataclass(frozen=True)
class Preset:
    """How to trace.

    `side` bounds the longer side in pixels: above it time and paths grow, but no visible detail. `colours` are chosen
    for the whole picture before tracing, because vtracer alone runs smooth gradients together into one flat area
    (mean error over three pictures: 14 levels of 256 without, 4 with 64 colours, in fewer paths); 0 leaves them.
    """

    name: str
    side: int
    colours: int
    colour_precision: int
    layer_difference: int
    filter_speckle: int
    corner_threshold: int


LOGO = Preset("logo", 2_048, 0, colour_precision=6, layer_difference=16, filter_speckle=4, corner_threshold=60)
POSTER = Preset("poster", 1_600, 32, colour_precision=8, layer_difference=0, filter_speckle=6, corner_threshold=60)
PHOTO = Preset("photo", 1_280, 64, colour_precision=8, layer_difference=0, filter_speckle=8, corner_threshold=90)

PALETTE_SIDE = 256
"""Pixels on the longer side of the copy that the colours are chosen from; the whole picture takes 20 times as long."""

PATH_PRECISION = 2
"""Decimals of a coordinate. The default of 8 doubles the file without a visible difference."""

SAMPLE_SIDE = 160
"""Pixels on the longer side of the sample that tells a logo from a photo."""
LOGO_COLOURS, POSTER_COLOURS = 10, 40
"""Up to so many coarse colours (4 bits a channel) that cover most of the sample it is a logo, or a poster."""
COVERED = 0.92

SMALL_SIDE = 256
"""Pictures below this are first enlarged, or curves would follow the pixel edges."""


def trace(task: Task, report: Report) -> Made:
    """Return the input picture as an SVG of the same size in pixels; transparency is kept.

    Raise EngineError: "already_vector" for SVG, "unreadable_media" or "media_too_large" for what cannot be opened.
    """
    (source,) = task.inputs["imageFileId"]
    with source.open("rb") as file:
        if svg.looks_like_svg(file.read(4_096)):
            raise EngineError(ALREADY_VECTOR, "The picture is an SVG, which is a vector drawing already.")
    opened = open_upright(source)
    image = opened.image
    report(0.15)
    size, preset = image.size, preset_for(image)
    traced = traced_svg(image, preset)
    report(0.9)
    path = task.folder / "vector.svg"
    drawing = _framed(traced, size)
    if is_marked(task.body):
        drawing = drawing.replace("</svg>", f"{_mark(image.size, drawing)}</svg>")
    path.write_text(drawing, encoding="utf-8")
    check(path)
    shapes = traced.count("<path")
    described = f"A vector drawing of {size[0]} x {size[1]} pixels in {shapes} shapes, traced as a {preset.name}."
    if opened.reduced:
        described += f" The picture was made smaller from {opened.width} x {opened.height} pixels."
    report(1.0)
    return Made(path, "IMAGE", ENGINE, version("vtracer"), False, described)


def preset_for(image: Image.Image) -> Preset:
    """Return the preset that suits a picture, by how many colours it takes to cover most of it."""
    sample = image.convert("RGB")
    sample.thumbnail((SAMPLE_SIDE, SAMPLE_SIDE), Image.Resampling.NEAREST)
    coarse = sample.point([value & 0xF0 for value in range(256)] * 3)
    rest, colours = COVERED * sample.width * sample.height, 0
    for number, _ in sorted(coarse.getcolors(SAMPLE_SIDE * SAMPLE_SIDE) or [], reverse=True):
        if rest <= 0:
            break
        rest, colours = rest - number, colours + 1
    if colours <= LOGO_COLOURS:
        return LOGO
    return POSTER if colours <= POSTER_COLOURS else PHOTO


def traced_svg(image: Image.Image, preset: Preset) -> str:
    """Return the SVG that vtracer makes of a picture, in pixels of the traced (perhaps resized) picture."""
    working = _reduced(_resized(image.convert("RGBA"), preset.side), preset.colours)
    made: str = vtracer.convert_pixels_to_svg(
        _pixels(working),
        working.size,
        colormode="color",
        hierarchical="stacked",
        mode="spline",
        filter_speckle=preset.filter_speckle,
        color_precision=preset.colour_precision,
        layer_difference=preset.layer_difference,
        corner_threshold=preset.corner_threshold,
        length_threshold=4.0,
        max_iterations=10,
        splice_threshold=45,
        path_precision=PATH_PRECISION,
    )
    return made


def check(path: Path) -> None:
    """Make sure that a drawing parses and renders. Raise EngineError if it does not."""
    drawing = svg.read(path)
    svg.render(drawing, 64)


def _resized(image: Image.Image, side: int) -> Image.Image:
    longest = max(image.size)
    scale = side / longest if longest > side else min(4.0, SMALL_SIDE / longest) if longest < SMALL_SIDE else 1.0
    if scale == 1:
        return image
    target = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(target, Image.Resampling.LANCZOS)


def _reduced(image: Image.Image, colours: int) -> Image.Image:
    """The picture in a number of flat colours without noise, each pixel wholly opaque or wholly clear.

    Half clear edge pixels would each become a shape of their own.
    """
    alpha = image.getchannel("A").point([0] * 128 + [255] * 128)
    flat = image.convert("RGB")
    if colours:
        flat = flat.filter(ImageFilter.MedianFilter(3))
        small = flat.copy()
        small.thumbnail((PALETTE_SIDE, PALETTE_SIDE))
        palette = small.quantize(colours, method=Image.Quantize.MEDIANCUT, kmeans=1)
        flat = flat.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB")
    flat.putalpha(alpha)
    return flat


def _pixels(image: Image.Image) -> list[tuple[int, ...]]:
    data = image.tobytes()
    return list(zip(data[0::4], data[1::4], data[2::4], data[3::4], strict=True))


def _mark(size: tuple[int, int], drawing: str) -> str:
    """The mark of the sandbox's pictures as shapes, in the coordinates of the drawing: its plate and its letters."""
    paper = np.zeros((size[1], size[0], 3), np.uint8)
    stamp(paper)
    letters = Image.fromarray(paper).convert("L").point([0] * 110 + [255] * 146)
    box = letters.getbbox()
    if box is None:  # a picture too small for a mark
        return ""
    left, top, right, bottom = box
    height = bottom - top
    large = letters.crop(box).resize(((right - left) * 4, height * 4), Image.Resampling.LANCZOS)
    white = Image.new("RGBA", large.size, "#ffffff")
    white.putalpha(large.point([0] * 128 + [255] * 128))
    shapes = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", traced_svg(white, LOGO), flags=re.DOTALL)
    found = re.search(r'viewBox="0 0 (\d+)', drawing)
    scale = int(found[1]) / size[0] if found else 1.0
    plate = f'x="{left - height:.1f}" y="{top - height * 0.6:.1f}" rx="{height:.1f}"'
    extent = f'width="{right - left + 2 * height:.1f}" height="{height * 2.2:.1f}"'
    return (
        f'<g id="mark" transform="scale({scale:.5f})"><rect {plate} {extent} fill="#0c0e18" fill-opacity="0.47"/>'
        f'<g transform="translate({left} {top}) scale(0.25)">{shapes}</g></g>'
    )


def _framed(traced: str, size: tuple[int, int]) -> str:
    """The SVG with the size of the input and a viewBox in the coordinates it was traced in."""
    head = re.search(r'<svg[^>]*?width="(\d+)"[^>]*?height="(\d+)"[^>]*>', traced)
    if head is None:
        raise EngineError("internal_error", "The tracer gave no drawing.")
    shape = f'width="{size[0]}" height="{size[1]}" viewBox="0 0 {head[1]} {head[2]}"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" {shape}>'
    return traced[: head.start()] + opening + traced[head.end() :]
