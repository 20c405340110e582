"""Voices, presenters, languages, and whose key it is."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from videogen_sandbox.api.operations import ApiCall, Operation
from videogen_sandbox.api.paging import page_of_all
from videogen_sandbox.catalogue import PRESENTERS, VOICES
from videogen_sandbox.storage.ids import stable_id


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


OPERATIONS = [
    Operation("GET", "/v1/resources/tts-voices", "resources", voices),
    Operation("GET", "/v1/resources/avatar-presenters", "resources", presenters),
    Operation("GET", "/v1/resources/languages", "resources", languages),
    Operation("GET", "/v1/me", "account", me),
]
