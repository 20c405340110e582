from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.media.decode import Sound, VideoReader, read_sound
from videogen_sandbox.engines.media.encode import SOUND_RATE, VideoWriter, planes, write_m4a, write_wav

Make = Callable[..., Path]


def test_the_same_film_is_the_same_bytes(filmed: Make, tone: Sound) -> None:
    first = filmed("a.mp4", sound=tone).read_bytes()
    assert filmed("b.mp4", sound=tone).read_bytes() == first


def test_a_transparent_film_is_the_same_bytes_and_keeps_its_alpha(tmp_path: Path) -> None:
    for name in ("a.webm", "b.webm"):
        with VideoWriter(tmp_path / name, width=48, height=32, fps=10, form="webm-alpha") as film:
            for number in range(8):
                picture = np.zeros((32, 48, 4), np.uint8)
                picture[:, number : number + 24] = (10, 200, 90, 255)
                film.write(picture)
    assert (tmp_path / "a.webm").read_bytes() == (tmp_path / "b.webm").read_bytes()
    with VideoReader(tmp_path / "a.webm", alpha=True) as reader:
        pictures = list(reader.pictures())
    assert len(pictures) == 8
    assert pictures[0][16, 8] == pytest.approx((10, 200, 90, 255), abs=14)
    assert pictures[0][16, 40, 3] < 10


def test_colours_survive(filmed: Make) -> None:
    with VideoReader(filmed()) as reader:
        last = list(reader.pictures())[-1]
    assert last[60, 10] == pytest.approx((220, 0, 0), abs=6)
    assert last[10, 90] == pytest.approx((255, 255, 255), abs=6)


def test_a_film_of_odd_size_gets_a_repeated_line(filmed: Make) -> None:
    with VideoReader(filmed(width=95, height=63)) as reader:
        assert (reader.width, reader.height) == (96, 64)


def test_sound_and_pictures_end_together(filmed: Make, tone: Sound) -> None:
    path = filmed(sound=tone)
    assert len(read_sound(path, rate=SOUND_RATE)) == pytest.approx(2 * SOUND_RATE, abs=1_100)
    with VideoReader(path) as reader:
        assert reader.has_audio
        assert len(list(reader.pictures())) == 20


def broken_off(path: Path) -> None:
    with VideoWriter(path, width=32, height=32, fps=5) as film:
        film.write(np.zeros((32, 32, 3), np.uint8))
        raise KeyboardInterrupt


def test_a_film_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        broken_off(tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("shape", [(32, 31, 3), (32, 32, 4)])
def test_a_picture_of_another_shape_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"), VideoWriter(tmp_path / "a.mp4", width=32, height=32, fps=5) as film:
        film.write(np.zeros(shape, np.uint8))


def test_a_part_laid_into_planes_is_what_was_drawn(tmp_path: Path) -> None:
    whole, part = np.full((32, 48, 3), 40, np.uint8), np.full((8, 16, 3), (200, 60, 20), np.uint8)
    with VideoWriter(tmp_path / "a.mp4", width=48, height=32, fps=5, crf=1) as film:
        film.write_planes(planes(whole).with_part(planes(part), 10, 6))
    with VideoReader(tmp_path / "a.mp4") as reader:
        shown = next(reader.pictures())
    assert shown[9, 18] == pytest.approx((200, 60, 20), abs=8)
    assert shown[20, 18] == pytest.approx((40, 40, 40), abs=4)
    assert shown[9, 36] == pytest.approx((40, 40, 40), abs=4)


def test_pictures_of_an_uneven_film_come_at_an_even_pace(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for time, grey in ((0, 10), (1, 60), (5, 110), (6, 160)):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), grey, np.uint8), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with VideoReader(path) as reader:
        reader.fps = Fraction(10)
        greys = [int(picture[5, 5, 0]) for picture in reader.pictures()]
    assert greys == pytest.approx([10, 60, 60, 60, 60, 110, 160], abs=5)


def test_a_film_that_is_too_long_ends_in_a_refusal(filmed: Make) -> None:
    with VideoReader(filmed(seconds=3), limit=1.0) as reader, pytest.raises(EngineError, match="longer than 1 sec"):
        list(reader.pictures())


def test_a_box_makes_films_smaller_in_either_direction(filmed: Make) -> None:
    with VideoReader(filmed(width=96, height=64), fit=(48, 27)) as wide:
        assert (wide.width, wide.height) == (40, 27)
    with VideoReader(filmed("tall.mp4", width=64, height=96), fit=(48, 27)) as tall:
        assert (tall.width, tall.height) == (27, 40)


def test_sound_is_resampled_mixed_and_cut(tmp_path: Path, tone: Sound) -> None:
    path = write_wav(tmp_path / "a.wav", np.stack([tone, -0.5 * tone], axis=1), SOUND_RATE)
    assert read_sound(path, rate=16_000).shape == (32_000,)
    assert read_sound(path, rate=SOUND_RATE, channels=2).shape == (96_000, 2)
    assert read_sound(path, rate=SOUND_RATE, until=0.5).shape == (24_000,)


def test_opposite_phases_are_not_mixed_into_silence(tmp_path: Path, tone: Sound) -> None:
    for name, right, loudest in (("a.wav", -tone, 0.4), ("b.wav", tone, 0.4), ("c.wav", 0 * tone, 0.2)):
        path = write_wav(tmp_path / name, np.stack([tone, right], axis=1), SOUND_RATE)
        assert np.abs(read_sound(path, rate=SOUND_RATE)).max() == pytest.approx(loudest, abs=0.01)


def test_sound_that_is_too_long_is_refused(tmp_path: Path, tone: Sound) -> None:
    with pytest.raises(EngineError, match=r"longer than 1\.5 sec"):
        read_sound(write_wav(tmp_path / "a.wav", tone, SOUND_RATE), rate=8_000, limit=1.5)


def test_a_film_without_sound_has_none_to_read(filmed: Make) -> None:
    with pytest.raises(EngineError, match="no sound"):
        read_sound(filmed(), rate=SOUND_RATE)


def test_m4a_keeps_length_and_level(tmp_path: Path, tone: Sound) -> None:
    heard = read_sound(write_m4a(tmp_path / "a.m4a", tone), rate=SOUND_RATE)
    assert len(heard) == pytest.approx(len(tone), abs=1_100)
    assert np.abs(heard[8_000:80_000]).max() == pytest.approx(0.4, abs=0.03)
