"""What a file is, by its first bytes, as far as it tells people why it is not shown."""

from __future__ import annotations

from PIL import Image

from videogen_sandbox.look import other_kinds

_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_AVIF = (b"avif", b"avis")

_BEGUN: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (8, b"WEBP", "a WebP picture"),
    (0, b"BM", "a BMP picture"),
    (0, b"II*\0", "a TIFF picture"),
    (0, b"MM\0*", "a TIFF picture"),
    (0, b"\0\0\1\0", "an icon (ICO)"),
    (0, b"8BPS", "a Photoshop picture"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    *((4, box, "an MP4 or MOV file") for box in (b"ftyp", b"moov", b"mdat", b"wide", b"skip", b"free")),
    (0, b"\x1a\x45\xdf\xa3", "a Matroska or WebM file"),
    (8, b"AVI ", "an AVI film"),
    (8, b"WAVE", "a WAV sound"),
    (8, b"AIF", "an AIFF sound"),
    (0, b"FLV\1", "an FLV film"),
    (0, b"OggS", "an Ogg file"),
    (0, b"fLaC", "a FLAC sound"),
    (0, b"ID3", "an MP3 sound"),
    (0, b"\x30\x26\xb2\x75", "a Windows Media file"),
    (0, b"\x06\x0e\x2b\x34", "an MXF film"),
    (0, b"\0\0\1\xba", "an MPEG film"),
    (0, b"wvpk", "a WavPack sound"),
)
"""Offset, bytes there, and of what they are the beginning."""

HEAD = 4_096
"""Bytes that are looked at."""


def is_pdf(head: bytes) -> bool:
    """Return whether a file can be a PDF: readers take some bytes before the mark."""
    return b"%PDF-" in head[:1_024]


def is_heif(head: bytes) -> bool:
    """Return whether a file is a picture in the container of HEIF, which FFmpeg would take for a film."""
    return head[4:8] == b"ftyp" and head[8:12] in (*_HEIC, *_AVIF)


def is_animation(head: bytes) -> bool:
    """Return whether a file is an animation that Pillow reads, and FFmpeg does not or only its first picture: a WebP
    whose extended header announces one (RFC 9649, 2.7), or a sequence of AVIF."""
    webp = head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and bool(head[20] & 2)
    return webp or head[4:12] == b"ftypavis"


_DNG_VERSION, _MAKE, _SUBFILE_TYPE, _COMPRESSION = 50_706, 271, 254, 259
"""Tags of TIFF (TIFF 6.0, DNG 1.7)."""


def is_raw_photo(image: Image.Image) -> bool:
    """Return whether an opened TIFF is a camera's raw photo, of which Pillow would read the small preview."""
    tags = getattr(image, "tag_v2", {}) if image.format == "TIFF" else {}
    return _DNG_VERSION in tags or (_MAKE in tags and (tags.get(_SUBFILE_TYPE) == 1 or tags.get(_COMPRESSION) == 6))


def is_cut_off(head: bytes, size: int) -> bool:
    """Return whether a RIFF file (WAV, AVI) of `size` bytes is shorter than it says; those written to a pipe say
    nothing, and some count a last byte that is not there."""
    told = int.from_bytes(head[4:8], "little")
    return head[:4] == b"RIFF" and told != 0xFFFFFFFF and told + 7 > size


def unreadable(head: bytes) -> str:
    """Return the sentence for a file of which nothing can be read: what it is, or what it begins as."""
    if (other := other_kind(head)) is not None:
        return f"It is {other}."
    for at, beginning, words in _BEGUN:
        if head.startswith(beginning, at):
            return f"It begins as {words}, and is cut off or broken: nothing of it can be read."
    return "It is no picture, film or sound of a known kind, or it is broken."


def other_kind(head: bytes) -> str | None:
    """Return what a file that is no readable medium is, as words after "It is"; None where that is not known."""
    if is_heif(head):
        kind = "an AVIF" if head[8:12] in _AVIF else "a HEIC"
        return f"{kind} picture that is broken, or of a coding that is not known here"
    return other_kinds.other_kind(head)
