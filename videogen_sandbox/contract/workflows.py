"""Turns the checked body of POST /v1/workflows/* into a project to be built, or refuses it by the field that is wrong.

Engines get wire names. Ids are replaced by what they name: voices and drawn actors by their slugs, files and the
pictures of entities by inputs named as their field, such as "scenes.1.productEntityIds".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from videogen_sandbox.contract.errors import Refusal, invalid
from videogen_sandbox.contract.import_sources import AllowedSources
from videogen_sandbox.contract.lookups import Known, Lookups
from videogen_sandbox.contract.remix import Edit, actor_of, read_edits, take_directives
from videogen_sandbox.contract.requests import check_aspect_ratio, seed_of
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.directives import BadDirective, Directives, read_directives
from videogen_sandbox.engines.videos.checks import edits_refusal, refusal
from videogen_sandbox.storage.files import File

WORKFLOWS = (
    "script-to-video",
    "voiceover-to-video",
    "slideshow-to-video",
    "storyboard-to-video",
    "prompt-to-video-clip",
    "video-to-video",
)

FILE_TYPES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("voiceover-to-video", "fileId"): ("AUDIO",),
    ("slideshow-to-video", "fileId"): ("PDF", "SLIDESHOW"),
    ("prompt-to-video-clip", "imageFileIds"): ("IMAGE",),
    ("video-to-video", "videoFileId"): ("VIDEO",),
    ("script-to-video", "featuredBRollFileIds"): ("IMAGE", "VIDEO"),
    ("voiceover-to-video", "logoFileId"): ("IMAGE",),
    ("slideshow-to-video", "logoFileId"): ("IMAGE",),
}
"""Workflow and field → the types of the file or files that it may name."""

TEXTS = ("script", "prompt", "workflowAgentContext")
"""Fields that say in words what to make; directives stand in them."""

APART = ("remixActions", "autoExport", "exportOptions", "isOutputTemporary", "hideFromUi")
"""Fields that are not about building the project."""

VIDEO_TO_VIDEO = ("prompt", "videoFileId", "videoUrl", "audio", "quality", *APART)
"""Its fields. Of all workflows its contract alone lets any others through, because nobody has described it."""

TITLE_LENGTH = 60
"""Characters of a project's first title, which a page shows on one line."""

NO_FORMAT = {"width": 16, "height": 9}
"""The aspect ratio of a project whose request names none, until it is built."""

DEFAULT_QUALITY = "HIGH"
"""Of an export (720 lines) whose request names none. VideoGen documents no default."""

CAST: Mapping[str, str] = {"ACTOR": "actorEntityIds", "PRODUCT": "productEntityIds"}
"""Type of an entity → the field of a storyboard or scene that names such ones."""

ROUNDED = 0.5
"""Seconds by which a scene may end after a recording: lengths are told in whole or half seconds."""

_MENTION = re.compile(r"@\[entity:([^|\]]{1,80})\|[A-Z_]{1,40}\|([^\]]{0,200})\]")


@dataclass(frozen=True)
class RunRequest:
    """A workflow run: what to build, the edits that follow, and how to export it; `export` None: not at all."""

    operation: str
    body: Json
    inputs: Mapping[str, Sequence[File]]
    edits: Sequence[Edit]
    export: Json | None
    temporary: bool
    title: str
    directives: Directives

    @property
    def seed(self) -> int:
        """See `seed_of`."""
        return seed_of(self.operation, self.body, self.inputs)

    @property
    def aspect_ratio(self) -> Mapping[str, int]:
        """That of the project until it is built."""
        found: Mapping[str, int] = self.body.get("aspectRatio", NO_FORMAT)
        return found


def read_run_request(operation: str, body: Json, lookups: Lookups, sources: AllowedSources) -> RunRequest:
    """Look up what a body names, once `Contract.body` has returned it. Raise Refusal (400) that names the field."""
    if operation == "video-to-video":
        body = {name: body[name] for name in VIDEO_TO_VIDEO if name in body}
    rest = {name: value for name, value in body.items() if name not in APART and value is not None}
    rest |= {"captionStyle": None} if "captionStyle" in body and body["captionStyle"] is None else {}
    if "aspectRatio" in rest:
        check_aspect_ratio(rest["aspectRatio"])
    inputs = _take_files(operation, rest, lookups)
    _look_up_names(operation, rest, lookups, inputs)
    if operation == "video-to-video":
        _check_source(rest, inputs, sources)
    directives = _directives(rest, inputs)
    edits = read_edits(body.get("remixActions", ()), lookups)
    actions = [edit.action for edit in edits]
    if refused := refusal(operation, {**rest, "remixActions": actions}):
        raise Refusal(400, refused.message, code=refused.code)
    if operation == "voiceover-to-video":
        _check_scenes(rest.get("scenes", ()), inputs["fileId"][0])
    return RunRequest(
        operation,
        rest,
        inputs,
        edits,
        export_options(body.get("exportOptions", {})) if body["autoExport"] else None,
        body.get("isOutputTemporary", False),
        _title(operation, rest, inputs),
        directives,
    )


def check_edits(edits: Sequence[Edit]) -> None:
    """Raise Refusal (400) for edits that contradict each other or cannot be done here."""
    if refused := edits_refusal([edit.action for edit in edits]):
        raise Refusal(400, refused.message, code=refused.code)


def export_options(body: Json) -> Json:
    """Return what the engine of exports is told. Raise Refusal (400) for a destination elsewhere."""
    if body.get("deliveryDestinations"):
        raise invalid("deliveryDestinations", "name connections to other services, of which the sandbox has none")
    return {
        "quality": body.get("quality", DEFAULT_QUALITY),
        "watermark": body.get("watermarkMode") == "VIDEO_GEN",
        "endScreen": body.get("endScreenMode") == "VIDEO_GEN",
    }


def _take_files(operation: str, rest: Json, lookups: Lookups) -> dict[str, list[File]]:
    inputs: dict[str, list[File]] = {}
    for (workflow, name), kinds in FILE_TYPES.items():
        if workflow == operation and name in rest:
            value = rest.pop(name)
            ids = value if isinstance(value, list) else [value]
            inputs[name] = [lookups.file(name, file_id, *kinds) for file_id in ids]
            if operation == "voiceover-to-video" and name == "fileId" and inputs[name][0].words:
                rest["transcript"] = {"words": inputs[name][0].words}
    return {name: files for name, files in inputs.items() if files}


def _look_up_names(operation: str, rest: Json, lookups: Lookups, inputs: dict[str, list[File]]) -> None:
    if operation in ("script-to-video", "slideshow-to-video"):
        rest["voice"] = lookups.voice("voiceId", rest.pop("voiceId", None))
    if actor := rest.pop("actorEntityId", None):
        rest |= actor_of("actorEntityId", actor, lookups, inputs)
    if "language" in rest:
        rest["language"] = lookups.language("language", rest["language"])
    if style := rest.get("visualStyle"):
        rest["visualStyle"] = _style(style, lookups, inputs)
    if theme := rest.pop("slideshowThemeEntityId", None):
        found = lookups.entity("slideshowThemeEntityId", theme, "SLIDESHOW_THEME")
        rest["slideshowTheme"] = {"name": found.name, "description": found.description}
        _show("slideshowThemeEntityId", found, inputs)
    if operation == "storyboard-to-video":
        _take_cast(rest, "", "", lookups, inputs)
        rest["scenes"] = [_scene(index, scene, lookups, inputs) for index, scene in enumerate(rest["scenes"])]


def _style(style: Json, lookups: Lookups, inputs: dict[str, list[File]]) -> Json:
    """A look by an entity is the entity's words, and its pictures as inputs."""
    rest = dict(style)
    if entity_id := rest.pop("entityId", None):
        entity = lookups.entity("visualStyle.entityId", entity_id, "VISUAL_STYLE")
        rest.setdefault("aiStyle", entity.description or entity.name)
        _show("visualStyle.entityId", entity, inputs)
    if rest["type"] == "AI_IMAGE" and not rest.get("aiStyle", "").strip():
        raise invalid("visualStyle.aiStyle", "is required for AI_IMAGE without an entityId")
    return rest


def _scene(index: int, scene: Json, lookups: Lookups, inputs: dict[str, list[File]]) -> Json:
    field, name = f"scenes[{index}]", f"scenes.{index}"
    rest = {name: value for name, value in scene.items() if value is not None}
    _take_cast(rest, f"{field}.", f"{name}.", lookups, inputs)
    rest["prompt"] = _without_mentions(field, name, rest, lookups, inputs)
    if style := rest.pop("visualStyleEntityId", None):
        entity = lookups.entity(f"{field}.visualStyleEntityId", style, "VISUAL_STYLE")
        rest.setdefault("generation", {}).setdefault("aiStyle", entity.description or entity.name)
        _show(f"{name}.visualStyleEntityId", entity, inputs)
    return rest


def _take_cast(rest: Json, field: str, prefix: str, lookups: Lookups, inputs: dict[str, list[File]]) -> None:
    """Take actors and products out of a storyboard or a scene: their pictures are inputs, their names stay."""
    for kind, name in CAST.items():
        for entity_id in rest.pop(name, ()):
            _cast(rest, prefix + name, lookups.entity(field + name, entity_id, kind), inputs)


def _cast(rest: Json, field: str, entity: Known, inputs: dict[str, list[File]]) -> None:
    """Add an actor or product to a storyboard or a scene, once, by the default one of its pictures if it has any."""
    described = {
        "type": entity.type,
        "name": entity.name,
        "description": entity.description,
        "pictured": bool(entity.pictures),
    }
    cast = rest.setdefault("cast", [])
    if described not in cast:
        cast.append(described)
        if entity.pictures:
            inputs.setdefault(field, []).append(entity.pictures[0])


def _without_mentions(field: str, name: str, rest: Json, lookups: Lookups, inputs: dict[str, list[File]]) -> str:
    """Return the prompt of a scene with the names of the entities that it mentions, which belong to the scene then."""

    def named(match: re.Match[str]) -> str:
        entity = lookups.entity(f"{field}.prompt", match[1])
        if entity.type in CAST:
            _cast(rest, f"{name}.{CAST[entity.type]}", entity, inputs)
        else:
            _show(f"{name}.visualStyleEntityId", entity, inputs)
        return entity.name

    return _MENTION.sub(named, rest["prompt"])


def _show(field: str, entity: Known, inputs: dict[str, list[File]]) -> None:
    if entity.pictures:
        inputs.setdefault(field, []).extend(entity.pictures)


def _check_source(rest: Json, inputs: Mapping[str, Sequence[File]], sources: AllowedSources) -> None:
    if not rest.get("prompt", "").strip():
        raise invalid("prompt", "is required")
    if ("videoUrl" in rest) == ("videoFileId" in inputs):
        raise Refusal(400, 'Exactly one of "videoFileId", "videoUrl" is required.')
    if "videoUrl" in rest and (problem := sources.url_problem(rest["videoUrl"])):
        raise invalid("videoUrl", problem)


def _check_scenes(scenes: Sequence[Json], recording: File) -> None:
    """Raise Refusal (400) for scenes that go on after the end of a recording."""
    for index, scene in enumerate(scenes):
        end, length = float(scene["endSeconds"]), recording.duration
        if length is not None and end > length + ROUNDED:
            raise invalid(f"scenes[{index}].endSeconds", f"is {end:g}, and the recording has {length:.1f} seconds")


def _directives(rest: Json, inputs: Mapping[str, Sequence[File]]) -> Directives:
    """Take the directives out of the texts, also those of scenes; without any text, out of the names of the files."""
    found = [take_directives(rest, TEXTS)]
    for index, scene in enumerate(rest.get("scenes", ())):
        found.append(take_directives(scene, ("prompt",), f"scenes[{index}]"))
    if not any(name in rest for name in TEXTS):
        try:
            names = " ".join(file.display_name for files in inputs.values() for file in files)
            found.append(read_directives(names)[0])
        except BadDirective as error:
            raise Refusal(400, f"{error}.") from None
    return next((directives for directives in found if directives != Directives()), Directives())


def _title(operation: str, rest: Json, inputs: Mapping[str, Sequence[File]]) -> str:
    """Return the title of a project until it is built: its first words, else the name of its file."""
    scenes = rest.get("scenes") or [{}]
    words = rest.get("script") or rest.get("prompt") or scenes[0].get("title") or scenes[0].get("prompt")
    if words is None:
        files = [file.display_name.rsplit(".", 1)[0] for found in inputs.values() for file in found]
        words = files[0] if files else operation.replace("-", " ").capitalize()
    return title_of(words)


def title_of(words: str) -> str:
    """Return the beginning of a text as a title, on one line."""
    line = " ".join(words.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"
