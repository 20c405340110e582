from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.generated import in_ci
from videogen_sandbox.catalogue import PRESENTERS
from videogen_sandbox.engines import EngineError, Made, Task
from videogen_sandbox.engines.media import canvas
from videogen_sandbox.engines.media.decode import Picture, Sound, VideoReader
from videogen_sandbox.engines.media.encode import SOUND_RATE, write_wav
from videogen_sandbox.engines.media.probe import probe
from videogen_sandbox.engines.presenters.avatar import portrait, present, preview_clip
from videogen_sandbox.engines.presenters.lipsync import movement

pytestmark = pytest.mark.usefixtures("small_films")

FPS = 25
CLIP_SECONDS = 2.99
FLAT = {"aspectRatio": {"width": 4, "height": 1}}
"""Of a request whose film has less than half of the usual pixels."""


def speechlike(seconds: float, seed: int = 3) -> Sound:
    """Syllables of a voice with formants, of uneven loudness, with a pause of half a second in the middle."""
    dice = np.random.default_rng(seed)
    count = int(seconds * SOUND_RATE)
    time = np.arange(count) / SOUND_RATE
    loudness = np.zeros(count)
    begin = 0.1
    while begin < seconds - 0.3:
        length, force = dice.uniform(0.12, 0.26), dice.uniform(0.25, 1.0)
        inside = (time >= begin) & (time < begin + length)
        loudness[inside] = force * np.sin(np.pi * (time[inside] - begin) / length)
        begin += length + dice.uniform(0.02, 0.12)
    loudness[(time > seconds / 2 - 0.25) & (time < seconds / 2 + 0.25)] = 0
    formants = {500: 1.0, 1_500: 0.5, 2_500: 0.25}
    voice = sum(
        sum(height / (1 + ((130 * k - f) / 180) ** 2) for f, height in formants.items())
        * np.sin(2 * np.pi * 130 * k * time)
        for k in range(1, 26)
    )
    sound: Sound = (0.25 * loudness * voice).astype(np.float32)
    return sound


def task(folder: Path, sound: Sound | None, body: Mapping[str, Any] | None = None, seed: int = 1) -> Task:
    folder.mkdir(exist_ok=True)
    inputs = {} if sound is None else {"audioFileId": [write_wav(folder / "voice.wav", sound, SOUND_RATE)]}
    return Task("generate-avatar", {"presenter": "jonas", **(body or {})}, inputs, seed, folder)


def spoken(folder: Path, sound: Sound | None, body: Mapping[str, Any] | None = None, seed: int = 1) -> Made:
    return present(task(folder, sound, body, seed), lambda _share: None)


def open_mouth(picture: Picture) -> float:
    """Share of the middle of a picture that is as dark and red as the inside of a mouth."""
    height, width = picture.shape[:2]
    middle = picture[round(0.42 * height) : round(0.64 * height), round(0.41 * width) : round(0.59 * width)]
    red, green, blue = (middle[..., channel].astype(int) for channel in range(3))
    dark = (red > 40) & (red < 115) & (green < 45) & (blue < 60) & (red > green + 25)
    return float(dark.mean())


def levels(sound: Sound, frames: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    hop = SOUND_RATE // FPS
    padded = np.pad(sound, (0, hop))
    return np.array([np.sqrt(np.mean(padded[n * hop : (n + 1) * hop] ** 2.0)) for n in range(frames)])


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, small_films: None) -> Made:
    return spoken(tmp_path_factory.mktemp("clip"), speechlike(CLIP_SECONDS))


def test_the_mouth_goes_with_the_voice_and_is_shut_in_the_pause(clip: Made) -> None:
    with VideoReader(clip.path) as reader:
        mouths = np.array([open_mouth(picture) for picture in reader.pictures()])
    heard = levels(speechlike(CLIP_SECONDS), len(mouths))
    assert np.corrcoef(mouths, heard)[0, 1] >= 0.7
    assert mouths[36:42].max() < 0.05 * mouths.max()
    assert mouths.max() > 0.008


def test_the_clip_is_as_long_as_the_sound_and_carries_it(clip: Made) -> None:
    media = probe(clip.path)
    size = (canvas.LONG_SIDE, canvas.SHORT_SIDE)
    assert (media.kind, (media.width, media.height), media.fps, media.has_audio) == ("VIDEO", size, 25.0, True)
    assert media.duration == pytest.approx(CLIP_SECONDS, abs=1 / FPS)
    assert (clip.placeholder, clip.kind) == (True, "VIDEO")
    assert "Jonas" in clip.description


def test_the_same_task_gives_the_same_bytes(tmp_path: Path) -> None:
    first, again = (spoken(tmp_path / name, speechlike(0.6), FLAT) for name in "ab")
    assert first.path.read_bytes() == again.path.read_bytes()


def test_another_seed_gives_another_performance() -> None:
    one, other = (movement(speechlike(0.6), SOUND_RATE, FPS, FPS, seed=seed) for seed in (1, 2))
    assert not np.array_equal(one.tilt, other.tilt)


def test_the_frame_has_the_shape_asked_for(tmp_path: Path) -> None:
    media = probe(spoken(tmp_path / "a", speechlike(0.2), {"aspectRatio": {"width": 9, "height": 16}}).path)
    assert (media.width, media.height) == (canvas.SHORT_SIDE, canvas.LONG_SIDE)


def test_a_mark_is_drawn_only_when_asked_for(tmp_path: Path) -> None:
    corners = []
    for mode in ("AUTO", "VIDEO_GEN"):
        made = spoken(tmp_path / mode, speechlike(0.2), {"watermarkMode": mode})
        with VideoReader(made.path) as reader:
            corners.append(next(reader.pictures())[-30:, -80:].astype(int))
    assert np.ptp(corners[0], axis=(0, 1)).max() < 60
    assert np.abs(corners[0] - corners[1]).max() > 60


@pytest.mark.parametrize(
    ("body", "seconds", "code"),
    [
        ({"presenter": "nobody"}, 1.0, "unknown_presenter"),
        ({}, None, "missing_input"),
        ({}, 121.0, "media_too_long"),
        ({"aspectRatio": {"width": 1, "height": 100}}, 1.0, "unsupported_aspect_ratio"),
    ],
)
def test_what_cannot_be_made_is_refused(
    tmp_path: Path, body: Mapping[str, Any], seconds: float | None, code: str
) -> None:
    sound = None if seconds is None else np.zeros(int(seconds * SOUND_RATE), np.float32)
    with pytest.raises(EngineError) as refusal:
        spoken(tmp_path / "a", sound, body)
    assert refusal.value.code == code


def test_a_file_without_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "voice.wav").write_bytes(b"no sound at all")
    asked = Task("generate-avatar", {"presenter": "sam"}, {"audioFileId": [tmp_path / "voice.wav"]}, 1, tmp_path)
    with pytest.raises(EngineError) as refusal:
        present(asked, lambda _share: None)
    assert refusal.value.code == "unreadable_media"


def test_silence_is_listened_to_with_a_shut_mouth() -> None:
    quiet = np.random.default_rng(1).normal(0, 1e-4, SOUND_RATE).astype(np.float32)
    for sound in (np.zeros(SOUND_RATE, np.float32), quiet):
        acting = movement(sound, SOUND_RATE, FPS, FPS, seed=1)
        assert acting.opening.max() == 0


def test_hissing_opens_the_mouth_less_than_a_vowel_of_the_same_level() -> None:
    time = np.arange(SOUND_RATE) / SOUND_RATE
    vowel = 0.2 * sum(np.sin(2 * np.pi * f * time) for f in (260, 520, 780))
    hiss = np.diff(np.random.default_rng(1).normal(0, 1, SOUND_RATE + 2), 2)
    hiss *= np.sqrt(np.mean(vowel**2)) / np.sqrt(np.mean(hiss**2))
    both = np.concatenate([vowel, hiss]).astype(np.float32)
    opening = movement(both, SOUND_RATE, 2 * FPS, FPS, seed=1).opening
    assert opening[10:22].mean() > 2 * opening[35:47].mean()


def test_a_dark_vowel_is_rounder_than_a_bright_one() -> None:
    time = np.arange(SOUND_RATE) / SOUND_RATE
    dark, bright = np.sin(2 * np.pi * 300 * time), np.sin(2 * np.pi * 400 * time) + np.sin(2 * np.pi * 2_200 * time)
    rounding = [
        movement((0.3 * sound).astype(np.float32), SOUND_RATE, FPS, FPS, seed=1).rounding[12]
        for sound in (dark, bright)
    ]
    assert rounding[0] > rounding[1] + 0.4


def test_eyes_blink_every_few_seconds() -> None:
    acting = movement(np.zeros(20 * SOUND_RATE, np.float32), SOUND_RATE, 20 * FPS, FPS, seed=4)
    shut = np.flatnonzero(np.diff((acting.lids == 2).astype(int)) == 1)
    assert 4 <= len(shut) <= 14
    assert (acting.lids == 2).mean() < 0.1


@in_ci("presenters are seen in clips")
def test_portraits_are_square_and_each_is_someone_else() -> None:
    drawn = {}
    for presenter in PRESENTERS:
        with Image.open(io.BytesIO(portrait(presenter.slug, 96))) as image:
            assert (image.format, image.size) == ("PNG", (96, 96))
            drawn[presenter.slug] = np.asarray(image.convert("RGB")).astype(int)
    names = sorted(drawn)
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            assert np.abs(drawn[one] - drawn[other]).mean() > 25, (one, other)


def test_a_preview_clip_is_short_silent_and_talks(tmp_path: Path) -> None:
    media = probe(preview_clip("viktor", tmp_path))
    assert (media.width, media.height, media.has_audio) == (640, 360, False)
    assert media.duration == pytest.approx(3.0, abs=0.05)


def test_progress_rises_to_one(tmp_path: Path) -> None:
    shares: list[float] = []
    present(task(tmp_path / "a", speechlike(0.5), FLAT), shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
