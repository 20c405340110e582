"""Text to speech: English, offline, with the voices of `contract.catalogue`."""

from __future__ import annotations

import numpy as np

from videogen_sandbox.catalogue import VOICES
from videogen_sandbox.engines import EngineError, Made, Report, Task
from videogen_sandbox.engines.media.encode import write_wav
from videogen_sandbox.engines.speech.text import prepared, sentences
from videogen_sandbox.engines.speech.timing import Word, as_written, say_words
from videogen_sandbox.engines.speech.voice import ENGINE, ENGINE_VERSION, RATE, THROATS, Samples

SLOWEST, FASTEST = 0.5, 2.0
"""voiceSpeed as VideoGen takes it; the model was made for the same range."""
PEAK = 10 ** (-1 / 20)
"""-1 dBFS, so that lossy encoders do not clip."""
LOUDNESS = 10 ** (-18 / 20)
"""-18 dBFS RMS while someone speaks: about -19 LUFS, where spoken-word recordings for the web lie."""
KNEE = 0.6
"""Samples above this level are bent towards the peak; derived voices reach 1.7 without it."""


def speak(task: Task, report: Report) -> Made:
    """Speak `ttsText` of the body as a 24 kHz mono WAV, with the time of each word. The same task gives the same bytes.

    Takes voice, voiceSpeed, speechLanguageCode, pronunciationReplacements and autoExpandPronunciationReplacements.
    Raise EngineError: unsupported_language, nothing_to_say, text_too_long, invalid_speed, unknown_voice.
    """
    body = task.body
    text = str(body.get("ttsText") or "")
    voice = str(body.get("voice") or "heart")
    sound, said = utter_words(
        prepared(text, body),
        voice=voice,
        speed=float(body.get("voiceSpeed") or 1.0),
        seed=task.seed,
        report=report,
    )
    path = write_wav(task.folder / "speech.wav", sound, RATE)
    report(1.0)
    name = next(known.name for known in VOICES if known.slug == voice)
    words = as_written(text.split(), said)
    whole = " ".join(text.split())
    shown = whole if len(whole) <= 200 else whole[:199].rstrip() + "…"
    return Made(
        path,
        "AUDIO",
        ENGINE,
        ENGINE_VERSION,
        placeholder=False,
        description=f"{name} says: “{shown}”",
        words=[(word.text, word.start, word.end) for word in words],
    )


def utter(text: str, *, voice: str, speed: float, seed: int, report: Report) -> Samples:
    """Return speech as mono samples at 24 kHz, peak at most -1 dBFS, reporting after every sentence."""
    return utter_words(text, voice=voice, speed=speed, seed=seed, report=report)[0]


def utter_words(text: str, *, voice: str, speed: float, seed: int, report: Report) -> tuple[Samples, list[Word]]:
    """Return what `utter` does, and the words of its sentences with their times."""
    if voice not in THROATS:
        raise EngineError("unknown_voice", f"The sandbox has no voice “{voice}”. It has {', '.join(THROATS)}.")
    if not SLOWEST <= speed <= FASTEST:
        raise EngineError("invalid_speed", f"The speed of a voice lies between {SLOWEST} and {FASTEST}, not {speed:g}.")
    report(0.05)
    parts = sentences(text)
    rng = np.random.default_rng(seed)
    sound: list[Samples] = []
    words: list[Word] = []
    length, pause = 0, 0.0
    for number, part in enumerate(parts, start=1):
        samples, own = say_words(part.text, voice, speed, rng)
        if len(samples):
            sound += [np.zeros(round(pause / speed * RATE), np.float32), samples]
            begin = length + len(sound[-2])
            words += [word.moved(begin / RATE) for word in own]
            length, pause = begin + len(samples), part.pause
        report(0.05 + 0.9 * number / len(parts))
    if not sound:
        raise EngineError("nothing_to_say", "The text has no words that can be spoken.")
    return levelled(np.concatenate(sound)), words


def levelled(sound: Samples) -> Samples:
    """Speech at its usual loudness, its highest peaks bent under -1 dBFS."""
    active = sound[np.abs(sound) > 0.02 * max(float(np.abs(sound).max()), 1e-6)]
    level = float(np.sqrt(np.mean(np.square(active)))) if len(active) else 1.0
    sound = sound * np.float32(LOUDNESS / max(level, 1e-6))
    over, room = np.abs(sound) - KNEE, PEAK - KNEE
    return np.where(over > 0, np.sign(sound) * (KNEE + room * np.tanh(over / room)), sound).astype(np.float32)
