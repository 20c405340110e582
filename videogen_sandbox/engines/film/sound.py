"""The sound of a clip: given, spoken, kept from the source film, or made to fit the prompt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from videogen_sandbox.engines import Task
from videogen_sandbox.engines.drawing.scene import parse
from videogen_sandbox.engines.film.restyle import plan
from videogen_sandbox.engines.media.decode import Sound, VideoReader, read_sound
from videogen_sandbox.engines.media.encode import SOUND_RATE

FADE_SECONDS = 0.4
_ASKED = re.compile(
    r"\b(?:with|and|hear\w*|add\w*|ambient|background)\s+(?:\w+\s+){0,2}(?:sounds?|audio|noises?)\b|\bsounds? of\b"
)

_AMBIENCE = {
    "sea": "ocean waves and wind", "beach": "ocean waves and seagulls", "lake": "water and birds",
    "forest": "birds and wind", "jungle": "birds and insects", "garden": "birds", "field": "wind and birds",
    "farm": "wind and birds", "savanna": "wind and insects", "mountains": "wind", "snow": "wind", "desert": "wind",
    "city": "traffic", "street": "traffic", "road": "car engine", "underwater": "bubbles under water", "clouds": "wind",
    "space": "deep drone", "moonscape": "deep drone", "mars": "wind", "stage": "applause", "gym": "footsteps",
    "office": "keyboard typing", "kitchen": "boiling water", "home": "clock ticking",
}  # fmt: skip
"""What a place sounds like, in words that the synthesiser knows."""


@dataclass(frozen=True)
class Track:
    """Samples x 2 at `SOUND_RATE`, or None for a silent film; `description` says where they are from."""

    samples: Sound | None
    description: str = ""


def track(task: Task, prompt: str, films: Sequence[Path], sounds: Sequence[Path], seconds: float) -> Track:
    """Return the sound of a clip of `seconds`. Raise EngineError when a given sound cannot be read."""
    dialogue = str(task.body.get("spokenDialogue") or "").strip()
    if sounds:
        return Track(_fitted(_read(sounds[0], seconds), seconds), " With the given sound.")
    if dialogue:
        return Track(_fitted(_spoken(dialogue, task.seed), seconds), " The dialogue is spoken.")
    kept = [sound for sound in (_of_film(path, prompt, seconds) for path in films[:1]) if sound is not None]
    if kept:
        return Track(_fitted(kept[0], seconds), " With its own sound.")
    if not (task.body.get("generateAudio") or _ASKED.search(prompt.lower())):
        return Track(None)
    return Track(_fitted(ambience(prompt, seconds, task.seed), seconds), " With synthesised ambience.")


def ambience(prompt: str, seconds: float, seed: int) -> Sound:
    """Return what a prompt sounds like, or the place that it shows: samples at `SOUND_RATE`, about `seconds` long."""
    from videogen_sandbox.engines.sound import sound  # only films with ambience need the synthesiser
    from videogen_sandbox.engines.sound.prompt import read

    wanted = prompt if read(prompt) else ""
    if not wanted:
        scene = parse(prompt)
        weather = {"rain": "rain", "storm": "thunder and rain", "wind": "wind"}.get(scene.weather or "", "")
        wanted = weather or _AMBIENCE.get(scene.setting, "soft drone")
    return sound.render(wanted, max(seconds, sound.SHORTEST), seed)


def _spoken(text: str, seed: int) -> Sound:
    from videogen_sandbox.engines.speech.speech import utter  # loads a voice model
    from videogen_sandbox.engines.speech.voice import RATE

    said = utter(text, voice="heart", speed=1.0, seed=seed, report=lambda _share: None)
    at = np.arange(int(len(said) * SOUND_RATE / RATE)) * (RATE / SOUND_RATE)
    return np.asarray(np.interp(at, np.arange(len(said)), said), np.float32)


def _of_film(path: Path, prompt: str, seconds: float) -> Sound | None:
    """The source film's own sound, as fast and in the same direction as its pictures; None if it has none."""
    with VideoReader(path) as reader:
        if not reader.has_audio:
            return None
    what = plan(prompt)
    sound = _read(path, seconds * what.pace)
    if what.pace != 1.0:
        at = np.arange(int(len(sound) / what.pace)) * what.pace
        sound = np.stack([np.interp(at, np.arange(len(sound)), side) for side in sound.T], axis=1).astype(np.float32)
    return sound[::-1] if what.reverse else sound


def _read(path: Path, seconds: float) -> Sound:
    return read_sound(path, rate=SOUND_RATE, channels=2, until=seconds)


def _fitted(sound: Sound, seconds: float) -> Sound:
    """Exactly `seconds` long, stereo: silence after what is too short, a fade where it was cut."""
    length = round(seconds * SOUND_RATE)
    stereo = np.repeat(sound[:, None], 2, axis=1) if sound.ndim == 1 else sound
    cut = len(stereo) >= length
    fitted = np.zeros((length, 2), np.float32)
    fitted[: min(length, len(stereo))] = stereo[:length]
    if cut:
        fade = min(length // 2, int(FADE_SECONDS * SOUND_RATE))
        fitted[length - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    return fitted
