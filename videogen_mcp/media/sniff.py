"""What a file really is, by its first bytes. Pure functions of bytes; names are not believed.

The signatures are those of the formats' own specifications (PNG, JFIF, RIFF, ISO/IEC 14496-12, Matroska, RFC 3533 …).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

FileType = Literal["IMAGE", "VIDEO", "AUDIO", "PDF", "SLIDESHOW"]
"""What a file holds, in the API's words."""

TAKEN: Mapping[str, tuple[str, ...]] = {"DOCUMENT": ("PDF", "SLIDESHOW"), "VISUAL": ("IMAGE", "VIDEO")}
"""The types of files that an argument takes where it is not one (`workflows.base.Kind`)."""

KIND_WORDS: Mapping[str, str] = {
    "IMAGE": "picture",
    "VIDEO": "video",
    "AUDIO": "sound",
    "PDF": "document",
    "SLIDESHOW": "presentation",
    "DOCUMENT": "PDF or PowerPoint (PPTX)",
    "VISUAL": "picture or video",
}

COMMON: Mapping[str, str] = {"IMAGE": "PNG or JPEG", "VIDEO": "MP4 (H.264)", "AUDIO": "WAV or MP3"}
"""Formats that every service reads, by the type of a file."""

ANY_COMMON = "PNG, MP4, WAV or PDF"

ANY_MEDIA = "a picture, video, sound, PDF or PowerPoint (PPTX) file"
"""What an upload may be."""


SPOKEN_WITH_A_VOWEL = ("a", "i", "m", "o", "flv", "svg", "h2")
"""How endings begin that are spelled with a vowel first: an MP4, an AVI."""


@dataclass(frozen=True)
class Found:
    """A recognised format; `ending` is the usual one of its files."""

    kind: FileType
    mime: str
    ending: str
    moving: bool = field(default=False, compare=False)
    """Whether it is an animated picture, which is taken as a video, too."""

    @property
    def words(self) -> str:
        """As in "photo.jpg is a PNG picture"."""
        article = "an" if self.ending.startswith(SPOKEN_WITH_A_VOWEL) else "a"
        return f"{article} {self.ending.upper()} {KIND_WORDS[self.kind]}"


def _image(mime: str, ending: str) -> Found:
    return Found("IMAGE", f"image/{mime}", ending)


def _video(mime: str, ending: str) -> Found:
    return Found("VIDEO", f"video/{mime}", ending)


def _audio(mime: str, ending: str) -> Found:
    return Found("AUDIO", f"audio/{mime}", ending)


PNG, JPEG, GIF, WEBP = _image("png", "png"), _image("jpeg", "jpg"), _image("gif", "gif"), _image("webp", "webp")
BMP, TIFF, SVG = _image("bmp", "bmp"), _image("tiff", "tif"), _image("svg+xml", "svg")
AVIF, HEIC = _image("avif", "avif"), _image("heic", "heic")
JP2, ICO, PSD = _image("jp2", "jp2"), _image("x-icon", "ico"), _image("vnd.adobe.photoshop", "psd")
PPM = _image("x-portable-anymap", "ppm")
MP4, MOV, THREE_GP = _video("mp4", "mp4"), _video("quicktime", "mov"), _video("3gpp", "3gp")
WEBM, MKV = _video("webm", "webm"), _video("x-matroska", "mkv")
AVI, FLV = _video("x-msvideo", "avi"), _video("x-flv", "flv")
TS, MPEG, WMV, OGV = _video("mp2t", "ts"), _video("mpeg", "mpg"), _video("x-ms-wmv", "wmv"), _video("ogg", "ogv")
MP3, WAV, FLAC, OGG = _audio("mpeg", "mp3"), _audio("wav", "wav"), _audio("flac", "flac"), _audio("ogg", "ogg")
M4A, AAC, AIFF, WMA = _audio("mp4", "m4a"), _audio("aac", "aac"), _audio("aiff", "aiff"), _audio("x-ms-wma", "wma")
PDF = Found("PDF", "application/pdf", "pdf")
PPTX = Found("SLIDESHOW", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx")
AMR, CAF, WEBA, MKA = _audio("amr", "amr"), _audio("x-caf", "caf"), _audio("webm", "weba"), _audio("x-matroska", "mka")
AU, GSM, AC3 = _audio("basic", "au"), _audio("x-gsm", "gsm"), _audio("ac3", "ac3")
W64, WAVPACK = _audio("wav", "w64"), _audio("x-wavpack", "wv")
DV, MXF = _video("x-dv", "dv"), _video("mxf", "mxf")
H264, HEVC, IVF = _video("h264", "h264"), _video("h265", "h265"), _video("x-ivf", "ivf")

_PLAIN: tuple[tuple[bytes, Found], ...] = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (b"\0\0\0\x0cjP  \r\n\x87\n", JP2),
    (b"\0\0\x01\0", ICO),
    (b"8BPS", PSD),
    *((start, PPM) for start in (b"P4\n", b"P5\n", b"P6\n")),
    (b"fLaC", FLAC),
    (b"FLV\x01", FLV),
    (b"\0\0\x01\xba", MPEG),
    (b"#!AMR", AMR),
    (b"caff\0\x01", CAF),
    (b".snd", AU),
    (b"\x0b\x77", AC3),
    (b"wvpk", WAVPACK),
    (b"riff.\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0", W64),
    (b"\0\0\x01\xb3", MPEG),
    *((b"\0\0\0\x01" + unit, H264) for unit in (b"\x09", b"\x27", b"\x47", b"\x67")),
    *((b"\0\0\0\x01" + unit, HEVC) for unit in (b"\x40\x01", b"\x46\x01")),
    (b"DKIF", IVF),
    (b"\x1f\x07\0", DV),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", MXF),
    (b"ID3", MP3),
)

_IMAGE_BRANDS = {b"avif": AVIF, b"avis": AVIF}
_IMAGE_BRANDS |= dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), HEIC)

_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
_MARKUP = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*"
    rb"(?:<\?xml[^>]*>\s*|<!--(?:(?!-->).)*-->\s*|<!DOCTYPE\s+svg[^>\[]*(?:\[[^\]]*\]\s*)?>\s*)*<svg[\s>]",
    re.S,
)


def sniff(head: bytes) -> Found | None:
    """The format of a file whose first bytes (64 KiB or all of them) are `head`; None when it is no media.

    For MP4, MOV and Matroska files the kind may still be the other one of video and sound, and a ZIP archive may be a
    presentation: see `structure.recognise`.
    """
    plain = next((found for signature, found in _PLAIN if head.startswith(signature)), None)
    return plain or next((found for probe in _PROBES if (found := probe(head)) is not None), None)


def is_animated(head: bytes, found: Found) -> bool:
    """Whether a picture moves: a GIF that tells how it is repeated, a PNG with a chunk of control before its picture
    (PNG 3, 11.3.6), an AVIF of that brand, a WebP that says so (RFC 9649, 2.7)."""
    if found == GIF:
        return b"NETSCAPE2.0" in head
    if found == PNG:
        return b"acTL" in head.partition(b"IDAT")[0]
    if found == AVIF:
        return head[8:12] == b"avis"
    return found == WEBP and head[12:16] == b"VP8X" and bool(head[20] & 2)


def _riff(head: bytes) -> Found | None:
    if head[:4] in (b"RIFF", b"RF64", b"RIFX"):
        return {b"WEBP": WEBP, b"WAVE": WAV, b"AVI ": AVI}.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return AIFF
    return None


def _iso(head: bytes) -> Found | None:
    box = head[4:8]
    if box != b"ftyp":
        # QuickTime's first files had no ftyp box; what they begin with has a size that makes sense.
        old = box in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
        return MOV if old and (int.from_bytes(head[:4], "big") >= 8 or head[:4] == b"\0\0\0\1") else None
    brand = head[8:12]
    if brand == b"crx ":
        return None  # a raw photo
    brands = {head[at : at + 4] for at in range(16, min(int.from_bytes(head[:4], "big"), 256, len(head)), 4)}
    for known, found in _IMAGE_BRANDS.items():
        if brand == known or (brand in (b"mif1", b"msf1") and known in brands and found is AVIF):
            return found
    if brand in (b"M4A ", b"M4B ", b"M4P ", b"F4A "):
        return M4A
    if brand == b"qt  ":
        return MOV
    return THREE_GP if brand[:2] in (b"3g", b"3G") else MP4


def _matroska(head: bytes) -> Found | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    is_webm = b"webm" in head[:128]
    if re.search(rb"\x86.V_[A-Z]", head, re.S) or not re.search(rb"\x86.A_[A-Z]", head, re.S):
        return WEBM if is_webm else MKV
    return WEBA if is_webm else MKA


def _ogg(head: bytes) -> Found | None:
    if not head.startswith(b"OggS"):
        return None
    start = head[:4096]
    return OGV if b"\x80theora" in start or b"\x01video" in start or b"BBCD\0" in start else OGG


def _asf(head: bytes) -> Found | None:
    if not head.startswith(_ASF):
        return None
    return WMV if _ASF_VIDEO in head else WMA


def _pdf(head: bytes) -> Found | None:
    """Readers take other bytes before the mark (ISO 32000-1, appendix H, note 13)."""
    return PDF if b"%PDF-" in head[:1024] else None


def _transport_stream(head: bytes) -> Found | None:
    for start, step in ((0, 188), (4, 192)):
        marks = head[start : start + step * 5 : step]
        if len(marks) >= 3 and set(marks) == {0x47}:
            return TS
    return None


def _bmp(head: bytes) -> Found | None:
    header = int.from_bytes(head[14:18], "little")
    return BMP if head[:2] == b"BM" and header in (12, 40, 52, 56, 64, 108, 124) else None


def _svg(head: bytes) -> Found | None:
    return SVG if _MARKUP.match(head) else None


def _bare_audio(head: bytes) -> Found | None:
    """MP3 and AAC without any header: two frames in a row must make sense. Recorders leave zeros before them."""
    head = head.lstrip(b"\0")
    for length, found in ((_mp3_frame, MP3), (_aac_frame, AAC)):
        first = length(head)
        if first and (len(head) == first or length(head[first:])):
            return found
    return None


def _gsm(head: bytes) -> Found | None:
    """Frames of a telephone, which have no header: each of 33 bytes begins with the same bits (RFC 3551, 4.5.8)."""
    marks = head[::33][:GSM_FRAMES]
    return GSM if len(marks) == GSM_FRAMES and all(mark >> 4 == 0xD for mark in marks) else None


GSM_FRAMES = 32
"""Frames that must begin alike: 0.64 s; by chance one file in 2^128 does."""

_BITRATES = {
    # (MPEG-1?, layer) → kbit/s by index (ISO/IEC 11172-3, 13818-3)
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def _mp3_frame(head: bytes) -> int:
    """Bytes of the MPEG audio frame at the start; 0 when there is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    rate, pitch, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    table = _BITRATES.get((version == 3, layer))
    if version == 1 or table is None or not 0 < rate < 15 or pitch == 3:
        return 0
    samples = (44_100, 48_000, 32_000)[pitch] // {3: 1, 2: 2, 0: 4}[version]
    return (144 if version == 3 or layer == 2 else 72) * table[rate] * 1000 // samples + padding


def _aac_frame(head: bytes) -> int:
    """Bytes of the ADTS frame at the start (ISO/IEC 13818-7); 0 when there is none."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 > 12:
        return 0
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return length if length > 7 else 0


_PROBES: tuple[Callable[[bytes], Found | None], ...] = (
    _riff,
    _iso,
    _matroska,
    _ogg,
    _asf,
    _bmp,
    _svg,
    _transport_stream,
    _bare_audio,
    _gsm,
    _pdf,
)


def as_sound(found: Found) -> Found:
    """The same container with nothing but sound in it."""
    return replace(WEBA if found is WEBM else MKA if found is MKV else M4A)
