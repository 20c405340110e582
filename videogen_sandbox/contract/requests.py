"""Turns the checked body of POST /v1/tools/* of either era into a request for an engine, or refuses it.

What the contract says is checked before (`validation`). Here is what it leaves open: limits of this sandbox, and
whether the files, voices and presenters exist. The result has today's field names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from videogen_sandbox.catalogue import PRESENTERS, VOICES
from videogen_sandbox.config import INPUT_BYTES, Dialect
from videogen_sandbox.contract.errors import Refusal, invalid
from videogen_sandbox.contract.validation import Contract, Json
from videogen_sandbox.directives import BadDirective, Directives, read_directives
from videogen_sandbox.storage.files import File
from videogen_sandbox.storage.ids import stable_id

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

FILE_TYPES: Mapping[str, str] = {
    "imageFileIds": "IMAGE",
    "startFrameFileId": "IMAGE",
    "videoFileIds": "VIDEO",
    "audioFileIds": "AUDIO",
    "imageFileId": "IMAGE",
    "videoFileId": "VIDEO",
    "audioFileId": "AUDIO",
    "imageStorageFileId": "IMAGE",
    "videoStorageFileId": "VIDEO",
    "audioStorageFileId": "AUDIO",
}
"""Field → the type of the file or files that it names."""

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

ENGLISH = ("en", "eng")

QUOTED = 80
"""Characters of a value that an error message repeats."""

FindFile = Callable[[str], File | None]
"""Returns the file with an id, or None."""


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
        """31 bits that are the same for the same request about the same contents, whatever the ids of the files."""
        contents = {name: [file.sha256 or file.id for file in files] for name, files in self.inputs.items()}
        canonical = json.dumps([self.operation, self.body, contents], sort_keys=True)
        return int.from_bytes(hashlib.sha256(canonical.encode()).digest()[:4], "big") >> 1


def voice_id(slug: str) -> str:
    """Return the id of a voice, the same in both eras."""
    return stable_id("vg_voic_", slug)


def presenter_id(slug: str, dialect: Dialect) -> str:
    """Return the id of the presenter in the seed era, of the actor entity today."""
    return stable_id("vg_pres_" if dialect == "v0" else "vg_enti_", slug)


def portrait_id(slug: str) -> str:
    """Return the id of the file that shows a presenter."""
    return stable_id("vg_file_", f"portrait {slug}")


def read_tool_request(operation: str, body: Json, dialect: Dialect, find_file: FindFile) -> ToolRequest:
    """Look up what a body names, once `Contract.body` has returned it. Raise Refusal (400) that names the field."""
    rest = {name: value for name, value in body.items() if name not in NOT_FOR_ENGINES}
    count, temporary = rest.pop("numResults"), rest.pop("isOutputTemporary")
    _look_up_names(rest, dialect)
    inputs = _take_inputs(rest, dialect, find_file)
    if operation == "text-to-speech":
        rest["voice"] = _voice(rest.pop("voiceId", None), dialect)
        rest["speechLanguageCode"] = _language(rest.pop("speechLanguageCode", None))
    silent = [name for name, value in rest.items() if value is None or (name in TEXTS and not value.strip())]
    for name in silent:
        del rest[name]
    request = ToolRequest(operation, rest, inputs, count, temporary)
    if request.text is None and not inputs:
        raise invalid("prompt", "is required when nothing else says what to show")
    _take_directives(request)
    return request


def _take_inputs(rest: Json, dialect: Dialect, find_file: FindFile) -> dict[str, list[File]]:
    """Take the files out of `rest`. Those of actors are their portraits, references as any other picture."""
    inputs: dict[str, list[File]] = {}
    for name in [name for name in FILE_TYPES if name in rest]:
        value = rest.pop(name)
        ids = value if isinstance(value, list) else [value]
        todays = TODAYS_NAMES.get(name, name) if dialect == "v0" else name
        inputs[todays] = [_file(name, file_id, FILE_TYPES[name], find_file) for file_id in ids]
    for entity_id in rest.pop("entityIds", ()):
        problem = f"names {entity_id[:QUOTED]!r}, which does not exist; GET /v1/entities lists them"
        portrait = portrait_id(_presenter("entityIds", entity_id, "v2", problem))
        inputs.setdefault("imageFileIds", []).append(_file("entityIds", portrait, "IMAGE", find_file))
    return {name: files for name, files in inputs.items() if files}


def _look_up_names(rest: Json, dialect: Dialect) -> None:
    """Replace the presenter's id by its slug, and check the shape of the picture."""
    name, listing = {
        "v0": ("avatarPresenterId", "/v1/resources/avatar-presenters"),
        "v2": ("actorEntityId", "/v1/entities?entityType=ACTOR"),
    }[dialect]
    if name in rest:
        wanted = rest.pop(name)
        problem = f"names nobody here: {wanted[:QUOTED]!r}; GET {listing} lists the presenters"
        rest["presenter"] = _presenter(name, wanted, dialect, problem)
    if "aspectRatio" in rest:
        width, height = rest["aspectRatio"]["width"], rest["aspectRatio"]["height"]
        if not 1 / WIDEST <= width / height <= WIDEST:
            raise invalid("aspectRatio", f"must lie between 1:{WIDEST:g} and {WIDEST:g}:1, not {width}:{height}")


def _presenter(name: str, wanted: str, dialect: Dialect, problem: str) -> str:
    slug = next((one.slug for one in PRESENTERS if presenter_id(one.slug, dialect) == wanted), None)
    if slug is None:
        raise invalid(name, problem)
    return slug


def _voice(wanted: str | None, dialect: Dialect) -> str:
    """The slug of a voice by id, today also by display name; the first one when the seed era leaves it out."""
    if wanted is None:
        return VOICES[0].slug
    for voice in VOICES:
        if wanted == voice_id(voice.slug) or (dialect == "v2" and wanted.strip().lower() == voice.name.lower()):
            return voice.slug
    raise invalid("voiceId", f"names no voice here: {wanted[:QUOTED]!r}; GET /v1/resources/tts-voices lists them")


def _language(wanted: str | None) -> str | None:
    """English, or None: the engine then goes by the text."""
    if wanted and wanted.replace("_", "-").split("-")[0].lower() not in ENGLISH:
        message = f"{wanted[:QUOTED]!r} is not spoken in the sandbox, only English (en)"
        raise invalid("speechLanguageCode", message)
    return "en" if wanted else None


def _file(name: str, file_id: str, kind: str, find_file: FindFile) -> File:
    file, quoted = find_file(file_id), f"the file {file_id[:QUOTED]!r}"
    if file is None or file.archived:
        raise invalid(name, f"names {quoted}, which {'does not exist' if file is None else 'is archived'}")
    if file.state in ("awaiting", "processing"):
        raise invalid(name, f"names {quoted}, whose upload is not finished; hydrate it until it is ready")
    if file.state == "failed":
        raise invalid(name, f"names {quoted}, whose upload failed")
    if file.type != kind:
        raise invalid(name, f"needs {kind} files, but {file_id[:QUOTED]!r} is {file.type}")
    original = file.renditions.get("download")
    if original and (original.bytes or 0) > INPUT_BYTES:
        raise invalid(name, f"names {quoted}, which is larger than {INPUT_BYTES // 1024**2} MiB")
    return file


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
