"""A drawn presenter who says any sound: lips follow the voice, eyes blink, head and brows go with the stress.

A stand-in for a model that films a person: the drawing is honest, the lip movement is real.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import resvg_py
from PIL import Image, ImageFilter

from videogen_mcp.sandbox.catalogue import PRESENTERS, Presenter
from videogen_mcp.sandbox.engines import EngineError, Made, Report, Task, faces
from videogen_mcp.sandbox.engines.backdrops import FOREGROUNDS, ROOMS
from videogen_mcp.sandbox.engines.canvas import film_size, is_marked, stamp
from videogen_mcp.sandbox.engines.decode import Picture, Sound, read_sound
from videogen_mcp.sandbox.engines.encode import SOUND_RATE, VideoWriter
from videogen_mcp.sandbox.engines.lipsync import Movement, movement
from videogen_mcp.sandbox.engines.wardrobe import LOOKS

ENGINE = "drawn-presenter"
VERSION = "1"
FPS = 25

MAX_SECONDS = 120.0
"""The longest speech. Two minutes take about 40 s to make."""

_BREATHS = 6
_BREATH_SECONDS = 3.6
_BREATH_UNITS = 2.6
_BROWS = (0.0, 3.5, 7.0)
_EYE_LINE = 0.43
"""Where the middle of the face is, as a share of the height: the eyes come to lie on the upper third."""


def present(task: Task, report: Report) -> Made:
    """Makes the clip of "generate-avatar": `presenter` of the body says the sound of `audioFileId`.

    The clip is as long as the sound, to a frame. Raises EngineError for unknown presenters, files without sound and
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


def portrait(slug: str, size: int) -> bytes:
    """A square PNG of a presenter, `size` pixels wide, with the room behind. Raises EngineError for unknown slugs."""
    presenter = _presenter(slug)
    width = 720 * 1280 // 720
    puppet = _Puppet(presenter.slug, width, 720)
    image = Image.fromarray(puppet.picture(0, 0, (0, 0), (0.0, 0.0), 0.0, 0))
    edge = 600
    left, top = (width - edge) // 2, 20
    square = image.crop((left, top, left + edge, top + edge)).resize((size, size), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    square.save(file, "PNG")
    return file.getvalue()


def preview_clip(slug: str, folder: Path) -> Path:
    """A silent MP4 of three seconds in `folder`, 640x360: the presenter talks and blinks."""
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
        for picture in _pictures(puppet, acting):
            film.write(picture)
            report(film.written / len(acting.lids))


def _pictures(puppet: _Puppet, acting: Movement) -> Iterator[Picture]:
    columns = np.rint(acting.opening * (faces.OPENINGS - 1)).astype(int)
    rows = np.rint(acting.rounding * (faces.ROUNDINGS - 1)).astype(int)
    brows = np.rint(acting.brows * (len(_BROWS) - 1)).astype(int)
    for frame in range(len(acting.lids)):
        breath = 0.5 - 0.5 * math.cos(2 * math.pi * frame / FPS / _BREATH_SECONDS)
        yield puppet.picture(
            int(acting.lids[frame]),
            int(brows[frame]),
            (int(columns[frame]), int(rows[frame])),
            (float(acting.x[frame]), float(acting.y[frame]) - breath * _BREATH_UNITS),
            float(acting.tilt[frame]),
            round(breath * (_BREATHS - 1)),
        )


class _Puppet:
    """A presenter in a room, in parts drawn once and put together for every frame."""

    def __init__(self, slug: str, width: int, height: int, *, mark: bool = False) -> None:
        self.width, self.height = width, height
        self._look = LOOKS[slug]()
        zoom = min(width / 620, height / 620)
        self._scale = zoom
        self._middle = (width / 2, height * _EYE_LINE)
        self._bodies = self._draw_bodies(slug, mark)
        self._heads: dict[tuple[int, int], Image.Image] = {}
        self._talking: dict[tuple[int, int, tuple[int, int]], Image.Image] = {}
        _, _, across, down = faces.MOUTH_BOX
        sheet = (0, 0, across * faces.OPENINGS, down * faces.ROUNDINGS)
        self._mouths = _render(faces.mouths(self._look), sheet, zoom)
        self._front = self._draw_front(slug)

    def picture(
        self,
        lids: int,
        brows: int,
        mouth: tuple[int, int],
        offset: tuple[float, float],
        tilt: float,
        breath: int,
    ) -> Picture:
        """One frame. `mouth` is column and row of the sheet, `offset` in face units, `tilt` in degrees."""
        frame = self._bodies[breath].copy()
        head = self._head(lids, brows, mouth)
        box_x, box_y, _, _ = faces.HEAD_BOX
        left = self._middle[0] + (box_x + offset[0]) * self._scale
        top = self._middle[1] + (box_y + offset[1]) * self._scale
        corner_x, corner_y = math.floor(left), math.floor(top)
        # turned about the nape; the affine map goes from the frame back to the drawing
        turn = math.radians(tilt)
        cos, sin = math.cos(turn), math.sin(turn)
        nape_x, nape_y = -box_x * self._scale, (90 - box_y) * self._scale
        shift_x, shift_y = left - corner_x + nape_x, top - corner_y + nape_y
        back = (
            *(cos, sin, nape_x - cos * shift_x - sin * shift_y),
            *(-sin, cos, nape_y + sin * shift_x - cos * shift_y),
        )
        moved = head.transform(head.size, Image.Transform.AFFINE, back, Image.Resampling.BILINEAR)
        frame.paste(moved, (corner_x, corner_y), moved)
        if self._front is not None:
            front, place = self._front
            frame.paste(front, place, front)
        return np.array(frame)

    def _head(self, lids: int, brows: int, mouth: tuple[int, int]) -> Image.Image:
        key = (lids, brows, mouth)
        if key not in self._talking:
            if (lids, brows) not in self._heads:
                drawn = faces.head(self._look, faces.LIDS[lids], _BROWS[brows])
                self._heads[lids, brows] = _render(drawn, faces.HEAD_BOX, self._scale)
            self._talking[key] = self._with_mouth(self._heads[lids, brows].copy(), mouth)
        return self._talking[key]

    def _with_mouth(self, head: Image.Image, mouth: tuple[int, int]) -> Image.Image:
        x, y, across, down = faces.MOUTH_BOX
        wide, tall = across * self._scale, down * self._scale
        left, top = round(mouth[0] * wide), round(mouth[1] * tall)
        sprite = self._mouths.crop((left, top, left + int(wide), top + int(tall)))
        place_x = (faces.MOUTH_AT[0] + x - faces.HEAD_BOX[0]) * self._scale
        place_y = (faces.MOUTH_AT[1] + y - faces.HEAD_BOX[1]) * self._scale
        head.alpha_composite(sprite, (round(place_x), round(place_y)))
        return head

    def _draw_bodies(self, slug: str, mark: bool) -> list[Image.Image]:
        room = self._whole(ROOMS[slug]).convert("RGB")
        room = room.filter(ImageFilter.GaussianBlur(self.height / 240))  # the presenter is in focus, the room is not
        look = self._look
        left, top = (-middle / self._scale for middle in self._middle)
        bodies = []
        for step in range(_BREATHS):
            lift = step / (_BREATHS - 1) * _BREATH_UNITS
            person = f"{look.behind}{faces.neck(look)}{look.body}"
            box = (left, top + lift, self.width / self._scale, self.height / self._scale)
            body = room.copy()
            drawn = _render(person, box, self._scale)
            body.paste(drawn, (0, 0), drawn)
            if mark and slug not in FOREGROUNDS:
                body = _stamped(body)
            bodies.append(body)
        return bodies

    def _draw_front(self, slug: str) -> tuple[Image.Image, tuple[int, int]] | None:
        if slug not in FOREGROUNDS:
            return None
        front = self._whole(FOREGROUNDS[slug])
        box = front.getbbox()
        return None if box is None else (front.crop(box), (box[0], box[1]))

    def _whole(self, draw: Callable[[float, float], str]) -> Image.Image:
        """Something drawn for a frame of 720 pixels on the shorter side, in the size of this one."""
        scale = min(self.width, self.height) / 720
        width, height = self.width / scale, self.height / scale
        return _render(draw(width, height), (0, 0, width, height), scale)


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
