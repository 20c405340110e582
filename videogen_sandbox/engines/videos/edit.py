"""Edits a project: each kind of remix action is a function from a document to the next one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videogen_sandbox.engines import EngineError, Report, Task
from videogen_sandbox.engines.videos import checks, music, script
from videogen_sandbox.engines.videos.ambience import with_ambience
from videogen_sandbox.engines.videos.assets import Assets, of
from videogen_sandbox.engines.videos.document import (
    AspectRatio,
    Cleanup,
    Document,
    Logo,
    Music,
    Presenter,
    Transitions,
    Visual,
    Voice,
    load,
)
from videogen_sandbox.engines.videos.making import make_all
from videogen_sandbox.engines.videos.settings import caption_style, logo_of, presenter_of

PAUSE_SECONDS = 0.4
"""Pauses of at least so long are cut when no length is named: longer than a comma, shorter than a thought."""

ANOTHER = 7_919
"""What is added to the seed of a visual that is to be another one; a prime, so that no two visuals meet."""


@dataclass(frozen=True)
class Edit:
    """An action as it is on the wire (voice and presenter as slugs), its file, its presenter, the project's assets."""

    action: Mapping[str, Any]
    file: Path | None
    presenter: Presenter | None
    assets: Assets


Change = Callable[[Document, Edit], Document]


def edit(task: Task, report: Report) -> dict[str, Any]:
    """Return the document after one remix action, all of whose assets are made.

    body: `document`, and `action` as it is on the wire; `voice` and `presenter` are slugs, the portrait of an own actor
    is the input "actorEntityId". inputs: "fileId" where the action has one.
    Raise EngineError for what cannot be done: "translation_unavailable", "nothing_to_edit", "invalid_logo" …
    """
    document = load(task.body["document"])
    action = task.body["action"]
    refused = checks.edits_refusal([action])
    if refused is not None:
        raise refused
    files = task.inputs.get("fileId", ())
    assets = of(task)
    report(0.02)
    told = Edit(action, files[0] if files else None, presenter_of(action, task.inputs, assets), assets)
    changed = CHANGES[str(action["type"])](document, told)
    make_all(changed, assets, lambda share: report(0.02 + 0.98 * share))
    report(1.0)
    return changed.dump()


def _set_music(document: Document, edit: Edit) -> Document:
    volume = edit.action.get("volume")
    if edit.file is not None:
        piece = music.given(edit.file, edit.assets)
        return _with(document, music=piece if volume is None else piece.model_copy(update={"volume": float(volume)}))
    if "fileId" in edit.action:  # null: no music
        return _with(document, music=None)
    if document.music is None or volume is None:
        raise EngineError("nothing_to_edit", "Name a sound, null to remove the music, or the volume of what is there.")
    return _with(document, music=document.music.model_copy(update={"volume": float(volume)}))


def _generate_music(document: Document, edit: Edit) -> Document:
    volume = document.music.volume if document.music else Music().volume
    return _with(document, music=Music(prompt=str(edit.action["prompt"]), seed=document.seed, volume=volume))


def _set_logo(document: Document, edit: Edit) -> Document:
    action = edit.action
    wanted = {"position": action.get("position"), "size_percent": action.get("sizePercent")}
    said = {name: value for name, value in wanted.items() if value is not None}
    if edit.file is not None:
        return _with(document, logo=logo_of([edit.file], edit.assets, **said))
    if "fileId" in action:  # null: no logo
        return _with(document, logo=None)
    if document.logo is None or not said:
        raise EngineError("nothing_to_edit", "Name a picture, null to remove the logo, or where the present one goes.")
    return _with(document, logo=Logo.model_validate({**document.logo.model_dump(), **said}))


def _enable_captions(document: Document, edit: Edit) -> Document:
    return _with(document, captions=caption_style(edit.action.get("captionStyle") or {}, document.theme))


def _disable_captions(document: Document, edit: Edit) -> Document:
    return _with(document, captions=None)


def _add_transitions(document: Document, edit: Edit) -> Document:
    action, now = edit.action, document.transitions
    return _with(
        document,
        transitions=Transitions(
            section=action.get("sectionTransition") or now.section, asset=action.get("assetTransition") or now.asset
        ),
    )


def _add_zoom(document: Document, edit: Edit) -> Document:
    return _with(document, zoom=True)


def _resize(document: Document, edit: Edit) -> Document:
    return _with(document, aspect_ratio=AspectRatio.model_validate(edit.action["aspectRatio"]))


def _clean_up(document: Document, edit: Edit) -> Document:
    action = edit.action
    least = action.get("minPauseSeconds")
    named = action.get("fillerWords")
    fillers = tuple(str(word) for word in (script.FILLERS if named is None else named))
    asked = (action.get("removeFillers"), action.get("removePauses"))
    remove_fillers, remove_pauses = (value is None or bool(value) for value in asked)
    return _with(
        document,
        cleanup=Cleanup(
            fillers=fillers if remove_fillers else (),
            min_pause_seconds=(PAUSE_SECONDS if least is None else float(least)) if remove_pauses else None,
        ),
    )


def _animate(document: Document, edit: Edit) -> Document:
    motion = str(edit.action.get("motionPrompt") or "")
    changed = _each_visual(
        document,
        lambda visual: visual.kind in ("drawn", "picture") and not visual.footage,
        lambda visual: visual.model_copy(update={"footage": True, "motion": motion}),
        "The video has no still pictures that could be set in motion.",
    )
    if edit.action.get("muteOutputVideos", True) is False:
        changed = with_ambience(changed, edit.assets)
    return changed


def _regenerate(document: Document, edit: Edit) -> Document:
    style = str(edit.action["stylePrompt"])
    return _each_visual(
        document,
        lambda visual: visual.kind == "drawn" and not visual.stock,
        lambda visual: visual.model_copy(update={"style": style, "seed": visual.seed + ANOTHER}),
        "The video has no generated pictures that could be drawn anew.",
    )


def _upscale(document: Document, edit: Edit) -> Document:
    videos, stock = (edit.action.get(name) is not False for name in ("includeVideos", "includeStockContent"))
    return _each_visual(
        document,
        lambda visual: (videos or not (visual.kind == "clip" or visual.footage)) and (stock or not visual.stock),
        lambda visual: visual.model_copy(update={"enlarged": True}),
        "The video has nothing of that kind to enlarge.",
    )


def _change_narrator(document: Document, edit: Edit) -> Document:
    if not any(section.lines for section in document.sections):
        raise EngineError("nothing_to_edit", "The video has no AI narration that another voice could speak.")
    speed = edit.action.get("voiceSpeed")
    now = document.voice
    voice = Voice(slug=str(edit.action.get("voice") or now.slug), speed=now.speed if speed is None else float(speed))
    dismissed = edit.action.get("actorEntityId", "kept") is None
    return _with(document, voice=voice, presenter=edit.presenter or (None if dismissed else document.presenter))


def _shuffle(document: Document, edit: Edit) -> Document:
    return _each_visual(
        document,
        lambda visual: visual.stock,
        lambda visual: visual.model_copy(update={"seed": visual.seed + ANOTHER}),
        "The video has no stock visuals.",
    )


def _keep_language(document: Document, edit: Edit) -> Document:
    """English to English: `checks` has refused every other language."""
    return document


CHANGES: Mapping[str, Change] = {
    "SET_BACKGROUND_MUSIC": _set_music,
    "SET_LOGO": _set_logo,
    "ENABLE_CAPTIONS": _enable_captions,
    "DISABLE_CAPTIONS": _disable_captions,
    "ADD_TRANSITIONS": _add_transitions,
    "ADD_ZOOM": _add_zoom,
    "RESIZE_PROJECT": _resize,
    "CLEAN_UP_TRANSCRIPT": _clean_up,
    "CONVERT_IMAGES_TO_VIDEOS": _animate,
    "REGENERATE_IMAGES": _regenerate,
    "UPSCALE_ASSETS": _upscale,
    "CHANGE_NARRATOR": _change_narrator,
    "SHUFFLE_STOCK_VISUALS": _shuffle,
    "GENERATE_MUSIC": _generate_music,
    "TRANSLATE_PROJECT": _keep_language,
}
"""Kind of remix action → what it does."""


def _with(document: Document, **fields: Any) -> Document:
    return document.model_copy(update=fields)


def _each_visual(
    document: Document, concerns: Callable[[Visual], bool], change: Callable[[Visual], Visual], otherwise: str
) -> Document:
    """The document with some visuals changed. Raise EngineError("nothing_to_edit") where it concerns none."""
    if not any(concerns(visual) for visual in document.visuals):
        raise EngineError("nothing_to_edit", otherwise)
    return document.with_sections(
        [
            section.model_copy(
                update={"visuals": tuple(change(visual) if concerns(visual) else visual for visual in section.visuals)}
            )
            for section in document.sections
        ]
    )
