"""The first page of a PDF, by PDFium."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from videogen_sandbox.look.errors import ENCRYPTED, Unreadable

_PASSWORD = 4
"""FPDF_ERR_PASSWORD of fpdfview.h."""


@dataclass(frozen=True)
class Page:
    """The first of `pages` pages; `width` and `height` are those of the paper in points (1/72 inch)."""

    image: Image.Image
    pages: int
    width: float
    height: float


def first_page(path: Path, side: int) -> Page:
    """Draw the first page, `side` pixels on its longer side.

    Raise Unreadable for what is encrypted, broken or without pages, ImportError when there is no `pypdfium2`.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PASSWORD:
            raise Unreadable("The PDF is protected by a password.", ENCRYPTED) from error
        raise Unreadable("The PDF is broken, or it has no pages.") from error
    try:
        page = document[0]
        width, height = page.get_size()
        if not (0 < width < math.inf and 0 < height < math.inf):
            raise Unreadable("The first page of the PDF has no size.")
        image: Image.Image = page.render(scale=side / max(width, height)).to_pil().convert("RGB")
        return Page(image, len(document), width, height)
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise Unreadable("The first page of the PDF is broken.") from error
    finally:
        document.close()
