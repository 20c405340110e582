"""Whether a media file is all there: its own account of its length is compared with what there is.

Only a few bytes are read (all of a JPEG), so that a broken file is refused before it is sent and paid for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.limits import BLOCK, HEAD
from videogen_mcp.media.names import quoted
from videogen_mcp.media.sniff import (
    AIFF,
    ANY_MEDIA,
    AVI,
    AVIF,
    BMP,
    GIF,
    HEIC,
    JPEG,
    KIND_WORDS,
    M4A,
    MKA,
    MKV,
    MOV,
    MP4,
    PDF,
    PNG,
    PPTX,
    SVG,
    TAKEN,
    THREE_GP,
    WAV,
    WEBA,
    WEBM,
    WEBP,
    Found,
    as_sound,
    is_animated,
    other,
    sniff,
)

Read = Callable[[int, int], bytes]
"""(offset, length) → at most so many bytes."""

TRACKED = (MP4, MOV, THREE_GP, M4A)

STEPS = 100_000
"""Chunks of a file that are walked through; one with more is taken as it is."""

PRESENTATION = b"ppt/presentation.xml"
"""The file in a ZIP archive that makes it a presentation (ECMA-376, part 1, 13.3.6)."""

DIRECTORY = 1024 * 1024
"""Bytes at the end of a ZIP archive that are searched for the names of its files: its directory stands there."""

ZIP_END = 22 + 65_535
"""Longest end record of a ZIP archive: 22 bytes and a comment (APPNOTE 4.3.16)."""

PDF_TRAILER = 1024
"""Bytes at the end of a PDF within which its last line must stand (ISO 32000-1, appendix H, note 18)."""

UNKNOWN_SIZES = (0, 0xFFFFFFFF)
"""What programs write that do not know a length yet (streamed WAV)."""


def inspect(read: Read, size: int, name: str) -> Found:
    """The format of a file. Raises Refusal when it is no media, or cut off. `name` is for the words."""
    found = recognise(read, size)
    if found is None:
        head = read(0, min(HEAD, size))
        raise Refusal(
            "not_media",
            f"{quoted(name)} is {other(head)}, whatever its name says",
            f"Give {ANY_MEDIA}",
        )
    if is_cut_off(read, size, found):
        raise Refusal(
            "file_truncated",
            f"{quoted(name)} is cut off: it is a {found.words} whose end is missing",
            "Copy or export it again, whole",
        )
    return found


def recognise(read: Read, size: int) -> Found | None:
    """The format of a file, whole or not; None when it is no media."""
    head = read(0, min(HEAD, size))
    if head.startswith(b"PK\x03\x04"):
        return PPTX if PRESENTATION in head or PRESENTATION in _tail(read, size, DIRECTORY) else None
    found = sniff(head)
    if found is not None and is_animated(head, found):
        return replace(found, moving=True)
    return _of_tracks(read, size, found) if found in TRACKED else found


def refuse_other_kind(found: Found, wanted: str, name: str) -> None:
    """Raises Refusal when a file is of another kind than the argument takes."""
    taken = TAKEN.get(wanted, (wanted,))
    if found.kind not in taken and not (found.moving and "VIDEO" in taken):
        raise Refusal(
            "wrong_media_type",
            f"it takes a {KIND_WORDS[wanted]}, and {quoted(name)} is a {found.words}",
            f"Give a {KIND_WORDS[wanted]} file or its file id",
        )


def is_cut_off(read: Read, size: int, found: Found) -> bool:
    """Whether the end of the file is missing, as far as its format tells."""
    if found == PNG:
        return not _png_ends(read, size)
    if found == JPEG:
        return not _jpeg_ends(read, size)
    if found == GIF:
        return not _gif_ends(read)
    if found == SVG:
        return b"</svg" not in read(max(size - BLOCK, 0), BLOCK) and b"/>" not in read(max(size - 64, 0), 64)
    if found in (WEBP, WAV, AVI):
        announced = int.from_bytes(read(4, 4), "little")
        too_large = announced not in UNKNOWN_SIZES and announced + 8 > size + 1 and read(0, 4) == b"RIFF"
        return too_large and _riff_cut_off(read, size)
    if found == AIFF:
        return int.from_bytes(read(4, 4), "big") + 8 > size + 1
    if found == BMP:
        return int.from_bytes(read(2, 4), "little") > size
    if found == PDF:
        return b"%%EOF" not in _tail(read, size, PDF_TRAILER)
    if found == PPTX:
        return b"PK\x05\x06" not in _tail(read, size, ZIP_END)
    if found in (WEBM, MKV, WEBA, MKA):
        return _matroska_end(read) > size
    if found in (MP4, MOV, THREE_GP, M4A, AVIF, HEIC):
        return _iso_cut_off(read, size, found)
    return False


def _tail(read: Read, size: int, length: int) -> bytes:
    return read(max(size - length, 0), length)


def _png_ends(read: Read, size: int) -> bool:
    """Whether the chunks of a PNG are whole; the last one, which says only that it ends, may be missing."""
    at, last = 8, b""
    for _ in range(STEPS):
        header = read(at, 8)
        if len(header) < 8:
            return at == size and last == b"IDAT"
        if header[4:] == b"IEND":
            return at + 12 <= size
        at, last = at + 12 + int.from_bytes(header[:4], "big"), header[4:]
    return True


def _gif_ends(read: Read) -> bool:
    """Whether the blocks of a GIF (GIF89a, appendix A) are whole up to the trailer, or up to where it should stand."""

    def table(flags: int) -> int:
        return 3 << (flags & 7) + 1 if flags & 0x80 else 0

    head = read(0, 13)
    at = 13 + table(head[10]) if len(head) == 13 else 13
    for _ in range(STEPS):
        block = read(at, 10)
        if not block or block[0] not in b"!,":
            return True  # the trailer, or what readers take for it
        if len(block) < 10 and block[0] == 0x2C:
            return False
        at += 11 + table(block[9]) if block[0] == 0x2C else 2
        while length := int.from_bytes(read(at, 1), "big"):
            at += 1 + length
        if not read(at, 1):
            return False
        at += 1
    return True


def _riff_cut_off(read: Read, size: int) -> bool:
    """Whether a chunk of a RIFF file goes beyond its end; the length of the whole is often wrong."""
    at = 12
    for _ in range(STEPS):
        header = read(at, 8)
        length = int.from_bytes(header[4:], "little")
        if len(header) < 8 or not header[:4].isascii() or (header[:4] == b"data" and length in UNKNOWN_SIZES):
            return at == 12
        at += 8 + length + length % 2
        if at > size + 1:
            return True
    return False


def _jpeg_ends(read: Read, size: int) -> bool:
    """Whether the end marker comes after the picture data; in those data it cannot occur (ITU T.81, B.1.1.5)."""
    at = 2
    for _ in range(STEPS):
        marker = read(at, 4)
        if len(marker) < 4:
            return False
        if marker[0] != 0xFF:
            return True  # not as the standard wants it, but not for us to judge
        if marker[1] == 0xFF:
            at += 1
            continue
        at += 2 + int.from_bytes(marker[2:], "big")
        if marker[1] == 0xDA:
            break
    last = b""
    while at < size:
        block = read(at, BLOCK)
        if not block:
            return False
        if b"\xff\xd9" in last + block:
            return True
        last, at = block[-1:], at + len(block)
    return False


def _boxes(read: Read, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes between two offsets: type, where the content begins, where the box says it ends."""
    at = start
    for _ in range(STEPS):
        header = read(at, 16)
        if at + 8 > end or len(header) < 8:
            return
        length, body = int.from_bytes(header[:4], "big"), at + 8
        if length == 1 and len(header) == 16:
            length, body = int.from_bytes(header[8:], "big"), at + 16
        elif length == 0:
            if header[4:8] == b"\0\0\0\0":
                return  # cameras pad with zeros
            length = end - at
        if length < body - at:
            return
        yield header[4:8], body, at + length
        at += length


def _iso_cut_off(read: Read, size: int, found: Found) -> bool:
    types = set()
    for box, _, end in _boxes(read, 0, size):
        if end > size:
            return True
        types.add(box)
    return b"meta" not in types if found in (AVIF, HEIC) else not types & {b"moov", b"moof"}


def _of_tracks(read: Read, size: int, found: Found) -> Found:
    """MP4 and MOV hold video, sound or both, whatever their first bytes say: the tracks tell."""
    handlers = {
        read(body + 8, 4)
        for box, moov, moov_end in _boxes(read, 0, size)
        if box == b"moov"
        for trak_box, trak, trak_end in _boxes(read, moov, min(moov_end, size))
        if trak_box == b"trak"
        for mdia_box, mdia, mdia_end in _boxes(read, trak, min(trak_end, size))
        if mdia_box == b"mdia"
        for hdlr_box, body, _ in _boxes(read, mdia, min(mdia_end, size))
        if hdlr_box == b"hdlr"
    }
    if b"vide" in handlers:
        return MP4 if found == M4A else found
    return as_sound(found) if b"soun" in handlers else found


def _matroska_end(read: Read) -> int:
    """Where the segment, which holds everything, says it ends; 0 when it does not say."""
    _, length, after = _number(read(0, 64), 4)
    segment = after + length
    header = read(segment, 16)
    unknown, length, after = _number(header, 4)
    return 0 if unknown or header[:4] != b"\x18\x53\x80\x67" else segment + after + length


def _number(data: bytes, at: int) -> tuple[bool, int, int]:
    """A variable-length number (RFC 8794, section 4): whether it means "unknown", its value, where it ends."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length()
    if first == 0 or at + width > len(data):
        return True, 0, at
    most = (1 << 7 * width) - 1
    value = int.from_bytes(data[at : at + width], "big") & most
    return value == most, value, at + width
