"""Music for a video: a given piece, or one written from words and as long as the video."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

from videogen_sandbox.engines.media.decode import Sound, read_sound
from videogen_sandbox.engines.media.encode import SOUND_RATE, write_wav
from videogen_sandbox.engines.videos.assets import Assets, key
from videogen_sandbox.engines.videos.document import Music

SHORTEST, LONGEST = 8.0, 180.0
"""Seconds of a written piece; a longer video hears it again, crossfaded."""


def given(path: Path, assets: Assets) -> Music:
    """Return a given piece. Raise EngineError if it cannot be read, has no sound or is longer than ten minutes."""
    read_sound(path, rate=SOUND_RATE, channels=2)
    return Music(asset=assets.keep(path, "given"))


def file(music: Music, seconds: float, assets: Assets) -> Path:
    """Return the file of a piece for a video of `seconds`; a written one is made where it is not there yet."""
    if music.asset is not None:
        return assets.path(music.asset)
    length = float(min(max(math.ceil(seconds), SHORTEST), LONGEST))
    name = key("music", ".wav", music.prompt, music.seed, length)
    return assets.make(name, partial(_write, music, length))


def read(music: Music, seconds: float, assets: Assets) -> Sound:
    """Return the piece as samples x 2 at `SOUND_RATE`, as long as it is. Raise EngineError if it cannot be read."""
    return read_sound(file(music, seconds, assets), rate=SOUND_RATE, channels=2)


def _write(music: Music, seconds: float, path: Path) -> None:
    from videogen_sandbox.engines.music.piece import write_music  # loads its instruments

    write_wav(path, write_music(music.prompt or "", music.seed, seconds).T, SOUND_RATE)
