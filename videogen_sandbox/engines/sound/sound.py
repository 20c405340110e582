"""Sound effects from a prompt: synthesised with numpy from recipes, nothing recorded, nothing learned."""

from __future__ import annotations

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from videogen_sandbox import __version__
from videogen_sandbox.engines import EngineError, Made, Report, Task
from videogen_sandbox.engines.media.encode import write_wav
from videogen_sandbox.engines.sound.dsp import RATE, Manner, Signal, Stage, band, filtered, size
from videogen_sandbox.engines.sound.prompt import SURROUNDINGS, Cue, Moment, Sound, read
from videogen_sandbox.engines.sound.signals import drone

DEFAULT_SECONDS = 10.0
"""Length when none is asked for: about what VideoGen makes (its REST reference)."""
SHORTEST, LONGEST = 0.5, 30.0
"""Seconds. VideoGen takes at most 30; the sandbox also takes less than its minimum of one second."""
PEAK = 10 ** (-1 / 20)
"""-1 dBFS: the highest sample, so that lossy encoders do not clip."""
LOUDNESS = 10 ** (-15 / 20)
"""-15 dBFS RMS in the loudest stretches: steady sounds are not pushed up to the peak."""
KNEE = 0.5
"""Samples above this level are bent towards the peak, so that single drops or clicks do not hold the rest down."""
OVERSHOOT = 10 ** (9 / 20)
"""How far a sound may reach beyond the peak before bending (9 dB): more would be heard as distortion."""
FADE = 0.02
"""Seconds of fade at both ends."""
PAUSE = 0.35
"""Seconds between strokes that have died away and the next moment."""
SILENCE = 10 ** (-40 / 20)
"""Part of its peak below which a sound counts as gone (-40 dB)."""
RUMBLE = 18.0
"""Hz below which nothing can be heard; what is there only takes headroom."""
OVERLAP = 0.3
"""Seconds by which a moment reaches into the next one, so that tails are not cut."""
ONE_SHOT_SHARE = 0.7
"""How much of the time a moment of single strokes gets, compared with a moment of steady sound."""
INFLUENCE = 0.5
"""promptInfluence when none is asked for."""


def render(prompt: str, seconds: float, seed: int, influence: float = INFLUENCE) -> NDArray[np.float32]:
    """Return the sound of a prompt: float32 of shape (samples, 2) at 48 kHz, peak at most -1 dBFS.

    The same arguments give the same samples. `influence` 1 keeps to the words; less lets pitch, pace and force vary.
    Raise EngineError for a prompt without words or a length outside 0.5 to 30 s.
    """
    if not SHORTEST <= seconds <= LONGEST:
        raise EngineError(
            "invalid_duration", f"A sound effect lasts {SHORTEST} to {LONGEST:.0f} seconds, not {seconds:g}."
        )
    if not any(letter.isalnum() for letter in prompt):
        raise EngineError("empty_prompt", "The prompt names no sound. Describe one, for example: heavy rain on a roof.")
    moments = read(prompt) or ((Cue(Sound(drone, ""), Manner(words=frozenset(prompt.lower().split()))),),)
    stage = Stage(seconds, np.random.default_rng(seed))
    start = 0.0
    for number, moment in enumerate(moments):
        length = _share(moments[number:], seconds - start)
        ends = 0.0
        for cue in moment:
            lasts = seconds - start if _goes_on(cue, moments[number + 1 :]) else length
            key = [seed, crc32(cue.sound.name.encode()), number, crc32(prompt.encode()) if not cue.sound.words else 0]
            performed = _perform(cue, lasts, np.random.default_rng(key), influence)
            _mix(stage, performed, start, lasts, length)
            ends = max(ends, length if cue.sound.steady else _audible(performed))
        start = min(start + min(length, ends + PAUSE), seconds - SHORTEST / 2)
    return _mastered(stage.sound)


def describe(prompt: str) -> str:
    """Return what is heard, in words: "footsteps, then slam", or that nothing matched and a drone stands in."""
    moments = read(prompt)
    if not moments:
        return f"A plain tonal drone: the sandbox has no recipe for “{prompt.strip()}”."
    heard = ", then ".join(" and ".join(cue.sound.name for cue in moment) for moment in moments)
    return f"Synthesised sound of {heard}, for “{prompt.strip()}”."


def synthesise(task: Task, report: Report) -> Made:
    """Make the sound effect of `task.body` (prompt, durationSeconds, promptInfluence) as a 16-bit stereo WAV."""
    prompt = str(task.body.get("prompt") or "")
    asked = task.body.get("durationSeconds")
    influence = task.body.get("promptInfluence")
    report(0.05)
    samples = render(
        prompt,
        DEFAULT_SECONDS if asked is None else float(asked),
        task.seed,
        INFLUENCE if influence is None else min(1.0, max(0.0, float(influence))),
    )
    report(0.9)
    path = task.folder / "sound.wav"
    write_wav(path, samples, RATE)
    report(1.0)
    return Made(path, "AUDIO", "sandbox-synth", __version__, placeholder=not read(prompt), description=describe(prompt))


def _share(moments: tuple[Moment, ...], seconds: float) -> float:
    """How much of the time that is left the first of some moments gets: less for strokes than for steady sound."""
    weights = [1.0 if any(cue.sound.steady for cue in moment) else ONE_SHOT_SHARE for moment in moments]
    return seconds * weights[0] / sum(weights)


def _goes_on(cue: Cue, later: tuple[Moment, ...]) -> bool:
    """Whether a sound is still there later: rain does not stop for a knock, but for other steady sound."""
    return (
        cue.sound.name in SURROUNDINGS
        and bool(later)
        and not any(other.sound.steady for moment in later for other in moment)
    )


def _audible(sound: Signal) -> float:
    """Seconds until a sound has died away for good."""
    loud = np.flatnonzero(np.abs(sound).max(axis=1) > SILENCE * np.abs(sound).max())
    return float(loud[-1]) / RATE if len(loud) else 0.0


def _perform(cue: Cue, seconds: float, rng: np.random.Generator, influence: float) -> Signal:
    """One sound alone, stereo, at its level in the mix."""
    loose = 0.35 * (1 - influence)
    manner = Manner(
        force=float(np.clip(cue.manner.force + loose * rng.uniform(-0.5, 0.5), 0, 1)),
        pace=cue.manner.pace * float(2 ** (loose * rng.uniform(-1, 1))),
        pitch=cue.manner.pitch * float(2 ** (loose * rng.uniform(-0.7, 0.7))),
        count=cue.manner.count,
        words=cue.manner.words,
    )
    stage = Stage(max(seconds, 0.2), rng)
    cue.sound.recipe(stage, manner)
    level = 0.5 if cue.sound.steady else 1.0
    if cue.distance:
        stage.room(0.5, 0.6, 2_500)
        muffled = 6_000 * (1 - cue.distance)
        stage.sound = np.stack([filtered(stage.sound[:, side], band(1, muffled, 1.0)) for side in (0, 1)], axis=1)
        level *= 1 - cue.distance / 2  # far thunder is still heard over near rain
    return stage.sound * (level / max(_loudness(stage.sound), 1e-9))


def _mix(stage: Stage, sound: Signal, start: float, lasts: float, length: float) -> None:
    """Add a performed sound at its moment, with short fades; what goes on beyond its moment falls back a little."""
    sound = sound[: size(lasts)].copy()
    edge = min(size(FADE), len(sound) // 2)
    if start > 0:
        sound[:edge] *= np.linspace(0, 1, edge)[:, None]
    sound[len(sound) - edge :] *= np.linspace(1, 0, edge)[:, None]
    if lasts > length:
        t = np.arange(len(sound)) / RATE
        sound *= np.interp(t, [length - OVERLAP, length + OVERLAP], [1.0, 0.5])[:, None]
    begin = round(start * RATE)
    sound = sound[: len(stage.sound) - begin]
    stage.sound[begin : begin + len(sound)] += sound


def _loudness(sound: Signal) -> float:
    """RMS level of the loudest tenth of all stretches of 0.1 s: what a listener takes for the loudness."""
    block = size(0.1)
    whole = len(sound) // block * block
    if not whole:
        return float(np.sqrt(np.mean(sound**2)))
    energy = np.mean(sound[:whole].reshape(-1, block * sound.shape[1]) ** 2, axis=1)
    return float(np.sqrt(np.percentile(energy, 90)))


def _mastered(sound: Signal) -> NDArray[np.float32]:
    """Bring to loudness, bend what would pass the peak, fade both ends."""
    sound = np.stack([filtered(sound[:, side], band(RUMBLE, RATE)) for side in (0, 1)], axis=1)
    top = max(float(np.abs(sound).max()), 1e-9)
    sound = sound * min(OVERSHOOT * PEAK / top, LOUDNESS / max(_loudness(sound), 1e-9))
    over, room = np.abs(sound) - KNEE, PEAK - KNEE
    sound = np.where(over > 0, np.sign(sound) * (KNEE + room * np.tanh(over / room)), sound)
    edge = min(size(FADE), len(sound) // 4)
    sound[:edge] *= np.linspace(0, 1, edge)[:, None]
    sound[len(sound) - edge :] *= np.linspace(1, 0, edge)[:, None]
    return sound.astype(np.float32)
