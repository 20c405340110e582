"""What the places of a video sound like, where its clips are to be heard."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from videogen_sandbox.engines.film.sound import ambience
from videogen_sandbox.engines.media.encode import SOUND_RATE, write_wav
from videogen_sandbox.engines.videos.assets import Assets, key
from videogen_sandbox.engines.videos.document import Document, Section

SECONDS = 12.0
"""Of ambience for a section; more begins again."""


def with_ambience(document: Document, assets: Assets) -> Document:
    """Return the document with the sound of its first visual under every section that has none of its own."""
    return document.with_sections(
        [section if section.sound else _sounding(section, assets) for section in document.sections]
    )


def _sounding(section: Section, assets: Assets) -> Section:
    first = section.visuals[0]
    prompt = f"{first.motion} {first.prompt}".strip()
    name = key("ambience", ".wav", prompt, first.seed, SECONDS)
    assets.make(name, partial(_write, prompt, first.seed))
    return section.model_copy(update={"sound": name})


def _write(prompt: str, seed: int, path: Path) -> None:
    write_wav(path, ambience(prompt, SECONDS, seed), SOUND_RATE)
