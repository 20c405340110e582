"""The operations under /v1/entities: the built-in actors, which nobody changes, and own entities."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import JSONResponse, Response

from videogen_sandbox.api.operations import ApiCall, Operation
from videogen_sandbox.api.paging import page_of_all
from videogen_sandbox.catalogue import PRESENTERS
from videogen_sandbox.contract.errors import Refusal, invalid
from videogen_sandbox.contract.names import presenter_id
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.storage.entities import Entity, Picture
from videogen_sandbox.storage.ids import new_id

CREATED_AT = 1_777_000_000
"""Unix seconds: the creation of the built-in entities (24 Apr 2026, the first SDK)."""

MAX_PICTURES = 20
"""Of one entity. An engine is given all of them."""


async def show_all(call: ApiCall) -> Response:
    """GET /v1/entities: own ones, newest first, then the built-in actors."""
    kind = call.query.get("entityType")
    own = [call.sandbox.project_wire.entity(entity) for entity in call.sandbox.entities.listed(kind)]
    return page_of_all(call.query, "entities", own + (_actors(call) if kind in (None, "ACTOR") else []))


async def show(call: ApiCall) -> Response:
    """GET /v1/entities/{entityId}."""
    wanted = call.path("entityId")
    actor = next((actor for actor in _actors(call) if actor["entityId"] == wanted), None)
    return JSONResponse(actor or call.sandbox.project_wire.entity(_own(call)))


async def create(call: ApiCall) -> Response:
    """POST /v1/entities: an entity without pictures."""
    body = await call.body()
    now = call.sandbox.clock.time()
    made = Entity(new_id("vg_enti_"), body["entityType"], body["name"], body.get("description", ""), now, now)
    call.sandbox.entities.add(made)
    return JSONResponse(call.sandbox.project_wire.entity(made))


async def update(call: ApiCall) -> Response:
    """POST /v1/entities/{entityId}/update: null leaves a field as it is."""
    body = await call.body()
    entity = _changeable(call)
    name, description = body.get("name"), body.get("description")
    if name is not None and not name.strip():
        raise invalid("name", "must not be empty")
    return _changed(
        call,
        replace(
            entity,
            name=entity.name if name is None else name,
            description=entity.description if description is None else description,
        ),
    )


async def archive(call: ApiCall) -> Response:
    """POST /v1/entities/{entityId}/archive: out of the lists; its id is not known any more."""
    entity = _changeable(call)
    call.sandbox.entities.archive(entity.id, call.sandbox.clock.time())
    return JSONResponse({"entityId": entity.id, "archived": True})


async def add_picture(call: ApiCall) -> Response:
    """POST /v1/entities/{entityId}/references: a picture that shows it. The first one is the default."""
    body = await call.body()
    entity = _changeable(call)
    file = call.sandbox.lookups.file("fileId", body["fileId"], "IMAGE")
    others = [picture for picture in entity.pictures if picture.file_id != file.id]
    if len(others) >= MAX_PICTURES:
        raise Refusal(409, f"An entity may have at most {MAX_PICTURES} references.")
    default = body["isDefault"] or not any(picture.is_default for picture in others)
    if default:
        others = [replace(picture, is_default=False) for picture in others]
    call.sandbox.files.keep(file.id)
    return _changed(call, replace(entity, pictures=(*others, Picture(file.id, body.get("description", ""), default))))


async def remove_picture(call: ApiCall) -> Response:
    """POST /v1/entities/{entityId}/references/remove. The file stays; the next one becomes the default."""
    wanted = (await call.body())["fileId"]
    entity = _changeable(call)
    left = [picture for picture in entity.pictures if picture.file_id != wanted]
    if len(left) == len(entity.pictures):
        raise Refusal(404, f"File {wanted[:80]} is no reference of this entity.")
    if left and not any(picture.is_default for picture in left):
        left[0] = replace(left[0], is_default=True)
    return _changed(call, replace(entity, pictures=tuple(left)))


def _changed(call: ApiCall, entity: Entity) -> Response:
    now = call.sandbox.clock.time()
    call.sandbox.entities.change(entity, now)
    return JSONResponse(call.sandbox.project_wire.entity(replace(entity, updated_at=now)))


def _changeable(call: ApiCall) -> Entity:
    if call.path("entityId") in [presenter_id(presenter.slug, "v2") for presenter in PRESENTERS]:
        raise Refusal(403, "This entity belongs to the catalogue and cannot be changed.")
    return _own(call)


def _own(call: ApiCall) -> Entity:
    wanted = call.path("entityId")
    entity = call.sandbox.entities.get(wanted)
    if entity is None:
        raise Refusal(404, f"Entity {wanted[:80]} not found.")
    return entity


def _actors(call: ApiCall) -> list[Json]:
    return [call.sandbox.wire.actor(presenter, CREATED_AT) for presenter in PRESENTERS]


OPERATIONS = [
    Operation("GET", "/v1/entities", "entities", show_all),
    Operation("POST", "/v1/entities", "entities", create),
    Operation("GET", "/v1/entities/{entityId}", "entities", show),
    Operation("POST", "/v1/entities/{entityId}/update", "entities", update),
    Operation("POST", "/v1/entities/{entityId}/archive", "entities", archive),
    Operation("POST", "/v1/entities/{entityId}/references", "entities", add_picture),
    Operation("POST", "/v1/entities/{entityId}/references/remove", "entities", remove_picture),
]
