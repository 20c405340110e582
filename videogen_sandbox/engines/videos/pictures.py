"""The pictures and clips of a video as assets: drawn from words, restyled, enlarged, set in motion; each made once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from videogen_sandbox.engines.drawing import references
from videogen_sandbox.engines.drawing.art import colour
from videogen_sandbox.engines.drawing.image import VERSION, compose
from videogen_sandbox.engines.drawing.references import Reference
from videogen_sandbox.engines.drawing.scene import Scene, parse
from videogen_sandbox.engines.film.restyle import CINEMATIC, Plan, Style, plan, restyled
from videogen_sandbox.engines.film.scene import scene_frames
from videogen_sandbox.engines.film.stills import open_still, stills
from videogen_sandbox.engines.film.video import LOOKS
from videogen_sandbox.engines.film.weather import Kind, flock
from videogen_sandbox.engines.media.canvas import covering
from videogen_sandbox.engines.media.decode import Picture, VideoReader
from videogen_sandbox.engines.media.encode import VideoWriter
from videogen_sandbox.engines.upscale.enlarge import FACTOR, doubled
from videogen_sandbox.engines.upscale.upscale import by_filter
from videogen_sandbox.engines.videos.assets import Assets, key
from videogen_sandbox.engines.videos.document import Document, Theme, Visual
from videogen_sandbox.engines.videos.frame import FPS, sized
from videogen_sandbox.engines.videos.layout import Box
from videogen_sandbox.engines.videos.theme import framed

DRAWN_SIDES = (900, 1_920)
"""Pixels on the shorter and at most on the longer side of a drawing: a zoomed 720p frame is sharp, a 1080p one nearly.
`enlarged` doubles them."""

CLIP_SIDES = (720, 1_280)
"""Pixels on the shorter and at most on the longer side of drawn footage: as the film engine draws it."""

CLIP_STEP = 1.0
"""Seconds. Footage is made in such steps, so that a narrator a little slower does not make it anew."""

CLIP_SPARE = 0.6
"""Seconds of footage beyond its shot, for the transitions on both sides."""

GIVEN_SIDE = 3_840
"""Pixels on the longer side that are kept of a given picture."""


def still(document: Document, visual: Visual, assets: Assets) -> Path:
    """Return the picture file of a visual that does not move by itself. Raise EngineError if it cannot be read."""
    if visual.kind == "drawn":
        return _drawn(document, visual, assets)
    assert visual.asset is not None
    path = assets.path(visual.asset)
    looks = looks_of(visual.style)
    if not looks and not visual.enlarged:
        return path
    name = key("picture", ".png", visual.asset, [look.name for look in looks], visual.enlarged)
    return assets.make(name, partial(_edited, path, looks, visual.enlarged))


def clip(document: Document, visual: Visual, seconds: float, assets: Assets) -> Path:
    """Return the film file of a visual that moves by itself, for a shot of `seconds`."""
    if visual.kind == "clip":
        assert visual.asset is not None
        path = assets.path(visual.asset)
    else:
        length = math.ceil((seconds + CLIP_SPARE) / CLIP_STEP) * CLIP_STEP
        size = sized(document.aspect_ratio, *CLIP_SIDES)
        content = (VERSION, _content(visual), visual.motion, size, length)
        write = partial(_footage, document, visual, assets, size, round(length * FPS))
        path = assets.make(key("footage", ".mp4", *content), write)
    if not visual.enlarged:
        return path
    return assets.make(key("enlarged", ".mp4", path.name), partial(_enlarged_clip, path))


def moves_by_itself(visual: Visual) -> bool:
    """Return whether a visual is a film, not a still."""
    return visual.kind == "clip" or visual.footage


def looks_of(style: str) -> list[Style]:
    """Return the looks that the words of a style name, at most two; none where it names none that is known."""
    if not style.strip():
        return []
    named = [look for look in plan(style).styles if look is not CINEMATIC or re.search(CINEMATIC.words, style.lower())]
    return named[:2]


def scene_of(visual: Visual) -> Scene:
    """Return what a drawn visual shows: its prompt, in the illustrator's styles that its style names."""
    scene = parse(visual.prompt)
    styled = parse(visual.style) if visual.style else scene
    return replace(scene, style=styled.style or scene.style)


def _content(visual: Visual) -> Sequence[object]:
    return visual.kind, visual.prompt, visual.style, visual.seed, visual.asset, visual.references, visual.palette


def _drawn(document: Document, visual: Visual, assets: Assets) -> Path:
    size = sized(document.aspect_ratio, *(side * (FACTOR if visual.enlarged else 1) for side in DRAWN_SIDES))
    return assets.make(key("drawn", ".png", VERSION, _content(visual), size), partial(_draw, visual, assets, size))


def _draw(visual: Visual, assets: Assets, size: tuple[int, int], path: Path) -> None:
    picture = compose(scene_of(visual), *size, visual.seed, _references(visual, assets))
    graded = _grade(visual, assets)(picture)
    _looked(graded, _beyond_the_illustrator(visual)).save(path, "PNG", compress_level=1)


_DRAWN_ALREADY = ("cartoon", "sharp")
"""Looks that a drawing has by itself: filters that outline and flatten photos leave bands in it."""


def _references(visual: Visual, assets: Assets) -> list[Reference]:
    """What is shown in a picture, cut out of its background, and what lends it colours: that alone if there is any."""
    shown = references.read([assets.path(name) for name in visual.references], _SHOW_IT)
    colours = references.read([assets.path(name) for name in visual.palette], "")
    if colours:
        shown = [replace(found, palette=()) for found in shown]
    return [*shown, *(Reference(found.palette, None) for found in colours)]


GRADE = 0.4
"""How much of a style's colours is in a picture: it is seen indoors too, and things keep theirs."""


def _grade(visual: Visual, assets: Assets) -> Callable[[Image.Image], Image.Image]:
    """What lays the colours of a style's pictures over a picture, its darkest in the shadows; nothing without any."""
    found = [reference.palette for reference in references.read([assets.path(name) for name in visual.palette], "")]
    if not found:
        return lambda picture: picture
    tints = sorted((tint for palette in found for tint in palette), key=lambda tint: colour.hls(tint)[1])
    dark, light = colour.darker(tints[0], 0.6), colour.lighter(tints[-1], 0.6)
    middle = found[0][0]

    def graded(picture: Image.Image) -> Image.Image:
        picture = picture.convert("RGB")
        toned = ImageOps.colorize(ImageOps.grayscale(picture), black=dark, mid=middle, white=light)
        return Image.blend(picture, toned, GRADE)

    return graded


_SHOW_IT = "this"
"""A prompt that speaks of its references, so that they are cut out."""


def _beyond_the_illustrator(visual: Visual) -> list[Style]:
    """The looks that the illustrator does not draw by itself."""
    own = (*_DRAWN_ALREADY, LOOKS.get(scene_of(visual).style or ""))
    return [look for look in looks_of(visual.style) if look.name not in own]


def _looked(image: Image.Image, looks: Sequence[Style]) -> Image.Image:
    """A picture in some looks, RGB; its sides are even afterwards."""
    picture = np.asarray(image.convert("RGB"))[: image.height // 2 * 2, : image.width // 2 * 2]
    height, width = picture.shape[:2]
    what = Plan(tuple(looks), 1.0, None, reverse=False)
    return Image.fromarray(next(restyled(iter([picture]), width, height, FPS, what)))


def _edited(source: Path, looks: Sequence[Style], enlarged: bool, path: Path) -> None:
    image = open_still(source)
    if looks:
        image = _looked(image, looks)
    if enlarged:
        image.thumbnail((GIVEN_SIDE // FACTOR, GIVEN_SIDE // FACTOR), Image.Resampling.LANCZOS)
        image = Image.fromarray(doubled(np.asarray(image)))
    image.save(path, "PNG", compress_level=1)


def _footage(
    document: Document, visual: Visual, assets: Assets, size: tuple[int, int], frames: int, path: Path
) -> None:
    """Draw a scene in motion, or move over a given picture with the weather that its motion names."""
    if visual.kind == "drawn":
        scene = scene_of(visual)
        told = parse(visual.motion) if visual.motion else scene
        scene = replace(scene, weather=told.weather or scene.weather)
        drawn = scene_frames(scene, *size, frames, FPS, visual.seed, _references(visual, assets))
        pictures = _arrays(map(_grade(visual, assets), drawn))
        looks = [look for look in looks_of(visual.style) if look.name not in _DRAWN_ALREADY]
    else:
        assert visual.asset is not None
        image = open_still(assets.path(visual.asset))
        pictures = _arrays(stills([image], *size, frames, FPS, visual.seed, first_whole=False))
        looks = looks_of(visual.style)
        pictures = _with_weather(pictures, parse(visual.motion).weather, size, visual.seed)
    what = Plan(tuple(looks), 1.0, None, reverse=False)
    with VideoWriter(path, width=size[0], height=size[1], fps=FPS) as film:
        for picture in restyled(pictures, *size, FPS, what):
            film.write(picture)


def _with_weather(
    pictures: Iterator[Picture], weather: str | None, size: tuple[int, int], seed: int
) -> Iterator[Picture]:
    """What is in the air over the pictures: rain or snow where they were asked for, else dust in the light."""
    kinds: dict[str | None, Kind] = {"rain": "rain", "storm": "rain", "snow": "snow"}
    air = flock(kinds.get(weather, "dust"), *size, seed)
    for number, picture in enumerate(pictures):
        image = Image.fromarray(picture)
        air.draw(image, number / FPS)
        yield np.asarray(image, np.uint8)


def _enlarged_clip(source: Path, path: Path) -> None:
    with VideoReader(source) as reader:
        width, height, fps = reader.width, reader.height, reader.fps
        with VideoWriter(path, width=width * FACTOR, height=height * FACTOR, fps=fps) as film:
            for picture in by_filter(reader.pictures(), width, height):
                film.write(picture)


def _arrays(images: Iterator[Image.Image]) -> Iterator[Picture]:
    for image in images:
        yield np.asarray(image, np.uint8)


def filled(image: Image.Image, size: tuple[int, int], box: Box, theme: Theme | None = None) -> Image.Image:
    """Return a picture whole within a box of a frame of `size`, RGB; larger than the frame where the picture is.

    Around it are the colours of a theme, else itself, large, dark and out of focus.
    """
    image = image.convert("RGB")
    if box == (0, 0, *size) and abs(image.width / image.height / (size[0] / size[1]) - 1) < 0.02:
        return image
    left, top, right, bottom = box
    fit = min((right - left) / image.width, (bottom - top) / image.height)
    scale = max(1.0, 1 / fit)
    width, height = (round(side * scale) for side in size)
    slide = image.resize((round(image.width * fit * scale), round(image.height * fit * scale)))
    place = (round((left + right) / 2 * scale - slide.width / 2), round((top + bottom) / 2 * scale - slide.height / 2))
    if theme is not None:
        return framed(slide, (width, height), place, theme)
    small = image.resize((192, max(2, round(192 * height / width))), box=covering(image.size, (width, height)))
    behind = ImageEnhance.Brightness(small.filter(ImageFilter.GaussianBlur(9))).enhance(0.3)
    whole = behind.resize((width, height), Image.Resampling.BICUBIC)
    whole.paste(slide, place)
    return whole
