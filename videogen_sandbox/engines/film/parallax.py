"""The tool image-3d-effect: a camera that moves a little before a still picture, and the depth that it shows.

Depth is what can be told from one picture without knowing the world: what stands out from the rest is in front of it,
and of the rest the lower parts are nearer than the upper ones, as the ground is. What was hidden behind the subject is
filled in from around it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from videogen_sandbox import __version__
from videogen_sandbox.engines import Made, Report, Task
from videogen_sandbox.engines.matting.edges import Cut, cut
from videogen_sandbox.engines.matting.net import find
from videogen_sandbox.engines.matting.parts import main_parts
from videogen_sandbox.engines.media.canvas import film_size, is_marked, stamp
from videogen_sandbox.engines.media.decode import PAPER
from videogen_sandbox.engines.media.encode import VideoWriter
from videogen_sandbox.engines.media.picture_input import open_upright

SECONDS = 5.0
"""Length of the film. The camera comes back to where it began, so it can be played over and over."""

FPS = 25

SWAY = 0.022
"""How far the camera goes to either side, as a share of the width, for what is nearest."""

NOD = 0.007
"""How far it goes up, as a share of the height."""

APPROACH = 0.045
"""How much larger the nearest things get when the camera is nearest."""

FAR, GROUND = 0.18, 0.62
"""How much of the movement the upper and the lower edge of the background have; the subject has all of it."""

OVERSCAN = 1.0 + 2.2 * SWAY
"""How much larger than the frame the picture is, so that no edge comes into view."""

FAINTEST = 0.002
"""Share of the picture that a subject must have; with less there is only the ground."""

GROWN = 9
"""Pixels by which the hole behind the subject is wider than the subject: its rim is a mixture of both."""

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Layers:
    """A picture in depth: the background without the subject, the subject (RGBA; None: there is none), and the row on
    which it stands. All of the film's size."""

    background: Image.Image
    subject: Image.Image | None
    foot: float


def deepen(task: Task, report: Report) -> Made:
    """Make the parallax film of `imageFileId` as H.264 MP4, in the picture's shape, 1280 x 720 at most.

    Raise EngineError: "unsupported_aspect_ratio" beyond 4:1, and for files that cannot be read.
    """
    (path,) = task.inputs["imageFileId"]
    image = open_upright(path).image
    width, height = film_size({"aspectRatio": {"width": image.width, "height": image.height}})
    report(0.05)
    parts = layers(image, width, height)
    report(0.2)
    target = task.folder / "depth.mp4"
    count = round(SECONDS * FPS)
    with VideoWriter(target, width=width, height=height, fps=FPS, crf=19) as film:
        for number in range(count):
            picture = np.array(view(parts, number / count))
            if is_marked(task.body):
                stamp(picture)
            film.write(picture)
            report(0.2 + 0.8 * film.written / count)
    seen = "The subject of a picture before its background" if parts.subject else "A picture in perspective"
    return Made(
        target,
        "VIDEO",
        "sandbox-depth",
        __version__,
        placeholder=False,
        description=f"{seen}, seen by a camera that moves a little.",
    )


def layers(image: Image.Image, width: int, height: int) -> Layers:
    """Take a picture (RGB, or RGBA whose transparency is taken for the background) apart."""
    size = (width, height)
    if image.mode == "RGBA":
        subject = image.resize(size, Image.Resampling.LANCZOS)
        return Layers(Image.new("RGB", size, PAPER), subject, _foot(np.asarray(subject.getchannel("A"))))
    rgb = image.resize(size, Image.Resampling.LANCZOS)
    coarse = main_parts(find(rgb))
    if float((coarse > 0.5).mean()) < FAINTEST:
        return Layers(rgb, None, float(height))
    found: Cut = cut(np.asarray(rgb), coarse)
    hole = Image.fromarray(found.alpha).point([255 if value > 8 else 0 for value in range(256)])
    hidden = np.asarray(hole.filter(ImageFilter.MaxFilter(GROWN))) > 0
    background = Image.fromarray(filled(np.asarray(rgb), hidden))
    return Layers(background, Image.fromarray(found.rgba()), _foot(found.alpha))


def view(parts: Layers, share: float) -> Image.Image:
    """Return what the camera sees at 0 to 1 of its way, which begins and ends in the middle."""
    width, height = parts.background.size
    angle = math.tau * share
    right, down, near = (
        math.sin(angle) * SWAY * width,
        (math.cos(angle) - 1) / 2 * NOD * height,
        (1 - math.cos(angle)) / 2,
    )
    frame = parts.background.transform(
        (width, height),
        Image.Transform.AFFINE,
        _background(width, height, right, down, near),
        Image.Resampling.BILINEAR,
    )
    if parts.subject is not None:
        _lay(frame, parts.subject, parts.foot, OVERSCAN * (1 + APPROACH * near), right, down)
    return frame


def _lay(frame: Image.Image, subject: Image.Image, foot: float, scale: float, right: float, down: float) -> None:
    """Lay the subject, `scale` times as large about its foot, on the frame. Only where it is is anything computed."""
    width, height = frame.size
    box = subject.getchannel("A").getbbox()
    if box is None:
        return
    x, y = width / 2 + right, _placed(foot, height) + down
    left, top = (math.floor(at + (edge - own) * scale) - 1 for at, edge, own in
                 ((x, box[0], width / 2), (y, box[1], foot)))  # fmt: skip
    end, low = (math.ceil(at + (edge - own) * scale) + 1 for at, edge, own in
                ((x, box[2], width / 2), (y, box[3], foot)))  # fmt: skip
    left, top, end, low = max(0, left), max(0, top), min(width, end), min(height, low)
    if end > left and low > top:
        matrix = _matrix(scale, width / 2, foot, x - left, y - top)
        size = (end - left, low - top)
        moved = subject.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
        frame.paste(moved, (left, top), moved.getchannel("A"))


def filled(picture: NDArray[np.uint8], hidden: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return an RGB picture whose hidden pixels have the colours around them, smoother the further inside they are."""
    known = (~hidden).astype(np.float32)
    levels = [(picture.astype(np.float32) * known[..., None], known)]
    while min(levels[-1][1].shape) > 1 and levels[-1][1].min() == 0:
        levels.append((_halved(levels[-1][0]), _halved(levels[-1][1])))
    colours, weight = levels[-1]
    below = colours / np.maximum(weight, 1e-6)[..., None]
    for colours, weight in reversed(levels[:-1]):
        rows, columns = weight.shape
        rough = np.stack([_doubled(below[..., part].astype(np.float32), rows, columns) for part in range(3)], axis=-1)
        trust = np.minimum(weight, 1.0)[..., None]
        below = colours / np.maximum(weight, 1e-6)[..., None] * trust + rough * (1 - trust)
    return np.where(hidden[..., None], below.round().clip(0, 255).astype(np.uint8), picture)


def _halved(plane: Plane) -> Plane:
    rows, columns = plane.shape[:2]
    edged = np.pad(plane, ((0, rows % 2), (0, columns % 2), *(((0, 0),) if plane.ndim == 3 else ())))
    quarter = edged[::2, ::2] + edged[1::2, ::2] + edged[::2, 1::2] + edged[1::2, 1::2]
    return np.asarray(quarter / 4, np.float32)


def _doubled(plane: Plane, rows: int, columns: int) -> Plane:
    return np.asarray(Image.fromarray(plane).resize((columns, rows), Image.Resampling.BILINEAR), np.float32)


def _foot(alpha: NDArray[np.uint8]) -> float:
    """The lowest row of a subject: where it touches the ground, as the one point of it that stays there."""
    rows = np.flatnonzero((alpha > 127).any(axis=1))
    return float(rows[-1] + 1) if len(rows) else float(alpha.shape[0])


def _placed(row: float, height: int) -> float:
    """Where a row is in the frame, which shows the middle of the enlarged picture."""
    return height / 2 + (row - height / 2) * OVERSCAN


def _matrix(scale: float, x: float, y: float, at_x: float, at_y: float) -> tuple[float, ...]:
    """From the frame to the picture: the picture is `scale` times as large, and its point x, y lies at at_x, at_y."""
    return 1 / scale, 0.0, x - at_x / scale, 0.0, 1 / scale, y - at_y / scale


def _background(width: int, height: int, right: float, down: float, near: float) -> tuple[float, ...]:
    """From the frame to the background. Its lower rows move more than the upper ones: it leans as the ground does."""
    middle = (FAR + GROUND) / 2
    scale = OVERSCAN * (1 + APPROACH * near * middle)
    a, _, c, _, e, f = _matrix(scale, width / 2, height / 2, width / 2 + right * middle, height / 2 + down * middle)
    lean = -right * (GROUND - FAR) / height / scale
    return a, lean, c - lean * height / 2, 0.0, e, f
