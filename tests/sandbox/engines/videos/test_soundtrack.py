"""Music makes room for what is said, in loudness and in the spectrum, and stays there to be heard."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest

from videogen_sandbox.engines.media.decode import Sound
from videogen_sandbox.engines.media.encode import SOUND_RATE, write_wav
from videogen_sandbox.engines.media.loudness import loudness
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.document import Document, Music, Section, Visual
from videogen_sandbox.engines.videos.narration import Piece
from videogen_sandbox.engines.videos.schedule import Schedule
from videogen_sandbox.engines.videos.soundtrack import soundtrack

SECONDS = 12
BEGIN, END = 4, 8
"""Seconds between which somebody speaks in a video with pauses."""


def noise(seed: int) -> Sound:
    return np.asarray(0.05 * np.random.default_rng(seed).standard_normal((SECONDS * SOUND_RATE, 2)), np.float32)


Parts = Callable[..., tuple[Sound, Sound]]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """Gives the voice and the music of a video in which noise is both; each as it is in the mix."""
    return cache(partial(_parts, tmp_path_factory.mktemp("parts")))


def _parts(folder: Path, spoken: tuple[int, int], volume: float = 0.5) -> tuple[Sound, Sound]:
    assets = Assets(folder)
    voice = noise(1)
    voice[: spoken[0] * SOUND_RATE] = voice[spoken[1] * SOUND_RATE :] = 0
    write_wav(folder / "voice.wav", voice, SOUND_RATE)
    write_wav(folder / "music.wav", noise(2), SOUND_RATE)
    music = Music(asset="music.wav", volume=volume)
    document = Document(operation="script-to-video", title="", music=music, sections=(Section(visuals=(Visual(),)),))
    planned = Schedule(SECONDS, (), (), [Piece("voice.wav", 0, 0, SECONDS)], ())
    whole = soundtrack(document, planned, assets, SECONDS)
    assert whole is not None
    gain = np.float32(np.sum(whole * voice) / np.sum(voice * voice))
    return gain * voice, whole - gain * voice


def band(sound: Sound, low: float, high: float) -> float:
    """How strong a sound is between two frequencies, dB."""
    strength = np.abs(np.fft.rfft(sound[:, 0])) ** 2
    frequency = np.fft.rfftfreq(len(sound), 1 / SOUND_RATE)
    return float(10 * np.log10(strength[(frequency > low) & (frequency < high)].mean()))


def test_music_makes_room_where_consonants_are_while_somebody_speaks(parts: Parts) -> None:
    music = parts((BEGIN, END))[1]
    pause, speech = (music[at * SOUND_RATE : (at + 2) * SOUND_RATE] for at in (1, BEGIN + 1))
    bass, middle = ((40, 120), (1_200, 2_500))
    assert band(pause, *middle) - band(speech, *middle) > 15
    assert band(pause, *bass) - band(speech, *bass) < band(pause, *middle) - band(speech, *middle) - 8


@pytest.mark.parametrize("spoken", [(BEGIN, END), (0, SECONDS)], ids=["with pauses", "without a pause"])
def test_music_is_never_so_far_below_the_voice_that_it_is_gone(parts: Parts, spoken: tuple[int, int]) -> None:
    voice, music = parts(spoken)
    assert -24 <= loudness(music) - loudness(voice) <= -14


def test_the_volume_of_the_music_is_heard(parts: Parts) -> None:
    quiet, usual = loudness(parts((BEGIN, END), 0.25)[1]), loudness(parts((BEGIN, END))[1])
    assert usual - quiet == pytest.approx(6, abs=0.5)
