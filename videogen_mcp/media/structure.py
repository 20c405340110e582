"""Whether a media file is all there: its own account of its length is compared with what there is.

Only a few bytes are read, so that a broken file is refused before it is sent and paid for. What may be whole though its
end is odd is left to the service: browsers and players show it, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.limits import BLOCK, HEAD
from videogen_mcp.media.names import quoted
from videogen_mcp.media.other_kinds import RAW_PHOTO, other_kind
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
    TIFF,
    WAV,
    WEBA,
    WEBM,
    WEBP,
    Found,
    as_sound,
    is_animated,
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

PARTS = frozenset((b"ftyp", b"meta", b"moov", b"moof", b"mdat"))
"""Boxes that hold a medium; what else there seems to be may be a cache's bytes after the end."""

UNKNOWN_SIZES = 0x7FFF_0000
"""Programs that do not know a length yet write 0, or something from here on (streamed WAV)."""

LOST = 1
"""Bytes missing at least, where the format tells only that there are some."""


def inspect(read: Read, size: int, name: str) -> Found:
    """The format of a file. Raises Refusal when it is no media, or cut off. `name` is for the words."""
    found = recognise(read, size)
    if found is None:
        words = _not_media(read, size)
        raise Refusal("not_media", f"{quoted(name)} is {words}, whatever its name says", f"Give {ANY_MEDIA}")
    whole = least_size(read, size, found)
    if whole > size:
        much = f"; {size / 1e6:,.2f} of at least {whole / 1e6:,.2f} MB are there" if whole > size + 10_000 else ""
        raise Refusal(
            "file_truncated",
            f"{quoted(name)} is cut off: it is {found.words} whose end is missing{much}",
            "Copy or export it again, whole",
        )
    return found


def _not_media(read: Read, size: int) -> str:
    head = read(0, min(HEAD, size))
    if sniff(head) == TIFF:
        return RAW_PHOTO
    return other_kind(head[:4096]) or "no medium that is known here"


def recognise(read: Read, size: int) -> Found | None:
    """The format of a file, whole or not; None when it is no media."""
    head = read(0, min(HEAD, size))
    if head.startswith(b"PK\x03\x04"):
        return PPTX if PRESENTATION in head or PRESENTATION in _tail(read, size, DIRECTORY) else None
    found = sniff(head)
    if found == TIFF and _is_raw_photo(read):
        return None
    if found is not None and (is_animated(head, found) or (found == GIF and _gif(read)[1] > 1)):
        return replace(found, moving=True)
    return _of_tracks(read, size, found) if found in TRACKED else found


def refuse_other_kind(found: Found, wanted: str, name: str) -> None:
    """Raises Refusal when a file is of another kind than the argument takes."""
    taken = TAKEN.get(wanted, (wanted,))
    if found.kind not in taken and not (found.moving and "VIDEO" in taken):
        raise Refusal(
            "wrong_media_type",
            f"it takes a {KIND_WORDS[wanted]}, and {quoted(name)} is {found.words}",
            f"Give a {KIND_WORDS[wanted]} file or its file id",
        )


def least_size(read: Read, size: int, found: Found) -> int:
    """Return how many bytes a file of `size` has at least when it is whole, as far as its format tells."""
    if found == PNG:
        return _png_end(read, size)
    if found == JPEG:
        return 0 if _jpeg_shows(read) else size + LOST
    if found == GIF:
        return _gif(read)[0]
    if found == SVG:
        ends = b"</svg" in _tail(read, size, BLOCK) or b"/>" in _tail(read, size, 64)
        return 0 if ends else size + LOST
    if found in (WEBP, WAV, AVI):
        announced = int.from_bytes(read(4, 4), "little") + 8
        return _riff_end(read, size) if size + 1 < announced < UNKNOWN_SIZES and read(0, 4) == b"RIFF" else 0
    if found == AIFF:
        return int.from_bytes(read(4, 4), "big") + 7
    if found == BMP:
        return int.from_bytes(read(2, 4), "little")
    if found == PDF:
        return 0 if b"%%EOF" in _tail(read, size, PDF_TRAILER) else size + LOST
    if found == PPTX:
        return 0 if b"PK\x05\x06" in _tail(read, size, ZIP_END) else size + LOST
    if found in (WEBM, MKV, WEBA, MKA):
        return _matroska_end(read, size)
    if found in (MP4, MOV, THREE_GP, M4A, AVIF, HEIC):
        return _iso_end(read, size, found)
    return 0


def _tail(read: Read, size: int, length: int) -> bytes:
    return read(max(size - length, 0), length)


def _png_end(read: Read, size: int) -> int:
    """Where the chunks of a PNG end; the last one, which says only that it ends, may be missing or cut."""
    at, last = 8, b""
    for _ in range(STEPS):
        header = read(at, 8)
        if len(header) < 8:
            return size if last == b"IDAT" and at <= size else max(at, size + LOST)
        if header[4:] == b"IEND":
            return at + 8
        at, last = at + 12 + int.from_bytes(header[:4], "big"), header[4:]
    return at


def _gif(read: Read) -> tuple[int, int]:
    """Where the blocks of a GIF end (GIF89a, appendix A), and how many pictures it has. The trailer may be missing."""

    def table(flags: int) -> int:
        return 3 << (flags & 7) + 1 if flags & 0x80 else 0

    head = read(0, 13)
    at, pictures = 13 + table(head[10]) if len(head) == 13 else 13, 0
    for _ in range(STEPS):
        block = read(at, 10)
        if not block or block[0] not in b"!,":
            break  # the trailer, or what readers take for it
        pictures += block[0] == 0x2C
        at += 11 + table(block[9]) if block[0] == 0x2C and len(block) == 10 else 2
        while length := int.from_bytes(read(at, 1), "big"):
            at += 1 + length
        at += 1
    return at, pictures


def _riff_end(read: Read, size: int) -> int:
    """Where the chunks of a RIFF file end; the length of the whole is often wrong."""
    at = 12
    for _ in range(STEPS):
        header = read(at, 8)
        length = int.from_bytes(header[4:], "little")
        if (
            len(header) < 8
            or not header[:4].isascii()
            or (header[:4] == b"data" and (length == 0 or length >= UNKNOWN_SIZES))
        ):
            break
        at += 8 + length
        if at > size:
            return at
        at += length % 2
    return size if at > 12 else size + LOST


def _jpeg_shows(read: Read) -> bool:
    """Whether the picture data of a JPEG begin. Whether they are all there only a decoder knows: webcams leave out the
    end marker, and browsers show what there is."""
    at = 2
    for _ in range(STEPS):
        marker = read(at, 4)
        if len(marker) < 4:
            return False
        if marker[0] != 0xFF or marker[1] == 0xDA:
            return True  # without a marker: not as the standard wants it, but not for us to judge
        at += 1 if marker[1] == 0xFF else 2 + int.from_bytes(marker[2:], "big")
    return True


_COMPRESSION, _MAKE, _SUBFILE_TYPE, _DNG_VERSION = 259, 271, 254, 50_706
"""Tags of TIFF (TIFF 6.0, DNG 1.7)."""


def _is_raw_photo(read: Read) -> bool:
    """Whether a TIFF is a camera's raw photo (DNG, NEF, CR2, ARW …): the picture in front is a small preview then."""
    head = read(0, 12)
    order: Literal["little", "big"] = "little" if head[:1] == b"I" else "big"
    at = int.from_bytes(head[4:8], order)
    table = read(at + 2, 12 * int.from_bytes(read(at, 2), order))
    tags = {}
    for start in range(0, len(table), 12):
        width = 2 if table[start + 2 : start + 4] == (3).to_bytes(2, order) else 4  # a SHORT stands at the beginning
        tags[int.from_bytes(table[start : start + 2], order)] = table[start + 8 : start + 8 + width]
    value = {tag: int.from_bytes(found, order) for tag, found in tags.items()}
    is_preview = value.get(_SUBFILE_TYPE) == 1 or value.get(_COMPRESSION) == 6
    return head[8:10] == b"CR" or _DNG_VERSION in value or (_MAKE in value and is_preview)


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


def _iso_end(read: Read, size: int, found: Found) -> int:
    """Where the boxes of a file end. A length that is too large does no harm where the pictures are there."""
    ends = {box: end for box, _, end in _boxes(read, 0, size)}
    types, whole = ends.keys(), max((ends[box] for box in ends.keys() & PARTS), default=0)
    if found in (AVIF, HEIC):
        return whole if b"meta" in types else max(whole, size + LOST)
    if b"moof" in types or b"moov" not in types:
        return whole if types & {b"moov", b"moof"} else max(whole, size + LOST)
    return max([ends[b"moov"], *_last_chunks(read, size)])


def _last_chunks(read: Read, size: int) -> Iterator[int]:
    """Where the last chunk of each track begins (ISO/IEC 14496-12, 8.7.5); it has one byte at least."""
    for box, body, end in _inside(read, size, (b"moov", b"trak", b"mdia", b"minf", b"stbl")):
        width = {b"stco": 4, b"co64": 8}.get(box)
        if width is not None and (body + 8 < end <= size):
            yield int.from_bytes(read(end - width, width), "big") + LOST


def _inside(read: Read, size: int, path: Sequence[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """The boxes in the boxes at a path."""
    within = [(0, size)]
    for name in path:
        boxes = [one for start, end in within for one in _boxes(read, start, end)]
        within = [(body, min(end, size)) for box, body, end in boxes if box == name]
    return (one for start, end in within for one in _boxes(read, start, end))


def _of_tracks(read: Read, size: int, found: Found) -> Found:
    """MP4 and MOV hold video, sound or both, whatever their first bytes say: the tracks tell."""
    handlers = {
        read(body + 8, 4) for box, body, _ in _inside(read, size, (b"moov", b"trak", b"mdia")) if box == b"hdlr"
    }
    if b"vide" in handlers:
        return MP4 if found == M4A else found
    return as_sound(found) if b"soun" in handlers else found


def _matroska_end(read: Read, size: int) -> int:
    """Where the parts of the segment, which holds everything, end; its own length is often wrong."""
    _, length, after = _number(read(0, 64), 4)
    segment = after + length
    header = read(segment, 16)
    unknown, length, after = _number(header, 4)
    if unknown or header[:4] != b"\x18\x53\x80\x67" or segment + after + length <= size:
        return 0
    at = segment + after
    for _ in range(STEPS):
        header = read(at, 16)
        if not header:
            return at
        width = 9 - header[0].bit_length()
        unknown, length, after = _number(header, width)
        if unknown or width > 4:
            return 0
        at += after + length
    return 0


def _number(data: bytes, at: int) -> tuple[bool, int, int]:
    """A variable-length number (RFC 8794, section 4): whether it means "unknown", its value, where it ends."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length()
    if first == 0 or at + width > len(data):
        return True, 0, at
    most = (1 << 7 * width) - 1
    value = int.from_bytes(data[at : at + width], "big") & most
    return value == most, value, at + width
