"""Voices, presenters, languages, and whose key it is."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from videogen_sandbox.api.operations import ApiCall, Operation
from videogen_sandbox.api.paging import page_of_all
from videogen_sandbox.catalogue import PRESENTERS, VOICES
from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.requests import presenter_id
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.storage.ids import stable_id

CREATED_AT = 1_777_000_000
"""Unix seconds: the creation of the built-in entities (24 Apr 2026, the first SDK)."""


async def voices(call: ApiCall) -> Response:
    """GET /v1/resources/tts-voices."""
    if not call.today:
        return JSONResponse({"ttsVoices": [call.sandbox.wire.voice(voice) for voice in VOICES]})
    query = call.query.get("query", "").lower()
    shown = [
        call.sandbox.wire.voice(voice)
        for voice in VOICES
        if query in f"{voice.name}\n{voice.description}\n{voice.accent}\n{voice.language}".lower()
    ]
    return page_of_all(call.query, "ttsVoices", shown)


async def presenters(call: ApiCall) -> Response:
    """GET /v1/resources/avatar-presenters, seed era."""
    return JSONResponse({"avatarPresenters": [call.sandbox.wire.presenter(presenter) for presenter in PRESENTERS]})


async def languages(call: ApiCall) -> Response:
    """GET /v1/resources/languages: what the sandbox can speak."""
    query = call.query.get("query", "").lower()
    return JSONResponse({"languages": [{"languageCode": "en", "name": "English"}] if query in "english\nen" else []})


async def entities(call: ApiCall) -> Response:
    """GET /v1/entities: the built-in actors."""
    actors = _actors(call) if call.query.get("entityType", "ACTOR") == "ACTOR" else []
    return page_of_all(call.query, "entities", actors)


async def entity(call: ApiCall) -> Response:
    """GET /v1/entities/{entityId}."""
    wanted = call.path("entityId")
    for presenter in PRESENTERS:
        if presenter_id(presenter.slug, "v2") == wanted:
            return JSONResponse(call.sandbox.wire.actor(presenter, CREATED_AT))
    raise Refusal(404, f"Entity {wanted[:80]} not found.")


async def me(call: ApiCall) -> Response:
    """GET /v1/me."""
    return JSONResponse(
        {
            "apiKeyId": stable_id("vg_key_", call.sandbox.config.api_key),
            "apiKeyNickname": "Sandbox",
            "email": "sandbox@localhost",
            "displayName": "VideoGen sandbox",
            "teamId": stable_id("vg_team_", "sandbox"),
        }
    )


def _actors(call: ApiCall) -> list[Json]:
    return [call.sandbox.wire.actor(presenter, CREATED_AT) for presenter in PRESENTERS]


OPERATIONS = [
    Operation("GET", "/v1/resources/tts-voices", "resources", voices),
    Operation("GET", "/v1/resources/avatar-presenters", "resources", presenters),
    Operation("GET", "/v1/resources/languages", "resources", languages),
    Operation("GET", "/v1/entities", "other", entities),
    Operation("GET", "/v1/entities/{entityId}", "other", entity),
    Operation("GET", "/v1/me", "other", me),
]
