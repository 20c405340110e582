"""Voiceover to video: a recorded voice as it is, a picture to each phrase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from videogen_sandbox.engines import EngineError, Task
from videogen_sandbox.engines.speech.text import check_language
from videogen_sandbox.engines.videos import directions, recordings, script
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.document import Document, Pacing, Phrase, Recording, Section, TimedWord, Visual
from videogen_sandbox.engines.videos.settings import common, look_of, pacing_of
from videogen_sandbox.engines.videos.visuals import Look, drawn, illustrated

HOLD: Mapping[Pacing, float] = {"FAST": 0.0, "MEDIUM": 2.5, "SLOW": 6.0}
"""Seconds for which a picture stays at least; phrases that are shorter share one."""

LEAST = 0.1
"""Seconds of a phrase that are left on either side where it is parted for a direction."""

WITHOUT_WORDS = (
    "The recording came without a transcript, and the sandbox recognises no speech: it has no captions, and the "
    "pictures follow its pauses, not its words."
)


def document(task: Task, assets: Assets) -> Document:
    """Return the document of a recording: input "fileId", its words in `transcript` of the body where they are known.

    Raise EngineError: "no_speech", or a file that cannot be read or is longer than ten minutes.
    """
    body = task.body
    path = _recording(task)
    wanted = directions.read(body.get("scenes") or ())
    phrases = _parted(recordings.read(path), [time for one in wanted for time in (one.start, one.end)])
    words = _words(body.get("transcript"))
    text = " ".join(word.text for word in words)
    check_language(text, None if body.get("language") is None else str(body["language"]))
    look = look_of(body, task.inputs, assets)
    recording = Recording(asset=assets.keep(path, "voice"), phrases=tuple(phrases), words=words)
    visuals = _visuals(recording, pacing_of(body), look, task.seed, str(body.get("workflowAgentContext") or ""))
    (section,) = illustrated([Section(recording=recording, visuals=tuple(visuals))])
    project = common(task, assets, title=script.title(text, "Voiceover")).model_copy(
        update={"sections": (section,), "notes": () if words else (WITHOUT_WORDS,)}
    )
    return directions.directed(project, wanted, look, assets)


def _recording(task: Task) -> Path:
    files = task.inputs.get("fileId", ())
    if not files:
        raise EngineError("missing_input", "A recording is needed.")
    return files[0]


def _words(transcript: Mapping[str, Any] | None) -> tuple[TimedWord, ...]:
    """The words of a transcript of the API."""
    return tuple(
        TimedWord(text=str(word["word"]), start=float(word["startSeconds"]), end=float(word["endSeconds"]))
        for word in (transcript or {}).get("words", ())
    )


def _parted(phrases: Sequence[Phrase], times: Sequence[float]) -> list[Phrase]:
    """The phrases, parted at some times within them, so that a picture can begin there."""
    parted = []
    for phrase in phrases:
        start = phrase.start
        for time in sorted(time for time in times if phrase.start + LEAST < time < phrase.end - LEAST):
            parted.append(Phrase(start=start, end=time))
            start = time
        parted.append(Phrase(start=start, end=phrase.end))
    return parted


def _visuals(recording: Recording, pacing: Pacing, look: Look, seed: int, topic: str) -> list[Visual]:
    """A visual to each phrase, or to several short ones; of their words, or of the topic where none are known."""
    begins = [0]
    for number, phrase in enumerate(recording.phrases):
        if phrase.start - recording.phrases[begins[-1]].start >= max(HOLD[pacing], 0.01):
            begins.append(number)
    ends = [*begins[1:], len(recording.phrases)]
    visuals = []
    for order, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        start, until = recording.phrases[begin].start, recording.phrases[end - 1].end
        said = " ".join(word.text for word in recording.words if start <= (word.start + word.end) / 2 <= until)
        prompt = said or f"{topic} {look.style}".strip()
        visuals.append(drawn(prompt, look, seed + order).model_copy(update={"line": begin}))
    return visuals
