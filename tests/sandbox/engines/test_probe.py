from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition
from PIL import Image

from tests.sandbox.look.making import HEIC, day_of_silence, two_tracks
from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.media.decode import Sound, VideoReader
from videogen_sandbox.engines.media.encode import SOUND_RATE, VideoWriter, write_m4a, write_wav
from videogen_sandbox.engines.media.probe import probe

Make = Callable[..., Path]

SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="red"/></svg>'


def encoded(path: Path, codec: str, sound: Sound, form: str | None = None) -> Path:
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=SOUND_RATE)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, 0, Fraction(1, SOUND_RATE)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.png", "image/png"),
        ("a.jpg", "image/jpeg"),
        ("a.webp", "image/webp"),
        ("a.gif", "image/gif"),
        ("a.avif", "image/avif"),
        ("a.bmp", "image/bmp"),
        ("a.tiff", "image/tiff"),
    ],
)
def test_a_picture_is_known_by_its_content(photo: Make, name: str, mime: str) -> None:
    disguised = photo(name).rename(photo().with_name("upload.bin"))
    media = probe(disguised)
    assert (media.kind, media.mime, media.width, media.height) == ("IMAGE", mime, 80, 60)
    assert (media.duration, media.has_audio, media.has_alpha) == (None, False, False)


def test_heic_is_a_picture() -> None:
    media = probe(HEIC)
    assert (media.kind, media.mime, media.width, media.height) == ("IMAGE", "image/heif", 64, 36)


def test_a_heic_picture_that_cannot_be_read_is_no_film(tmp_path: Path) -> None:
    (tmp_path / "a.heic").write_bytes(HEIC.read_bytes().replace(b"hvc1", b"hvcX"))
    with pytest.raises(EngineError, match="HEIC picture that is broken, or of a coding"):
        probe(tmp_path / "a.heic")


def test_transparency_is_seen(photo: Make) -> None:
    assert probe(photo("a.png", mode="RGBA")).has_alpha


def test_a_photo_taken_sideways_has_the_size_it_is_shown_in(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (80, 60)).save(tmp_path / "a.jpg", exif=exif)
    media = probe(tmp_path / "a.jpg")
    assert (media.width, media.height) == (60, 80)


@pytest.mark.parametrize("prefix", ["", '<?xml version="1.0"?>\n<!-- drawn -->\n', "\ufeff"])
def test_a_drawing_has_the_size_of_its_view_box(tmp_path: Path, prefix: str) -> None:
    (tmp_path / "a").write_text(prefix + SQUARE, encoding="utf-8")
    media = probe(tmp_path / "a")
    assert (media.mime, media.width, media.height) == ("image/svg+xml", 40, 20)


@pytest.mark.parametrize(("width", "height", "expected"), [("2in", "96", (192, 96)), ("100%", None, (40, 20))])
def test_a_drawing_may_say_its_size_in_other_units(
    tmp_path: Path, width: str, height: str | None, expected: tuple[int, int]
) -> None:
    sides = f'width="{width}"' + (f' height="{height}"' if height else "")
    (tmp_path / "a.svg").write_text(SQUARE.replace("viewBox", f"{sides} viewBox"))
    media = probe(tmp_path / "a.svg")
    assert (media.width, media.height) == expected


def test_a_film_tells_size_length_pace_and_sound(filmed: Make, tone: Sound) -> None:
    media = probe(filmed(sound=tone))
    assert (media.kind, media.mime, media.codec) == ("VIDEO", "video/mp4", "h264")
    assert (media.width, media.height, media.fps, media.has_audio, media.has_alpha) == (96, 64, 10.0, True, False)
    assert media.duration == pytest.approx(2.0, abs=0.05)


def test_a_film_with_transparency_is_seen_as_such(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.webm", width=32, height=32, fps=5, form="webm-alpha") as film:
        for _ in range(3):
            film.write(np.full((32, 32, 4), 128, np.uint8))
    media = probe(tmp_path / "a.webm")
    assert (media.mime, media.codec, media.has_alpha) == ("video/webm", "vp9", True)


def test_a_phone_film_held_upright_is_upright(filmed: Make) -> None:
    path = filmed()
    data = path.read_bytes()
    matrix = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    turned = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 64 << 16, 0, 1 << 30)
    at = data.index(matrix, data.index(b"tkhd"))
    path.write_bytes(data[:at] + turned + data[at + len(turned) :])
    media = probe(path)
    assert (media.width, media.height) == (64, 96)
    with VideoReader(path) as reader:
        first = next(reader.pictures())
    assert first[:20, 40:].mean() > 200  # the block of the upper left corner, turned clockwise, is at the upper right
    assert first[:20, :28].mean() < 60


@pytest.mark.parametrize(
    ("name", "codec", "mime"),
    [
        ("a.mp3", "libmp3lame", "audio/mpeg"),
        ("a.ogg", "libopus", "audio/ogg"),
        ("a.flac", "flac", "audio/flac"),
        ("a.webm", "libopus", "audio/webm"),
    ],
)
def test_a_sound_tells_its_length(tmp_path: Path, tone: Sound, name: str, codec: str, mime: str) -> None:
    media = probe(encoded(tmp_path / name, codec, tone))
    assert (media.kind, media.mime, media.has_audio, media.width) == ("AUDIO", mime, True, None)
    assert media.duration == pytest.approx(2.0, abs=0.06)


def test_wav_and_m4a_are_sounds(tmp_path: Path, tone: Sound) -> None:
    assert probe(write_wav(tmp_path / "a.wav", tone, SOUND_RATE)).mime == "audio/wav"
    media = probe(write_m4a(tmp_path / "a.m4a", tone))
    assert (media.kind, media.mime, media.codec) == ("AUDIO", "audio/mp4", "aac")


def test_an_mp3_without_a_header_is_measured_not_guessed(tmp_path: Path, tone: Sound) -> None:
    data = encoded(tmp_path / "whole.mp3", "libmp3lame", tone).read_bytes()
    frames = data.index(b"\xff\xfb")
    (tmp_path / "bare.mp3").write_bytes(data[data.index(b"\xff\xfb", frames + 4) :])
    assert probe(tmp_path / "bare.mp3").duration == pytest.approx(2.0, abs=0.1)


def test_a_recorded_webm_without_a_length_is_measured(tmp_path: Path, tone: Sound) -> None:
    path = tmp_path / "live.webm"
    with av.open(str(path), "w", options={"live": "1"}) as container:
        stream = container.add_stream("libopus", rate=SOUND_RATE)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(tone.reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, 0, Fraction(1, SOUND_RATE)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with av.open(str(path)) as container:
        assert container.duration is None
    assert probe(path).duration == pytest.approx(2.0, abs=0.1)


def png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


BAD: dict[str, bytes] = {
    "empty": b"",
    "text": b"Once upon a time there was no picture.\n" * 50,
    "noise": np.random.default_rng(1).bytes(60_000),
    "html": b"<!doctype html><html><body><svg></svg></body></html>",
    "json": b'{"kind": "IMAGE"}',
    "playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
    "concat script": b"ffconcat version 1.0\nfile '/etc/hostname'\n",
    "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    "entities": b'<!DOCTYPE svg [<!ENTITY a "aa">]>' + SQUARE.replace("red", "&a;").encode(),
    "outside entity": b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + SQUARE.encode(),
    "entities in UTF-16": ('<!DOCTYPE svg [<!ENTITY a "aa">]>' + SQUARE).encode("utf-16"),
    "broken drawing": SQUARE[:-9].encode(),
    "deep drawing": SQUARE.replace("</svg>", "<g>" * 5_000 + "</g>" * 5_000 + "</svg>").encode(),
    "endless drawing": SQUARE.replace("0 0 40 20", "0 0 99999999 1").encode(),
    "other XML": b'<?xml version="1.0"?><feed>&lt;svg</feed><!-- <svg -->',
    "cut off PNG": png_header(10, 10),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_media_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "upload.png"
    path.write_bytes(BAD[name])
    with pytest.raises(EngineError) as refusal:
        probe(path)
    assert refusal.value.code == "unreadable_media"
    assert str(tmp_path) not in refusal.value.message


@pytest.mark.parametrize("share", [0.3, 0.95])
def test_a_photo_that_is_cut_off_is_refused(photo: Make, share: float) -> None:
    path = photo(size=(400, 300))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(EngineError, match="cut off"):
        probe(path)


@pytest.mark.parametrize(("share", "code"), [(0.02, "unreadable_media"), (0.5, "media_cut_off")])
def test_a_film_that_is_cut_off_is_refused(filmed: Make, share: float, code: str) -> None:
    path = filmed(seconds=4)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(EngineError) as refusal:
        probe(path)
    assert refusal.value.code == code


@pytest.mark.parametrize("side", [12_000, 30_000])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path: Path, side: int) -> None:
    (tmp_path / "a.png").write_bytes(png_header(side, side) + struct.pack(">I4s", 1_000, b"IDAT") + bytes(1_000))
    with pytest.raises(EngineError) as refusal:
        probe(tmp_path / "a.png")
    assert refusal.value.code == "media_too_large"


def test_a_song_with_a_cover_is_a_sound(tmp_path: Path, tone: Sound) -> None:
    path = tmp_path / "song.mp3"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libmp3lame", rate=SOUND_RATE)
        cover = container.add_stream("png", rate=1)
        assert isinstance(stream, av.AudioStream)
        assert isinstance(cover, av.VideoStream)
        cover.width = cover.height = 16
        cover.pix_fmt = "rgb24"
        cover.disposition = Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")))
        container.mux(cover.encode(None))
        frame = av.AudioFrame.from_ndarray(tone.reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, 0, Fraction(1, SOUND_RATE)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with av.open(str(path)) as container:
        assert container.streams.video
    assert probe(path).kind == "AUDIO"


@pytest.mark.parametrize(("hours", "length"), [(0.5, "30.0 minutes"), (11 / 60, "11.0 minutes")])
def test_what_is_too_long_is_refused_with_its_length(tmp_path: Path, hours: float, length: str) -> None:
    path = day_of_silence(tmp_path / "podcast.flac", hours=hours)
    with pytest.raises(EngineError, match=f"lasts {length}, and 10 minutes are the most") as refusal:
        probe(path)
    assert refusal.value.code == "media_too_long"


def test_half_of_a_sound_is_refused_with_how_much_there_is(tmp_path: Path, tone: Sound) -> None:
    path = encoded(tmp_path / "half.flac", "flac", tone)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(EngineError, match=r"cut off: 0\.[89] of its 2\.0 seconds can be read"):
        probe(path)


def test_an_encrypted_film_is_named_as_such(filmed: Make, tmp_path: Path) -> None:
    path = tmp_path / "bought.mp4"
    options = {
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
        "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
    }
    with av.open(str(filmed())) as plain, av.open(str(path), "w", options=options) as locked:
        stream = locked.add_stream_from_template(plain.streams.video[0])
        for packet in plain.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                locked.mux(packet)
    with pytest.raises(EngineError, match="encrypted") as refusal:
        probe(path)
    assert refusal.value.code == "encrypted_file"


def test_a_film_whose_sound_is_broken_is_a_silent_film(filmed: Make, tone: Sound, tmp_path: Path) -> None:
    path = tmp_path / "broken.mp4"
    with av.open(str(filmed(sound=tone))) as whole, av.open(str(path), "w") as broken:
        copies = {stream: broken.add_stream_from_template(stream) for stream in whole.streams}
        for packet in whole.demux():
            if packet.dts is not None:
                sound = packet.stream.type == "audio"
                copy = av.Packet(b"\x5a" * packet.size if sound else bytes(packet))
                copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
                copy.is_keyframe, copy.stream = packet.is_keyframe, copies[packet.stream]
                broken.mux(copy)
    media = probe(path)
    assert (media.kind, media.has_audio) == ("VIDEO", False)
    with VideoReader(path) as reader:
        assert not reader.has_audio


def test_a_film_whose_sound_has_an_unknown_codec_is_taken(tmp_path: Path) -> None:
    media = probe(two_tracks(tmp_path / "two.mov"))
    assert (media.kind, media.has_audio, media.codec) == ("AUDIO", True, "pcm_s16le")


def test_bytes_after_the_end_are_no_time(tmp_path: Path) -> None:
    path = tmp_path / "a.ivf"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx-vp9", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode(None))
    path.write_bytes(path.read_bytes() + b"<!-- from the cache of a web server -->" * 20)
    assert probe(path).duration == pytest.approx(0.5, abs=0.11)
