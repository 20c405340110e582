"""What a file is, by its first bytes, as far as it tells people why it is not shown."""

from __future__ import annotations

from PIL import Image

from videogen_sandbox.look import other_kinds

_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_AVIF = (b"avif", b"avis")

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


def other_kind(head: bytes) -> str | None:
    """Return what a file that is no readable medium is, as words after "It is"; None where that is not known."""
    if is_heif(head):
        kind = "an AVIF" if head[8:12] in _AVIF else "a HEIC"
        return f"{kind} picture that is broken, or of a coding that is not known here"
    return other_kinds.other_kind(head)
