"""The tool generate-music."""

from __future__ import annotations

from videogen_sandbox import __version__
from videogen_sandbox.engines import EngineError, Made, Report, Task
from videogen_sandbox.engines.media.encode import write_m4a
from videogen_sandbox.engines.music.piece import piece


def compose(task: Task, report: Report) -> Made:
    """Make the music of `prompt` in the body as M4A (AAC, stereo, 48 kHz). The same task gives the same bytes.

    Words in the prompt set style, key ("in D minor"), tempo ("120 bpm"), length ("20 seconds", "1:30"; about forty
    seconds without) and instruments. Raise EngineError("empty_prompt") for a prompt without words.
    """
    prompt = str(task.body.get("prompt") or "")
    if not any(letter.isalnum() for letter in prompt):
        raise EngineError("empty_prompt", "The prompt describes no music. Say a mood, for example: calm piano.")
    report(0.05)
    made = piece(prompt, task.seed)
    report(0.85)
    path = write_m4a(task.folder / "music.m4a", made.sound)
    report(1.0)
    return Made(path, "AUDIO", "sandbox-music", __version__, placeholder=False, description=made.description)
