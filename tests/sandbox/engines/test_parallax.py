from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.generated import in_ci
from tests.sandbox.engines.test_matting import COAT, lawn, photo
from videogen_sandbox.engines import EngineError, Task
from videogen_sandbox.engines.film import parallax
from videogen_sandbox.engines.film.parallax import FPS, Layers, deepen, filled, layers, view
from videogen_sandbox.engines.matting.net import SIDE
from videogen_sandbox.engines.media import canvas
from videogen_sandbox.engines.media.decode import VideoReader

pytestmark = pytest.mark.usefixtures("small_films")

WIDTH, HEIGHT = 320, 180


@cache
def parts() -> Layers:
    """The figure on the lawn, taken apart."""
    return layers(photo(WIDTH, HEIGHT)[0], WIDTH, HEIGHT)


def seen(share: float) -> npt.NDArray[np.float64]:
    return np.asarray(view(parts(), share), np.float64)


def place_of_coat(picture: npt.NDArray[np.float64]) -> float:
    """The column about which the figure's coat lies."""
    near = np.abs(picture - COAT).max(axis=2) < 40
    return float(np.nonzero(near)[1].mean())


def shift_between(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64], rows: slice) -> float:
    """How many pixels the left part of some rows has moved to the right, to a fifth of a pixel."""
    left, right = 20, 90
    columns = np.arange(left, right)
    grey = [picture[rows].mean(axis=2) for picture in (first, second)]

    def difference(shift: float) -> float:
        moved = np.stack([np.interp(columns + shift, np.arange(WIDTH), row) for row in grey[1]])
        return float(np.abs(moved - grey[0][:, left:right]).mean())

    return float(min(np.arange(-8, 8.1, 0.2), key=difference))


@in_ci("the film's shape, length and motion are looked at")
def test_near_things_move_more_than_the_ground_and_the_ground_more_than_the_sky() -> None:
    first, second = seen(0.25), seen(0.75)
    subject = place_of_coat(second) - place_of_coat(first)
    ground = shift_between(first, second, slice(130, 170))
    sky = shift_between(first, second, slice(5, 45))
    assert abs(subject) > 1.3 * abs(ground) > 1.3 * 1.3 * abs(sky) > 0
    assert max(subject, ground, sky) < 0


def test_the_camera_comes_back_to_where_it_began_without_a_jump() -> None:
    steps = [float(np.abs(seen(number / 40) - seen((number + 1) / 40)).mean()) for number in range(36, 44)]
    assert np.abs(seen(0) - seen(1)).max() == 0
    assert max(steps) < 2.5 * min(steps)


def test_no_edge_of_the_picture_comes_into_view() -> None:
    white = Layers(Image.new("RGB", (WIDTH, HEIGHT), "white"), None, HEIGHT)
    assert min(np.asarray(view(white, share)).min() for share in (0.0, 0.25, 0.5, 0.75)) == 255


def test_what_was_hidden_is_filled_from_around_it() -> None:
    ground = np.asarray(lawn(WIDTH, HEIGHT), np.float64)
    background = np.asarray(parts().background, np.float64)
    assert np.abs(background - COAT).max(axis=2).min() > 40
    assert np.abs(background.mean(axis=(0, 1)) - ground.mean(axis=(0, 1))).max() < 6


def test_a_hole_between_two_colours_goes_over_from_one_to_the_other() -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:, 30:] = 200
    hidden = np.zeros((40, 60), bool)
    hidden[10:30, 15:45] = True
    made = filled(picture, hidden)
    assert made[20, 16, 0] < 60 < made[20, 30, 0] < 140 < made[20, 43, 0]
    assert np.array_equal(made[~hidden], picture[~hidden])
    assert (filled(picture, np.ones((40, 60), bool)) == 0).all()


def test_a_picture_without_a_subject_still_has_perspective(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallax, "find", lambda _: np.zeros((SIDE, SIDE), np.float32))
    flat = layers(Image.new("RGB", (WIDTH, HEIGHT), (90, 120, 160)), WIDTH, HEIGHT)
    assert flat.subject is None


def test_what_is_transparent_is_the_background() -> None:
    cutout = Image.new("RGBA", (WIDTH, HEIGHT))
    cutout.paste((200, 20, 20, 255), (100, 60, 200, 150))
    taken = layers(cutout, WIDTH, HEIGHT)
    assert taken.subject is not None
    assert taken.foot == pytest.approx(150, abs=2)
    assert taken.background.getcolors() == [(WIDTH * HEIGHT, (247, 247, 250))]


def task(folder: Path, size: tuple[int, int]) -> Task:
    source = folder / "photo.png"
    photo(*size)[0].save(source)
    return Task("image-3d-effect", {}, {"imageFileId": [source]}, 1, folder)


def test_the_film_has_the_shape_of_the_picture_and_its_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 3 <= parallax.SECONDS <= 8
    monkeypatch.setattr(parallax, "SECONDS", 0.4)
    found = np.zeros((SIDE, SIDE), np.float32)
    found[40:, 100:220] = 1
    monkeypatch.setattr(parallax, "find", lambda _: found)
    reported: list[float] = []
    made = deepen(task(tmp_path, (640, 160)), reported.append)
    with VideoReader(made.path) as reader:
        assert (reader.width, reader.height, reader.fps) == (canvas.LONG_SIDE, canvas.LONG_SIDE // 4, Fraction(FPS))
        assert sum(1 for _ in reader.pictures()) == 0.4 * FPS
    assert reported[-1] == 1.0
    assert "subject" in made.description


def test_shapes_that_no_film_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as refusal:
        deepen(task(tmp_path, (900, 160)), lambda _share: None)
    assert refusal.value.code == "unsupported_aspect_ratio"
