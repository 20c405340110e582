"""Turns the checked body of POST /v1/tools/* of either era into a request for an engine, or refuses it.

What the contract says is checked before (`validation`). Here is what it leaves open: limits of this sandbox, and
whether the files, voices and presenters exist. The result has today's field names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from videogen_sandbox.config import Dialect
from videogen_sandbox.contract.errors import Refusal, invalid
from videogen_sandbox.contract.lookups import Lookups
from videogen_sandbox.contract.validation import Contract, Json
from videogen_sandbox.directives import BadDirective, Directives, read_directives
from videogen_sandbox.engines.refusals import refusal
from videogen_sandbox.storage.files import File

ADDITIONS: Mapping[str, Json] = {
    # Limits of the engines; VideoGen publishes none.
    "prompt": {"maxLength": 8_000},
    "voiceDescription": {"maxLength": 8_000},
    "ttsText": {"maxLength": 5_000},
    "spokenDialogue": {"maxLength": 5_000},
    "pronunciationReplacements": {"maxItems": 200, "default": []},
    "original": {"maxLength": 200},
    "replacement": {"maxLength": 500, "minLength": 0},
    "entityIds": {"maxItems": 4},
    "actorEntityIds": {"maxItems": 10},
    "productEntityIds": {"maxItems": 10},
    "featuredBRollFileIds": {"maxItems": 50},
    "remixActions": {"maxItems": 50},
    "slideScripts": {"maxItems": 500},
    "workflowAgentContext": {"maxLength": 8_000},
    "message": {"maxLength": 8_000},
    "system": {"maxLength": 8_000},
    "motionPrompt": {"maxLength": 8_000},
    "name": {"maxLength": 200},
    "width": {"maximum": 100_000},
    "height": {"maximum": 100_000},
    # What today's contract says, for the seed era, whose document was silent.
    "imageFileIds": {"maxItems": 4},
    "durationSeconds": {"minimum": 1, "maximum": 30},
    "promptInfluence": {"minimum": 0, "maximum": 1},
    "voiceSpeed": {"minimum": 0.5, "maximum": 2, "default": 1.0},
    # Limits of the database and its search.
    "displayName": {"maxLength": 500, "minLength": 0},
    "query": {"maxLength": 2_000, "minLength": 0},
    "url": {"maxLength": 2_000},
    "description": {"maxLength": 2_000},
    "word": {"minLength": 0},
    # What engines are told when the caller is silent.
    "AspectRatio": {"default": {"width": 16, "height": 9}},
    "ModelQuality": {"default": "STANDARD"},
}
"""What the contract leaves open, as JSON Schema by name of a field or schema."""

REQUIRED: Json = {"minLength": 1}
"""A required text must not be blank, unless ADDITIONS allow it: nothing can be made of nothing, no id is empty."""

SEED_ADDITIONS: Mapping[str, Json] = {"type": {"nullable": True}}
"""upload_file of SDK 0.0.38 sends "type": null where the caller names none."""

FILE_TYPES: Mapping[str, tuple[str, ...]] = {
    "imageFileIds": ("IMAGE",),
    "startFrameFileId": ("IMAGE",),
    "videoFileIds": ("VIDEO",),
    "audioFileIds": ("AUDIO",),
    "fileIds": ("IMAGE", "VIDEO"),
    "imageFileId": ("IMAGE",),
    "videoFileId": ("VIDEO",),
    "audioFileId": ("AUDIO",),
    "imageStorageFileId": ("IMAGE",),
    "videoStorageFileId": ("VIDEO",),
    "audioStorageFileId": ("AUDIO",),
}
"""Field of a tool → the types of the file or files that it may name."""

ENTITIES_AS: Mapping[str, str] = {"generate-image": "imageFileIds", "generate-motion-graphic": "fileIds"}
"""Operation → the field as which its engine is given the pictures of entities."""

TODAYS_NAMES: Mapping[str, str] = {
    "imageStorageFileId": "imageFileId",
    "videoStorageFileId": "videoFileId",
    "audioStorageFileId": "audioFileId",
    "videoFileId": "videoFileIds",  # of generate-video-clip, the only one of the seed era with this name
}
"""File field of the seed era → today's (contract/NOTES.md section 14)."""

NOT_FOR_ENGINES = ("hideFromUi", "contentPolicyConfig")
"""Fields without a meaning in the sandbox: there is no app to hide from, and nothing is moderated."""

TEXTS = ("prompt", "ttsText", "spokenDialogue")
"""Fields that say in words what to make; directives stand in them."""

WIDEST = 5.0
"""Width to height, and the other way round. The engines' layouts do not work beyond that."""


@cache
def contract(dialect: Dialect) -> Contract:
    """Return the contract of an era with the sandbox's additions; read once."""
    return Contract(dialect, ADDITIONS if dialect == "v2" else {**ADDITIONS, **SEED_ADDITIONS}, REQUIRED)


@dataclass
class ToolRequest:
    """What an engine is to make. `inputs` are the files by today's field name, `count` the number of results."""

    operation: str
    body: Json
    inputs: Mapping[str, list[File]]
    count: int
    temporary: bool
    directives: Directives = field(default_factory=Directives)

    @property
    def text(self) -> str | None:
        """The prompt, speech or dialogue; None when only files say what to make."""
        return next((self.body[name] for name in TEXTS if name in self.body), None)

    @property
    def seed(self) -> int:
        """See `seed_of`."""
        return seed_of(self.operation, self.body, self.inputs)


def seed_of(operation: str, body: Json, inputs: Mapping[str, Sequence[File]]) -> int:
    """Return 31 bits that are the same for the same request about the same contents, whatever the ids of the files."""
    contents = {name: [file.sha256 or file.id for file in files] for name, files in inputs.items()}
    canonical = json.dumps([operation, body, contents], sort_keys=True)
    return int.from_bytes(hashlib.sha256(canonical.encode()).digest()[:4], "big") >> 1


def read_tool_request(operation: str, body: Json, lookups: Lookups) -> ToolRequest:
    """Look up what a body names, once `Contract.body` has returned it.

    Raise Refusal (400) that names the field, or says why it cannot be made.
    """
    rest = {name: value for name, value in body.items() if name not in NOT_FOR_ENGINES}
    count, temporary = rest.pop("numResults"), rest.pop("isOutputTemporary")
    name = "avatarPresenterId" if lookups.dialect == "v0" else "actorEntityId"
    if name in rest:
        rest["presenter"] = lookups.presenter(name, rest.pop(name))
    if "aspectRatio" in rest:
        check_aspect_ratio(rest["aspectRatio"])
    inputs = _take_inputs(operation, rest, lookups)
    if operation == "text-to-speech":
        rest["voice"] = lookups.voice("voiceId", rest.pop("voiceId", None))
        rest["speechLanguageCode"] = lookups.language("speechLanguageCode", rest.pop("speechLanguageCode", None))
    silent = [name for name, value in rest.items() if value is None or (name in TEXTS and not value.strip())]
    for name in silent:
        del rest[name]
    request = ToolRequest(operation, rest, inputs, count, temporary)
    if request.text is None and not inputs:
        raise invalid("prompt", "is required when nothing else says what to show")
    _take_directives(request)
    if refused := refusal(operation, request.body, len(inputs.get("fileIds", ()))):
        raise Refusal(400, refused.message, code=refused.code)
    return request


def check_aspect_ratio(ratio: Mapping[str, int], field: str = "aspectRatio") -> None:
    """Raise Refusal (400) for a shape that the engines cannot lay out."""
    width, height = ratio["width"], ratio["height"]
    if not 1 / WIDEST <= width / height <= WIDEST:
        raise invalid(field, f"must lie between 1:{WIDEST:g} and {WIDEST:g}:1, not {width}:{height}")


def _take_inputs(operation: str, rest: Json, lookups: Lookups) -> dict[str, list[File]]:
    """Take the files out of `rest`. Entities are given by their pictures; one without any by its words."""
    inputs: dict[str, list[File]] = {}
    for name in [name for name in FILE_TYPES if name in rest]:
        value = rest.pop(name)
        ids = value if isinstance(value, list) else [value]
        todays = TODAYS_NAMES.get(name, name) if lookups.dialect == "v0" else name
        inputs[todays] = [lookups.file(name, file_id, *FILE_TYPES[name]) for file_id in ids]
    for entity_id in rest.pop("entityIds", ()):
        entity = lookups.entity("entityIds", entity_id)
        inputs.setdefault(ENTITIES_AS[operation], []).extend(entity.pictures)
        if not entity.pictures:
            rest["prompt"] += f", {entity.description or entity.name}"
    return {name: files for name, files in inputs.items() if files}


def _take_directives(request: ToolRequest) -> None:
    """Take the directives out of the texts; without any text, read them from the names of the input files."""
    try:
        if request.text is None:
            names = [file.display_name for files in request.inputs.values() for file in files]
            request.directives, _ = read_directives(" ".join(names))
            return
        for name in [name for name in TEXTS if name in request.body]:
            found, request.body[name] = read_directives(request.body[name])
            if found != Directives():
                request.directives = found
            if not request.body[name] and name != "spokenDialogue":
                raise invalid(name, "says nothing but how to fail; add what to make")
    except BadDirective as error:
        raise Refusal(400, f"{error}.") from None


SUFFIXES: Mapping[str, str] = {
    "vectorize-image": "vectorized",
    "remove-image-background": "without background",
    "remove-video-background": "without background",
    "upscale-image": "upscaled",
    "upscale-video": "upscaled",
}

NAME_LENGTH = 60
"""Characters of a result's name, which a page shows on one line."""


def result_name(operation: str, body: Mapping[str, Any], inputs: Sequence[str], index: int, count: int) -> str:
    """Return the display name of a result: its text, else the name of its first input file. `index` counts from 0."""
    words = body.get("prompt") or body.get("ttsText") or body.get("spokenDialogue")
    if words is None and operation in SUFFIXES and inputs:
        words = f"{inputs[0].rsplit('.', 1)[0][:NAME_LENGTH]} ({SUFFIXES[operation]})"
    elif words is None:
        words = ", ".join(filter(None, (str(body.get("presenter", "Clip")).title(), *inputs[:1])))
    name = " ".join(str(words).split())
    if len(name) > NAME_LENGTH + 25:
        name = name[:NAME_LENGTH].rsplit(" ", 1)[0] + " …"
    return f"{name} ({index + 1})" if count > 1 else name
