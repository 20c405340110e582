"""Entities made and changed by several requests each, so that a call that broke off is finished by the same call.

Nothing is noted here: the service's own list and the entity itself show what an earlier call got done.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import anyio

from videogen_mcp.api import operations
from videogen_mcp.api.errors import ApiError, BadRequest, Conflict, Forbidden, NotFound, VideoGenError
from videogen_mcp.calls.call import Call
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import NAME_LENGTH, bounded
from videogen_mcp.media.shared import KeyedLocks

if TYPE_CHECKING:
    from videogen_mcp.api.library_models import Entity
    from videogen_mcp.api.models import File, Page
    from videogen_mcp.api.operations import Operation
    from videogen_mcp.calls.upstream import Upstream

log = logging.getLogger(__name__)

ATTEMPTS = 2
"""Of adding or removing one picture when the answer is lost; in between the entity shows whether it was done."""

LINKED = 8
"""Pictures of one entity that get links; all ids are there."""


@dataclass(frozen=True)
class Creation:
    """The entity that is wanted: its type in the wire's word, and the file ids of its pictures, the main one first."""

    kind: str
    name: str
    description: str
    pictures: tuple[str, ...]


@dataclass(frozen=True)
class Changes:
    """What is to become of an entity; None and empty: as it is."""

    name: str | None = None
    description: str | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    archive: bool = False

    def __bool__(self) -> bool:
        return self.edits or self.archive

    @property
    def edits(self) -> bool:
        """Whether anything but archiving is asked for."""
        return self.name is not None or self.description is not None or bool(self.added or self.removed)

    def adding(self, pictures: tuple[str, ...]) -> Changes:
        """Return these and pictures to add."""
        return replace(self, added=pictures)


def not_there(entity: Entity, changes: Changes) -> list[str]:
    """Return the pictures to remove that the entity does not have: an earlier call removed them, or they never were."""
    has = {reference.file_id for reference in entity.references} | set(changes.added)
    return [picture for picture in changes.removed if picture not in has]


def unfinished(known: Iterable[Entity], wanted: Creation) -> Entity | None:
    """Return the own entity that is what `wanted` asks for or became so far; None where there is none.

    It has the same type, name and description, and no picture that is not wanted: one with others is another one.
    """
    for entity in known:
        pictures = {reference.file_id for reference in entity.references}
        if (
            not entity.is_built_in
            and entity.entity_type == wanted.kind
            and (entity.name or "").strip() == wanted.name
            and (entity.description or "").strip() == wanted.description
            and pictures <= set(wanted.pictures)
        ):
            return entity
    return None


@dataclass(frozen=True)
class Entities:
    """The entities of accounts. Methods raise VideoGenError."""

    _locks: KeyedLocks = field(default_factory=KeyedLocks)

    def require(self, upstream: Upstream) -> None:
        """Raise NotSupported where the reached API has no entities."""
        upstream.dialect.require(operations.CREATE_ENTITY)

    async def one(self, entity_id: str, upstream: Upstream) -> Entity:
        """Return an entity."""
        return await _call(upstream, operations.GET_ENTITY, entity_id)

    async def own(self, entity_id: str, upstream: Upstream) -> Entity:
        """Return an entity that may be changed. Raises Refusal for those of VideoGen's catalogue."""
        entity = await self.one(entity_id, upstream)
        if entity.is_built_in:
            name = bounded(entity.name, NAME_LENGTH) or entity_id
            raise Refusal(
                "built_in",
                f'"{name}" ({entity_id}) is one of VideoGen\'s own entities, which nobody can change',
                "Make your own with create_entity; pictures of this one can be given to it by their file ids",
            )
        return entity

    async def page(self, kind: str | None, limit: int, cursor: str | None, upstream: Upstream) -> Page[Entity]:
        """Return a page of entities, of one type or all, newest first."""
        from videogen_mcp.api.client import paging
        from videogen_mcp.api.library_models import Entity
        from videogen_mcp.api.parsing import page

        params = {**paging(limit, cursor), **({"entityType": kind} if kind else {})}
        return await upstream.client.call(operations.LIST_ENTITIES, page(Entity, "entities"), params=params)

    async def pictures(self, entity: Entity, upstream: Upstream) -> dict[str, File]:
        """Return the first LINKED pictures of an entity with fresh links, by file id; without those that are gone."""
        found: dict[str, File] = {}

        async def fetch(file_id: str) -> None:
            try:
                found[file_id] = await upstream.client.hydrate(file_id)
            except VideoGenError as error:
                log.info("no links for %s: %s", file_id, error.message)

        async with anyio.create_task_group() as tasks:
            for reference in entity.references[:LINKED]:
                tasks.start_soon(fetch, reference.file_id)
        return found

    async def create(self, wanted: Creation, upstream: Upstream, call: Call) -> tuple[Entity, bool]:
        """Return the wanted entity with all its pictures, and whether it was there before this call.

        Two calls for the same one at the same time make one. Raises Refusal, with the entity's id, where the entity is
        made and a picture is not taken.
        """
        async with self._locks.hold((upstream.account, wanted)):
            await call.report("looking whether it is there already")
            known = await _all(wanted.kind, upstream)
            there = unfinished(known, wanted)
            await call.report("creating")
            entity = there or await _made(wanted, known, upstream)
            for number, picture in enumerate(wanted.pictures, 1):
                await call.report(f"adding picture {number} of {len(wanted.pictures)}")
                entity = await _with_picture(entity, picture, upstream)
            return entity, there is not None

    async def update(self, entity: Entity, changes: Changes, upstream: Upstream, call: Call) -> Entity:
        """Make the changes in their order and return the entity as it is then."""
        if changes.name is not None or changes.description is not None:
            await call.report("changing the words")
            words = {"name": changes.name, "description": changes.description}
            payload = {name: value for name, value in words.items() if value is not None}
            entity = await _call(upstream, operations.UPDATE_ENTITY, entity.entity_id, payload)
        for picture in changes.added:
            await call.report("adding a picture")
            entity = await _with_picture(entity, picture, upstream)
        for picture in changes.removed:
            await call.report("removing a picture")
            entity = await _reference(entity, operations.REMOVE_REFERENCE, {"fileId": picture}, upstream)
        if changes.archive:
            from videogen_mcp.api.library_models import ArchivedEntity
            from videogen_mcp.api.parsing import one

            await upstream.client.call(operations.ARCHIVE_ENTITY, one(ArchivedEntity), entity.entity_id)
        return entity


async def _made(wanted: Creation, known: Sequence[Entity], upstream: Upstream) -> Entity:
    """Create the entity. When the answer is lost, or a refusal may come from a gateway that had passed the request on,
    the list shows whether it is there: one that was not known before."""
    payload = {"entityType": wanted.kind, "name": wanted.name}
    if wanted.description:
        payload["description"] = wanted.description
    try:
        return await _call(upstream, operations.CREATE_ENTITY, None, payload, repeat_refused=False)
    except VideoGenError as error:
        refused_for_now = isinstance(error, ApiError) and error.status in (429, 503)
        if not error.may_have_started and not refused_for_now:
            raise
        before = {entity.entity_id for entity in known}
        new = [entity for entity in await _all(wanted.kind, upstream) if entity.entity_id not in before]
        found = unfinished(new, wanted)
        if found is None:
            raise
        return found


async def _with_picture(entity: Entity, picture: str, upstream: Upstream) -> Entity:
    """Return the entity with the picture, which becomes the main one where there is none."""
    if any(reference.file_id == picture for reference in entity.references):
        return entity
    first = not any(reference.is_default for reference in entity.references)
    try:
        return await _reference(
            entity, operations.ADD_REFERENCE, {"fileId": picture, **({"isDefault": True} if first else {})}, upstream
        )
    except (BadRequest, NotFound, Conflict, Forbidden) as error:
        raise Refusal(
            "picture_refused",
            f"the entity {entity.entity_id} is there, but its picture {picture} is not taken: {bounded(error.message)}",
            f'Call update_entity with entity_id "{entity.entity_id}" and add_images for another picture',
            request_id=error.request_id,
        ) from None


async def _reference(entity: Entity, operation: Operation, payload: dict[str, Any], upstream: Upstream) -> Entity:
    """Add or remove a picture and return the entity as it is then; done again only where it shows that it was not."""
    adding = operation is operations.ADD_REFERENCE
    for attempt in range(1, ATTEMPTS + 1):
        if any(reference.file_id == payload["fileId"] for reference in entity.references) == adding:
            return entity
        try:
            return await _call(upstream, operation, entity.entity_id, payload)
        except VideoGenError as error:
            if not error.may_have_started or attempt == ATTEMPTS:
                raise
            entity = await _call(upstream, operations.GET_ENTITY, entity.entity_id)
    raise AssertionError("the last attempt returns or raises")


# The models of the API are there once the client is; hosts measure how fast the tools are listed before that.


async def _call(
    upstream: Upstream,
    operation: Operation,
    entity_id: str | None,
    payload: dict[str, Any] | None = None,
    *,
    repeat_refused: bool = True,
) -> Entity:
    from videogen_mcp.api.library_models import Entity
    from videogen_mcp.api.parsing import one

    ids = () if entity_id is None else (entity_id,)
    client = upstream.client.with_options(repeat_refused=repeat_refused)
    return await client.call(operation, one(Entity), *ids, payload=payload)


async def _all(kind: str, upstream: Upstream) -> list[Entity]:
    from videogen_mcp.api.library_models import Entity
    from videogen_mcp.api.parsing import page

    parse = page(Entity, "entities")
    return await upstream.client.whole_list(operations.LIST_ENTITIES, parse, params={"entityType": kind})
