"""Is the narration understood over music, and how far below the voice is the music?

Each script is spoken once and mixed as an export mixes it with music of each mood; a recogniser that never saw the text
writes down what it hears. Printed are its word errors with and without the music, and the loudness of the music below
the voice. Compared with the limits that were set: at most 0.2 word errors wherever the voice alone has at most 0.15,
the music 14 to 24 LU below the voice.

    python -m bench.speech_over_music
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np

from bench.figures import Figure, tell
from tests.hearing import heard, word_errors
from videogen_sandbox.engines.media.decode import Sound, read_sound
from videogen_sandbox.engines.media.encode import SOUND_RATE, write_m4a
from videogen_sandbox.engines.media.loudness import loudness
from videogen_sandbox.engines.videos import script
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.document import Document, Music, Section, Visual
from videogen_sandbox.engines.videos.schedule import schedule
from videogen_sandbox.engines.videos.soundtrack import soundtrack

SCRIPTS = {
    "lighthouse": """
Every evening the old keeper climbs the stairs of the lighthouse and lights the lamp. The sea is dark
and the wind is strong. Far away a small ship turns toward the harbor.

The keeper makes tea and reads a book until the morning. When the sun comes up, he puts out the light and goes home to
sleep.""",
    "bakery": """
Every morning the little bakery on the corner opens before sunrise. The owner mixes flour, water and salt,
and waits for the dough to rise. By seven o'clock a line of neighbors has formed outside the door.

They talk about the weather, the football and the price of butter. Good bread takes patience, and patience tastes
wonderful.""",
    "product": """
Meet the new way to plan your week. Our app puts every meeting, every task and every note in one simple
place. Share a list with your team and see what is done.

It works on your phone and on your computer, and it is free for thirty days. Start today, and get your time back.""",
    "history": """
Two hundred years ago people crossed the mountains on foot. The journey took three weeks, and many turned
back in the snow. Then the railway came, and the same road took a single day.

Towns grew along the line, and with them schools, markets and newspapers. The world became smaller, and everyone wanted
to see it.""",
}

MOODS = (
    "calm piano",
    "warm acoustic guitar",
    "upbeat corporate",
    "electronic dance",
    "epic orchestral",
    "lo-fi hip hop",
)

NEAREST, FARTHEST = -14.0, -24.0
"""LU from the voice to the music."""

UNDERSTOOD, CLEAR = 0.2, 0.15
"""Word errors with the music at most, where the voice alone has no more than `CLEAR`."""


def main() -> int:
    """Print a line for each film and the mean. Return 1 when a film misses its limits."""
    print(f"{'script':<12}{'music':<24}{'errors':>8}{'voice alone':>13}{'LU':>8}")
    errors: list[float] = []
    losses: list[float] = []
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, text in SCRIPTS.items():
            words = re.findall(r"[a-z']+", text.lower())
            alone = mixed(text, None, Path(folder))
            clear = word_errors(words, heard(alone, SOUND_RATE))
            for mood in MOODS:
                whole = mixed(text, mood, Path(folder))
                wrong, below = word_errors(words, heard(whole, SOUND_RATE)), distance(whole, alone)
                met = (wrong <= UNDERSTOOD or clear > CLEAR) and FARTHEST <= below <= NEAREST
                missed += not met
                errors.append(wrong)
                losses.append(wrong - clear)
                print(f"{name:<12}{mood:<24}{wrong:>8.2f}{clear:>13.2f}{below:>8.1f}{'' if met else '   missed'}")
    print(f"mean {np.mean(errors):.3f} word errors, {np.mean(losses):+.3f} by the music; {missed} films missed")
    tell(
        Figure(
            f"narration over music, {len(errors)} mixes: words that a recogniser gets wrong",
            f"{np.mean(errors):.3f} of them",
            f"the voice alone {np.mean(errors) - np.mean(losses):.3f}",
            f"{min(errors):.2f} to {max(errors):.2f}, all",
            f"at most {UNDERSTOOD} wherever the voice alone is clear, music {-NEAREST:.0f} to {-FARTHEST:.0f} LU below",
            missed == 0,
        )
    )
    return int(missed > 0)


def mixed(text: str, mood: str | None, folder: Path) -> Sound:
    """Return the sound of an exported video: samples x 2 at `SOUND_RATE`, as AAC kept them."""
    sections = [Section(lines=tuple(lines), visuals=(Visual(),)) for lines in script.sections(text)]
    music = None if mood is None else Music(prompt=mood, seed=SEED)
    document = Document(operation="script-to-video", title="", seed=SEED, sections=tuple(sections), music=music)
    assets = Assets(folder)
    planned = schedule(document, assets)
    whole = soundtrack(document, planned, assets, planned.duration)
    assert whole is not None
    return read_sound(write_m4a(folder / "film.m4a", whole), rate=SOUND_RATE, channels=2)


SEED = 1


def distance(whole: Sound, voice: Sound) -> float:
    """Return the loudness of what a mix has beside the voice, in LU from the voice."""
    gain = float(np.sum(whole * voice) / np.sum(voice * voice))
    return loudness(whole - gain * voice) - loudness(gain * voice)


if __name__ == "__main__":
    raise SystemExit(main())
