"""Films come out as a person sees them: upright, square pixels, right colours, whole pictures, in order."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from tests.sandbox.look.making import BLUE, GREEN, RED, YELLOW, corners, film, hdr_film, near, quad
from videogen_sandbox.look import Unreadable
from videogen_sandbox.look.containers import GAP, Order
from videogen_sandbox.look.film import Film

UPRIGHT = [RED, GREEN, BLUE, YELLOW]
FINE = {"crf": "8", "preset": "ultrafast"}

T = 65_536


def picture_of(path: Path, time: float = 0.0) -> Image.Image:
    with Film(path) as opened:
        (shot,) = opened.shots_at([time])
    return shot.image


@pytest.mark.parametrize(
    ("matrix", "stored"),
    [
        ((T, 0, 0, T), None),
        ((0, T, -T, 0), Image.Transpose.ROTATE_90),
        ((-T, 0, 0, -T), Image.Transpose.ROTATE_180),
        ((0, -T, T, 0), Image.Transpose.ROTATE_270),
        ((-T, 0, 0, T), Image.Transpose.FLIP_LEFT_RIGHT),
        ((T, 0, 0, -T), Image.Transpose.FLIP_TOP_BOTTOM),
        ((0, T, T, 0), Image.Transpose.TRANSPOSE),
        ((0, -T, -T, 0), Image.Transpose.TRANSVERSE),
        ((-T // 2, 0, 0, T // 2), Image.Transpose.FLIP_LEFT_RIGHT),
        ((1_000, T, -T, 1_000), Image.Transpose.ROTATE_90),
    ],
)
def test_every_display_matrix_is_turned_upright(
    tmp_path: Path, matrix: tuple[int, int, int, int], stored: Image.Transpose | None
) -> None:
    image = quad() if stored is None else quad().transpose(stored)
    a, b, c, d = matrix

    def turn(stream: Any) -> None:
        stream.set_display_matrix([a, b, 0, c, d, 0, 0, 0, 1 << 30])

    path = film(tmp_path / "phone.mp4", [image], options=FINE, prepare=turn)

    with Film(path) as opened:
        (shot,) = opened.shots_at([0])
    assert near(corners(shot.image), UPRIGHT)
    assert (opened.width, opened.height) == shot.image.size == quad().size


@pytest.mark.parametrize(("ratio", "size"), [(Fraction(4, 3), (171, 72)), (Fraction(1, 2), (128, 144))])
def test_pixels_become_square(tmp_path: Path, ratio: Fraction, size: tuple[int, int]) -> None:
    def squeeze(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = ratio

    path = film(tmp_path / "tape.mp4", [quad()], options=FINE, prepare=squeeze)

    assert picture_of(path).size == size


@pytest.mark.parametrize("matrix", [1, 5])
@pytest.mark.parametrize("range_", [1, 2])
def test_range_and_matrix_are_those_of_the_film(tmp_path: Path, matrix: int, range_: int) -> None:
    frame = av.VideoFrame.from_ndarray(np.array(quad()), format="rgb24")
    frame = frame.reformat(format="yuv420p", dst_colorspace=matrix, dst_color_range=range_)
    frame.colorspace, frame.color_range = matrix, range_

    path = film(tmp_path / "a.mp4", [frame], options=FINE)

    assert near(corners(picture_of(path)), UPRIGHT)


@pytest.mark.parametrize(("rows", "matrix"), [(72, 5), (720, 1)])
def test_a_film_that_does_not_say_is_taken_as_players_take_it(tmp_path: Path, rows: int, matrix: int) -> None:
    frame = av.VideoFrame.from_ndarray(np.array(quad(128, rows)), format="rgb24")
    frame = frame.reformat(format="yuv420p", dst_colorspace=matrix, dst_color_range=1)
    frame.colorspace, frame.color_range = 2, 0  # unspecified

    path = film(tmp_path / "a.mp4", [frame], options=FINE)

    assert near(corners(picture_of(path)), UPRIGHT)


@pytest.mark.parametrize("transfer", ["PQ", "HLG"])
def test_hdr_looks_like_the_same_picture_in_sdr(tmp_path: Path, transfer: str) -> None:
    path = hdr_film(tmp_path / "hdr.mp4", quad(), transfer)

    with Film(path) as opened:
        (shot,) = opened.shots_at([0])
    error = np.abs(np.asarray(shot.image).astype(int) - np.asarray(quad()).astype(int))
    assert opened.dynamic_range == transfer
    assert error.mean() < 6
    assert near(corners(shot.image), UPRIGHT, tolerance=14)  # 8 bits of a dark red are few steps of PQ


def test_white_of_hdr_stays_nearly_white_and_what_is_brighter_does_not_clip_at_once(tmp_path: Path) -> None:
    from videogen_sandbox.look.cubes import WHITE, table

    lines = table("PQ", "BT.2020").splitlines()[1:]
    greys = [float(lines[step * (1 + 33 + 33 * 33)].split()[0]) for step in range(33)]
    # PQ signals of 203, 1000 and 10000 cd/m²: ITU-R BT.2408, table 1, and the end of the scale
    shown = [np.interp(signal, np.linspace(0, 1, 33), greys) for signal in (0.58, 0.75, 1.0)]

    assert WHITE == 203.0
    assert 0.90 < shown[0] < 0.98 < shown[1] <= shown[2]


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "options"),
    [
        ("a.webm", "libvpx-vp9", "yuva420p", {"auto-alt-ref": "0", "crf": "8"}),
        ("a.mov", "prores_ks", "yuva444p10le", {}),
    ],
)
def test_alpha_is_kept(tmp_path: Path, name: str, codec: str, pixels: str, options: dict[str, str]) -> None:
    image = quad()
    image.putalpha(Image.new("L", image.size, 255))
    image.paste((0, 0, 0, 0), (0, 0, 64, 72))

    told = {"alpha_mode": "1"} if name.endswith("webm") else {}
    path = film(tmp_path / name, [image] * 3, codec=codec, pixels=pixels, options=options, metadata=told)

    read = picture_of(path)
    assert read.mode == "RGBA"
    assert [read.getpixel((16, 36))[3], read.getpixel((112, 36))[3]] == pytest.approx([0, 255], abs=8)  # type: ignore[index]
    assert near(corners(read)[1::2], [GREEN, YELLOW], tolerance=10)


def test_fields_of_an_interlaced_film_do_not_comb(tmp_path: Path) -> None:
    lines = np.zeros((576, 720, 3), np.uint8)
    lines[0::2, 100:160] = 255  # a bar in the first field
    lines[1::2, 140:200] = 255  # and where it is a 50th of a second later
    path = film(
        tmp_path / "camcorder.mpg",
        [Image.fromarray(lines)] * 3,
        codec="mpeg2video",
        options={"flags": "+ilme+ildct", "q": "2", "b": "20000000"},
    )

    with Film(path) as opened:
        (shot,) = opened.shots_at([0])
    steps = np.abs(np.diff(np.asarray(shot.image.convert("L")).astype(int)[8:-8], axis=0))
    assert opened.interlaced
    assert steps.max() < 60


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 s at 10 pictures a second, each one of another grey, a key frame every 2 s."""
    frames = (Image.new("RGB", (32, 32), (number + 20,) * 3) for number in range(200))
    options = {"g": "20", "crf": "4", "preset": "ultrafast"}
    return film(tmp_path_factory.mktemp("numbered") / "a.mp4", frames, rate=10, options=options)


@pytest.mark.parametrize("times", [[0.0, 19.9], [0.0, 0.1, 0.2], [5.0, 5.05, 17.31], [12.3]])
def test_pictures_are_those_shown_at_their_times(numbered: Path, times: list[float]) -> None:
    with Film(numbered) as opened:
        shots = list(opened.shots_at(times))

    wanted = sorted({int(time * 10 + 1e-6) for time in times})
    assert [round(shot.time * 10) for shot in shots] == wanted
    assert [shot.image.convert("L").getpixel((9, 9)) - 20 for shot in shots] == pytest.approx(wanted, abs=1)  # type: ignore[operator]


def test_a_time_after_the_end_gives_the_last_picture(numbered: Path) -> None:
    with Film(numbered) as opened:
        assert [round(shot.time, 1) for shot in opened.shots_at([20.5])] == [19.9]


def test_every_picture_comes_once_and_in_order(numbered: Path) -> None:
    with Film(numbered, (8, 8)) as opened:
        times = [round(shot.time, 3) for shot in opened.shots()]

    assert times == [number / 10 for number in range(200)]


def test_a_film_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path, numbered: Path) -> None:
    data = numbered.read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: len(data) // 2])

    with Film(path, (8, 8)) as opened:
        shots = list(opened.shots())

    assert 20 < len(shots) < 180
    assert opened.broken


@pytest.mark.parametrize(
    ("stamps", "times"),
    [
        ([0, 1, 2, 3], [0, 1, 2, 3]),
        ([900, 901, 902], [0, 1, 2]),
        ([0, None, None, 3], [0, 1, 2, 3]),
        ([0, 1, 1, 1, 2], [0, 1, 2, 3, 4]),
        ([500, 501, 0, 1], [0, 1, 2, 3]),
        ([0, 1, 10_000, 10_001], [0, 1, 2, 3]),
        ([0, 1, 2, 1.5, 4, 3.5, 6], [0, 1, 2, 3, 4, 5, 6]),
        ([0, 1, 20, 21], [0, 1, 20, 21]),
        ([None, None, None], [0, 1, 2]),
    ],
)
def test_timestamps_are_put_in_order(stamps: list[float | None], times: list[int]) -> None:
    order = Order(step=1.0)

    assert [order.place(None if stamp is None else round(stamp * 2), Fraction(1, 2)) for stamp in stamps] == times
    assert GAP < 10_000 - 1


def test_a_sound_is_no_film(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0@\x1f\0\0@\x1f\0\0\1\0\x08\0data\0\0\0\0")

    with pytest.raises(Unreadable), Film(path):
        pass
