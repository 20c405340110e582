"""The sound of a clip: given, spoken, kept from the source film, or made to fit the prompt."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from videogen_sandbox.engines import EngineError, Task
from videogen_sandbox.engines.drawing.scene import parse
from videogen_sandbox.engines.film.restyle import plan
from videogen_sandbox.engines.media.decode import Sound, VideoReader, read_sound
from videogen_sandbox.engines.media.encode import SOUND_RATE
from videogen_sandbox.engines.speech.text import prepared

FADE_SECONDS = 0.4
_ASKED = re.compile(
    r"\b(?:with|and|hear\w*|add\w*|ambient|background)\s+(?:\w+\s+){0,2}(?:sounds?|audio|noises?|music)\b|"
    r"\bsounds? of\b"
)

_MUSIC = re.compile(r"\b(?:music|soundtrack|song|melody|tune)\b")

_VOICES = (
    (r"male|man|man's|boy|father|dad|grandfather|gentleman|guy|king|deep|baritone|bass|gruff", "miles"),
    (r"low|lower|alto|mature|old|older|elderly|grandmother|calm|husky|smoky|serious|soft", "alto"),
)
"""Words that describe a voice, and the voice that comes nearest."""

LEAD = 0.3
"""Seconds before a dialogue begins: nobody speaks on the first picture."""

HASTE = 1.6
"""How much faster than usual a dialogue may be spoken so that it fits its clip; beyond that it is hard to follow."""

BELOW = 10 ** (-13 / 20)
"""-13 dB: how loud ambience, music and a film's own sound are under what leads."""

PEAK = 10 ** (-1 / 20)
"""-1 dBFS: the highest sample of a mixture."""

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


def dialogue(task: Task, seconds: float | None) -> Sound | None:
    """Return what `spokenDialogue` says, mono at `SOUND_RATE`, in the voice of `voiceDescription`; None where it is not
    given. Where the clip has `seconds`, the voice speaks as much faster as it must to be heard to the end.

    Raise EngineError: "dialogue_too_long" when even that is not enough, and what `speech` refuses.
    """
    text = str(task.body.get("spokenDialogue") or "").strip()
    if not text:
        return None
    from videogen_sandbox.engines.speech.speech import utter  # loads a voice model
    from videogen_sandbox.engines.speech.voice import RATE

    words, voice = prepared(text, {}), voice_for(str(task.body.get("voiceDescription") or ""))

    def said(speed: float) -> Sound:
        return utter(words, voice=voice, speed=speed, seed=task.seed, report=lambda _share: None)

    speed, spoken = 1.0, said(1.0)
    usual = len(spoken) / RATE
    while seconds is not None and len(spoken) / RATE > seconds - LEAD:
        speed *= max(1.04, len(spoken) / RATE / max(seconds - LEAD, 0.1))  # not all of it gets faster: pauses do not
        if speed > HASTE:
            least = math.ceil(usual / HASTE + LEAD)
            raise EngineError(
                "dialogue_too_long", f"The dialogue does not fit into {seconds:g} seconds; it takes {least} at least."
            )
        spoken = said(speed)
    at = np.arange(int(len(spoken) * SOUND_RATE / RATE)) * (RATE / SOUND_RATE)
    whole = np.interp(at, np.arange(len(spoken)), spoken)
    return np.concatenate([np.zeros(round(LEAD * SOUND_RATE)), whole]).astype(np.float32)


def voice_for(description: str) -> str:
    """Return the slug of the voice that words describe: "a deep male voice", "an older woman, calm"."""
    return next((slug for words, slug in _VOICES if re.search(rf"\b(?:{words})\b", description.lower())), "heart")


def track(
    task: Task, prompt: str, films: Sequence[Path], sounds: Sequence[Path], said: Sound | None, seconds: float
) -> Track:
    """Return the sound of a clip of `seconds`: the dialogue (`said`) or the given sounds, and quietly below it what
    else there is. Raise EngineError when a given sound cannot be read.
    """
    parts: list[tuple[Sound, str]] = []
    if said is not None:
        parts.append((said, "The dialogue is spoken."))
    if sounds:
        names = "With the given sound." if len(sounds) == 1 else "With the given sounds, one after the other."
        parts.append((_joined([_read(path, seconds) for path in sounds]), names))
    kept = [sound for sound in (_of_film(path, prompt, seconds) for path in films[:1]) if sound is not None]
    asked = bool(task.body.get("generateAudio")) or _ASKED.search(prompt.lower()) is not None
    if kept and not sounds:
        parts.append((kept[0], "With its own sound."))
    elif asked and not parts:
        parts.append((ambience(prompt, seconds, task.seed), "With synthesised ambience."))
    if asked and _MUSIC.search(prompt.lower()) and not task.body.get("suppressBackgroundMusic"):
        parts.append((_music(prompt, task.seed, seconds), "With music."))
    if not parts:
        return Track(None)
    mixed = _fitted(parts[0][0], seconds)
    for sound, _ in parts[1:]:
        mixed = mixed + _fitted(sound, seconds) * np.float32(BELOW)
    top = float(np.abs(mixed).max())
    mixed = mixed * np.float32(min(1.0, PEAK / max(top, 1e-9))) if len(parts) > 1 else mixed
    return Track(mixed, "".join(f" {told}" for _, told in parts))


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


def _music(prompt: str, seed: int, seconds: float) -> Sound:
    from videogen_sandbox.engines.music.piece import write_music  # only films with music need the instruments

    return np.ascontiguousarray(write_music(prompt, seed, seconds).T)


def _joined(sounds: Sequence[Sound]) -> Sound:
    """Sounds one after the other, stereo."""
    stereo = [np.repeat(sound[:, None], 2, axis=1) if sound.ndim == 1 else sound for sound in sounds]
    return np.concatenate(stereo).astype(np.float32)


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
