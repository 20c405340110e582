"""Turns the checked edits of a request into what engines are told, or refuses them by the field that is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from videogen_sandbox.contract.errors import Refusal, invalid
from videogen_sandbox.contract.lookups import Lookups
from videogen_sandbox.contract.requests import check_aspect_ratio, seed_of
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.directives import BadDirective, Directives, read_directives
from videogen_sandbox.storage.files import File

FILE_TYPES: Mapping[str, str] = {"SET_BACKGROUND_MUSIC": "AUDIO", "SET_LOGO": "IMAGE"}
"""Kind of edit → the type of the file that it may name."""

NULL_SAYS = ("captionStyle", "actorEntityId", "fileId")
"""Fields whose null says something: no style of its own, nobody to be seen, no music or logo."""

TEXTS = ("prompt", "stylePrompt", "motionPrompt")
"""Fields of edits that say in words what to make; directives stand in them."""


@dataclass(frozen=True)
class Edit:
    """One edit. `action` is as on the wire, with `voice` and `presenter` slugs for ids, and without the file."""

    type: str
    action: Json
    inputs: Mapping[str, Sequence[File]]
    directives: Directives

    @property
    def operation(self) -> str:
        """As operations are spelled: "add-zoom"."""
        return self.type.lower().replace("_", "-")

    @property
    def seed(self) -> int:
        """See `seed_of`."""
        return seed_of(self.operation, self.action, self.inputs)


def read_edits(actions: Sequence[Json], lookups: Lookups) -> list[Edit]:
    """Look up what edits name, once `Contract.body` has returned them. Raise Refusal (400) that names the field."""
    return [_edit(f"remixActions[{index}]", action, lookups) for index, action in enumerate(actions)]


def _edit(field: str, action: Json, lookups: Lookups) -> Edit:
    rest = {name: value for name, value in action.items() if value is not None or name in NULL_SAYS}
    inputs: dict[str, list[File]] = {}
    if file_id := rest.get("fileId"):
        del rest["fileId"]
        inputs["fileId"] = [lookups.file(f"{field}.fileId", file_id, FILE_TYPES[rest["type"]])]
    if "voiceId" in rest:
        rest["voice"] = lookups.voice(f"{field}.voiceId", rest.pop("voiceId"))
    if actor := rest.get("actorEntityId"):
        del rest["actorEntityId"]
        rest |= actor_of(f"{field}.actorEntityId", actor, lookups, inputs)
    if "aspectRatio" in rest:
        check_aspect_ratio(rest["aspectRatio"], f"{field}.aspectRatio")
    return Edit(rest["type"], rest, inputs, take_directives(rest, TEXTS, field))


def actor_of(field: str, entity_id: str, lookups: Lookups, inputs: dict[str, list[File]]) -> Json:
    """Return {"presenter": slug} for a drawn actor; an own one is given by its portrait, as `inputs["actorEntityId"]`.

    Raise Refusal (400) for an own one without a picture.
    """
    actor = lookups.entity(field, entity_id, "ACTOR")
    if actor.slug:
        return {"presenter": actor.slug}
    if not actor.pictures:
        raise invalid(field, f"names {actor.name!r}, which has no picture yet; POST /v1/entities/…/references adds one")
    inputs["actorEntityId"] = [actor.pictures[0]]
    return {}


def take_directives(body: Json, names: Sequence[str], field: str = "") -> Directives:
    """Take the directives out of the texts of a body and return them. Raise Refusal (400) for a wrong one."""
    found = Directives()
    for name in [name for name in names if isinstance(body.get(name), str)]:
        try:
            directives, body[name] = read_directives(body[name])
        except BadDirective as error:
            raise Refusal(400, f"{error}.") from None
        if directives != Directives():
            found = directives
            if not body[name].strip():
                whole = f"{field}.{name}" if field else name
                raise invalid(whole, "says nothing but how to fail; add what to make")
    return found
