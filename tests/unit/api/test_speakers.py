"""A voice or a presenter is chosen where a request names nobody and the service does not choose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from videogen_mcp.api.errors import BadRequest
from videogen_mcp.api.models import Voice

if TYPE_CHECKING:
    from tests.unit.api.conftest import Make, Service

pytestmark = pytest.mark.anyio

VOICES: list[dict[str, Any]] = [
    {"voiceId": "old", "languageCode": "de-DE", "isDeprecated": True, "supportsDirectToolExecution": True},
    {"voiceId": "workflow", "languageCode": "de-DE", "isDeprecated": False, "supportsDirectToolExecution": False},
    {"voiceId": "first", "languageCode": "en-US", "isDeprecated": False, "supportsDirectToolExecution": True},
    {"voiceId": "german", "languageCode": "de-DE", "isDeprecated": False, "supportsDirectToolExecution": True},
    {"voiceId": "all", "languageCode": "en-GB", "supportsAllLanguages": True},
]
STARTED = httpx.Response(202, json={"toolExecutionId": "vg_tool_1"})


@pytest.mark.parametrize(
    ("language", "voice"), [(None, "first"), ("de", "german"), ("de-AT", "german"), ("fr", "all"), ("en", "first")]
)
async def test_today_a_voice_is_chosen_when_none_is_named(
    make: Make, service: Service, language: str | None, voice: str
) -> None:
    service.will(httpx.Response(200, json={"ttsVoices": VOICES, "hasMore": False}), STARTED)
    body, client = {"ttsText": "Hello", "speechLanguageCode": language}, make()
    await client.start("/v1/tools/text-to-speech", body)
    assert json.loads(service.requests[-1].content)["voiceId"] == voice
    chosen = client.speakers.chosen("/v1/tools/text-to-speech", body)
    assert isinstance(chosen, Voice)
    assert chosen.voice_id == voice
    assert client.speakers.chosen("/v1/tools/text-to-speech", {**body, "voiceId": "first"}) is None


async def test_the_voices_to_choose_from_are_asked_for_once(make: Make, service: Service) -> None:
    service.will(httpx.Response(200, json={"ttsVoices": VOICES, "hasMore": False}), STARTED)
    client = make()
    for _ in range(3):
        await client.with_options(repeat_refused=False).start("/v1/tools/text-to-speech", {"ttsText": "Hello"})
    assert service.asked.count("GET /v1/resources/tts-voices") == 1


async def test_without_any_voice_one_must_be_named(make: Make, service: Service) -> None:
    service.will(httpx.Response(200, json={"ttsVoices": VOICES[:2], "hasMore": False}))
    with pytest.raises(BadRequest, match='"voiceId" must be named'):
        await make().start("/v1/tools/text-to-speech", {"ttsText": "Hello"})
    assert service.asked == ["GET /v1/resources/tts-voices"]


async def test_the_seed_era_chooses_the_voice_itself(make: Make, service: Service) -> None:
    service.will(STARTED)
    client = make(dialect="v0")
    await client.start("/v1/tools/text-to-speech", {"ttsText": "Hello"})
    assert client.speakers.chosen("/v1/tools/text-to-speech", {"ttsText": "Hello"}) is None
    assert json.loads(service.requests[-1].content) == {"ttsText": "Hello"}


FACES: list[dict[str, Any]] = [
    {"entityId": "drawn", "isBuiltIn": True, "actorConfig": {"hasAvatarPresenter": False}},
    {"entityId": "own", "isBuiltIn": False, "actorConfig": {"hasAvatarPresenter": True}},
    {"entityId": "theirs", "isBuiltIn": True, "actorConfig": {"hasAvatarPresenter": True}},
]


@pytest.mark.parametrize(("there", "presenter"), [(FACES, "theirs"), (FACES[:2], "own")])
async def test_a_presenter_is_chosen_when_none_is_named_somebodys_own_face_last(
    make: Make, service: Service, there: list[dict[str, Any]], presenter: str
) -> None:
    service.will(httpx.Response(200, json={"entities": there, "hasMore": False}), STARTED)
    await make().start("/v1/tools/generate-avatar", {"audioFileId": "vg_file_1"})
    assert json.loads(service.requests[-1].content) == {"audioFileId": "vg_file_1", "actorEntityId": presenter}


async def test_the_seed_era_too_gets_a_presenter(make: Make, service: Service) -> None:
    service.will(httpx.Response(200, json={"avatarPresenters": [{"avatarPresenterId": "vg_pres_1"}]}), STARTED)
    await make(dialect="v0").start("/v1/tools/generate-avatar", {"audioFileId": "vg_file_1"})
    assert json.loads(service.requests[-1].content)["avatarPresenterId"] == "vg_pres_1"


async def test_without_any_face_a_presenter_must_be_named(make: Make, service: Service) -> None:
    service.will(httpx.Response(200, json={"entities": FACES[:1], "hasMore": False}))
    with pytest.raises(BadRequest, match='"actorEntityId" must be named'):
        await make().start("/v1/tools/generate-avatar", {"audioFileId": "vg_file_1"})
