from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.generated import in_ci, is_full
from videogen_sandbox.engines import EngineError, Made, Task
from videogen_sandbox.engines.drawing.scene import parse
from videogen_sandbox.engines.film.restyle import STYLES, fitted, plan, restyled
from videogen_sandbox.engines.film.scene import scene_frames
from videogen_sandbox.engines.film.sound import track
from videogen_sandbox.engines.film.stills import open_still, stills
from videogen_sandbox.engines.film.video import film
from videogen_sandbox.engines.film.weather import Kind, flock
from videogen_sandbox.engines.media import canvas
from videogen_sandbox.engines.media.decode import Sound, VideoReader, read_sound
from videogen_sandbox.engines.media.encode import SOUND_RATE, VideoWriter, write_wav
from videogen_sandbox.engines.media.probe import probe

Make = Callable[..., Path]
Grey = npt.NDArray[np.float64]


pytestmark = pytest.mark.usefixtures("small_films")

UPRIGHT = {"width": 9, "height": 16} if is_full() else {"width": 1, "height": 4}

FLAT = {"aspectRatio": {"width": 4, "height": 1}}
"""Of a request whose film has less than half of the usual pixels."""


def asked(
    folder: Path, body: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]] | None = None, seed: int = 1
) -> Task:
    folder.mkdir(exist_ok=True)
    return Task("generate-video-clip", body, inputs or {}, seed, folder)


def filmed_from(task: Task) -> Made:
    return film(task, lambda _share: None)


def pictures(path: Path) -> list[npt.NDArray[np.int64]]:
    with VideoReader(path) as reader:
        return [picture.astype(np.int64) for picture in reader.pictures()]


def drawn(prompt: str, frames: int = 12, size: tuple[int, int] = (192, 108), seed: int = 1) -> list[Grey]:
    scene = parse(prompt)
    return [np.asarray(frame.convert("L"), np.float64) for frame in scene_frames(scene, *size, frames, 6, seed)]


def test_a_prompt_becomes_a_moving_film_of_the_length_and_shape_asked_for(tmp_path: Path) -> None:
    body = {"prompt": "a red car in a city", "durationSeconds": 1, "aspectRatio": UPRIGHT}
    made = filmed_from(asked(tmp_path / "a", body))
    media = probe(made.path)
    assert (media.kind, media.fps, media.has_audio) == ("VIDEO", 24.0, False)
    assert (media.width, media.height) == (720 if is_full() else 160, canvas.LONG_SIDE)
    assert media.duration == pytest.approx(1.0, abs=0.05)
    assert made.placeholder
    assert "car" in made.description
    shown = pictures(made.path)
    assert np.abs(shown[0] - shown[-1]).mean() > 3


@in_ci("test_same_bytes has the writer, test_script_to_video all of a film")
def test_the_same_task_gives_the_same_bytes(tmp_path: Path) -> None:
    body = {"prompt": "a fox in the snow at night", "durationSeconds": 1, "generateAudio": True, **FLAT}
    first, again = (filmed_from(asked(tmp_path / name, body)).path.read_bytes() for name in "ab")
    assert first == again


def test_another_seed_gives_another_film() -> None:
    assert np.abs(drawn("a forest", seed=1)[0] - drawn("a forest", seed=2)[0]).mean() > 2


def shift_of(first: Grey, last: Grey, rows: slice, most: int = 26) -> int:
    """How many pixels the picture has moved to the right between two frames."""

    def difference(shift: int) -> float:
        width = first.shape[1] - 2 * most
        return float(np.abs(last[rows, most + shift : most + shift + width] - first[rows, most : most + width]).mean())

    return min(range(-most, most + 1), key=difference)


def test_what_is_near_passes_faster_than_what_is_far() -> None:
    shown = drawn("mountains in summer", frames=24, size=(480, 270))
    far, near = shift_of(shown[0], shown[-1], slice(0, 50)), shift_of(shown[0], shown[-1], slice(150, 270))
    assert far * near > 0
    assert abs(near) > 1.5 * abs(far)


@pytest.mark.parametrize(
    "prompt", ["a thunderstorm over the sea", "fog in a forest", "a reef under water", "🙂", "seven cats, seven birds"]
)
def test_every_kind_of_scene_can_be_filmed(prompt: str) -> None:
    shown = drawn(prompt, frames=4, size=(128, 72))
    assert len(shown) == 4
    assert np.abs(shown[0] - shown[-1]).max() > 0


@pytest.mark.parametrize("kind", ["rain", "stars", "bubbles", "leaves", "fireflies"])
def test_particles_are_seen_move_and_stay_few(kind: Kind) -> None:
    air = flock(kind, 320, 180, seed=5)
    shown = []
    for time in (0.0, 0.7):
        frame = Image.new("RGB", (320, 180), (20, 40, 60))
        air.draw(frame, time)
        shown.append(np.asarray(frame).astype(int) - (20, 40, 60))
    covered = (np.abs(shown[0]).max(axis=2) > 12).mean()
    assert 0.0002 < covered < 0.12
    assert np.abs(shown[0] - shown[1]).max() > 20


def halves(size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, (240, 200, 60))
    image.paste((60, 120, 220), (size[0] // 2, 0, *size))
    return image


@pytest.mark.parametrize("size", [(400, 100), (33, 41)])
def test_a_still_fills_the_frame_without_borders(size: tuple[int, int]) -> None:
    moved = list(stills([Image.new("RGB", size, (240, 200, 60))], 160, 90, 12, 6, 1, first_whole=False))
    assert len(moved) == 12
    assert all(np.asarray(frame).reshape(-1, 3).min(axis=0) == pytest.approx((240, 200, 60)) for frame in moved)


def test_the_first_frame_is_the_start_frame() -> None:
    still = halves((320, 180))
    first, *_, last = stills([still], 160, 90, 12, 6, 1, first_whole=True)
    assert np.abs(np.asarray(first).astype(int) - np.asarray(still.resize((160, 90)))).mean() < 1
    assert np.abs(np.asarray(first).astype(int) - np.asarray(last)).mean() > 0.1


def test_stills_fade_into_each_other() -> None:
    black, white = Image.new("RGB", (160, 90)), Image.new("RGB", (160, 90), (255, 255, 255))
    greys = [int(np.asarray(frame).mean()) for frame in stills([black, white], 160, 90, 40, 10, 1, first_whole=False)]
    assert greys == sorted(greys)
    assert (greys[0], greys[-1]) == (0, 255)
    assert 4 <= sum(5 < grey < 250 for grey in greys) <= 9


def test_stills_of_every_kind_make_a_clip(tmp_path: Path, photo: Make) -> None:
    drawing = tmp_path / "a.svg"
    drawing.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><circle r="8" fill="red"/></svg>')
    files = [photo(), photo("a.png", mode="RGBA"), drawing]
    made = filmed_from(asked(tmp_path / "a", {"durationSeconds": 1, **FLAT}, {"imageFileIds": files}))
    assert not made.placeholder
    assert probe(made.path).duration == pytest.approx(1.0, abs=0.05)
    assert max(open_still(drawing).size) > 1_000


def test_a_source_film_is_played_as_it_is_but_for_its_look(filmed: Make, tone: Sound) -> None:
    source = filmed(width=192, height=108, sound=tone)
    what = plan("make it black and white")
    shown = list(restyled(fitted([source], 96, 54, 20, 10, what), 96, 54, 10, what))
    assert len(shown) == 20
    assert all(np.ptp(picture.astype(int), axis=2).max() <= 6 for picture in shown)
    assert shown[0][5, 5].mean() > 200  # the white block begins at the left
    assert shown[-1][5, 90].mean() > 200


def test_every_look_changes_the_picture_and_keeps_its_size() -> None:
    image = halves((96, 54))
    image.paste((200, 30, 90), (10, 5, 30, 20))
    picture = np.asarray(image)
    changed = {style.name: [*restyled(iter([picture] * 3), 96, 54, 10, plan(style.name))] for style in STYLES}
    assert {tuple(shown.shape for shown in film) for film in changed.values()} == {((54, 96, 3),) * 3}
    assert [name for name, film in changed.items() if np.abs(film[0].astype(int) - picture).max() <= 8] == []


@pytest.mark.parametrize(
    ("prompt", "styles", "pace", "reverse"),
    [
        ("", ["cinematic"], 1.0, False),
        ("black-and-white, vintage film", ["black and white", "vintage"], 1.0, False),
        ("play it backwards, twice as fast", [], 2.0, True),
        ("breakfast with a coolant bottle", ["cinematic"], 1.0, False),
    ],
)
def test_a_prompt_is_read_as_looks_and_pace(prompt: str, styles: list[str], pace: float, reverse: bool) -> None:
    what = plan(prompt)
    assert ([style.name for style in what.styles], what.pace, what.reverse) == (styles, pace, reverse)


def reds(source: Path, frames: int, prompt: str) -> list[int]:
    """The red of the lower edge, which rises from 0 to 220 in the source."""
    return [int(picture[60, 5, 0]) for picture in fitted([source], 96, 64, frames, 10, plan(prompt))]


def test_a_reversed_film_ends_where_it_began(filmed: Make) -> None:
    shown = reds(filmed(), 20, "reversed")
    assert shown == pytest.approx(reds(filmed(), 20, "")[::-1], abs=6)


def test_what_was_hidden_in_a_transparent_film_is_not_in_the_clip(tmp_path: Path) -> None:
    hidden = np.full((108, 192, 4), (0, 255, 0, 0), np.uint8)
    hidden[40:70, 70:120] = (200, 30, 30, 255)
    with VideoWriter(tmp_path / "in.webm", width=192, height=108, fps=5, form="webm-alpha") as writer:
        for _ in range(5):
            writer.write(hidden)

    body = {"prompt": "vivid", "durationSeconds": 1, **FLAT}
    made = filmed_from(asked(tmp_path, body, {"videoFileIds": [tmp_path / "in.webm"]}))

    corner = pictures(made.path)[0][:60, :60]
    assert np.abs(corner - 250).max() < 12
    assert "a light colour now, #f7f7fa" in made.description


def test_slow_motion_and_speed_change_what_is_reached(filmed: Make) -> None:
    source = filmed()
    assert reds(source, 10, "")[-1] == pytest.approx(220 * 9 / 19, abs=8)
    assert reds(source, 10, "slow motion")[-1] == pytest.approx(220 * 4 / 19, abs=8)
    assert reds(source, 10, "faster")[-1] == pytest.approx(220, abs=14)


def test_a_short_source_is_repeated_to_the_length_asked_for(filmed: Make) -> None:
    shown = reds(filmed(seconds=1.0), 25, "")
    assert len(shown) == 25
    assert shown[10:20] == pytest.approx(shown[:10], abs=3)


def test_a_film_is_cropped_to_the_frame_not_squeezed(filmed: Make) -> None:
    source = filmed(width=192, height=64)
    first = next(iter(fitted([source], 64, 64, 5, 10, plan(""))))
    assert first.shape == (64, 64, 3)
    assert first.max() < 40  # the block at the far left is outside


def test_a_source_film_keeps_its_length_and_sound(tmp_path: Path, filmed: Make, tone: Sound) -> None:
    body = {"prompt": "warm colors", "durationSeconds": None, **FLAT}
    made = filmed_from(asked(tmp_path / "a", body, {"videoFileIds": [filmed(sound=tone)]}))
    media = probe(made.path)
    assert (media.width, media.height, media.has_audio, made.placeholder) == (
        canvas.LONG_SIDE,
        canvas.LONG_SIDE // 4,
        True,
        False,
    )
    assert media.duration == pytest.approx(2.0, abs=0.06)
    assert np.abs(read_sound(made.path, rate=SOUND_RATE)[20_000:60_000]).max() == pytest.approx(0.4, abs=0.06)


def heard(
    folder: Path, body: Mapping[str, Any], films: Sequence[Path] = (), sounds: Sequence[Path] = ()
) -> Sound | None:
    return track(asked(folder, body), str(body.get("prompt", "")), films, sounds, None, 1.5).samples


def test_sound_is_made_when_asked_for_and_only_then(tmp_path: Path) -> None:
    assert heard(tmp_path, {"prompt": "waves on a beach"}) is None
    for body in ({"prompt": "waves on a beach", "generateAudio": True}, {"prompt": "a beach with the sound of waves"}):
        made = heard(tmp_path, body)
        assert made is not None
        assert made.shape == (72_000, 2)
        assert np.abs(made).max() > 0.1


def test_there_is_ambience_for_any_prompt(tmp_path: Path) -> None:
    made = heard(tmp_path, {"prompt": "🙂", "generateAudio": True})
    assert made is not None
    assert np.isfinite(made).all()


def test_a_given_sound_wins_and_is_cut_to_the_clip(tmp_path: Path, filmed: Make, tone: Sound) -> None:
    given = write_wav(tmp_path / "given.wav", 0.5 * tone, SOUND_RATE)
    made = heard(tmp_path, {"generateAudio": True}, [filmed(sound=tone)], [given])
    assert made is not None
    assert made.shape == (72_000, 2)
    assert np.abs(made).max() == pytest.approx(0.2, abs=0.01)
    assert np.abs(made[-200:]).max() < 0.01


def test_a_reversed_film_sounds_reversed(tmp_path: Path, filmed: Make) -> None:
    rising = np.linspace(0, 0.5, int(1.5 * SOUND_RATE), dtype=np.float32) * np.sin(np.arange(72_000) / 9)
    made = heard(tmp_path, {"prompt": "reversed"}, [filmed(seconds=1.5, sound=rising.astype(np.float32))])
    assert made is not None
    assert np.abs(made[:10_000]).max() > 3 * np.abs(made[50_000:60_000]).max()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"prompt": " \n"}, "missing_input"),
        ({"prompt": "a", "durationSeconds": 31}, "invalid_duration"),
        ({"prompt": "a", "durationSeconds": float("nan")}, "invalid_duration"),
        ({"prompt": "a", "aspectRatio": {"width": 1, "height": 9_999}}, "unsupported_aspect_ratio"),
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path: Path, body: Mapping[str, Any], code: str) -> None:
    with pytest.raises(EngineError) as refusal:
        filmed_from(asked(tmp_path / "a", body))
    assert refusal.value.code == code


@pytest.mark.parametrize("name", ["imageFileIds", "videoFileIds", "audioFileIds", "startFrameFileId"])
def test_inputs_that_are_no_media_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "upload").write_bytes(b"not a film, not a picture, not a sound")
    with pytest.raises(EngineError) as refusal:
        filmed_from(asked(tmp_path / "a", {"prompt": "a cat"}, {name: [tmp_path / "upload"]}))
    assert refusal.value.code == "unreadable_media"


def test_a_mark_is_drawn_only_when_asked_for_and_progress_rises_to_one(tmp_path: Path, photo: Make) -> None:
    corners = []
    for mode in ("AUTO", "VIDEO_GEN"):
        shares: list[float] = []
        body = {"durationSeconds": 1, "watermarkMode": mode, **FLAT}
        made = film(asked(tmp_path / mode, body, {"imageFileIds": [photo()]}), shares.append)
        assert shares == sorted(shares)
        assert shares[-1] == pytest.approx(1.0)
        corners.append(pictures(made.path)[0][-30:, -80:])
    assert np.ptp(corners[0], axis=(0, 1)).max() < 24
    assert np.abs(corners[0] - corners[1]).max() > 60
