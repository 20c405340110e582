"""Short films: drawn from a prompt, moved over stills, or a source film in another look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from videogen_sandbox import __version__
from videogen_sandbox.engines import EngineError, Made, Report, Task
from videogen_sandbox.engines.drawing.image import describe
from videogen_sandbox.engines.drawing.scene import Scene, parse
from videogen_sandbox.engines.film.restyle import STYLES, Plan, fitted, plan, restyled
from videogen_sandbox.engines.film.scene import scene_frames
from videogen_sandbox.engines.film.sound import dialogue, track
from videogen_sandbox.engines.film.stills import open_still, stills
from videogen_sandbox.engines.film.weather import Flock, Kind, flock
from videogen_sandbox.engines.media.canvas import film_size, is_marked, stamp
from videogen_sandbox.engines.media.decode import LAID_ON_PAPER, Picture, Sound, VideoReader, is_transparent
from videogen_sandbox.engines.media.encode import SOUND_RATE, VideoWriter
from videogen_sandbox.engines.media.probe import probe

DEFAULT_SECONDS = 5.0
SHORTEST, LONGEST = 1.0, 30.0
"""Seconds a clip may have (VideoGen's REST reference)."""

MOST_STILLS, MOST_FILMS, MOST_SOUNDS = 4, 4, 4
"""What VideoGen takes; today's reference."""

AFTER_SPEECH = 0.5
"""Seconds that a clip goes on after its dialogue."""

FADE_IN = 0.6
"""Seconds in which a first frame that is given becomes the source film."""

FPS = {"scene": 24, "stills": 25, "restyle": 30}
"""Pictures a second: as in cinemas for drawn scenes, smoother for slow moves; films keep theirs up to 30."""

LOOKS = {"mono": "black and white", "sepia": "sepia", "pastel": "faded", "vivid": "vivid", "pixel": "pixel art"}
"""The illustrator's styles that change the finished picture, as looks of `restyle`."""

Way = Literal["scene", "stills", "restyle"]


@dataclass(frozen=True)
class _Job:
    """A request, read: what is made of what, how large, how long."""

    way: Way
    prompt: str
    films: tuple[Path, ...]
    images: tuple[Path, ...]
    first_whole: bool
    sounds: tuple[Path, ...]
    said: Sound | None
    width: int
    height: int
    fps: int
    frames: int

    @property
    def seconds(self) -> float:
        return self.frames / self.fps


def film(task: Task, report: Report) -> Made:
    """Make the clip of "generate-video-clip" as H.264 MP4, with sound where it was given or asked for.

    Source films win over stills, stills over the prompt alone; a given start frame is the first picture of any clip
    made from files. A missing `durationSeconds` means five seconds, or the length of the source films or sounds or what
    the dialogue takes, up to 30 s. Raise EngineError for nothing to go by, lengths outside 1 to 30 s, a dialogue that
    does not fit, and files that cannot be read.
    """
    job = _read(task)
    report(0.02)
    sound = track(task, job.prompt, job.films, job.sounds, job.said, job.seconds)
    report(0.06)
    pictures, description = _pictures(job, task.seed)
    path = task.folder / "clip.mp4"
    marked = is_marked(task.body)
    with VideoWriter(path, width=job.width, height=job.height, fps=job.fps, sound=sound.samples) as writer:
        for picture in pictures:
            writer.write(_stamped(picture) if marked else picture)
            report(0.06 + 0.94 * writer.written / job.frames)
    return Made(
        path=path,
        kind="VIDEO",
        engine="sandbox-film",
        engine_version=__version__,
        placeholder=job.way == "scene",
        description=f"{description}{sound.description}",
    )


def _read(task: Task) -> _Job:
    body, inputs = task.body, task.inputs
    prompt = str(body.get("prompt") or "")
    films = (*inputs.get("videoFileIds", ()), *inputs.get("videoFileId", ()))[:MOST_FILMS]
    first = tuple(inputs.get("startFrameFileId", ()))
    images = (*first, *inputs.get("imageFileIds", ()))[: MOST_STILLS + len(first)]
    sounds = tuple(inputs.get("audioFileIds", ()))[:MOST_SOUNDS]
    spoken = str(body.get("spokenDialogue") or "")
    if not (prompt.strip() or films or images or sounds or spoken.strip()):
        raise EngineError("missing_input", "A prompt, pictures, a film or a sound is needed to make a clip.")
    width, height = film_size(body)
    way: Way = "restyle" if films else "stills" if images else "scene"
    fps = _source_fps(films[0]) if films else FPS[way]
    asked = body.get("durationSeconds")
    said = dialogue(task, None if asked is None else _checked(float(str(asked))))
    seconds = _seconds(asked, prompt, films, sounds, said)
    frames = max(1, round(seconds * fps))
    return _Job(way, prompt or spoken, films, images, bool(first), sounds, said, width, height, fps, frames)


def _checked(seconds: float) -> float:
    if not SHORTEST <= seconds <= LONGEST:
        raise EngineError("invalid_duration", f"A clip lasts {SHORTEST:g} to {LONGEST:g} seconds, not {seconds:g}.")
    return seconds


def _seconds(
    asked: object, prompt: str, films: tuple[Path, ...], sounds: tuple[Path, ...], said: Sound | None
) -> float:
    if asked is not None:
        return _checked(float(str(asked)))
    if films:
        length = 0.0
        for source in films:
            with VideoReader(source) as reader:
                length += (reader.duration or DEFAULT_SECONDS) / plan(prompt).pace
    elif sounds:
        length = sum(probe(sound).duration or DEFAULT_SECONDS for sound in sounds)
    else:
        length = DEFAULT_SECONDS
    if said is not None:
        spoken = len(said) / SOUND_RATE
        if spoken > LONGEST:
            raise EngineError(
                "dialogue_too_long", f"The dialogue lasts {spoken:.0f} seconds, a clip {LONGEST:g} at most."
            )
        length = max(length, spoken + AFTER_SPEECH)
    return min(max(length, SHORTEST), LONGEST)


def _source_fps(source: Path) -> int:
    with VideoReader(source) as reader:
        return min(max(round(reader.fps), 24), FPS["restyle"])


def _pictures(job: _Job, seed: int) -> tuple[Iterator[Picture], str]:
    """The frames of a job and what they show."""
    scene = parse(job.prompt)
    size = (job.width, job.height)
    if job.way == "scene":
        drawn = _arrays(scene_frames(scene, *size, job.frames, job.fps, seed))
        looks = [style for style in STYLES if style.name == LOOKS.get(scene.style or "")]
        styled = restyled(drawn, *size, job.fps, Plan(tuple(looks), 1.0, None, reverse=False))
        return styled, describe(scene).replace("illustration", "film", 1)
    if job.way == "restyle":
        what = plan(job.prompt)
        source = fitted(job.films, *size, job.frames, job.fps, what)
        pictures = restyled(source, *size, job.fps, what)
        sources = "The source film" if len(job.films) == 1 else f"{len(job.films)} source films in turn"
        begun = " From the given first frame." if job.first_whole else ""
        laid = f" {LAID_ON_PAPER}" if any(is_transparent(path) for path in job.films) else ""
        weathered = _with_weather(pictures, job, scene, seed)
        return _begun(weathered, job, seed), f"{sources}, {what.description or 'trimmed'}.{laid}{begun}"
    images = [open_still(path) for path in job.images]
    moved = stills(images, *size, job.frames, job.fps, seed, first_whole=job.first_whole)
    count = "A slow move over a still picture" if len(images) == 1 else f"Slow moves over {len(images)} still pictures"
    return _with_weather(_arrays(moved), job, scene, seed), f"{count}."


def _begun(pictures: Iterator[Picture], job: _Job, seed: int) -> Iterator[Picture]:
    """The pictures, the first of them the given start frame, from which they fade over."""
    if not job.first_whole:
        yield from pictures
        return
    count = max(1, round(FADE_IN * job.fps))
    still = stills([open_still(job.images[0])], job.width, job.height, count, job.fps, seed, first_whole=True)
    first = np.asarray(next(still), np.float32)
    for number, picture in enumerate(pictures):
        share = min(1.0, number / count)
        mixed: Picture = np.asarray(first * (1 - share) + picture * share, np.uint8) if share < 1 else picture
        yield mixed


def _with_weather(pictures: Iterator[Picture], job: _Job, scene: Scene, seed: int) -> Iterator[Picture]:
    """Rain or snow over the pictures where the prompt speaks of it."""
    kinds: dict[str, Kind] = {"rain": "rain", "storm": "rain", "snow": "snow"}
    kind = kinds.get(scene.weather or "")
    air: Flock | None = flock(kind, job.width, job.height, seed) if kind else None
    for number, picture in enumerate(pictures):
        if air is None:
            yield picture
            continue
        image = Image.fromarray(picture)
        air.draw(image, number / job.fps)
        fallen: Picture = np.asarray(image, np.uint8)
        yield fallen


def _arrays(images: Iterator[Image.Image]) -> Iterator[Picture]:
    for image in images:
        picture: Picture = np.asarray(image, np.uint8)
        yield picture


def _stamped(picture: Picture) -> Picture:
    marked: Picture = picture.copy()
    stamp(marked)
    return marked
