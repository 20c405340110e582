"""Pictures to SVG: traced by vtracer with settings that suit the kind of picture."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import vtracer
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from videogen_sandbox.engines import EngineError, Made, Report, Task, outlines
from videogen_sandbox.engines.media.canvas import is_marked, stamp
from videogen_sandbox.engines.media.picture_input import open_upright
from videogen_sandbox.look import svg

ENGINE = "vtracer"

ALREADY_VECTOR = "already_vector"


@dataclass(frozen=True)
class Preset:
    """How to trace.

    `side` bounds the longer side in pixels: above it time and paths grow, but no visible detail. `colours` are chosen
    for the whole picture before tracing, because vtracer alone runs smooth gradients together into one flat area;
    0 leaves them.
    """

    name: str
    side: int
    colours: int
    colour_precision: int
    layer_difference: int
    filter_speckle: int


LOGO = Preset("logo", 2_048, 0, colour_precision=6, layer_difference=16, filter_speckle=4)
POSTER = Preset("poster", 1_600, 48, colour_precision=8, layer_difference=0, filter_speckle=6)
PHOTO = Preset("photo", 1_280, 128, colour_precision=8, layer_difference=0, filter_speckle=8)

SMOOTHED, EDGE = 2, 6
"""Where nothing within so many pixels differs by more than so many levels of 256, grain is smoothed away: the borders
between the colours of a gradient would follow it, with half of all the points."""

ROUNDS = 4
"""Of k-means; more change nothing that is seen."""

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
    shapes, box = shapes_of(image, preset)
    report(0.9)
    path = task.folder / "vector.svg"
    mark = _mark(size, box[0] / size[0]) if is_marked(task.body) else ""
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" viewBox="0 0 {box[0]} {box[1]}">'
        f"{_group(shapes)}{mark}</svg>\n",
        encoding="utf-8",
    )
    check(path)
    described = f"A vector drawing of {size[0]} x {size[1]} pixels in {len(shapes)} shapes, traced as a {preset.name}."
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


def shapes_of(image: Image.Image, preset: Preset) -> tuple[list[tuple[str, str]], tuple[int, int]]:
    """Return fill and path data of all shapes in a picture, far to near, and the size they were traced in.

    They are in units of 1 / `outlines.GRID` of a pixel of that size, which may differ from the picture's.
    """
    working = _reduced(_resized(image.convert("RGBA"), preset.side), preset.colours)
    data = io.BytesIO()
    working.save(data, "PNG", compress_level=1)
    traced = vtracer.convert_raw_image_to_svg(
        data.getvalue(),
        img_format="png",
        colormode="color",
        hierarchical="stacked",
        mode="polygon",
        filter_speckle=preset.filter_speckle,
        color_precision=preset.colour_precision,
        layer_difference=preset.layer_difference,
    )
    return outlines.smooth_shapes(traced), working.size


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
        flat = _flattened(flat, colours)
    flat.putalpha(alpha)
    return flat


def _flattened(image: Image.Image, colours: int) -> Image.Image:
    """The picture in a number of colours, each the mean of the area that it covers."""
    clean = image.filter(ImageFilter.MedianFilter(3))
    smooth = clean.filter(ImageFilter.BoxBlur(SMOOTHED))
    red, green, blue = ImageChops.difference(clean, smooth).split()
    differs = ImageChops.lighter(ImageChops.lighter(red, green), blue).point([0] * EDGE + [255] * (256 - EDGE))
    clean = Image.composite(clean, smooth, differs.filter(ImageFilter.MaxFilter(2 * SMOOTHED + 1)))
    areas = _in_colours(clean, colours).filter(ImageFilter.ModeFilter(3))
    numbers = np.asarray(areas).ravel()
    counts = np.maximum(np.bincount(numbers, minlength=256), 1)
    means = [np.bincount(numbers, np.asarray(channel).ravel(), 256) / counts for channel in image.split()]
    areas.putpalette(np.rint(np.stack(means, axis=1)).astype(np.uint8).tobytes())
    return areas.convert("RGB")


def _in_colours(image: Image.Image, count: int) -> Image.Image:
    """The number of one of `count` colours for each pixel: those that are the nearest to all, as people see them.

    Colours are told apart by six bits of a channel. A first choice takes always the one that is worst off, by its
    distance and the root of how often it is there: small parts of a picture need colours, too. Then k-means.
    """
    pixels = np.asarray(image).astype(np.int32) >> 2
    cells = pixels[..., 0] << 12 | pixels[..., 1] << 6 | pixels[..., 2]
    counts = np.bincount(cells.ravel(), minlength=1 << 18)
    seen = np.flatnonzero(counts)
    seen_as = oklab((np.stack((seen >> 12, seen >> 6 & 63, seen & 63), axis=1) * 4 + 2) / 255)
    weights = np.sqrt(counts[seen]).astype(np.float32)
    chosen, distances = [int(weights.argmax())], np.full(len(seen), np.inf, np.float32)
    while True:
        distances = np.minimum(distances, ((seen_as - seen_as[chosen[-1]]) ** 2).sum(axis=1))
        worst = int((weights * distances).argmax())
        if len(chosen) == count or distances[worst] == 0:
            break
        chosen.append(worst)
    palette = seen_as[chosen]
    for _ in range(ROUNDS):
        nearest = ((palette**2).sum(axis=1) - 2 * seen_as @ palette.T).argmin(axis=1)
        sums = [np.bincount(nearest, weights * channel, len(palette)) for channel in seen_as.T]
        taken = np.bincount(nearest, weights, len(palette))
        palette = np.where(taken[:, None] > 0, np.stack(sums, axis=1) / np.maximum(taken, 1e-9)[:, None], palette)
        palette = palette.astype(np.float32)
    numbers = np.zeros(1 << 18, np.uint8)
    numbers[seen] = nearest
    return Image.fromarray(numbers[cells], "P")


def oklab(colours: NDArray[np.float64]) -> NDArray[np.float32]:
    """n x 3 of sRGB, 0 to 1, in Oklab, where equal distances look equal (CSS Color 4, section 9.2)."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    seen: NDArray[np.float32] = (np.cbrt(linear @ _LINEAR_TO_LMS.T) @ _LMS_TO_OKLAB.T).astype(np.float32)
    return seen


_LINEAR_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LMS_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _group(shapes: Iterable[tuple[str, str]], scale: float = 1.0) -> str:
    """Shapes as SVG markup, `scale` units of the drawing for a pixel that they were traced in."""
    paths = "\n".join(f'<path fill="{fill}" d="{data}"/>' for fill, data in shapes)
    return f'<g transform="scale({scale / outlines.GRID:g})">\n{paths}\n</g>'


def _mark(size: tuple[int, int], scale: float) -> str:
    """The mark of the sandbox's pictures as shapes: its plate and its letters. `scale`: units for a pixel of `size`."""
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
    shapes, _ = shapes_of(white, LOGO)
    plate = f'x="{left - height:.1f}" y="{top - height * 0.6:.1f}" rx="{height:.1f}"'
    extent = f'width="{right - left + 2 * height:.1f}" height="{height * 2.2:.1f}"'
    return (
        f'<g id="mark" transform="scale({scale:.5f})"><rect {plate} {extent} fill="#0c0e18" fill-opacity="0.47"/>'
        f'<g transform="translate({left} {top})">{_group(shapes, 0.25)}</g></g>'
    )
