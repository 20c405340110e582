"""The pages of a presentation as pictures, with their words and the speaker's notes."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from videogen_sandbox.engines import EngineError

MOST_PAGES = 100
"""Pages of one presentation. A narrated video of a hundred slides lasts about half an hour."""

MOST_UNPACKED = 1024**3
"""Bytes that the parts of a PPTX may take when unpacked: a small file can claim to be endless."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How the files of PowerPoint 97 begin, and so do encrypted files of today's."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Slide:
    """One page. `text` is what is written on it, in reading order; `notes` what the speaker is to say."""

    picture: Path
    text: str
    notes: str = ""
    left_out: list[str] = field(default_factory=list)
    """What is on the slide and not in the picture, in words."""


def render(path: Path, folder: Path, width: int) -> list[Slide]:
    """Draw every page of a PDF or PPTX as a PNG of `width` pixels into `folder`; very tall pages become narrower.

    Raise EngineError: "empty_file" (no bytes, no pages, or nothing on any of them), "encrypted_file" (asks for a
    password), "invalid_input" (neither PDF nor PPTX, or broken), "too_many_pages".
    """
    from videogen_sandbox.engines.slides import office, pdf, powerpoint  # each brings a library of its own

    kind = _kind(path)
    if kind == "pdf":
        return pdf.render(path, folder, width)
    converted = office.to_pdf(path, folder)
    if converted is None:
        return powerpoint.render(path, folder, width)
    notes = powerpoint.notes(path)
    pages = pdf.render(converted, folder, width)
    return [Slide(page.picture, page.text, said) for page, said in zip(pages, notes, strict=True)]


def check_count(pages: int) -> None:
    """Raise EngineError for a presentation without pages or with too many."""
    if pages == 0:
        raise EngineError("empty_file", "The presentation has no pages.")
    if pages > MOST_PAGES:
        raise EngineError("too_many_pages", f"The presentation has {pages} pages; {MOST_PAGES} are the most.")


def _kind(path: Path) -> str:
    """Return "pdf" or "pptx". Raise EngineError for everything else."""
    with path.open("rb") as file:
        head = file.read(1_024)
    if not head:
        raise EngineError("empty_file", "The file is empty.")
    if b"%PDF-" in head:  # PDF readers take it anywhere in the first kilobyte
        return "pdf"
    if head.startswith(_OLE):
        if _ENCRYPTED in path.read_bytes():
            raise EngineError("encrypted_file", "The presentation is protected by a password. Save it without one.")
        raise EngineError("invalid_input", "Files of PowerPoint 97 to 2003 cannot be read. Save it as PPTX or PDF.")
    if not zipfile.is_zipfile(path):
        raise EngineError("invalid_input", "The file is neither a PDF nor a PPTX.")
    _check_zip(path)
    return "pptx"


def _check_zip(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        parts = package.infolist()
    if not any(part.filename == "ppt/presentation.xml" for part in parts):
        raise EngineError("invalid_input", "The file is no presentation: it is neither a PDF nor a PPTX.")
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise EngineError("invalid_input", "The presentation takes more than a gigabyte when it is unpacked.")
