"""Pictures from prompts: a drawn scene that stands in for an image model and says so.

`layers` gives the scene in pieces for a film to move; `flatten` puts them together; `draw` is the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from videogen_sandbox.engines import Made, Report, Task
from videogen_sandbox.engines.drawing import kinds, references, settings, sprites, weather
from videogen_sandbox.engines.drawing.art import colour
from videogen_sandbox.engines.drawing.art.canvas import SHORT_SIDE, Stage
from videogen_sandbox.engines.drawing.art.light import Light
from videogen_sandbox.engines.drawing.composition import arrange
from videogen_sandbox.engines.drawing.references import Reference
from videogen_sandbox.engines.drawing.scene import Scene, parse
from videogen_sandbox.engines.drawing.spots import Spot
from videogen_sandbox.engines.media.canvas import is_marked, stamp

ENGINE, VERSION = "sandbox-scene", "1"

AREA = 1280 * 720
"""Pixels of a picture, about; a square one may have a little more (1024 x 1024)."""
LONGEST_SIDE, SHORTEST_SIDE = 1920, 320

ATTACHED = frozenset({"on", "riding", "wearing", "holding", "in"})
"""Relations to a subject that one moves with."""


@dataclass(frozen=True)
class Placed:
    """One subject: an RGBA picture (its shadow in it) with the place of its upper left corner in pixels."""

    name: str
    image: Image.Image
    x: float
    y: float
    depth: float
    """0 far, 1 near."""
    motion: kinds.Motion
    carrier: str | None = None
    """The name of the subject that it is on, in or with, and so moves with."""
    alone: Alone | None = None
    """Of what stands on the ground and goes: how it is put together."""


@dataclass(frozen=True)
class Alone:
    """A subject without its shadow, which stays on the ground."""

    figure: Image.Image
    shadow: Image.Image
    """As large as the subject's picture."""
    inset: int
    """Pixels from the left edge of the shadow's picture to that of the figure; their upper edges are the same."""
    facing: int
    """1: to the right, -1: to the left."""


@dataclass(frozen=True)
class Layers:
    """A scene in pieces, far to near, all of the same size but the subjects."""

    width: int
    height: int
    background: Image.Image
    """Opaque RGBA: sky or wall."""
    mid: Image.Image | None
    """Scenery behind the subjects; None if it is in the background."""
    subjects: tuple[Placed, ...]
    foreground: Image.Image | None
    """What grows before the subjects."""
    falling: Image.Image | None
    """Rain, snow or fog; repeats seamlessly in both directions."""
    falling_speed: tuple[float, float]
    """Pixels per second to the right and down."""
    light: Light


def draw(task: Task, report: Report) -> Made:
    """Make one picture for a generate-image request: prompt, aspectRatio, watermarkMode, reference images.

    Raise EngineError if a reference picture cannot be read.
    """
    prompt = str(task.body.get("prompt") or "")
    ratio = task.body.get("aspectRatio") or {}
    width, height = frame_size(int(ratio.get("width") or 16), int(ratio.get("height") or 9))
    found = references.read(task.inputs.get("imageFileIds", ()), prompt)
    report(0.15)
    scene = parse(prompt)
    picture = compose(scene, width, height, task.seed, found, partial(_share, report))
    if is_marked(task.body):
        pixels = np.array(picture)
        stamp(pixels)
        picture = Image.fromarray(pixels)
    path = task.folder / "image.png"
    picture.save(path, "PNG", compress_level=4)
    report(1.0)
    return Made(path, "IMAGE", ENGINE, VERSION, True, describe(scene, found))


def frame_size(across: int, down: int) -> tuple[int, int]:
    """Return width and height, even, for a ratio: 1280 x 720 for 16:9, 1024 x 1024 for 1:1, at most 1920 x 320."""
    if across == down:
        return 1024, 1024
    ratio = min(LONGEST_SIDE / SHORTEST_SIDE, max(SHORTEST_SIDE / LONGEST_SIDE, across / down))
    width = min(LONGEST_SIDE, (AREA * ratio) ** 0.5)
    height = width / ratio
    if height > LONGEST_SIDE:
        height, width = LONGEST_SIDE, LONGEST_SIDE * ratio
    return round(width / 2) * 2, round(height / 2) * 2


def compose(
    scene: Scene, width: int, height: int, seed: int, found: Sequence[Reference] = (), report: Report = lambda _: None
) -> Image.Image:
    """Return the scene as one finished RGB picture."""
    pieces = layers(scene, width, height, seed, found, split=False)
    report(0.7)
    picture = flatten(pieces)
    report(0.85)
    return finish(picture, scene.style, seed)


def layers(
    scene: Scene, width: int, height: int, seed: int, found: Sequence[Reference] = (), *, split: bool = True
) -> Layers:
    """Return the scene in pieces. With `split` the scenery is a layer of its own, else in the background (faster).

    Deterministic: the same scene, size, references and seed give the same pixels.
    """
    rng = Random(f"{seed}:{scene.setting}:{scene.time}:{scene.found}")
    scale = min(width, height) / SHORT_SIDE
    palette = [tint for reference in found for tint in reference.palette]
    stage = settings.build(scene, width / scale, height / scale, rng, palette)
    spots = arrange(scene, stage, rng)
    subjects = [_placed(spot, stage, scene, scale, rng) for spot in spots]
    subjects += _cut_outs(found, stage, scale, scene)
    sheet = weather.falling(
        scene.weather if scene.setting in settings.OPEN_AIR else None, stage.light, stage.width, stage.height, rng
    )
    background = stage.back.image(width, height) if split else settings.merged(stage).image(width, height)
    if scene.weather == "storm" and scene.setting in settings.OPEN_AIR:
        background.alpha_composite(weather.lightning((width, height), rng))
    speed = weather.SPEEDS.get(scene.weather or "", (0.0, 0.0))
    return Layers(
        width,
        height,
        background,
        stage.middle.image(width, height) if split else None,
        tuple(subjects),
        stage.front.image(width, height) if stage.front.shapes else None,
        sheet.image(width, height) if sheet else None,
        (speed[0] * height / 720, speed[1] * height / 720),
        stage.light,
    )


def flatten(pieces: Layers) -> Image.Image:
    """Return the layers put together, RGBA, without grain and vignette."""
    picture = pieces.background.copy()
    if pieces.mid:
        picture.alpha_composite(pieces.mid)
    for subject in pieces.subjects:
        paste(picture, subject.image, subject.x, subject.y)
    for layer in (pieces.foreground, pieces.falling):
        if layer:
            picture.alpha_composite(layer)
    return picture


def paste(picture: Image.Image, sprite: Image.Image, x: float, y: float) -> None:
    """Lay a sprite over a picture; parts outside are cut."""
    left, top = round(x), round(y)
    source = (max(0, -left), max(0, -top))
    if source[0] < sprite.width and source[1] < sprite.height and left < picture.width and top < picture.height:
        picture.alpha_composite(sprite, (max(0, left), max(0, top)), source)


def finish(picture: Image.Image, style: str | None, seed: int) -> Image.Image:
    """Return the picture in RGB with its style, a vignette and a little grain."""
    flat = picture.convert("RGB")
    if style in ("mono", "sepia"):
        grey = ImageOps.autocontrast(ImageOps.grayscale(flat), cutoff=0.5)
        flat = ImageOps.colorize(grey, "#2b1d12", "#f7e8cb", "#a98a62") if style == "sepia" else grey.convert("RGB")
    elif style == "pastel":
        flat = Image.blend(ImageEnhance.Color(flat).enhance(0.78), Image.new("RGB", flat.size, "#fff4ee"), 0.28)
    elif style == "vivid":
        flat = ImageEnhance.Color(flat).enhance(1.45)
    elif style == "pixel":
        small = flat.resize((max(1, flat.width // 6), max(1, flat.height // 6)), Image.Resampling.BOX)
        return small.quantize(48, dither=Image.Dither.NONE).convert("RGB").resize(flat.size, Image.Resampling.NEAREST)
    return _grained(flat, seed)


def describe(scene: Scene, found: Sequence[Reference] = ()) -> str:
    """Return what the picture shows and that it is only drawn, for people and for search."""
    title = scene.title
    placed = any(reference.cut_out for reference in found)
    if found:
        title += f", {'with the reference placed in it' if placed else 'in the colours of the reference'}"
    if not scene.found:
        return f"A placeholder illustration {title}; nothing in the prompt is known to the sandbox's illustrator."
    joint = ": " if scene.subjects else " of a place, "
    return f"A placeholder illustration{joint}{title}."


def _placed(spot: Spot, stage: Stage, scene: Scene, scale: float, rng: Random) -> Placed:
    """Render a spot: figure, light, shadow or reflection."""
    icon, light = spot.subject.icon, stage.light
    height = max(8, round(spot.height * scale))
    figure = sprites.sprite(icon, height, Random(rng.random()), spot.subject.colour)
    if spot.flip:
        figure = ImageOps.mirror(figure)
    glowing = icon in kinds.kinds().luminous and (light.stars > 0.2 or light.lit_windows > 0.3)
    strength = (
        0.0
        if glowing or scene.setting in ("space", "studio", "table", "stage")
        else 0.45
        if scene.setting in settings.ROOMS
        else 0.72
    )
    figure = sprites.in_light(figure, light, spot.distance, strength)
    if icon in kinds.kinds().windowed and light.lit_windows > 0.4:
        figure = sprites.with_lit_windows(figure, icon, spot.flip)
    if scene.setting not in ("studio", "table"):
        figure = sprites.edge_light(figure, light.glow, max(1, round(height * 0.006)), 0.5)
    motion = kinds.motion(icon, scene.setting, scene.going)
    swims = icon in kinds.kinds().afloat | kinds.kinds().submarine
    afloat = spot.grounded and (scene.setting == "sea" or (scene.setting == "lake" and swims))
    image, dx, dy = _grounded(figure, afloat, scene, light) if spot.grounded else (figure, 0, 0)
    alone = None
    if spot.grounded and motion in ("walk", "leap"):
        shadow, _, _ = _grounded(Image.new("RGBA", figure.size), False, scene, light)
        alone = Alone(figure, shadow, dx, 1 if spot.flip != ("facing-right" in icon) else -1)
    if glowing:
        image, dx, dy = _glowing(image, dx, dy)
    elif light.lit_windows > 0.4 and motion == "drive":
        image, dx, dy = _headlights(image, dx, dy, figure, spot.flip)
    x, y = spot.x * scale - figure.width / 2, spot.foot * scale - height
    depth = min(1.0, max(0.0, spot.foot / stage.height))
    relation = spot.subject.relation
    carrier = scene.subjects[relation.other].icon if relation and relation.kind in ATTACHED else None
    return Placed(icon, image, x - dx, y - dy, depth, motion, carrier, alone)


def _own_water(figure: Image.Image) -> int:
    """Count the rows at the bottom that are nothing but the water which drawings of boats bring along."""
    pixels = np.asarray(figure, np.int16)
    opaque = pixels[..., 3] > 128
    blue = opaque & (pixels[..., 2] > pixels[..., 0] + 60)
    wet = (blue.sum(axis=1) >= 0.97 * opaque.sum(axis=1)) & (figure.width - opaque.sum(axis=1) < 0.35 * figure.width)
    dry = np.flatnonzero(opaque.any(axis=1) & ~wet)
    return len(pixels) - 1 - int(dry[-1]) if len(dry) else 0


def _grounded(figure: Image.Image, afloat: bool, scene: Scene, light: Light) -> tuple[Image.Image, int, int]:
    """The figure with a soft shadow, or in water with its reflection; and how far the picture grew to left and top."""
    width, height = figure.size
    pad = max(6, width // 8)
    whole = Image.new("RGBA", (width + 2 * pad, height + (height // 3 if afloat else pad)))
    if afloat:
        sunk = max(round(height * 0.07), min(_own_water(figure), round(height * 0.4)))
        mirror = ImageOps.flip(figure.crop((0, height // 2, width, height - sunk))).resize(
            (width, max(1, round(height * 0.24)))
        )
        fade = (
            Image.linear_gradient("L").resize(mirror.size).point([round((255 - value) * 0.34) for value in range(256)])
        )
        alpha = Image.composite(fade, Image.new("L", mirror.size), mirror.getchannel("A"))
        mirror = mirror.filter(ImageFilter.GaussianBlur(max(0.6, height * 0.004)))
        mirror.putalpha(alpha)
        whole.alpha_composite(mirror, (pad, height - sunk))
        whole.alpha_composite(figure.crop((0, 0, width, height - sunk)), (pad, 0))
        foam = Image.new("L", whole.size)
        pen = ImageDraw.Draw(foam)
        pen.ellipse(
            (pad - pad // 2, height - sunk - height * 0.012, pad + width + pad // 2, height - sunk + height * 0.03),
            fill=120,
        )
        whole.paste(
            colour.lighter(light.sky[-1], 0.5), (0, 0), foam.filter(ImageFilter.GaussianBlur(max(1, height * 0.008)))
        )
        return whole, pad, 0
    shadow = Image.new("L", whole.size)
    flat = max(4, round(width * 0.09))
    opacity = 64 if scene.setting in ("studio", "table") else 78 if light.stars < 0.5 else 60
    ImageDraw.Draw(shadow).ellipse(
        (pad + width * 0.06, height - flat, pad + width * 0.98, height + flat * 0.55), fill=opacity
    )
    shadow = shadow.filter(ImageFilter.GaussianBlur(max(2, flat * 0.3)))
    whole.paste("#12101f", (0, 0), shadow)
    whole.putalpha(shadow)
    whole.alpha_composite(figure, (pad, 0))
    return whole, pad, 0


def _glowing(figure: Image.Image, dx: int, dy: int) -> tuple[Image.Image, int, int]:
    """The figure in a halo of its own light."""
    reach = round(max(figure.size) * 0.8)
    size = (figure.width + 2 * reach, figure.height + 2 * reach)
    halo = (
        ImageOps.invert(Image.radial_gradient("L"))
        .resize(size)
        .point([round(max(0, value - 96) * 0.95) for value in range(256)])
    )
    whole = Image.new("RGBA", size, "#ffcf7d")
    whole.putalpha(halo)
    whole.alpha_composite(figure, (reach, reach))
    return whole, dx + reach, dy + reach


def _headlights(
    image: Image.Image, dx: int, dy: int, figure: Image.Image, to_right: bool
) -> tuple[Image.Image, int, int]:
    """A vehicle with the light it throws before it."""
    reach, height = round(figure.width * 0.7), image.height
    beam = Image.new("L", (reach, height))
    middle = figure.height * 0.68
    ImageDraw.Draw(beam).polygon(
        [(reach, middle - 5), (0, middle - height * 0.1), (0, height * 0.96), (reach, middle + 5)], fill=150
    )
    fade = Image.linear_gradient("L").rotate(90).resize(beam.size)
    beam = ImageChops.multiply(beam.filter(ImageFilter.GaussianBlur(max(1, height // 60))), ImageOps.mirror(fade))
    light = Image.new("RGBA", beam.size, "#fff0c2")
    light.putalpha(beam)
    whole = Image.new("RGBA", (image.width + reach, height))
    if to_right:
        whole.alpha_composite(ImageOps.mirror(light), (dx + figure.width - figure.width // 16, 0))
        whole.alpha_composite(image)
        return whole, dx, dy
    whole.alpha_composite(light, (dx + figure.width // 16, 0))
    whole.alpha_composite(image, (reach, 0))
    return whole, dx + reach, dy


def _cut_outs(found: Sequence[Reference], stage: Stage, scale: float, scene: Scene) -> list[Placed]:
    """Reference pictures cut from their background, standing in the scene beside each other."""
    shown = [reference.cut_out for reference in found if reference.cut_out]
    placed = []
    for n, cut in enumerate(shown):
        room = stage.width * 0.8 / len(shown)
        tall = stage.height * (0.5 if scene.setting in ("studio", "table") else 0.52)
        factor = min(tall / cut.height, room / cut.width) * scale
        figure = cut.resize(
            (max(1, round(cut.width * factor)), max(1, round(cut.height * factor))), Image.Resampling.LANCZOS
        )
        image, dx, dy = _grounded(figure, False, scene, stage.light)
        share = (n + 0.5) / len(shown) if len(shown) > 1 or not scene.subjects else 0.72
        x, y = stage.width * share * scale - figure.width / 2, stage.floor * scale - figure.height
        placed.append(Placed("reference", image, x - dx, y - dy, 0.95, "still"))
    return placed


def _grained(picture: Image.Image, seed: int) -> Image.Image:
    """Vignette and fine grain."""
    pixels = np.asarray(picture, dtype=np.float32)
    height, width = pixels.shape[:2]
    down, across = (
        np.linspace(-1, 1, height, dtype=np.float32)[:, None],
        np.linspace(-1, 1, width, dtype=np.float32)[None, :],
    )
    shade = 1 - 0.11 * np.clip((down * down + across * across) - 0.55, 0, 1.45)
    grain = np.random.default_rng(seed & 0xFFFFFFFF).integers(-2, 3, (height, width), dtype=np.int8)
    toned = pixels * shade[..., None] + grain[..., None]
    return Image.fromarray(np.clip(toned, 0, 255).astype(np.uint8), "RGB")


def _share(report: Report, done: float) -> None:
    report(0.15 + 0.75 * done)
