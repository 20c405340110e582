"""What a finished video cannot be made from, said before any work: pure, cheap, without the libraries of the engines.

`refusal` is asked at submit by whoever starts a run, and again by the engines, which raise what it returns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from videogen_sandbox.catalogue import VOICES
from videogen_sandbox.engines import EXTREME_RATIO, EngineError
from videogen_sandbox.engines.speech.text import ONLY_ENGLISH, check_language

Body = Mapping[str, Any]

MAX_WORDS = 1_500
"""Words of all narration: ten minutes at 150 a minute, the longest sound and film that the sandbox handles."""

MAX_SCENES = 30
"""Scenes of a storyboard: ten minutes of the longest scene (20 s)."""

MAX_STYLE = 4_000
"""Characters of a style; the vendor's own server describes looks in about as many."""

MAX_FILLER_WORDS = 100


def problem(operation: str, body: Body) -> str | None:
    """Return why a run of `operation` ("script-to-video" …) with this wire body cannot be made; None if it can."""
    refused = refusal(operation, body)
    return None if refused is None else refused.message


def refusal(operation: str, body: Body) -> EngineError | None:
    """Return the refusal of a run, with its code; None if nothing speaks against it.

    Looks at words, counts, languages, shapes and edits. Files are looked into by the engines.
    """
    try:
        _check(operation, body)
    except EngineError as error:
        return error
    return None


def edits_problem(actions: Sequence[Body]) -> str | None:
    """Return why these remix actions cannot be carried out, one after the other; None if they can."""
    refused = edits_refusal(actions)
    return None if refused is None else refused.message


def edits_refusal(actions: Sequence[Body]) -> EngineError | None:
    """Return the refusal of remix actions as they are on the wire, with its code."""
    try:
        _check_edits(actions)
    except EngineError as error:
        return error
    return None


def check_ratio(ratio: Mapping[str, Any] | None) -> None:
    """Raise EngineError("unsupported_aspect_ratio") beyond 4:1."""
    across, down = float((ratio or {}).get("width", 16)), float((ratio or {}).get("height", 9))
    if not (across > 0 and down > 0 and 1 / EXTREME_RATIO <= across / down <= EXTREME_RATIO):
        raise EngineError("unsupported_aspect_ratio", "Aspect ratios from 1:4 to 4:1 can be made here.")


def check_words(text: str, language: object) -> None:
    """Raise EngineError for narration that is empty, too long, or not in the voice's language."""
    if not any(letter.isalnum() for letter in text):
        raise EngineError("nothing_to_say", "The script has no words that can be spoken.")
    words = len(text.split())
    if words > MAX_WORDS:
        raise EngineError(
            "text_too_long",
            f"The script has {words:,} words; the sandbox speaks up to {MAX_WORDS:,}, about ten minutes.",
        )
    check_language(text, None if language is None else str(language))


def _check(operation: str, body: Body) -> None:
    check_ratio(body.get("aspectRatio"))
    check_language("", body.get("language"))
    style = str((body.get("visualStyle") or {}).get("aiStyle") or "")
    if len(style) > MAX_STYLE:
        raise EngineError("style_too_long", f"A style has up to {MAX_STYLE:,} characters, not {len(style):,}.")
    if "voice" in body:
        _check_voice(str(body["voice"]))
    CHECKS.get(operation, _nothing)(body)
    _check_directions(body.get("scenes") or () if operation != "storyboard-to-video" else ())
    _check_edits(body.get("remixActions") or ())


def _check_script(body: Body) -> None:
    check_words(str(body.get("script") or ""), body.get("language"))


def _check_slides(body: Body) -> None:
    scripts = [str(text) for text in body.get("slideScripts") or ()]
    if any(text.strip() for text in scripts):
        check_words("\n".join(scripts), body.get("language"))


def _check_storyboard(body: Body) -> None:
    scenes = body.get("scenes") or ()
    if not scenes:
        raise EngineError("missing_input", "A storyboard has at least one scene.")
    if len(scenes) > MAX_SCENES:
        raise EngineError("too_many_scenes", f"A storyboard has up to {MAX_SCENES} scenes here, not {len(scenes)}.")
    for number, scene in enumerate(scenes, start=1):
        if not str(scene.get("prompt") or "").strip():
            raise EngineError("missing_input", f"Scene {number} has no prompt.")
    spoken = "\n".join(str(scene.get("voiceoverScript") or "") for scene in scenes)
    if spoken.strip():
        check_words(spoken, body.get("language"))


def _check_prompt(body: Body) -> None:
    if not str(body.get("prompt") or "").strip():
        raise EngineError("missing_input", "A prompt that says what to show is needed.")


def _nothing(_body: Body) -> None:
    """For operations whose input is a file alone."""


CHECKS: Mapping[str, Callable[[Body], None]] = {
    "script-to-video": _check_script,
    "slideshow-to-video": _check_slides,
    "storyboard-to-video": _check_storyboard,
    "prompt-to-video-clip": _check_prompt,
    "video-to-video": _check_prompt,
}


def _check_voice(slug: str) -> None:
    if slug not in {voice.slug for voice in VOICES}:
        raise EngineError("unknown_voice", f"The sandbox has no voice “{slug[:40]}”.")


def _check_directions(scenes: Sequence[Body]) -> None:
    """Visual directions are in order and do not overlap (VideoGen's REST reference)."""
    end = 0.0
    for number, scene in enumerate(scenes, start=1):
        start, until = float(scene.get("startSeconds", 0)), float(scene.get("endSeconds", 0))
        if until <= start or start < end:
            raise EngineError(
                "invalid_scenes", f"Scene {number} ({start:g} to {until:g} s) must end later and follow the one before."
            )
        end = until


_OPPOSED = {"ENABLE_CAPTIONS": "captions", "DISABLE_CAPTIONS": "captions", "SET_BACKGROUND_MUSIC": "music",
            "GENERATE_MUSIC": "music"}  # fmt: skip
"""Edits of which one undoes another; twice the same kind is the same mistake where it sets one thing."""

_ONCE = {"SET_LOGO": "the logo", "RESIZE_PROJECT": "the aspect ratio", "CHANGE_NARRATOR": "the narrator",
         "TRANSLATE_PROJECT": "the language"}  # fmt: skip


def _check_edits(actions: Sequence[Body]) -> None:
    seen: dict[str, str] = {}
    for action in actions:
        kind = str(action.get("type"))
        what = _OPPOSED.get(kind) or _ONCE.get(kind)
        if what and what in seen:
            raise EngineError(
                "contradicting_edits", f"{seen[what]} and {kind} both set {what}; ask for the one that shall stay."
            )
        if what:
            seen[what] = kind
        _check_edit(kind, action)


def _check_edit(kind: str, action: Body) -> None:
    if kind == "TRANSLATE_PROJECT" and not re.match(r"en\b", str(action.get("languageCode") or ""), re.IGNORECASE):
        raise EngineError("translation_unavailable", f"Nothing was translated. {ONLY_ENGLISH}")
    if kind == "RESIZE_PROJECT":
        check_ratio(action.get("aspectRatio"))
    if kind == "CHANGE_NARRATOR" and "voice" in action:
        _check_voice(str(action["voice"]))
    if kind == "REGENERATE_IMAGES":
        style = str(action.get("stylePrompt") or "")
        if not style.strip():
            raise EngineError("missing_input", "REGENERATE_IMAGES needs a stylePrompt.")
        if len(style) > MAX_STYLE:
            raise EngineError("style_too_long", f"A style has up to {MAX_STYLE:,} characters, not {len(style):,}.")
    if kind == "GENERATE_MUSIC" and not str(action.get("prompt") or "").strip():
        raise EngineError("missing_input", "GENERATE_MUSIC needs a prompt.")
    if kind == "CLEAN_UP_TRANSCRIPT" and len(action.get("fillerWords") or ()) > MAX_FILLER_WORDS:
        raise EngineError("too_many_filler_words", f"Up to {MAX_FILLER_WORDS} filler words can be named.")
