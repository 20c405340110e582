"""Video to video: a film in another look, with its length and timing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import gcd
from pathlib import Path

from videogen_sandbox import __version__
from videogen_sandbox.engines import EngineError, Task
from videogen_sandbox.engines.film.restyle import Plan, fitted, plan, restyled
from videogen_sandbox.engines.media.decode import VideoReader, read_sound
from videogen_sandbox.engines.media.encode import SOUND_RATE, VideoWriter, write_wav
from videogen_sandbox.engines.videos import script
from videogen_sandbox.engines.videos.ambience import with_ambience
from videogen_sandbox.engines.videos.assets import Assets, key
from videogen_sandbox.engines.videos.checks import check_ratio
from videogen_sandbox.engines.videos.document import AspectRatio, Document, Section, Visual
from videogen_sandbox.engines.videos.frame import sized
from videogen_sandbox.engines.videos.settings import common
from videogen_sandbox.look.errors import TOO_LONG

MAX_SECONDS = 120.0
"""The longest film (VideoGen's own server, video_to_video)."""

SHORT_SIDE = 720
"""Pixels on the shorter side that are worked on; smaller films keep their size."""

MAX_FPS = 30


def document(task: Task, assets: Assets) -> Document:
    """Return the document of a restyled film: input "videoFileId", `prompt` and `audio` of the body.

    Raise EngineError: a file without moving pictures, one longer than two minutes, or narrower than 1:4.
    """
    files = task.inputs.get("videoFileId", ())
    if not files:
        raise EngineError("missing_input", "A film is needed.")
    prompt = str(task.body["prompt"])
    what = replace(plan(prompt), pace=1.0, pace_name=None, reverse=False)
    film = _Film(files[0])
    name = key("restyled", ".mp4", __version__, assets.keep(files[0], "source"), prompt, film.size)
    assets.make(name, partial(film.restyle, what))
    kept = str(task.body.get("audio") or "KEEP_ORIGINAL") == "KEEP_ORIGINAL"
    sound = _kept(files[0], name, assets) if kept and film.has_audio else None
    visual = Visual(kind="clip", asset=name, prompt=prompt, seed=task.seed)
    section = Section(seconds=film.seconds, visuals=(visual,), sound=sound)
    project = common(task, assets, title=script.title(prompt, "Restyled film")).model_copy(
        update={"sections": (section,), "aspect_ratio": film.ratio}
    )
    return project if kept else with_ambience(project, assets)


class _Film:
    """The source film: its shape and length, and how it gets another look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with VideoReader(path, limit=MAX_SECONDS + 0.5) as reader:
            width, height = reader.width, reader.height
            self.has_audio = reader.has_audio
            self._fps = min(MAX_FPS, max(1, round(reader.fps)))
            frames = sum(1 for _ in reader.pictures()) if reader.duration is None else 0
            self.seconds = reader.duration if reader.duration is not None else frames / float(reader.fps)
        if self.seconds > MAX_SECONDS + 0.5:
            raise EngineError(TOO_LONG, f"The film lasts {self.seconds:.0f} seconds; {MAX_SECONDS:.0f} are the most.")
        common_part = gcd(width, height)
        self.ratio = AspectRatio(width=width // common_part, height=height // common_part)
        check_ratio({"width": width, "height": height})
        self.size = sized(self.ratio, min(SHORT_SIDE, width, height))

    def restyle(self, what: Plan, path: Path) -> None:
        """Write the film in the looks of a plan, silent."""
        width, height = self.size
        frames = max(1, round(self.seconds * self._fps))
        source = fitted([self._path], width, height, frames, self._fps, what)
        with VideoWriter(path, width=width, height=height, fps=self._fps) as writer:
            for picture in restyled(source, width, height, self._fps, what):
                writer.write(picture)


def _kept(source: Path, film: str, assets: Assets) -> str:
    """The asset of a film's own sound."""
    name = key("sound", ".wav", film)
    sound = read_sound(source, rate=SOUND_RATE, channels=2, until=MAX_SECONDS)
    assets.make(name, lambda path: write_wav(path, sound, SOUND_RATE))
    return name
