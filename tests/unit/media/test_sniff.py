"""Real files of every kind are recognised by their content; others, and cut off ones, are not taken."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from av.audio.resampler import AudioResampler
from PIL import Image

from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.limits import HEAD
from videogen_mcp.media.sniff import Found, other, sniff
from videogen_mcp.media.structure import inspect, refuse_other_kind

SVG = b'<?xml version="1.0"?>\n<!-- drawn by hand -->\n<svg xmlns="http://www.w3.org/2000/svg"><g><rect/></g></svg>\n'


def picture(format: str, **options: Any) -> bytes:  # noqa: A002 - Pillow's word
    target = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(target, format, **options)
    return target.getvalue()


def film(container: str, video: str | None, audio: str | None) -> bytes:
    """A second of noise, seen and heard."""
    target = io.BytesIO()
    rng = np.random.default_rng(2)
    with av.open(target, "w", format=container) as file:
        pictures: Any = file.add_stream(video, rate=10) if video else None
        sounds: Any = file.add_stream(audio, rate=48_000) if audio else None
        if pictures is not None:
            pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
            pictures.time_base = Fraction(1, 10)
            for place in range(10):
                frame = av.VideoFrame.from_ndarray(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8), format="rgb24")
                frame.pts = place
                file.mux(pictures.encode(frame))
            file.mux(pictures.encode(None))
        if sounds is not None:
            heard = av.AudioFrame.from_ndarray(rng.integers(-9999, 9999, (1, 48_000), dtype=np.int16), layout="mono")
            heard.sample_rate = 48_000
            shaped = AudioResampler(sounds.format, sounds.layout, 48_000, sounds.frame_size or 0).resample(heard)
            for piece in shaped:
                file.mux(sounds.encode(piece))
            file.mux(sounds.encode(None))
    return target.getvalue()


def without_tag(mp3: bytes) -> bytes:
    """The bare frames of an MP3 file, as radio recorders write them."""
    length = 10 + sum((mp3[6 + place] & 127) << 7 * (3 - place) for place in range(4))
    return mp3[length:]


ENDS_ARE_KNOWN: dict[str, Callable[[], bytes]] = {
    "png": lambda: picture("PNG"),
    "jpg": lambda: picture("JPEG"),
    "jpg progressive": lambda: picture("JPEG", progressive=True),
    "gif": lambda: picture("GIF"),
    "webp": lambda: picture("WEBP"),
    "bmp": lambda: picture("BMP"),
    "avif": lambda: picture("AVIF"),
    "svg": lambda: SVG,
    "mp4": lambda: film("mp4", "libx264", "aac"),
    "mov": lambda: film("mov", "libx264", None),
    "m4a": lambda: film("ipod", None, "aac"),
    "m4a called mp4": lambda: film("mp4", None, "aac"),
    "webm": lambda: film("webm", "libvpx-vp9", None),
    "weba": lambda: film("webm", None, "libopus"),
    "mkv": lambda: film("matroska", "libx264", None),
    "avi": lambda: film("avi", "mpeg4", None),
    "wav": lambda: film("wav", None, "pcm_s16le"),
    "aiff": lambda: film("aiff", None, "pcm_s16be"),
}
ENDS_ARE_UNKNOWN: dict[str, Callable[[], bytes]] = {
    "tif": lambda: picture("TIFF"),
    "jp2": lambda: picture("JPEG2000"),
    "ico": lambda: picture("ICO"),
    "ppm": lambda: picture("PPM"),
    "mp3": lambda: film("mp3", None, "libmp3lame"),
    "mp3 bare": lambda: without_tag(film("mp3", None, "libmp3lame")),
    "flac": lambda: film("flac", None, "flac"),
    "ogg": lambda: film("ogg", None, "libopus"),
    "aac": lambda: film("adts", None, "aac"),
    "ts": lambda: film("mpegts", "libx264", None),
    "flv": lambda: film("flv", "flv1", None),
    "mpg": lambda: film("mpeg", "mpeg2video", None),
    "wmv": lambda: film("asf", "wmv2", None),
}
KINDS = {"IMAGE": "png jpg gif webp bmp avif svg tif jp2 ico ppm", "VIDEO": "mp4 mov webm mkv avi ts flv mpg wmv"}


def looked_at(content: bytes) -> Found:
    return inspect(lambda start, length: content[start : start + length], len(content), "file")


def kind_of(ending: str) -> str:
    return next((kind for kind, endings in KINDS.items() if ending in endings.split()), "AUDIO")


@pytest.mark.parametrize("sort", [*ENDS_ARE_KNOWN, *ENDS_ARE_UNKNOWN])
def test_real_files_are_recognised(sort: str) -> None:
    ending = sort.split(" ")[0]

    found = looked_at({**ENDS_ARE_KNOWN, **ENDS_ARE_UNKNOWN}[sort]())

    assert (found.ending, found.kind) == (ending, kind_of(ending))


@pytest.mark.parametrize("sort", ENDS_ARE_KNOWN)
def test_a_file_whose_end_is_missing_is_refused(sort: str) -> None:
    content = ENDS_ARE_KNOWN[sort]()

    for length in (len(content) * 2 // 3, len(content) - 20):
        with pytest.raises(Refusal) as refusal:
            looked_at(content[:length])
        assert refusal.value.code == "file_truncated"


@pytest.mark.parametrize("more", [bytes(5_000), b"\n<!-- from the cache of a web server -->" * 9])
@pytest.mark.parametrize("sort", ["png", "jpg", "gif", "wav"])
def test_what_stands_behind_the_end_does_no_harm(sort: str, more: bytes) -> None:
    looked_at(ENDS_ARE_KNOWN[sort]() + more)


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
def test_an_animated_picture_is_taken_as_a_video_too(format: str) -> None:  # noqa: A002 - Pillow's word
    more = [Image.new("RGB", (64, 48), "red")]
    for kind in ("VIDEO", "IMAGE"):
        refuse_other_kind(looked_at(picture(format, save_all=True, append_images=more, loop=0)), kind, "cat")
    with pytest.raises(Refusal, match="it takes a video"):
        refuse_other_kind(looked_at(picture(format)), "VIDEO", "cat")


@pytest.mark.parametrize(("format", "end"), [("GIF", 1), ("PNG", 12)])
def test_a_picture_that_lacks_only_its_end_mark_is_taken(format: str, end: int) -> None:  # noqa: A002 - Pillow's word
    assert looked_at(picture(format)[:-end]).ending == format.lower()


@pytest.mark.parametrize("sort", ["wav", "webp"])
def test_a_length_that_is_too_large_does_no_harm_where_all_parts_are_there(sort: str) -> None:
    content = ENDS_ARE_KNOWN[sort]()
    assert looked_at(content[:4] + (len(content) + 1_000).to_bytes(4, "little") + content[8:]).ending == sort


def test_zeros_before_an_mp3_do_no_harm() -> None:
    assert looked_at(bytes(2_000) + without_tag(film("mp3", None, "libmp3lame"))).ending == "mp3"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04" + bytes(30), "a ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "password-protected office document"),
        (b"<!DOCTYPE html><html><svg ></svg></html>", "a web page"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\n", "a key or certificate"),
        (b"SQLite format 3\0" + bytes(80), "a database"),
        (b"root:x:0:0:root:/root:/bin/bash\n", "text"),
        (bytes(100), "no medium"),
        (b"\xff\x0a" + bytes(90), "a JPEG XL picture, a kind that is not taken"),
        (b"\x7fELF\x02", "a program"),
    ],
)
def test_other_files_are_named_and_refused(content: bytes, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refusal:
        looked_at(content)
    assert refusal.value.code == "not_media"


def pdf() -> bytes:
    return b"%PDF-1.7\n" + bytes(5_000) + b"\nstartxref\n9\n%%EOF\n"


def archive(*names: str) -> bytes:
    """A ZIP archive whose first file fills more than what is read at first."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        file.writestr("docProps/thumbnail.jpeg", bytes(HEAD))
        for name in names:
            file.writestr(name, "<p/>")
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [(pdf(), "PDF", "PDF document"), (archive("ppt/presentation.xml"), "SLIDESHOW", "PPTX presentation")],
)
def test_decks_are_recognised_and_refused_when_their_end_is_missing(content: bytes, kind: str, words: str) -> None:
    found = looked_at(content)
    assert (found.kind, found.words) == (kind, words)
    refuse_other_kind(found, "DOCUMENT", "deck")
    with pytest.raises(Refusal, match=f"it takes a picture, and deck is a {words}"):
        refuse_other_kind(found, "IMAGE", "deck")
    if kind == "PDF":  # of a cut archive nobody knows what it was
        with pytest.raises(Refusal, match="cut off"):
            looked_at(content[:-1_200])


def test_another_office_document_is_no_deck() -> None:
    with pytest.raises(Refusal, match="another office document"):
        looked_at(archive("word/document.xml"))


def test_the_content_of_a_refused_file_is_not_repeated() -> None:
    with pytest.raises(Refusal) as refusal:
        looked_at(b"password=hunter2\n")
    assert "hunter2" not in refusal.value.message


@pytest.mark.parametrize(
    "head", [b"", b"\xff", b"RIFF", b"\0\0\0\x18ftyp", b"OggS", b"\x1a\x45\xdf\xa3", b"\xff\xfb", b"BM"]
)
def test_very_short_files_do_no_harm(head: bytes) -> None:
    sniff(head)
    other(head)
