"""What a file that is not taken is, in words. Server and sandbox have this module each; a test holds them equal."""

from __future__ import annotations

import re

NOT_TAKEN = "a kind that is not taken"

RAW_PHOTO = "a raw photo of a camera, which is developed by a photo program; its JPEG can be taken"

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    *((start, f"a JPEG XL picture, {NOT_TAKEN}") for start in (b"\xff\x0a", b"\0\0\0\x0cJXL ")),
    (b"II\xbc\x01", f"a JPEG XR picture, {NOT_TAKEN}"),
    (b"v/1\x01", f"an OpenEXR picture, {NOT_TAKEN}"),
    *((start, f"a Radiance HDR picture, {NOT_TAKEN}") for start in (b"#?RADIANCE", b"#?RGBE")),
    (b"DDS ", f"a DDS texture, {NOT_TAKEN}"),
    (b"qoif", f"a QOI picture, {NOT_TAKEN}"),
    *((start, f"a DPX picture, {NOT_TAKEN}") for start in (b"SDPX", b"XPDS")),
    *((start, f"a PFM picture, {NOT_TAKEN}") for start in (b"PF\n", b"Pf\n")),
    (b"P7\n", f"a PAM picture, {NOT_TAKEN}"),
    (b"\x01\xda\0", f"an SGI picture, {NOT_TAKEN}"),
    (b"\x01\xda\x01", f"an SGI picture, {NOT_TAKEN}"),
    (b"\x0a\x05\x01", f"a PCX picture, {NOT_TAKEN}"),
    *((start + bytes(5), f"a TGA picture, {NOT_TAKEN}") for start in (b"\0\0\x02", b"\0\0\x03", b"\0\0\x0a")),
    (b"icns", f"an Apple icon, {NOT_TAKEN}"),
    (b"gimp xcf", f"a GIMP picture, {NOT_TAKEN}"),
    (b"%!PS", f"a PostScript drawing, {NOT_TAKEN}"),
    (b"\xd7\xcd\xc6\x9a", f"a Windows Metafile, {NOT_TAKEN}"),
    (b"SIMPLE  =", f"a FITS picture, {NOT_TAKEN}"),
    *((start, RAW_PHOTO) for start in (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM")),
    *((start, f"a Flash film, {NOT_TAKEN}") for start in (b"FWS", b"CWS", b"ZWS")),
    (b".RMF", f"a RealMedia film or sound, {NOT_TAKEN}"),
    (b"YUV4MPEG2", f"an uncompressed film (Y4M), {NOT_TAKEN}"),
    *((start, f"a voice message (SILK), {NOT_TAKEN}") for start in (b"#!SILK", b"\x02#!SILK")),
    (b"Creative Voice File", f"a VOC sound, {NOT_TAKEN}"),
    (b"MAC ", f"a Monkey's Audio sound, {NOT_TAKEN}"),
    (b"TTA1", f"a TTA sound, {NOT_TAKEN}"),
    (b"DSD ", f"a DSD sound, {NOT_TAKEN}"),
    *((start, f"a Musepack sound, {NOT_TAKEN}") for start in (b"MPCK", b"MP+")),
    (b"MThd", "a MIDI score, which has notes but no sound"),
    (b"#EXTM3U", "a playlist"),
    (b"glTF", "a 3D model (glTF)"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0", "an old or password-protected office document"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\0", "a database"),
    (b"-----BEGIN", "a key or certificate"),
)

_PAGE = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)", re.I)


def other_kind(head: bytes) -> str | None:
    """Return what a file that is no readable medium is, as words after "it is"; None where that is not known.

    `head`: its first bytes, 4 KiB or all of them.
    """
    if not head.strip(b"\0"):
        return "nothing but zeros" if head else "empty"
    if head[4:12] == b"ftypcrx ":
        return RAW_PHOTO
    for beginning, words in _BEGINNINGS:
        if head.startswith(beginning):
            return words
    if head[128:132] == b"DICM":
        return f"a DICOM picture, {NOT_TAKEN}"
    if _PAGE.match(head):
        return "a web page"
    if not _is_text(head):
        return None
    return "JSON text" if head.lstrip().startswith((b"{", b"[")) else "text"


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < max(len(head) - 4, 1):  # the last character may be cut
            return False
        text = head[: error.start].decode()
    return all(character.isprintable() or character in "\t\r\n\f" for character in text)
