"""The service's refusals in the tool's words: they name fields and routes that an agent never sees."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from videogen_mcp.api.dialects import V0
from videogen_mcp.api.errors import BadRequest, NotSupported, VideoGenError
from videogen_mcp.calls.messages import Refusal, account_step
from videogen_mcp.calls.replies import bounded

if TYPE_CHECKING:
    from videogen_mcp.api.models import Presenter, Voice
    from videogen_mcp.workflows.base import Workflow

ROUTES: Mapping[str, str] = {
    "GET /v1/resources/tts-voices": "list_voices",
    "GET /v1/resources/avatar-presenters": "list_presenters",
    "GET /v1/entities?entityType=ACTOR": "list_presenters",
    "GET /v1/entities": "find_entities",
}
"""What a message may advise to ask, and the tool that asks it."""

NEXT_STEPS: Mapping[str, str] = {
    "voice": "Call list_voices for the ids there are",
    "presenter_id": "Call list_presenters for the ids there are",
    "language": "list_voices shows which languages are spoken; a voice of another one would read the words wrongly",
}
OTHER_MEDIA = "Call find_files for the ids there are, and get_file to see whether one is ready"
OTHERWISE = "Change the argument and call again"

SPEAKER_LENGTH = 80
"""Characters of who was chosen to speak, with the accent."""

FIELD = re.compile(r'"?\b([a-z]+(?:[A-Z][a-z]+)+\b(?:\[\d+\]|\.\w+)*)"?')
"""A wire name, which is camelCase wherever it differs from the argument, and what in it is meant; often in quotes."""


def in_words_of(request: Workflow, error: NotSupported | BadRequest) -> VideoGenError:
    """Return the same refusal with the tool's arguments instead of the wire's, and the next step. Pure."""
    if isinstance(error, NotSupported):
        if error.argument == request.path:
            return Refusal("not_supported", error.reason, "Choose another tool")
        argument = request.argument_for(_today(request, error.argument))
        if argument is None:
            return error
        return Refusal("not_supported", f"{argument} is not possible here: {error.reason}", f"Leave {argument} out")
    message = error.message
    for route, tool in ROUTES.items():
        message = message.replace(route, tool)
    named: list[str] = []

    def translated(match: re.Match[str]) -> str:
        place = request.place_of(_today(request, match[1]))
        if place is None:
            return match[0]
        named.append(re.split(r"[.\[]", place, maxsplit=1)[0])
        return place

    message = FIELD.sub(translated, message)
    if not named and (quoted := re.match(r'"(\w+)"', message)) and (argument := request.argument_for(quoted[1])):
        named.append(argument)  # a name that is the same on the wire
    next_step = account_step(error.code, error.requirement) or f"{_next_step(request, named)}; nothing was made"
    return Refusal(bounded(error.code, 60) or "invalid_request", message, next_step, request_id=error.request_id)


def settings_text(defaults: Mapping[str, str], speaker: Voice | Presenter | None, sound: str | None) -> str | None:
    """Return what was decided for the caller and whether there is sound: "16:9, quality auto by default; with sound".

    None where there is nothing to tell. `defaults` are words by argument, `speaker` is who was chosen. Pure.
    """
    words = [word for argument, word in defaults.items() if speaker is None or argument != "voice"]
    words += [bounded(speaker.in_words, SPEAKER_LENGTH) or ""] if speaker is not None else []
    decided = f"{', '.join(words)} by default" if words else None
    return "; ".join(filter(None, (decided, sound))) or None


def _today(request: Workflow, wire_name: str) -> str:
    """Return a wire name of either version of the API as today's has it."""
    head = re.split(r"\W", wire_name, maxsplit=1)[0]
    seed = (V0.fields or {}).get(request.path, {})
    return next((today for today, name in seed.items() if name == head), head) + wire_name[len(head) :]


def _next_step(request: Workflow, arguments: list[str]) -> str:
    media = {one.argument for one in request.media()}
    for argument in arguments:
        if argument in NEXT_STEPS:
            return NEXT_STEPS[argument]
        if argument in media:
            return OTHER_MEDIA
    return OTHERWISE
