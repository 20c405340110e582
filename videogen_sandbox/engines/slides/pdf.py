"""PDF pages by PDFium."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
from PIL import Image

from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.slides.pages import Slide, check_count

TALLEST = 2.0
"""Height of a page as a multiple of the width asked for: a page may claim to be ten metres long."""

_PASSWORD = 4
"""FPDF_ERR_PASSWORD of fpdfview.h."""


def render(path: Path, folder: Path, width: int) -> list[Slide]:
    """Draw the pages as PNG. Raise EngineError for what is encrypted, broken, without pages or with too many."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise _refusal(error) from error
    try:
        check_count(len(document))
        return [_page(document, number, folder, width) for number in range(len(document))]
    except pypdfium2.PdfiumError as error:
        raise EngineError("invalid_input", "A page of the PDF is broken.") from error
    finally:
        document.close()


def check_password(path: Path) -> None:
    """Raise EngineError("encrypted_file") for a PDF that asks for a password; what else is wrong with it is found when
    it is drawn."""
    try:
        pypdfium2.PdfDocument(path).close()
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PASSWORD:
            raise _refusal(error) from error


def _page(document: pypdfium2.PdfDocument, number: int, folder: Path, width: int) -> Slide:
    page = document[number]
    across, down = (max(1.0, side) for side in page.get_size())
    scale = min(width / across, width * TALLEST / down)
    picture: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
    if across * scale > width - 1 and picture.width != width:  # PDFium rounds up
        picture = picture.resize((width, picture.height))
    target = folder / f"slide-{number + 1:03}.png"
    picture.save(target, compress_level=1)
    words = page.get_textpage().get_text_bounded()
    return Slide(target, "\n".join(line.strip() for line in words.splitlines() if line.strip()))


def _refusal(error: pypdfium2.PdfiumError) -> EngineError:
    if error.err_code == _PASSWORD:
        return EngineError("encrypted_file", "The PDF is protected by a password. Save it without one.")
    return EngineError("invalid_input", "The PDF is broken, or it has no pages.")
