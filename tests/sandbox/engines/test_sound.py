from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.generated import in_ci, some
from videogen_sandbox.engines import EngineError, Task
from videogen_sandbox.engines.sound.dsp import RATE
from videogen_sandbox.engines.sound.prompt import SOUNDS, read
from videogen_sandbox.engines.sound.sound import describe, render, synthesise


def names(prompt: str) -> list[list[str]]:
    return [[cue.sound.name for cue in moment] for moment in read(prompt)]


def centroid(sound: NDArray[np.float32]) -> float:
    """Mean frequency in Hz, weighted by energy."""
    energy = np.abs(np.fft.rfft(sound.mean(axis=1))) ** 2
    return float((energy * np.fft.rfftfreq(len(sound), 1 / RATE)).sum() / energy.sum())


def level(sound: NDArray[np.float32]) -> float:
    return float(np.sqrt((sound**2).mean()))


def faults(sound: NDArray[np.float32]) -> list[str]:
    """What is wrong with a sound effect of 1.5 seconds."""
    wanted = {
        "stereo of the asked length": sound.shape == (72_000, 2),
        "only numbers": bool(np.isfinite(sound).all()),
        "below the peak": np.abs(sound).max() <= 0.8913,
        "to be heard": level(sound) > 0.02,
        "silent at both ends": max(abs(sound[0]).max(), abs(sound[-1]).max()) < 0.01,
    }
    return [what for what, is_so in wanted.items() if not is_so]


def test_every_recipe_makes_clean_stereo_of_the_asked_length() -> None:
    assert len(SOUNDS) >= 17
    made = {sound.name: faults(render(sound.words.split("|")[0], 1.5, 7)) for sound in some(SOUNDS)}
    assert {name: wrong for name, wrong in made.items() if wrong} == {}


@pytest.mark.parametrize(
    ("prompt", "low", "high"),
    [
        ("heartbeat", 40, 200),
        ("church bell", 150, 900),
        ("applause", 1_000, 4_500),
        ("rain", 3_000, 12_000),
    ],
)
def test_the_spectrum_lies_where_the_thing_sounds(prompt: str, low: float, high: float) -> None:
    assert low < centroid(render(prompt, 4.0, 1)) < high


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("heavy rain on a tin roof with distant thunder", [["rain", "thunder"]]),
        ("footsteps then a door slam", [["footsteps"], ["slam"]]),
        ("a door slams after footsteps", [["footsteps"], ["slam"]]),
        ("thunderstorm", [["rain", "wind", "thunder"]]),
        ("church bell next to a river", [["bell", "stream"]]),
        ("no rain, just wind", [["wind"]]),
        ("spring rainbow", []),
    ],
)
def test_the_prompt_names_what_is_heard_and_when(prompt: str, expected: list[list[str]]) -> None:
    assert names(prompt) == expected


def test_adjectives_and_numbers_shape_the_sound() -> None:
    ((far, near),) = read("a distant dog barks twice and heavy slow footsteps")
    assert far.distance > 0 == near.distance
    assert far.manner.count == 2
    assert near.manner.force > 0.8
    assert near.manner.pace < 1


def test_a_sequence_is_heard_in_order() -> None:
    made = render("deep heartbeat, then birds", 6.0, 3)
    assert centroid(made[: 2 * RATE]) < 400 < 1_500 < centroid(made[-2 * RATE :])


@in_ci("what follows strokes is heard")
def test_steady_sound_goes_on_under_a_later_stroke() -> None:
    made = render("rain, then a church bell", 8.0, 3)
    alone = render("church bell", 8.0, 3)
    high = [np.abs(np.fft.rfft(sound[-RATE:, 0]))[6_000:].mean() for sound in (made, alone)]
    assert high[0] > 5 * high[1]


def test_three_knocks_are_three_strokes() -> None:
    made = np.abs(render("three knocks on a door", 2.0, 5)).max(axis=1)
    peaks = made.reshape(-1, 2_400).max(axis=1)
    rising = (peaks[1:] > 3 * peaks[:-1]) & (peaks[1:] > 0.3)
    assert rising.sum() + (peaks[0] > 0.3) == 3


def test_far_is_softer_and_duller_beside_near() -> None:
    near, far = render("dog barking, a clock", 3.0, 2), render("dog barking in the distance, a clock", 3.0, 2)
    assert not np.array_equal(near, far)
    assert centroid(render("distant glass", 3.0, 2)) < 0.6 * centroid(render("glass", 3.0, 2))


def test_same_words_and_seed_give_the_same_samples_and_another_seed_does_not() -> None:
    first, again, other = (render("rain and a dog", 2.0, seed) for seed in (4, 4, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_influence_one_keeps_to_the_words() -> None:
    literal = [render("beep", 2.0, seed, influence=1.0) for seed in (1, 2)]
    loose = [render("beep", 2.0, seed, influence=0.0) for seed in (1, 2)]
    assert abs(centroid(literal[0]) - centroid(literal[1])) < 1
    assert abs(centroid(loose[0]) - centroid(loose[1])) > 5


def task(folder: Path, **body: object) -> Task:
    return Task("generate-sound-effect", body, {}, 11, folder)


def test_the_engine_writes_a_wav_and_says_how(tmp_path: Path) -> None:
    seen: list[float] = []
    made = synthesise(task(tmp_path, prompt="siren", durationSeconds=1.25, promptInfluence=None), seen.append)
    with wave.open(str(made.path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 48_000, 2)
        assert file.getnframes() == 60_000
    assert (made.kind, made.engine, made.placeholder) == ("AUDIO", "sandbox-synth", False)
    assert "siren" in made.description
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_the_length_is_ten_seconds_unless_asked(tmp_path: Path) -> None:
    made = synthesise(task(tmp_path, prompt="wind"), lambda _: None)
    with wave.open(str(made.path)) as file:
        assert file.getnframes() == 480_000


def test_the_same_task_gives_the_same_bytes(tmp_path: Path) -> None:
    files = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        files.append(
            synthesise(task(tmp_path / name, prompt="laser", durationSeconds=1), lambda _: None).path.read_bytes()
        )
    assert files[0] == files[1]


def test_what_has_no_recipe_is_a_drone_that_says_so(tmp_path: Path) -> None:
    made = synthesise(task(tmp_path, prompt="the colour of Tuesday", durationSeconds=2), lambda _: None)
    assert made.placeholder
    assert "no recipe" in made.description == describe("the colour of Tuesday")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"prompt": "rain", "durationSeconds": 31}, "invalid_duration"),
        ({"prompt": " … "}, "empty_prompt"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(tmp_path: Path, body: dict[str, object], code: str) -> None:
    with pytest.raises(EngineError) as refusal:
        synthesise(task(tmp_path, **body), lambda _: None)
    assert refusal.value.code == code


def test_what_follows_strokes_does_not_wait_for_silence_to_pass() -> None:
    made = np.abs(render("three knocks on a door, then a siren", 10.0, 5)).max(axis=1)
    quiet = made.reshape(-1, 4_800).max(axis=1) < 0.01
    longest = max(len(run) for run in "".join("q" if still else " " for still in quiet).split() or [""])
    assert longest < 12


def test_everything_at_once_in_half_a_second_still_sounds() -> None:
    prompt = " then ".join(sound.words.split("|")[0] for sound in SOUNDS)
    made = render(prompt, 0.5, 1)
    assert made.shape == (24_000, 2)
    assert np.isfinite(made).all()
    assert np.abs(made).max() > 0.1
