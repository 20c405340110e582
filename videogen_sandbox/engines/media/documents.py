"""Tells documents by their content: PDF and PowerPoint."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

HEAD = 1024
"""Bytes at the beginning of a file within which a PDF says what it is (ISO 32000-1, appendix H, note 13)."""

DocumentKind = Literal["PDF", "SLIDESHOW"]

MIMES: dict[DocumentKind, str] = {
    "PDF": "application/pdf",
    "SLIDESHOW": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


def document_kind(path: Path) -> DocumentKind | None:
    """Return what kind of document a file is; None when it is none. Whether it can be rendered is not checked."""
    with path.open("rb") as file:
        if b"%PDF-" in file.read(HEAD):
            return "PDF"
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                return "SLIDESHOW" if "ppt/presentation.xml" in archive.namelist() else None
        except zipfile.BadZipFile:
            return None
    return None
