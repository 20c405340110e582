"""Requests in today's words reach both versions in words they know, or are refused with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from videogen_mcp.api.dialects import DIALECTS, V0, V2
from videogen_mcp.api.errors import NotSupported

if TYPE_CHECKING:
    from tests.unit.api.conftest import Contract

OUTPUT = {"numResults": 2, "isOutputTemporary": True}
MARKED = {**OUTPUT, "watermarkMode": "NONE"}
RATIO = {"aspectRatio": {"width": 16, "height": 9}}

FULLEST: dict[str, dict[str, Any]] = {
    "generate-image": {"prompt": "a pear", "imageFileIds": ["vg_file_1"], **RATIO, **MARKED},
    "generate-video-clip": {
        "prompt": "a pear falls",
        "imageFileIds": ["vg_file_1"],
        "videoFileIds": ["vg_file_2"],
        "generateAudio": True,
        **RATIO,
        **MARKED,
    },
    "text-to-speech": {
        "ttsText": "Hello",
        "voiceId": "vg_voic_1",
        "speechLanguageCode": "en",
        "pronunciationReplacements": [{"original": "GIF", "replacement": "jif"}],
        "autoExpandPronunciationReplacements": True,
        "voiceSpeed": 1.5,
        **OUTPUT,
    },
    "generate-sound-effect": {"prompt": "rain", "durationSeconds": 3, "promptInfluence": 0.5, **OUTPUT},
    "generate-avatar": {"actorEntityId": "vg_enti_1", "audioFileId": "vg_file_1", **MARKED},
    "vectorize-image": {"imageFileId": "vg_file_1", **MARKED},
    "remove-image-background": {"imageFileId": "vg_file_1", **MARKED},
    "upscale-image": {"imageFileId": "vg_file_1", **MARKED},
    "remove-video-background": {"videoFileId": "vg_file_1", **MARKED},
    "upscale-video": {"videoFileId": "vg_file_1", **MARKED},
}
"""Per tool: everything that both versions can do, in today's words."""


@pytest.mark.parametrize("tool", FULLEST)
@pytest.mark.parametrize("dialect", ["v0", "v2"])
def test_a_request_fits_the_contract_of_its_version(contracts: dict[str, Contract], dialect: str, tool: str) -> None:
    path = f"/v1/tools/{tool}"
    contract = contracts[dialect]
    sent = DIALECTS[dialect].translate(path, FULLEST[tool])
    schema = contract.request_schema("POST", path)
    assert schema is not None
    assert contract.problems(schema, sent) == []
    assert set(sent) <= contract.properties(schema)
    assert len(sent) == len(FULLEST[tool])


@pytest.mark.parametrize("tool", FULLEST)
def test_what_the_seed_era_lacks_is_refused_by_name(contracts: dict[str, Contract], tool: str) -> None:
    """Every field of today's request that is not in `FULLEST` is one the seed era does not have."""
    path = f"/v1/tools/{tool}"
    today = contracts["v2"].request_schema("POST", path)
    assert today is not None
    for name in contracts["v2"].properties(today) - set(FULLEST[tool]):
        with pytest.raises(NotSupported) as refusal:
            V0.translate(path, {**FULLEST[tool], name: "HIGH"})
        assert refusal.value.argument == name
        assert len(refusal.value.reason.split()) > 4


@pytest.mark.parametrize("tool", FULLEST)
def test_the_tables_know_every_field_of_the_seed_era(contracts: dict[str, Contract], tool: str) -> None:
    path = f"/v1/tools/{tool}"
    seed = contracts["v0"].request_schema("POST", path)
    assert seed is not None
    assert set(V0.translate(path, FULLEST[tool])) == contracts["v0"].properties(seed)


def test_renamed_fields_keep_their_values() -> None:
    assert V0.translate("/v1/tools/upscale-image", {"imageFileId": "a"}) == {"imageStorageFileId": "a"}
    assert V0.translate("/v1/tools/upscale-video", {"videoFileId": "a"}) == {"videoStorageFileId": "a"}
    assert V0.translate("/v1/tools/generate-avatar", {"actorEntityId": "a", "audioFileId": "b"}) == {
        "avatarPresenterId": "a",
        "audioStorageFileId": "b",
    }


@pytest.mark.parametrize(("ids", "sent"), [(["a"], {"videoFileId": "a"}), ([], {})])
def test_one_source_video_is_named_alone_in_the_seed_era(ids: list[str], sent: dict[str, str]) -> None:
    assert V0.translate("/v1/tools/generate-video-clip", {"videoFileIds": ids}) == sent


def test_several_source_videos_are_refused_in_the_seed_era() -> None:
    with pytest.raises(NotSupported, match="one source video") as refusal:
        V0.translate("/v1/tools/generate-video-clip", {"videoFileIds": ["a", "b"]})
    assert refusal.value.argument == "videoFileIds"


def test_a_tool_of_today_is_refused_in_the_seed_era() -> None:
    with pytest.raises(NotSupported) as refusal:
        V0.translate("/v1/tools/generate-music", {"prompt": "waltz"})
    assert refusal.value.argument == "/v1/tools/generate-music"


def test_todays_fields_pass_even_if_we_do_not_know_them() -> None:
    body = {"prompt": "a pear", "quality": "HIGH", "comesNextYear": 1}
    assert V2.translate("/v1/tools/generate-image", body) == body


@pytest.mark.parametrize("dialect", ["v0", "v2"])
def test_what_is_not_asked_for_is_not_sent(dialect: str) -> None:
    body = {"imageFileId": "a", "watermarkMode": None, "quality": None}
    assert len(DIALECTS[dialect].translate("/v1/tools/upscale-image", body)) == 1
