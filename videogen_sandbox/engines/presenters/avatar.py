"""A drawn presenter who says any sound: lips follow the voice, eyes blink, head and brows go with the stress.

A stand-in for a model that films a person: the drawing is honest, the lip movement is real.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import resvg_py
from PIL import Image, ImageFilter

from videogen_sandbox.catalogue import PRESENTERS, Presenter
from videogen_sandbox.engines import EngineError, Made, Report, Task
from videogen_sandbox.engines.media.canvas import film_size, is_marked, stamp
from videogen_sandbox.engines.media.decode import Sound, read_sound
from videogen_sandbox.engines.media.encode import SOUND_RATE, Planes, VideoWriter, planes
from videogen_sandbox.engines.presenters import backdrops, faces
from videogen_sandbox.engines.presenters.lipsync import Movement, movement

ENGINE = "drawn-presenter"
VERSION = "1"
FPS = 25

MAX_SECONDS = 120.0
"""The longest speech. Two minutes take about 40 s to make."""

_BREATHS = 5
_BREATH_SECONDS = 3.6
_BREATH_UNITS = 2.6
_BROWS = (0.0, 3.5, 7.0)
_BODY_WIDTH = 560.0
"""Face units that the shoulders and any hair behind them take up."""

_NAPE = 90.0
"""Face units below the middle of the face: the head turns about this point."""

_EYE_LINE = 0.43
"""Where the middle of the face is, as a share of the height: the eyes come to lie on the upper third."""


def present(task: Task, report: Report) -> Made:
    """Make the clip of "generate-avatar": `presenter` of the body says the sound of `audioFileId`.

    The clip is as long as the sound, to a frame. Raise EngineError for unknown presenters, files without sound and
    speech of more than two minutes.
    """
    presenter = _presenter(str(task.body.get("presenter", "")))
    files = task.inputs.get("audioFileId") or ()
    if not files:
        raise EngineError("missing_input", "An audio file to speak is needed.")
    size = film_size(task.body)
    sound = read_sound(files[0], rate=SOUND_RATE, limit=MAX_SECONDS)
    report(0.05)
    frames = max(1, math.ceil(len(sound) * FPS / SOUND_RATE))
    puppet = _Puppet(presenter.slug, *size, mark=is_marked(task.body))
    report(0.15)
    acting = movement(sound, SOUND_RATE, frames, FPS, task.seed)
    path = task.folder / "avatar.mp4"
    _film(path, puppet, acting, sound, lambda share: report(0.15 + 0.85 * share))
    seconds = len(sound) / SOUND_RATE
    return Made(
        path=path,
        kind="VIDEO",
        engine=ENGINE,
        engine_version=VERSION,
        placeholder=True,
        description=f"{presenter.name}, a drawn presenter, speaks for {seconds:.1f} seconds. {presenter.description}",
    )


def speaking(slug: str, voice: Sound, size: tuple[int, int], frames: int, seed: int, path: Path) -> None:
    """Write a silent MP4 of `frames` frames at `FPS`, width and height `size`: the presenter says `voice`.

    `voice`: mono samples at `SOUND_RATE`. Raise EngineError for unknown slugs.
    """
    puppet = _Puppet(_presenter(slug).slug, *size)
    _film(path, puppet, movement(voice, SOUND_RATE, frames, FPS, seed), None, lambda _share: None)


def portrait(slug: str, size: int) -> bytes:
    """Return a square PNG of a presenter in the room, `size` pixels wide. Raise EngineError for unknown slugs."""
    presenter = _presenter(slug)
    image = _Puppet(presenter.slug, 1280, 720).picture(_Pose())
    left, top, edge = 340, 20, 600
    square = image.crop((left, top, left + edge, top + edge)).resize((size, size), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    square.save(file, "PNG")
    return file.getvalue()


def preview_clip(slug: str, folder: Path) -> Path:
    """Write a silent MP4 of three seconds, 640x360, to `folder`: the presenter talks and blinks."""
    presenter = _presenter(slug)
    path = folder / f"{slug}.mp4"
    frames = 3 * FPS
    acting = movement(_babble(3.0), SOUND_RATE, frames, FPS, seed=sum(slug.encode()))
    _film(path, _Puppet(presenter.slug, 640, 360), acting, None, lambda _share: None)
    return path


def _presenter(slug: str) -> Presenter:
    for presenter in PRESENTERS:
        if presenter.slug == slug:
            return presenter
    raise EngineError("unknown_presenter", f"There is no presenter {slug[:40]!r}.")


def _film(path: Path, puppet: _Puppet, acting: Movement, sound: Sound | None, report: Report) -> None:
    with VideoWriter(path, width=puppet.width, height=puppet.height, fps=FPS, sound=sound, crf=21) as film:
        for pose in _poses(acting):
            film.write_planes(puppet.frame(pose))
            report(film.written / len(acting.lids))


@dataclass(frozen=True)
class _Pose:
    """How a presenter looks in one frame: which drawings, and where the head is (face units, degrees)."""

    lids: int = 0
    brows: int = 0
    mouth: tuple[int, int] = (0, 0)
    """Column and row of the sheet of mouths."""
    x: float = 0.0
    y: float = 0.0
    tilt: float = 0.0
    breath: int = 0


def _poses(acting: Movement) -> Iterator[_Pose]:
    columns = np.rint(acting.opening * (faces.OPENINGS - 1)).astype(int)
    rows = np.rint(acting.rounding * (faces.ROUNDINGS - 1)).astype(int)
    brows = np.rint(acting.brows * (len(_BROWS) - 1)).astype(int)
    for frame in range(len(acting.lids)):
        breath = 0.5 - 0.5 * math.cos(2 * math.pi * frame / FPS / _BREATH_SECONDS)
        yield _Pose(
            lids=int(acting.lids[frame]),
            brows=int(brows[frame]),
            mouth=(int(columns[frame]), int(rows[frame])),
            x=float(acting.x[frame]),
            y=float(acting.y[frame]) - breath * _BREATH_UNITS,
            tilt=float(acting.tilt[frame]),
            breath=round(breath * (_BREATHS - 1)),
        )


class _Puppet:
    """A presenter in a room, in parts drawn once and put together for every frame.

    Only the part of a frame in which the head moves is composed and converted; the rest is the same every time.
    """

    def __init__(self, slug: str, width: int, height: int, *, mark: bool = False) -> None:
        self.width, self.height = width, height
        self._look = faces.presenter(slug)
        self._scale = min(width, height) / 620
        self._middle = (width / 2, height * _EYE_LINE)
        self._mark = mark
        self._front = self._draw_front(self._look.values["room"])
        self._room = self._draw_room(self._look.values["room"])
        self._bodies: dict[int, tuple[Image.Image, Planes]] = {}
        self._heads: dict[tuple[int, int], Image.Image] = {}
        self._talking: dict[tuple[int, int, tuple[int, int]], Image.Image] = {}
        _, _, across, down = faces.MOUTH_BOX
        sheet = (0, 0, across * faces.OPENINGS, down * faces.ROUNDINGS)
        self._mouths = _render(faces.mouths(self._look), sheet, self._scale)
        self._box = self._head_box()

    def frame(self, pose: _Pose) -> Planes:
        """Return one frame for the encoder."""
        part, left, top = self._part(pose)
        return self._body(pose.breath)[1].with_part(planes(np.asarray(part)), left, top)

    def picture(self, pose: _Pose) -> Image.Image:
        """Return one frame as an RGB picture."""
        part, left, top = self._part(pose)
        whole = self._body(pose.breath)[0].copy()
        whole.paste(part, (left, top))
        return whole

    def _part(self, pose: _Pose) -> tuple[Image.Image, int, int]:
        """What is seen around the head, and where it belongs."""
        head = self._head(pose.lids, pose.brows, pose.mouth)
        box_left, box_top, _, _ = self._box
        x = self._middle[0] + (pose.x + faces.HEAD_BOX[0]) * self._scale + box_left
        y = self._middle[1] + (pose.y + faces.HEAD_BOX[1]) * self._scale + box_top
        width, height = (2 * math.ceil(side / 2) + 2 for side in head.size)
        left = min(max(0, 2 * math.floor(x / 2)), self.width - width)
        top = min(max(0, 2 * math.floor(y / 2)), self.height - height)
        # turned about the nape; the affine map goes from the frame back to the drawing
        turn = math.radians(pose.tilt)
        cos, sin = math.cos(turn), math.sin(turn)
        nape_x = -faces.HEAD_BOX[0] * self._scale - box_left
        nape_y = (_NAPE - faces.HEAD_BOX[1]) * self._scale - box_top
        shift_x, shift_y = x - left + nape_x, y - top + nape_y
        back = (
            *(cos, sin, nape_x - cos * shift_x - sin * shift_y),
            *(-sin, cos, nape_y + sin * shift_x - cos * shift_y),
        )
        moved = head.transform((width, height), Image.Transform.AFFINE, back, Image.Resampling.BILINEAR)
        part = self._body(pose.breath)[0].crop((left, top, left + width, top + height))
        part.paste(moved, (0, 0), moved)
        return part, left, top

    def _head(self, lids: int, brows: int, mouth: tuple[int, int]) -> Image.Image:
        key = (lids, brows, mouth)
        if key not in self._talking:
            if (lids, brows) not in self._heads:
                self._heads[lids, brows] = self._draw_head(lids, brows)
            head = self._with_mouth(self._heads[lids, brows].copy(), mouth)
            self._talking[key] = head.crop(self._box)
        return self._talking[key]

    def _draw_head(self, lids: int, brows: int) -> Image.Image:
        return _render(faces.head(self._look, faces.LIDS[lids], _BROWS[brows]), faces.HEAD_BOX, self._scale)

    def _head_box(self) -> tuple[int, int, int, int]:
        """The part of the head's drawing that is not empty, with room to turn in."""
        self._heads[0, 0] = self._draw_head(0, 0)
        left, top, right, bottom = self._heads[0, 0].getbbox() or (0, 0, *self._heads[0, 0].size)
        room = math.ceil(9 * self._scale)
        return left - room, top - room, right + room, bottom + room

    def _with_mouth(self, head: Image.Image, mouth: tuple[int, int]) -> Image.Image:
        x, y, across, down = faces.MOUTH_BOX
        wide, tall = across * self._scale, down * self._scale
        left, top = round(mouth[0] * wide), round(mouth[1] * tall)
        sprite = self._mouths.crop((left, top, left + int(wide), top + int(tall)))
        place_x = (faces.MOUTH_AT[0] + x - faces.HEAD_BOX[0]) * self._scale
        place_y = (faces.MOUTH_AT[1] + y - faces.HEAD_BOX[1]) * self._scale
        head.alpha_composite(sprite, (round(place_x), round(place_y)))
        return head

    def _body(self, breath: int) -> tuple[Image.Image, Planes]:
        """The frame without the head."""
        if breath not in self._bodies:
            drawn = self._draw_body(breath / (_BREATHS - 1) * _BREATH_UNITS)
            self._bodies[breath] = drawn, planes(np.asarray(drawn))
        return self._bodies[breath]

    def _draw_room(self, name: str) -> Image.Image:
        # drawn at half the size: the presenter is in focus, the room is not
        room = self._whole(backdrops.room(name, *self._units), 0.5).convert("RGB")
        blurred = room.filter(ImageFilter.GaussianBlur(self.height / 600))
        return blurred.resize((self.width, self.height), Image.Resampling.BICUBIC)

    def _draw_front(self, name: str) -> Image.Image | None:
        drawn = backdrops.front(name)
        return self._whole(drawn) if drawn else None

    def _draw_body(self, lift: float) -> Image.Image:
        left = max(0, math.floor(self._middle[0] - _BODY_WIDTH * self._scale / 2))
        box = (
            *((left - self._middle[0]) / self._scale, -self._middle[1] / self._scale + lift),
            *((self.width - 2 * left) / self._scale, self.height / self._scale),
        )
        person = _render(faces.body(self._look), box, self._scale)
        body = self._room.copy()
        body.paste(person, (left, 0), person)
        if self._front is not None:
            body.paste(self._front, (0, 0), self._front)
        return _stamped(body) if self._mark else body

    @property
    def _units(self) -> tuple[float, float]:
        """Width and height of the frame where its shorter side is 720."""
        scale = min(self.width, self.height) / 720
        return self.width / scale, self.height / scale

    def _whole(self, drawn: str, share: float = 1.0) -> Image.Image:
        """Something drawn for a frame of `_units`, in `share` of the size of this one."""
        return _render(drawn, (0, 0, *self._units), min(self.width, self.height) / 720 * share)


def _stamped(image: Image.Image) -> Image.Image:
    picture = np.array(image)
    stamp(picture)
    return Image.fromarray(picture)


def _render(fragment: str, box: tuple[float, float, float, float], scale: float) -> Image.Image:
    document = faces.document(fragment, box, scale)
    png = bytes(resvg_py.svg_to_bytes(svg_string=document, skip_system_fonts=True))
    return Image.open(io.BytesIO(png)).convert("RGBA")


def _babble(seconds: float) -> Sound:
    """Something like speech: a hum in syllables and words."""
    time = np.arange(int(seconds * SOUND_RATE)) / SOUND_RATE
    syllables = np.maximum(0, np.sin(2 * np.pi * 2.1 * time) * np.sin(2 * np.pi * 0.43 * time + 0.4) + 0.15)
    hum = sum(np.sin(2 * np.pi * 130 * part * time) / part for part in range(1, 16))
    sound: Sound = (0.2 * hum * syllables * (time > 0.3) * (time < seconds - 0.4)).astype(np.float32)
    return sound
