"""What a tool cannot make, said at submit, before anything is stored: cheap, without the libraries of the engines.

Finished videos have `videos.checks`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.graphics.reading import checked
from videogen_sandbox.engines.speech.text import prepared

Body = Mapping[str, Any]


def refusal(operation: str, body: Body, pictures: int) -> EngineError | None:
    """Return why a tool cannot make what a body asks for, with so many pictures given; None where nothing speaks
    against it. Files are looked into by the engines, which raise the same errors.
    """
    try:
        CHECKS.get(operation, _nothing)(body, pictures)
    except EngineError as error:
        return error
    return None


def _check_speech(body: Body, _pictures: int) -> None:
    prepared(str(body.get("ttsText") or ""), body)


def _check_dialogue(body: Body, _pictures: int) -> None:
    if body.get("spokenDialogue"):
        prepared(str(body["spokenDialogue"]), {})


def _check_graphic(body: Body, pictures: int) -> None:
    checked(str(body.get("prompt") or ""), pictures)


def _nothing(_body: Body, _pictures: int) -> None:
    """For tools whose engines alone can tell."""


CHECKS: Mapping[str, Callable[[Body, int], None]] = {
    "text-to-speech": _check_speech,
    "generate-video-clip": _check_dialogue,
    "generate-motion-graphic": _check_graphic,
}
