from __future__ import annotations

import numpy as np
import pytest

from videogen_sandbox.engines.media.decode import Sound
from videogen_sandbox.engines.media.encode import SOUND_RATE
from videogen_sandbox.engines.media.loudness import CEILING, SILENT, gained, limited, loudness


def tone(decibels: float, seconds: float = 3.0, pitch: float = 997.0) -> Sound:
    """The same tone on both sides."""
    time = np.arange(int(seconds * SOUND_RATE)) / SOUND_RATE
    one = 10 ** (decibels / 20) * np.sin(2 * np.pi * pitch * time)
    return np.stack([one, one], axis=1).astype(np.float32)


@pytest.mark.parametrize("level", [-23.0, -33.0, -16.0])
def test_a_tone_on_both_sides_is_as_loud_as_its_level(level: float) -> None:
    assert loudness(tone(level)) == pytest.approx(level, abs=0.05)  # EBU Tech 3341, test cases 1 and 2


def test_one_side_alone_is_three_units_softer_and_mono_counts_for_both() -> None:
    both = tone(-23.0)
    assert loudness(both * np.array([1, 0], np.float32)) == pytest.approx(-26.0, abs=0.05)
    assert loudness(both[:, 0]) == pytest.approx(-23.0, abs=0.05)


def test_quiet_stretches_do_not_count() -> None:
    parts = [tone(-36.0, 10), tone(-23.0, 60), tone(-36.0, 10)]
    assert loudness(np.concatenate(parts)) == pytest.approx(-23.0, abs=0.1)  # EBU Tech 3341, test case 3
    assert loudness(np.concatenate([tone(-23.0, 5), np.zeros((20 * SOUND_RATE, 2), np.float32)])) > -23.5


def test_low_tones_count_less_and_high_ones_more() -> None:
    assert loudness(tone(-23.0, pitch=50.0)) < -25.0
    assert loudness(tone(-23.0, pitch=6_000.0)) == pytest.approx(-23.0 + 3.3, abs=0.3)


def test_pieces_are_filtered_without_seams() -> None:
    rng = np.random.default_rng(1)
    noise = (0.1 * rng.standard_normal((9 * SOUND_RATE, 2))).astype(np.float32)
    assert loudness(noise) == pytest.approx(loudness(np.concatenate([noise[5_000:], noise[:5_000]])), abs=0.01)


@pytest.mark.parametrize("length", [1, 4_000, SOUND_RATE])
def test_silence_and_a_moment_of_sound_have_a_measure(length: int) -> None:
    assert loudness(np.zeros((length, 2), np.float32)) == SILENT
    assert loudness(tone(-10.0)[:length]) >= SILENT


def test_a_sound_is_brought_to_a_level_and_its_peaks_stay_under_the_ceiling() -> None:
    assert loudness(gained(tone(-40.0), -16.0)) == pytest.approx(-16.0, abs=0.05)
    loud = limited(tone(6.0))
    assert CEILING * 0.9 < np.abs(loud).max() <= CEILING
    assert np.array_equal(limited(tone(-20.0)), tone(-20.0))
    assert np.array_equal(gained(np.zeros(SOUND_RATE, np.float32), -16.0), np.zeros(SOUND_RATE, np.float32))
