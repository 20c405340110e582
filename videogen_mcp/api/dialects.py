"""The two eras of the API as tables of what differs.

Payloads are written in today's wire names; a dialect translates them or says why it cannot. Which operations an era
has stands with the operations (`operations.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from videogen_mcp.api.errors import NotSupported
from videogen_mcp.api.operations import LIST_AVATAR_PRESENTERS, LIST_ENTITIES, LIST_EXECUTIONS, Era, Operation

TOOLS = "/v1/tools/"
TEXT_TO_SPEECH = TOOLS + "text-to-speech"
GENERATE_AVATAR = TOOLS + "generate-avatar"


NULL_MEANS = frozenset({"captionStyle"})
"""Arguments of today's API whose null is a wish: no captions."""


@dataclass(frozen=True)
class Dialect:
    """What one era of the API has, and how it names it."""

    name: Era
    pages_lists: bool
    """Lists take limit and cursor; otherwise they come whole."""
    previews_pictures: bool
    """Public preview works for pictures too, not only for video and sound."""
    chooses_voice: bool
    """Text to speech without a voiceId is answered with a default voice."""
    uploads: frozenset[str] | None
    """Types of files that can be uploaded; None: all."""
    list_presenters: Operation
    presenters_key: str
    """Where its response holds the list."""
    presenters_query: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, str]] | None = None
    """Per submit path: today's wire name → the name here. None: everything is passed on as it is."""

    def has(self, operation: Operation) -> bool:
        """Return whether this era has `operation`."""
        return self.name in operation.eras

    def require(self, operation: Operation) -> None:
        """Raise NotSupported, with the operation's reason, when this era does not have `operation`."""
        if not self.has(operation):
            raise NotSupported(operation.path, operation.missing)

    @property
    def lists_executions(self) -> bool:
        """Whether LIST_EXECUTIONS can be called."""
        return self.has(LIST_EXECUTIONS)

    def translate(self, path: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return `payload`, written in today's wire names, in the names that the submit at `path` has here.

        None values mean not asked for and are left out, but where the API gives them a meaning (NULL_MEANS). Raise
        NotSupported for a path or an argument that this era does not have: nothing that was asked for is ever dropped.
        """
        requested = {name: value for name, value in payload.items() if value is not None or name in NULL_MEANS}
        if self.fields is None:
            return requested
        names = self.fields.get(path)
        if names is None:
            raise NotSupported(path, "this version of the API does not have this tool")
        translated: dict[str, Any] = {}
        for name, value in requested.items():
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
    GENERATE_AVATAR: {
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
    pages_lists=False,
    previews_pictures=False,
    chooses_voice=True,
    uploads=frozenset({"IMAGE", "VIDEO", "AUDIO"}),
    list_presenters=LIST_AVATAR_PRESENTERS,
    presenters_key="avatarPresenters",
    fields=_SEED_FIELDS,
)

V2 = Dialect(
    name="v2",
    pages_lists=True,
    previews_pictures=True,
    chooses_voice=False,
    uploads=None,
    list_presenters=LIST_ENTITIES,
    presenters_key="entities",
    presenters_query={"entityType": "ACTOR"},
)

DIALECTS: Mapping[str, Dialect] = {"v0": V0, "v2": V2}
