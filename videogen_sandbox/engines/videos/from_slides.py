"""Slideshow to video: every page as it is, with its script or notes spoken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

from videogen_sandbox.engines import EngineError, Task
from videogen_sandbox.engines.slides import pages
from videogen_sandbox.engines.videos import script
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.checks import check_words
from videogen_sandbox.engines.videos.document import Document, Line, Section, Theme, Visual
from videogen_sandbox.engines.videos.settings import common
from videogen_sandbox.engines.videos.theme import theme_of, themed

WIDTH = 1_920
"""Pixels across a slide: sharp in a 1080p video."""

AFTER_SLIDE = 0.7
"""Seconds between the last word on a slide and the next slide."""

NO_COLOURS = "The theme has no picture and names no colour, so the slides keep their own design."

SILENT = "Nothing is said: the slides have no speaker notes. Give slideScripts to have them narrated."


def document(task: Task, assets: Assets) -> Document:
    """Return the document of a presentation: input "fileId", a PDF or PPTX.

    Raise EngineError: what `slides.pages.render` refuses, more scripts than slides, or words that cannot be spoken.
    """
    body = task.body
    files = task.inputs.get("fileId", ())
    if not files:
        raise EngineError("missing_input", "A PDF or PowerPoint file is needed.")
    with TemporaryDirectory(dir=task.folder) as folder:
        slides = pages.render(files[0], Path(folder), WIDTH)
        scripts = _scripts(body, slides)
        if any(text.strip() for text in scripts):
            check_words("\n".join(scripts), body.get("language"))
        colours = theme_of(body.get("slideshowTheme"), task.inputs.get("slideshowThemeEntityId", ()))
        sections = [_section(slide, text, assets, colours) for slide, text in zip(slides, scripts, strict=True)]
    spoken = any(section.lines for section in sections)
    notes = [NO_COLOURS] if body.get("slideshowTheme") and colours is None else []
    notes += [SILENT] if not spoken and body.get("slideScripts") is None else []
    lacking = [(number, slide.left_out) for number, slide in enumerate(slides, start=1) if slide.left_out]
    notes += [f"Slide {number} lacks: {', '.join(left_out)}." for number, left_out in lacking]
    first = slides[0].text.strip().splitlines()
    name = script.title(first[0] if first else "", "Slideshow")
    project = common(task, assets, title=name, colours=colours)
    return project.model_copy(update={"sections": tuple(sections), "notes": tuple(notes)})


def _scripts(body: Mapping[str, Any], slides: Sequence[pages.Slide]) -> list[str]:
    """What is said on each slide: the scripts where they are given, else the notes."""
    given = body.get("slideScripts")
    if given is None:
        return [slide.notes for slide in slides]
    if len(given) > len(slides):
        raise EngineError(
            "invalid_input", f"There are {len(given)} scripts for {len(slides)} slides; a slide has one, or none."
        )
    return [*map(str, given), *[""] * (len(slides) - len(given))]


def _section(slide: pages.Slide, text: str, assets: Assets, colours: Theme | None) -> Section:
    lines: list[Line] = [line for paragraph in script.sections(text) for line in paragraph]
    if lines:
        lines[-1] = lines[-1].model_copy(update={"pause": AFTER_SLIDE})
    if colours is not None:
        with Image.open(slide.picture) as picture:
            themed(picture, colours).save(slide.picture, "PNG", compress_level=1)
    name = assets.keep(slide.picture, "slide")
    heading = script.title(slide.text, "")
    return Section(title=heading, lines=tuple(lines), visuals=(Visual(kind="slide", asset=name, prompt=heading),))
