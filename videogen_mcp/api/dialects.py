"""The two versions of the API as tables: what differs, not how to talk.

`v0` is the seed era (SDK 0.0.38), `v2` is today (SDK 2.5.3); contract notes, section 14. Requests are written in
today's wire names; a dialect translates them or says why it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from videogen_mcp.api.errors import NotSupported

DialectName = Literal["v0", "v2"]
TOOLS = "/v1/tools/"
TEXT_TO_SPEECH = TOOLS + "text-to-speech"


@dataclass(frozen=True)
class Dialect:
    """What one version of the API has, and how it names it."""

    name: DialectName
    gives_progress: bool
    """Executions carry progressPercentage and attemptIndex."""
    lists_executions: bool
    """GET /v1/tools/executions exists."""
    pages_lists: bool
    """Lists take limit and cursor; otherwise they come whole."""
    has_account: bool
    """GET /v1/me exists."""
    previews_pictures: bool
    """Public preview works for pictures too, not only for video and sound."""
    chooses_voice: bool
    """Text to speech without a voiceId is answered with a default voice."""
    presenters_path: str
    presenters_key: str
    presenters_query: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, str]] | None = None
    """Per tool path: today's wire name → the name here. None: everything is passed on as it is."""

    def request(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body for `path` in this dialect, from one in today's wire names; None values mean not asked for.

        Raises NotSupported for a tool or an argument that this version does not have: nothing is ever dropped.
        """
        asked = {name: value for name, value in body.items() if value is not None}
        if self.fields is None:
            return asked
        names = self.fields.get(path)
        if names is None:
            raise NotSupported(path, "this version of the API does not have this tool")
        translated: dict[str, Any] = {}
        for name, value in asked.items():
            if name in names:
                translated[names[name]] = value
            elif name == "videoFileIds" and path == _CLIP:
                translated.update(_one_source_video(value))
            else:
                raise NotSupported(name, _REASONS.get(name, "this version of the API does not know it"))
        return translated


def _one_source_video(ids: list[str]) -> dict[str, str]:
    if len(ids) > 1:
        raise NotSupported("videoFileIds", "this version of the API takes one source video, not several")
    return {"videoFileId": ids[0]} if ids else {}


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_CLIP = TOOLS + "generate-video-clip"
_OUTPUT = _same("numResults", "isOutputTemporary")
_MARKED = {**_OUTPUT, **_same("watermarkMode")}
_PICTURE = {**_MARKED, "imageFileId": "imageStorageFileId"}
_FILM = {**_MARKED, "videoFileId": "videoStorageFileId"}

_SEED_FIELDS: Mapping[str, Mapping[str, str]] = {
    TOOLS + "generate-image": {**_MARKED, **_same("prompt", "imageFileIds", "aspectRatio")},
    _CLIP: {**_MARKED, **_same("prompt", "imageFileIds", "generateAudio", "aspectRatio")},
    TEXT_TO_SPEECH: {
        **_OUTPUT,
        **_same(
            "ttsText",
            "voiceId",
            "speechLanguageCode",
            "pronunciationReplacements",
            "autoExpandPronunciationReplacements",
            "voiceSpeed",
        ),
    },
    TOOLS + "generate-sound-effect": {**_OUTPUT, **_same("prompt", "durationSeconds", "promptInfluence")},
    TOOLS + "generate-avatar": {
        **_MARKED,
        "actorEntityId": "avatarPresenterId",
        "audioFileId": "audioStorageFileId",
    },
    TOOLS + "vectorize-image": _PICTURE,
    TOOLS + "remove-image-background": _PICTURE,
    TOOLS + "upscale-image": _PICTURE,
    TOOLS + "remove-video-background": _FILM,
    TOOLS + "upscale-video": _FILM,
}

_REASONS: Mapping[str, str] = {
    "quality": "this version of the API has one quality only",
    "avatarQuality": "this version of the API has one avatar quality only",
    "durationSeconds": "this version of the API chooses the length of a clip itself",
    "startFrameFileId": "this version of the API cannot start from a given frame; a reference image is the nearest",
    "audioFileIds": "this version of the API takes no reference audio for clips",
    "spokenDialogue": "this version of the API cannot speak given words in a clip",
    "voiceDescription": "this version of the API cannot speak given words in a clip",
    "suppressBackgroundMusic": "this version of the API cannot choose what is heard in a clip",
    "entityIds": "this version of the API has no entities",
    "contentPolicyConfig": "this version of the API does not rewrite prompts",
    "hideFromUi": "this version of the API cannot hide results from the web app",
}

V0 = Dialect(
    name="v0",
    gives_progress=False,
    lists_executions=False,
    pages_lists=False,
    has_account=False,
    previews_pictures=False,
    chooses_voice=True,
    presenters_path="/v1/resources/avatar-presenters",
    presenters_key="avatarPresenters",
    fields=_SEED_FIELDS,
)

V2 = Dialect(
    name="v2",
    gives_progress=True,
    lists_executions=True,
    pages_lists=True,
    has_account=True,
    previews_pictures=True,
    chooses_voice=False,
    presenters_path="/v1/entities",
    presenters_key="entities",
    presenters_query={"entityType": "ACTOR"},
)

DIALECTS: Mapping[str, Dialect] = {"v0": V0, "v2": V2}
