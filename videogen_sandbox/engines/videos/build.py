"""Builds the project of a finished video: its document, and every asset that an export needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from videogen_sandbox.engines import EngineError, Report, Task
from videogen_sandbox.engines.videos import (
    checks,
    from_film,
    from_prompt,
    from_recording,
    from_script,
    from_slides,
    from_storyboard,
)
from videogen_sandbox.engines.videos.assets import Assets, of
from videogen_sandbox.engines.videos.document import Document
from videogen_sandbox.engines.videos.making import make_all

Builder = Callable[[Task, Assets], Document]

BUILDERS: Mapping[str, Builder] = {
    "script-to-video": from_script.document,
    "voiceover-to-video": from_recording.document,
    "slideshow-to-video": from_slides.document,
    "storyboard-to-video": from_storyboard.document,
    "prompt-to-video-clip": from_prompt.document,
    "video-to-video": from_film.document,
}
"""Operation → what writes its document."""


def build(task: Task, report: Report) -> dict[str, Any]:
    """Return the document of a new project (see `document`), all of whose assets are made in `task.assets`.

    body: the request in today's wire names; `voice` and `presenter` are slugs of the catalogue. inputs: the files by
    wire name; the portrait of an own actor as "actorEntityId", the pictures of a style as "visualStyle.entityId".
    Raise EngineError for what cannot be made; nothing but assets is left behind then.
    """
    refused = checks.refusal(task.operation, task.body)
    if refused is not None:
        raise refused
    if task.operation not in BUILDERS:
        raise EngineError("unknown_operation", f"The sandbox makes no {task.operation!r}.")
    assets = of(task)
    document = BUILDERS[task.operation](task, assets)
    report(0.05)
    make_all(document, assets, lambda share: report(0.05 + 0.95 * share))
    report(1.0)
    return document.dump()
