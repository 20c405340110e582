"""PowerPoint slides drawn here, from what python-pptx reads: plain but right, and what is missing is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image
from pptx import Presentation

from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.slides.drawing import Drawing
from videogen_sandbox.engines.slides.pages import Slide, check_count
from videogen_sandbox.engines.slides.xml import BROKEN

FINER = 2
"""Slides are drawn so many times as large as they are wanted, and made smaller: that is what smooths the edges."""

TALLEST = 2.0
"""Height of a slide as a multiple of the width asked for."""

_HIDDEN = ("0", "false")


def render(path: Path, folder: Path, width: int) -> list[Slide]:
    """Draw the slides that are shown as PNG. Raise EngineError for broken, empty and endless presentations."""
    presentation, slides = _opened(path)
    check_count(len(slides))
    across, down = presentation.slide_width or 12_192_000, presentation.slide_height or 6_858_000
    width = round(min(width, width * TALLEST * across / down))
    size = width, max(1, round(width * down / across))
    made = []
    anything = False
    for number, slide in enumerate(slides, start=1):
        try:
            drawing = Drawing(presentation, slide, size[0] * FINER, size[1] * FINER, folder)
            picture = drawing.draw().resize(size, Image.Resampling.BOX)
        except BROKEN as error:
            raise EngineError("invalid_input", f"Slide {number} of the presentation is broken.") from error
        target = folder / f"slide-{number:03}.png"
        picture.save(target, compress_level=1)
        anything = anything or drawing.anything
        made.append(Slide(target, drawing.words, _notes(slide), drawing.left_out))
    if not anything:
        raise EngineError("empty_file", "There is nothing on the slides of the presentation.")
    return made


def notes(path: Path) -> list[str]:
    """Return the speaker's notes of the slides that are shown. Raise EngineError for a broken presentation."""
    return [_notes(slide) for slide in _opened(path)[1]]


def _opened(path: Path) -> tuple[Any, list[Any]]:
    """The presentation and its slides, without those that are hidden."""
    try:
        presentation = Presentation(str(path))
        return presentation, [slide for slide in presentation.slides if slide.element.get("show", "1") not in _HIDDEN]
    except BROKEN as error:
        raise EngineError("invalid_input", "The presentation is broken and cannot be opened.") from error


def _notes(slide: Any) -> str:
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    return "" if frame is None else str(frame.text).replace("\v", "\n").strip()
