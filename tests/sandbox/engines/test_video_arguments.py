"""What a clip is made of besides its prompt: dialogue, sounds, music, a first frame, several films."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from videogen_sandbox.engines import EngineError, Task
from videogen_sandbox.engines.film.sound import LEAD, Track, dialogue, track, voice_for
from videogen_sandbox.engines.film.video import AFTER_SPEECH, film
from videogen_sandbox.engines.media.decode import Sound, VideoReader, read_sound
from videogen_sandbox.engines.media.encode import SOUND_RATE, VideoWriter, write_wav
from videogen_sandbox.engines.media.probe import probe

pytestmark = pytest.mark.usefixtures("small_films")

Make = Callable[..., Path]

LINE = "Good bread takes time."
FLAT = {"aspectRatio": {"width": 4, "height": 1}}


def asked(folder: Path, body: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]] | None = None) -> Task:
    folder.mkdir(exist_ok=True)
    return Task("generate-video-clip", body, inputs or {}, 1, folder)


@cache
def said(description: str = "", seconds: float | None = None) -> Sound:
    spoken = dialogue(asked(Path(), {"spokenDialogue": LINE, "voiceDescription": description}), seconds)
    assert spoken is not None
    return spoken


def loud(sound: Sound) -> float:
    return float(np.sqrt(np.mean(np.square(sound))))


def low_share(sound: Sound) -> float:
    """Share of the energy between 80 and 170 Hz, where men's voices have their fundamental and women's do not."""
    energy = np.abs(np.fft.rfft(sound)) ** 2
    frequency = np.fft.rfftfreq(len(sound), 1 / SOUND_RATE)
    return float(energy[(frequency > 80) & (frequency < 170)].sum() / energy.sum())


@pytest.mark.parametrize(
    ("description", "voice"),
    [
        ("a deep male voice", "miles"),
        ("young woman, bright", "heart"),
        ("an elderly lady, calm", "alto"),
        ("female narrator", "heart"),
        ("grumpy old man", "miles"),
        ("", "heart"),
    ],
)
def test_the_description_chooses_the_voice(description: str, voice: str) -> None:
    assert voice_for(description) == voice


def test_a_described_man_speaks_lower() -> None:
    assert low_share(said("a deep male voice")) > 4 * low_share(said())


def test_the_dialogue_begins_after_a_moment_and_is_spoken_to_its_end() -> None:
    spoken = said()
    assert np.abs(spoken[: int(LEAD * SOUND_RATE)]).max() == 0
    assert loud(spoken[int(LEAD * SOUND_RATE) :]) > 0.03


def test_a_short_clip_is_spoken_faster_and_one_too_short_is_refused() -> None:
    usual = len(said()) / SOUND_RATE
    assert len(said(seconds=usual * 0.85)) / SOUND_RATE <= usual * 0.85
    with pytest.raises(EngineError, match="takes 2 at least") as refusal:
        said(seconds=1.0)
    assert refusal.value.code == "dialogue_too_long"


def test_the_language_of_a_dialogue_is_checked(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as refusal:
        dialogue(asked(tmp_path, {"spokenDialogue": "Das ist nicht das, was ich dir sagen wollte."}), None)
    assert refusal.value.code == "unsupported_language"


def test_a_clip_without_a_length_lasts_as_long_as_its_dialogue(tmp_path: Path, filmed: Make) -> None:
    body = {"spokenDialogue": LINE, **FLAT}
    made = film(asked(tmp_path / "a", body, {"videoFileIds": [filmed(seconds=1.0)]}), lambda _share: None)
    assert probe(made.path).duration == pytest.approx(len(said()) / SOUND_RATE + AFTER_SPEECH, abs=0.1)
    heard = read_sound(made.path, rate=SOUND_RATE)
    assert loud(heard) == pytest.approx(loud(said()), rel=0.3)
    assert "spoken" in made.description


def mixed(
    folder: Path, body: Mapping[str, Any], films: Sequence[Path] = (), sounds: Sequence[Path] = (), words: bool = False
) -> Track:
    return track(asked(folder, body), str(body.get("prompt", "")), films, sounds, said() if words else None, 3.0)


def test_a_film_s_own_sound_goes_on_quietly_under_the_dialogue(tmp_path: Path, filmed: Make, tone: Sound) -> None:
    made = mixed(tmp_path, {}, [filmed(sound=tone)], words=True)
    assert made.samples is not None
    assert loud(made.samples[: int(LEAD * SOUND_RATE)]) == pytest.approx(loud(tone) * 10 ** (-13 / 20), rel=0.1)
    assert np.abs(made.samples).max() <= 0.8913


def test_several_sounds_are_heard_one_after_the_other(tmp_path: Path, tone: Sound) -> None:
    first = write_wav(tmp_path / "first.wav", 0.5 * tone[: SOUND_RATE // 2], SOUND_RATE)
    second = write_wav(tmp_path / "second.wav", tone[: SOUND_RATE // 2], SOUND_RATE)
    made = mixed(tmp_path, {}, sounds=[first, second])
    assert made.samples is not None
    halves = [loud(made.samples[at * SOUND_RATE // 2 : (at + 1) * SOUND_RATE // 2]) for at in (0, 1, 2)]
    assert halves[1] == pytest.approx(2 * halves[0], rel=0.05)
    assert halves[2] == 0
    assert "one after the other" in made.description


def test_music_that_is_asked_for_is_there_unless_it_is_suppressed(tmp_path: Path) -> None:
    body = {"prompt": "a beach with calm music"}
    with_music, without = mixed(tmp_path, body), mixed(tmp_path, {**body, "suppressBackgroundMusic": True})
    assert "With music." in with_music.description
    assert "music" not in without.description
    assert with_music.samples is not None
    assert without.samples is not None
    assert np.abs(with_music.samples - without.samples).max() > 0.02


def test_the_first_picture_of_a_restyled_film_is_the_start_frame(tmp_path: Path, filmed: Make) -> None:
    Image.new("RGB", (320, 80), (20, 200, 60)).save(tmp_path / "start.png")
    inputs = {"videoFileIds": [filmed()], "startFrameFileId": [tmp_path / "start.png"]}
    task = asked(tmp_path / "a", {"prompt": "sharp", "durationSeconds": 1, **FLAT}, inputs)
    with VideoReader(film(task, lambda _share: None).path) as reader:
        first, *_, last = reader.pictures()
    assert np.abs(first.astype(int) - (20, 200, 60)).max() < 12
    assert np.abs(last.astype(int) - (20, 200, 60)).mean() > 30


def test_several_films_are_seen_in_turn(tmp_path: Path) -> None:
    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]
    films = []
    for number, colour in enumerate(colours):
        path = tmp_path / f"{number}.mp4"
        with VideoWriter(path, width=64, height=16, fps=10) as writer:
            for _ in range(10):
                writer.write(np.full((16, 64, 3), colour, np.uint8))
        films.append(path)
    task = asked(tmp_path / "a", {"prompt": "sharp", "durationSeconds": 1, **FLAT}, {"videoFileIds": films})
    made = film(task, lambda _share: None)
    with VideoReader(made.path) as reader:
        pictures = list(reader.pictures())
    seen = [pictures[len(pictures) * part // 6].reshape(-1, 3).mean(axis=0) for part in (1, 3, 5)]
    assert [int(np.argmax(colour)) for colour in seen] == [0, 1, 2]
    assert "3 source films" in made.description
