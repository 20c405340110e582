from __future__ import annotations

import pytest

from tests.sandbox.driving import Driver

pytestmark = pytest.mark.anyio


async def test_today_voices_come_in_pages_and_can_be_searched(today: Driver) -> None:
    first = await today.get("/v1/resources/tts-voices", limit=2)
    rest = await today.get("/v1/resources/tts-voices", limit=2, cursor=first["nextCursor"])
    names = [voice["displayName"] for voice in first["ttsVoices"] + rest["ttsVoices"]]
    assert (names, rest["hasMore"]) == (["Heart", "Alto", "Miles"], False)
    found = await today.get("/v1/resources/tts-voices", query="DEEP")
    assert [voice["displayName"] for voice in found["ttsVoices"]] == ["Miles"]


async def test_the_seed_era_gives_all_voices_and_presenters(seed: Driver) -> None:
    voices = await seed.get("/v1/resources/tts-voices")
    assert (set(voices), len(voices["ttsVoices"])) == ({"ttsVoices"}, 3)
    presenters = (await seed.get("/v1/resources/avatar-presenters"))["avatarPresenters"]
    assert len(presenters) == 7
    assert all(presenter["avatarPresenterId"].startswith("vg_pres_") for presenter in presenters)


async def test_today_presenters_are_entities(today: Driver) -> None:
    actors = (await today.get("/v1/entities", entityType="ACTOR"))["entities"]
    assert [actor["name"] for actor in actors][:2] == ["Amara", "Diego"]
    assert all(actor["entityId"].startswith("vg_enti_") and actor["isBuiltIn"] for actor in actors)
    assert await today.get(f"/v1/entities/{actors[3]['entityId']}") == actors[3]
    assert (await today.get("/v1/entities", entityType="PRODUCT"))["entities"] == []
    assert "entityType" in await today.refused("GET", "/v1/entities?entityType=ROBOT")
    assert "not found" in await today.refused("GET", "/v1/entities/vg_enti_nobody", status=404)


async def test_ids_of_the_catalogue_stay_the_same(today: Driver) -> None:
    voice = (await today.get("/v1/resources/tts-voices"))["ttsVoices"][0]
    assert voice["voiceId"] == "vg_voic_0gcIaxK44HbhpxP4Dui6yj"


async def test_only_english_is_offered(today: Driver) -> None:
    assert (await today.get("/v1/resources/languages"))["languages"] == [{"languageCode": "en", "name": "English"}]
    assert (await today.get("/v1/resources/languages", query="french"))["languages"] == []


async def test_the_dialect_shows_in_v1_me(today: Driver, seed: Driver) -> None:
    assert (await today.get("/v1/me"))["apiKeyId"].startswith("vg_key_")
    assert (await seed.send("GET", "/v1/me")).status_code == 404


@pytest.mark.parametrize("path", ["/v1/resources/avatar-presenters"])
async def test_what_the_seed_era_alone_has_is_gone_today(today: Driver, path: str) -> None:
    assert (await today.send("GET", path)).status_code == 404
