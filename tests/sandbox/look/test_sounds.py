"""Sounds: levels that follow from how they were made, silences, and pictures of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.generated import is_full
from tests.sandbox.look.making import day_of_silence, film, quad, silence, sine, two_tracks, wav
from videogen_sandbox.look import Unreadable, sound
from videogen_sandbox.look.sound import PICTURE_RATE, hear


@pytest.mark.parametrize(
    ("level", "channels", "loudness"),
    [
        (1.0, 1, -3.0),  # EBU Tech 3341: 0 dBFS of 1 kHz in one channel
        (0.5, 1, -9.0),
        (0.5, 2, -6.0),
        (0.1, 2, -20.0),
    ],
)
def test_loudness_and_peak_are_those_of_ebu_r128(tmp_path: Path, level: float, channels: int, loudness: float) -> None:
    heard = hear(wav(tmp_path / "a.wav", *[sine(2, level)] * channels))

    assert heard.loudness == pytest.approx(loudness, abs=0.2)
    assert heard.true_peak == pytest.approx(20 * np.log10(level), abs=0.2)
    assert (heard.channels, heard.sample_rate, heard.silent) == (channels, 48_000, False)
    assert heard.duration == pytest.approx(2.0)


def test_opposite_phases_are_no_silence(tmp_path: Path) -> None:
    heard = hear(wav(tmp_path / "mic.wav", sine(1), -sine(1)))

    assert not heard.silent
    assert heard.loudness == pytest.approx(-6.0, abs=0.2)
    assert lit(heard.waves) > 0.3


def test_silences_are_told_with_their_times(tmp_path: Path) -> None:
    path = wav(
        tmp_path / "a.wav", np.concatenate([silence(1), sine(1), silence(0.8), sine(1), silence(0.2), sine(0.5)])
    )

    begins, ends = zip(*hear(path).silences, strict=True)

    assert begins == pytest.approx((0.0, 2.0), abs=0.15)
    assert ends == pytest.approx((1.0, 2.8), abs=0.15)


@pytest.mark.parametrize("samples", [silence(1), sine(1, 0.0005), np.full(48_000, np.nan, np.float32)])
def test_what_nobody_can_hear_is_silent(tmp_path: Path, samples: np.ndarray) -> None:
    assert hear(wav(tmp_path / "a.wav", samples)).silent


def test_the_waveform_is_as_high_as_the_sound_is_loud(tmp_path: Path) -> None:
    waves = np.asarray(hear(wav(tmp_path / "a.wav", np.concatenate([sine(1, 0.8), silence(1), sine(1, 0.2)]))).waves)

    heights = (waves.max(axis=2) > 40).sum(axis=0) / waves.shape[0]

    assert heights[160] == pytest.approx(0.8, abs=0.06)
    assert heights[480] == pytest.approx(0.0, abs=0.02)
    assert heights[800] == pytest.approx(0.2, abs=0.06)


@pytest.mark.parametrize("frequency", [1_000, 4_000, 12_000])
def test_the_spectrogram_shows_a_tone_at_its_frequency(tmp_path: Path, frequency: float) -> None:
    spectrum = np.asarray(hear(wav(tmp_path / "a.wav", sine(1, 0.3, frequency))).spectrum.convert("L")).astype(float)

    brightest = spectrum[:, 200:-200].mean(axis=1).argmax()

    place = 1 - brightest / spectrum.shape[0]
    assert place == pytest.approx(frequency / (PICTURE_RATE / 2), abs=0.02)


@pytest.mark.parametrize("seconds", [0.001, 0.01, 0.1])
def test_a_sound_of_an_instant_has_a_picture(tmp_path: Path, seconds: float) -> None:
    heard = hear(wav(tmp_path / "click.wav", sine(seconds)))

    assert heard.duration == pytest.approx(seconds, abs=1e-4)
    assert not heard.silent
    assert lit(heard.waves) > 0


@pytest.mark.parametrize("channels", [3, 6, 8, 16])
def test_sounds_of_many_channels_are_measured(tmp_path: Path, channels: int) -> None:
    heard = hear(wav(tmp_path / "many.wav", *[sine(1, 0.1)] * channels))

    assert heard.channels == channels
    assert heard.loudness is not None


def test_a_close_up_shows_the_sound_from_that_time_on(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", np.concatenate([sine(12, 0.1), sine(3, 0.8)]))

    heard = hear(path, at=12.0)

    assert (heard.begin, heard.shown) == (12.0, 10.0)
    assert heard.loudness == pytest.approx(-4.9, abs=0.4)


def test_of_a_day_of_sound_pieces_are_listened_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside `.ci/run` of six minutes, as much shorter pieces."""
    share = 1.0 if is_full() else 0.2
    monkeypatch.setattr(sound, "HEARD", sound.HEARD * share)

    heard = hear(day_of_silence(tmp_path / "long.flac", hours=0.5 * share))

    assert heard.duration == pytest.approx(1_800 * share, abs=5)
    assert heard.heard == pytest.approx(sound.HEARD, rel=0.05)
    assert heard.silent


def test_the_first_track_that_can_be_decoded_is_heard(tmp_path: Path) -> None:
    heard = hear(two_tracks(tmp_path / "two.mov"))

    assert heard.true_peak == pytest.approx(20 * np.log10(9_000 / 32_768), abs=1.5)


def test_a_film_without_sound_has_none_to_hear(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no sound"):
        hear(film(tmp_path / "mute.mp4", [quad()]))


def lit(image: Image.Image) -> float:
    """The share of pixels that are not black."""
    return float((np.asarray(image).max(axis=2) > 40).mean())
