"""What every kind of video takes from its request: shape, voice, presenter, captions, logo, look and pace."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from videogen_sandbox.engines import EngineError, Task
from videogen_sandbox.engines.media.probe import probe
from videogen_sandbox.engines.videos import overlays, theme
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.checks import check_ratio
from videogen_sandbox.engines.videos.document import (
    AspectRatio,
    CaptionStyle,
    Document,
    Logo,
    Pacing,
    Presenter,
    Section,
    Theme,
    Visual,
    Voice,
)
from videogen_sandbox.engines.videos.visuals import Look

Inputs = Mapping[str, Sequence[Path]]

_PLACEHOLDER = Section(visuals=(Visual(),))

_MENTION = re.compile(r"@\[entity:[^\]|]*\|[^\]|]*\|([^\]]*)\]")


def common(task: Task, assets: Assets, *, title: str, colours: Theme | None = None) -> Document:
    """Return a document with what the request says for the whole video; its sections are still to be filled in.

    `colours` are those of a slideshow theme. Raise EngineError for shapes that cannot be made and logos that are no
    pictures.
    """
    body = task.body
    ratio = body.get("aspectRatio")
    check_ratio(ratio)
    style = body.get("captionStyle")
    return Document(
        operation=task.operation,
        title=title,
        aspect_ratio=AspectRatio.model_validate(ratio or {}),
        language=str(body.get("language") or "en"),
        seed=task.seed,
        pacing=pacing_of(body),
        voice=Voice(slug=str(body.get("voice") or "heart"), speed=float(body.get("voiceSpeed") or 1.0)),
        presenter=presenter_of(body, task.inputs, assets),
        theme=colours,
        captions=None if style is None else caption_style(style, colours),
        logo=logo_of(task.inputs.get("logoFileId", ()), assets),
        sections=(_PLACEHOLDER,),
    )


def pacing_of(body: Mapping[str, Any]) -> Pacing:
    """Return how often visuals change."""
    return cast(Pacing, body.get("visualPacing") or "MEDIUM")


def look_of(body: Mapping[str, Any], inputs: Inputs, assets: Assets) -> Look:
    """Return what the visual style asks for: drawn pictures in a style, or what stands in for stock footage."""
    style = body.get("visualStyle") or {}
    if style.get("type") == "STOCK":
        return Look(stock=True)
    palette = tuple(assets.keep(path, "given") for path in inputs.get("visualStyle.entityId", ()))
    return Look(style=str(style.get("aiStyle") or ""), palette=palette)


def caption_style(style: Mapping[str, Any], colours: Theme | None = None) -> CaptionStyle:
    """Return a WorkflowCaptionStyle of the wire with the defaults of a theme, then those of the sandbox.

    Fields that the sandbox does not know are left out.
    """
    known = {field.alias or name for name, field in CaptionStyle.model_fields.items()}
    own = {name: value for name, value in style.items() if name in known}
    return CaptionStyle.model_validate({**theme.captions(colours), **own})


def presenter_of(body: Mapping[str, Any], inputs: Inputs, assets: Assets) -> Presenter | None:
    """Return who is seen speaking: a drawn presenter by slug, or the portrait that was given for an own actor."""
    if body.get("presenter"):
        return Presenter(slug=str(body["presenter"]))
    portraits = inputs.get("actorEntityId", ())
    if not portraits:
        return None
    check_kind(portraits[0], "IMAGE", "A portrait of the actor")
    return Presenter(portrait=assets.keep(portraits[0], "given"))


def logo_of(paths: Sequence[Path], assets: Assets, **changes: Any) -> Logo | None:
    """Return the logo of a file, None without one. Raise EngineError unless it is a picture."""
    if not paths:
        return None
    overlays.check_logo(paths[0])
    return Logo(asset=assets.keep(paths[0], "given"), **changes)


def check_kind(path: Path, kind: str, what: str) -> None:
    """Raise EngineError("invalid_input") unless a file is of a kind."""
    if probe(path).kind != kind:
        raise EngineError("invalid_input", f"{what} is expected; the file is something else.")


def plain(prompt: str) -> str:
    """Return a prompt with mentions of entities (`@[entity:ID|ACTOR|Name]`) replaced by their names."""
    return _MENTION.sub(lambda match: match[1], prompt)
