"""Engines see and hear files as people do: what the shared reader gives reaches them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from tests.sandbox.look.making import BLUE, GREEN, RED, YELLOW, corners, film, hdr_film, near, quad, two_tracks
from videogen_sandbox.engines.media.decode import PAPER, Picture, VideoReader, has_sound, read_sound
from videogen_sandbox.engines.media.encode import VideoWriter
from videogen_sandbox.engines.media.probe import probe

UPRIGHT = [RED, GREEN, BLUE, YELLOW]
FINE = {"crf": "8", "preset": "ultrafast"}


def pictures(path: Path) -> list[Picture]:
    with VideoReader(path) as reader:
        return list(reader.pictures())


def test_a_mirrored_film_is_upright(tmp_path: Path) -> None:
    def mirror(stream: Any) -> None:
        stream.set_display_matrix([-65_536, 0, 0, 0, 65_536, 0, 0, 0, 1 << 30])

    stored = quad().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    (picture,) = pictures(film(tmp_path / "selfie.mp4", [stored], options=FINE, prepare=mirror))

    assert near(corners(Image.fromarray(picture)), UPRIGHT)


@pytest.mark.parametrize("transfer", ["PQ", "HLG"])
def test_hdr_is_seen_as_sdr(tmp_path: Path, transfer: str) -> None:
    (picture,) = pictures(hdr_film(tmp_path / "phone.mp4", quad(), transfer))

    assert near(corners(Image.fromarray(picture)), UPRIGHT, tolerance=14)  # 8 bits of a dark red are few steps of PQ


@pytest.mark.parametrize(("rate", "fps", "count"), [(240, 60, 6), (60, 60, 24), (25, 25, 24)])
def test_up_to_sixty_pictures_a_second_are_kept(tmp_path: Path, rate: int, fps: int, count: int) -> None:
    path = film(tmp_path / "a.mp4", [quad()] * 24, rate=rate, options=FINE)

    with VideoReader(path) as reader:
        assert reader.fps == Fraction(fps)
        assert len(list(reader.pictures())) == pytest.approx(count, abs=1)


def test_an_avi_with_frames_out_of_order_keeps_its_length(tmp_path: Path) -> None:
    options = {"bf": "2", "preset": "ultrafast", "g": "25"}
    moving = [Image.new("RGB", (64, 64), (number * 4, 60, 90)) for number in range(50)]
    path = film(tmp_path / "camera.avi", moving, options=options)

    assert len(pictures(path)) == pytest.approx(50, abs=2)


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.avif"])
def test_an_animated_picture_is_a_film(tmp_path: Path, name: str) -> None:
    first, *rest = (Image.new("RGB", (64, 48), (number * 20, 0, 0)) for number in range(10))
    repeated: dict[str, Any] = {} if name == "a.avif" else {"loop": 0}
    first.save(tmp_path / name, save_all=True, append_images=rest, duration=100, **repeated)

    with VideoReader(tmp_path / name) as reader:
        reds = [int(picture[24, 32, 0]) for picture in reader.pictures()]
        assert len(reds) / reader.fps == pytest.approx(1.0, abs=0.11)
    assert reds[:: len(reds) // 10][:10] == pytest.approx([number * 20 for number in range(10)], abs=8)
    assert probe(tmp_path / name).duration == pytest.approx(1.0)


def test_what_is_transparent_is_laid_on_paper_where_no_alpha_is_wanted(tmp_path: Path) -> None:
    hidden = np.full((64, 64, 4), (255, 0, 0, 0), np.uint8)
    with VideoWriter(tmp_path / "a.webm", width=64, height=64, fps=5, form="webm-alpha") as writer:
        writer.write(hidden)

    (picture,) = pictures(tmp_path / "a.webm")

    assert np.abs(picture.astype(int) - PAPER).max() < 8


def test_the_first_track_that_can_be_decoded_is_read(tmp_path: Path) -> None:
    sound = read_sound(two_tracks(tmp_path / "two.mov"), rate=8_000)

    assert sound[1_000:7_000] == pytest.approx(9_000 / 32_768, abs=0.01)


def amr(speech: bytes, pause: bytes) -> bytes:
    """A second of speech (50 packets), three seconds without, and another second: AMR (RFC 4867, section 5)."""
    return speech * 50 + pause * 150 + speech * 50


NARROW, WIDE = b"\x3c" + b"\x5a" * 31, b"\x14" + b"\x5a" * 32
"""A packet of 12.2 and one of 12.65 kbit/s."""

TELEPHONE = {
    "narrow.amr": b"#!AMR\n" + amr(NARROW, b"\x44" + bytes(5)),
    "narrow, nothing.amr": b"#!AMR\n" + amr(NARROW, b"\x7c"),
    "wide.amr": b"#!AMR-WB\n" + amr(WIDE, b"\x4c" + bytes(5)),
    "wide, nothing.amr": b"#!AMR-WB\n" + amr(WIDE, b"\x7c"),
}


@pytest.mark.parametrize("name", TELEPHONE)
def test_what_a_telephone_does_not_send_is_silence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(TELEPHONE[name])

    sound = read_sound(tmp_path / name, rate=8_000)

    assert len(sound) / 8_000 == pytest.approx(5.0, abs=0.1)
    speech, pause, more = sound[2_000:7_000], sound[10_000:31_000], sound[34_000:39_000]
    assert min(np.abs(speech).max(), np.abs(more).max()) > 10 * np.abs(pause).max()
    assert probe(tmp_path / name).duration == pytest.approx(5.0, abs=0.1)


def test_a_pause_of_the_sound_keeps_it_in_step_with_the_pictures(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mka"), "w", format="matroska") as container:
        track: Any = container.add_stream("pcm_s16le", rate=8_000, layout="mono")
        for begin in (0, 1):  # each half a second long
            frame = av.AudioFrame.from_ndarray(np.full((1, 4_000), 9_000, np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 8_000, begin * 8_000, Fraction(1, 8_000)
            container.mux(track.encode(frame))
        container.mux(track.encode(None))

    sound = read_sound(tmp_path / "a.mka", rate=8_000)

    assert [round(float(np.abs(sound[at]).max()), 1) for at in (2_000, 6_000, 10_000)] == [0.3, 0.0, 0.3]


def test_a_track_of_which_nothing_can_be_decoded_is_passed_over(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "two.mkv"), "w") as container:
        broken: Any = container.add_stream("flac", rate=8_000, layout="mono")
        good: Any = container.add_stream("pcm_s16le", rate=8_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.full((1, 8_000), 9_000, np.int16), format="s16", layout="mono")
        frame.sample_rate = 8_000
        broken.codec_context.open()
        packet = av.Packet(b"\x55" * 400)
        packet.stream, packet.pts, packet.time_base = broken, 0, Fraction(1, 8_000)
        packet.dts = 0
        container.mux([packet, *good.encode(frame), *good.encode(None)])

    sound = read_sound(tmp_path / "two.mkv", rate=8_000)

    assert sound[1_000:7_000] == pytest.approx(9_000 / 32_768, abs=0.01)
    assert has_sound(tmp_path / "two.mkv")
