"""Real files of every kind are recognised by their content; others, and cut off ones, are not taken."""

from __future__ import annotations

import inspect
import io
import struct
import zipfile
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
import pytest
from av.audio.resampler import AudioResampler
from PIL import Image

from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media import other_kinds
from videogen_mcp.media.limits import HEAD
from videogen_mcp.media.other_kinds import other_kind
from videogen_mcp.media.sniff import Found, sniff
from videogen_mcp.media.structure import inspect as looked_into
from videogen_mcp.media.structure import refuse_other_kind
from videogen_sandbox.look import other_kinds as of_the_sandbox

SVG = b'<?xml version="1.0"?>\n<!-- drawn by hand -->\n<svg xmlns="http://www.w3.org/2000/svg"><g><rect/></g></svg>\n'


def picture(format: str, **options: Any) -> bytes:  # noqa: A002 - Pillow's word
    target = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(target, format, **options)
    return target.getvalue()


@cache
def film(container: str, video: str | None, audio: str | None, **options: str) -> bytes:
    """A second of noise, seen and heard."""
    rng = np.random.default_rng(2)
    with TemporaryDirectory() as folder:
        target = Path(folder) / "film"
        _write(target, container, video, audio, options, rng)
        return target.read_bytes()


def _write(
    target: Path,
    form: str,
    video: str | None,
    audio: str | None,
    options: dict[str, str],
    rng: np.random.Generator,
) -> None:
    with av.open(str(target), "w", format=form, options=options) as file:
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


def without_tag(mp3: bytes) -> bytes:
    """The bare frames of an MP3 file, as radio recorders write them."""
    length = 10 + sum((mp3[6 + place] & 127) << 7 * (3 - place) for place in range(4))
    return mp3[length:]


ENDS_ARE_KNOWN: dict[str, Callable[[], bytes]] = {
    "png": lambda: picture("PNG"),
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
    "jpg": lambda: picture("JPEG"),
    "jpg progressive": lambda: picture("JPEG", progressive=True),
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
    "au": lambda: film("au", None, "pcm_mulaw"),
    "ac3": lambda: film("ac3", None, "ac3"),
    "wv": lambda: film("wv", None, "wavpack"),
    "w64": lambda: film("w64", None, "pcm_s16le"),
    "gsm": lambda: b"\xd4".ljust(33, b"\x55") * 50,
}
KINDS = {"IMAGE": "png jpg gif webp bmp avif svg tif jp2 ico ppm", "VIDEO": "mp4 mov webm mkv avi ts flv mpg wmv"}


def looked_at(content: bytes) -> Found:
    return looked_into(lambda start, length: content[start : start + length], len(content), "file")


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

    for length in (len(content) * 2 // 3, len(content) - 40):
        with pytest.raises(Refusal) as refusal:
            looked_at(content[:length])
        assert refusal.value.code == "file_truncated"


@pytest.fixture(scope="module")
def at_once() -> bytes:
    """A film whose table stands before its pictures."""
    return film("mp4", "libx264", "aac", movflags="faststart")


@pytest.mark.parametrize(("missing", "taken"), [(10, True), (25_000, False)])
def test_a_film_that_lacks_more_than_its_last_pictures_is_refused(at_once: bytes, missing: int, taken: bool) -> None:
    if taken:
        looked_at(at_once[:-missing])
        return
    with pytest.raises(Refusal, match="whose end is missing"):
        looked_at(at_once[:-missing])


@pytest.mark.parametrize("more", [bytes(5_000), b"\n<!-- from the cache of a web server -->" * 9])
@pytest.mark.parametrize("sort", ["png", "gif", "webp", "avif", "bmp", "wav", "mp4", "webm", "avi", "aiff"])
def test_what_stands_behind_the_end_does_no_harm(sort: str, more: bytes) -> None:
    looked_at(ENDS_ARE_KNOWN[sort]() + more)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animated_picture_is_taken_as_a_video_too(format: str) -> None:  # noqa: A002 - Pillow's word
    more = [Image.new("RGB", (64, 48), "red")]
    repeated = {} if format == "AVIF" else {"loop": 0}
    for kind in ("VIDEO", "IMAGE"):
        refuse_other_kind(looked_at(picture(format, save_all=True, append_images=more, **repeated)), kind, "cat")
    with pytest.raises(Refusal, match="it takes a video"):
        refuse_other_kind(looked_at(picture(format)), "VIDEO", "cat")


def test_an_animation_that_is_played_once_moves() -> None:
    found = looked_at(picture("GIF", save_all=True, append_images=[Image.new("RGB", (64, 48), "red")]))
    refuse_other_kind(found, "VIDEO", "cat")


@pytest.mark.parametrize(("format", "end"), [("GIF", 1), ("PNG", 12), ("JPEG", 2)])
def test_a_picture_that_lacks_only_its_end_mark_is_taken(format: str, end: int) -> None:  # noqa: A002 - Pillow's word
    assert looked_at(picture(format)[:-end]).mime == f"image/{format.lower()}"


def test_a_jpeg_that_is_cut_off_before_its_picture_is_refused() -> None:
    with pytest.raises(Refusal, match="whose end is missing"):
        looked_at(picture("JPEG")[:300])


def test_what_is_cut_off_is_told_with_how_much_there_is() -> None:
    content = picture("BMP")
    large = content[:2] + (4_000_000).to_bytes(4, "little") + content[6:] + bytes(1_000_000)
    with pytest.raises(Refusal, match=r"1\.01 of at least 4\.00 MB are there"):
        looked_at(large)


def longer(sort: str, at_once: bytes) -> bytes:
    """A whole file whose container says that it is longer."""
    content = at_once if sort == "mp4" else ENDS_ARE_KNOWN[sort]()
    if sort in ("wav", "webp", "avi"):
        return content[:4] + (len(content) + 1_000).to_bytes(4, "little") + content[8:]
    if sort == "webm":
        at = content.index(b"\x18\x53\x80\x67\x01") + 4
        return content[:at] + (1 << 56 | len(content) + 1_000).to_bytes(8, "big") + content[at + 8 :]
    at = content.index(b"mdat") - 4  # the last box
    return content[:at] + (len(content) + 1_000).to_bytes(4, "big") + content[at + 4 :]


@pytest.mark.parametrize("sort", ["wav", "webp", "avi", "webm", "mp4"])
def test_a_length_that_is_too_large_does_no_harm_where_all_parts_are_there(sort: str, at_once: bytes) -> None:
    assert looked_at(longer(sort, at_once)).ending == sort


@pytest.mark.parametrize("length", [0, 0x7FFF_FFFF, 0xFFFF_FFFF])
def test_a_sound_that_was_written_to_a_pipe_is_taken(length: int) -> None:
    content = ENDS_ARE_KNOWN["wav"]()
    at = content.index(b"data") + 4
    looked_at(content[:4] + b"\xff\xff\xff\x7f" + content[8:at] + length.to_bytes(4, "little") + content[at + 4 :])


def test_zeros_before_an_mp3_do_no_harm() -> None:
    assert looked_at(bytes(2_000) + without_tag(film("mp3", None, "libmp3lame"))).ending == "mp3"


def raw_photo(order: str, entries: dict[int, tuple[int, int]], beginning: bytes = b"") -> bytes:
    """A TIFF of tags with (type, value); values are those of SHORT (3), LONG (4) or the place of a text (2)."""
    head = struct.pack(order + "HI", 42, 16)
    table = b"".join(
        struct.pack(order + "HHIHH" if kind == 3 else order + "HHII", tag, kind, 1, value, *([0] if kind == 3 else []))
        for tag, (kind, value) in sorted(entries.items())
    )
    start = (b"II" if order == "<" else b"MM") + head + beginning.ljust(8, b"\0")
    return start + struct.pack(order + "H", len(entries)) + table + bytes(4_000)


MAKE, SUBFILE, COMPRESSION, DNG = 271, 254, 259, 50_706
RAW_PHOTOS = {
    "DNG": raw_photo("<", {DNG: (4, 0x0401)}),
    "NEF": raw_photo(">", {MAKE: (2, 100), SUBFILE: (4, 1)}),
    "ARW": raw_photo("<", {MAKE: (2, 100), COMPRESSION: (3, 6)}),
    "CR2": raw_photo("<", {MAKE: (2, 100)}, b"CR\2\0"),
    "CR3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(400),
    "RAF": b"FUJIFILMCCD-RAW 0201" + bytes(400),
    "ORF": b"IIRO" + bytes(400),
    "RW2": b"IIU\0" + bytes(400),
}


@pytest.mark.parametrize("name", RAW_PHOTOS)
def test_raw_photos_are_named_with_what_can_be_taken(name: str) -> None:
    with pytest.raises(Refusal, match=r"a raw photo of a camera, .*; its JPEG can be taken") as refusal:
        looked_at(RAW_PHOTOS[name])
    assert refusal.value.code == "not_media"


@pytest.mark.parametrize("order", "<>")
def test_a_scan_that_names_its_scanner_is_no_raw_photo(order: str) -> None:
    assert looked_at(raw_photo(order, {MAKE: (2, 100), SUBFILE: (4, 0), COMPRESSION: (3, 5)})).ending == "tif"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04" + bytes(30), "a ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "password-protected office document"),
        (b"<!DOCTYPE html><html><svg ></svg></html>", "a web page"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\n", "a key or certificate"),
        (b"SQLite format 3\0" + bytes(80), "a database"),
        (b"root:x:0:0:root:/root:/bin/bash\n", "text"),
        (bytes(100), "nothing but zeros"),
        (b"\x90" * 100, "no medium"),
        (b"qoif" + bytes(90), "a QOI picture, a kind that is not taken"),
        (bytes(128) + b"DICM" + bytes(90), "a DICOM picture"),
        (b"FWS\6" + bytes(90), "a Flash film"),
        (b"#!SILK_V3" + bytes(90), "a voice message"),
        (b'{"a": 1}', "JSON text"),
        (b"\xff\x0a" + bytes(90), "a JPEG XL picture, a kind that is not taken"),
        (b"\x7fELF\x02", "a program"),
    ],
)
def test_other_files_are_named_and_refused(content: bytes, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refusal:
        looked_at(content)
    assert refusal.value.code == "not_media"


def test_server_and_sandbox_have_the_same_words() -> None:
    assert inspect.getsource(other_kinds) == inspect.getsource(of_the_sandbox)


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
    [(pdf(), "PDF", "a PDF document"), (archive("ppt/presentation.xml"), "SLIDESHOW", "a PPTX presentation")],
)
def test_decks_are_recognised_and_refused_when_their_end_is_missing(content: bytes, kind: str, words: str) -> None:
    found = looked_at(content)
    assert (found.kind, found.words) == (kind, words)
    refuse_other_kind(found, "DOCUMENT", "deck")
    with pytest.raises(Refusal, match=f"it takes a picture, and deck is {words}"):
        refuse_other_kind(found, "IMAGE", "deck")
    if kind == "PDF":  # of a cut archive nobody knows what it was
        with pytest.raises(Refusal, match="cut off"):
            looked_at(content[:-1_200])


def test_bytes_before_a_pdf_do_no_harm() -> None:
    assert looked_at(b"HTTP/1.1 200 OK\r\n\r\n" + pdf()).kind == "PDF"


def test_another_office_document_is_no_deck() -> None:
    with pytest.raises(Refusal, match="an Office document"):
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
    other_kind(head)
