"""Entities: characters, products, looks and slide themes that stay the same from picture to picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from videogen_mcp.api.operations import TODAY
from videogen_mcp.calls.call import Call, Purpose
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import Reply
from videogen_mcp.media.resolve import MediaResolver
from videogen_mcp.tools import entity_details
from videogen_mcp.tools.annotations import KEEPING, READING, REMOVING
from videogen_mcp.tools.arguments import MOST_ROWS, Arguments, Cursor, Query
from videogen_mcp.tools.base import Tool
from videogen_mcp.tools.cache import Caches
from videogen_mcp.tools.entity_changes import Changes, Creation, Entities, not_there
from videogen_mcp.tools.files import FileId
from videogen_mcp.workflows.base import TEXT, Identifier, ImageRefs, MediaArgument
from videogen_mcp.workflows.spellings import identifiers, one_word

if TYPE_CHECKING:
    from videogen_mcp.api.library_models import Entity

LISTED = 20
"""Entities in one answer: about 3 kB."""

PAGES = 5
"""Pages of MOST_ROWS entities read for one answer to a query; the cursor goes on from there."""

NAME_CHARACTERS = 200
DESCRIPTION_CHARACTERS = 4_000
"""The API states no limits; these are far beyond what its examples hold."""

MOST_PICTURES = 20
"""Pictures in one call; each is uploaded and added by a request of its own."""

WORDS = {
    "character": "actor",
    "person": "actor",
    "people": "actor",
    "object": "product",
    "style": "visual_style",
    "look": "visual_style",
    "slideshow": "slideshow_theme",
    "theme": "slideshow_theme",
    "all": "any",
}


def _entity_id(text: str) -> str:
    if text.startswith("vg_") and not text.startswith("vg_enti_"):
        raise ValueError("takes an entity id (vg_enti_…); without it find_entities shows those that exist")
    return text


EntityId = Annotated[Identifier, AfterValidator(_entity_id), TEXT]
Kind = Annotated[Literal["actor", "product", "visual_style", "slideshow_theme"], one_word(**WORDS)]
AnyKind = Annotated[Literal["any", "actor", "product", "visual_style", "slideshow_theme"], one_word(**WORDS)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_CHARACTERS), TEXT]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=DESCRIPTION_CHARACTERS), TEXT]
FileIds = Annotated[list[FileId], BeforeValidator(identifiers)]
Pictures = Annotated[ImageRefs, Field(max_length=MOST_PICTURES)]


class FindEntities(Arguments):
    """Arguments of find_entities."""

    query: Query | None = Field(None, description="Words of name and description.")
    kind: AnyKind = "any"
    entity_id: EntityId | None = Field(None, description="One in full.")
    cursor: Cursor | None = None


class CreateEntity(Arguments):
    """Arguments of create_entity."""

    kind: Kind
    name: Name
    description: Description = Field("", description="What must stay the same.")
    images: Pictures = Field([], description="First is the main one; an actor, drawn or not, needs a clear face.")


class UpdateEntity(Arguments):
    """Arguments of update_entity."""

    entity_id: EntityId
    name: Name | None = None
    description: Description | None = None
    add_images: Pictures = Field([])
    remove_images: FileIds = Field([], description="File ids.")
    archive: bool = Field(False, description="True: take it out of lists, for good; default false.")


def entity_tools(media: MediaResolver, caches: Caches) -> list[Tool]:
    """Return find_entities, create_entity and update_entity."""
    entities = Entities()
    again = "Call create_entity again with the same arguments: it takes up what is there and makes nothing twice"

    async def create(arguments: CreateEntity, call: Call) -> Reply:
        upstream = await call.connect()
        entities.require(upstream)
        pictures = await _file_ids("images", arguments.images, media, call)
        creation = Creation(arguments.kind.upper(), arguments.name, arguments.description, pictures)
        try:
            entity, existed = await entities.create(creation, upstream, call)
        finally:
            caches.presenters.forget(upstream)
        return entity_details.made(entity, upstream, existed=existed)

    async def update(arguments: UpdateEntity, call: Call) -> Reply:
        changes = Changes(
            arguments.name, arguments.description, removed=tuple(arguments.remove_images), archive=arguments.archive
        )
        if not changes and not arguments.add_images:
            raise Refusal("invalid_arguments", "nothing is to be changed", "Give what is to be different")
        if arguments.archive and (changes.edits or arguments.add_images):
            raise Refusal("invalid_arguments", "archive goes with no other change", "Leave the others out, or archive")
        upstream = await call.connect()
        own = await entities.own(arguments.entity_id, upstream)
        changes = changes.adding(await _file_ids("add_images", arguments.add_images, media, call))
        try:
            entity = await entities.update(own, changes, upstream, call)
        finally:
            caches.presenters.forget(upstream)
        if changes.archive:
            return entity_details.archived(entity)
        return entity_details.changed(entity, not_there(own, changes), upstream)

    return [
        Tool(
            Purpose(
                "find_entities",
                next_steps={"not_found": "Without entity_id, find_entities shows those that exist"},
            ),
            title="Find entities",
            description="Reusable characters, products, looks and slide themes, with their pictures; their ids keep"
            " them the same in pictures, graphics, storyboards and slides.",
            arguments=FindEntities,
            handler=find_entities,
            annotations=READING,
            eras=TODAY,
        ),
        Tool(
            Purpose("create_entity", "changed", {"no_answer": again}),
            title="Create entity",
            description="Make a character, product, look or slide theme that stays the same from picture to picture and"
            " video to video. Made once, its id is used in any call.",
            arguments=CreateEntity,
            handler=create,
            annotations=KEEPING,
            eras=TODAY,
        ),
        Tool(
            Purpose(
                "update_entity",
                "changed",
                {
                    "no_answer": "Call update_entity again with the same arguments: what is done is not done twice",
                    "not_found": "find_entities shows those that exist",
                },
            ),
            title="Update entity",
            description="Rename or describe an entity, add or remove its pictures, or archive it (built-in ones cannot"
            " be changed).",
            arguments=UpdateEntity,
            handler=update,
            annotations=REMOVING,
            eras=TODAY,
        ),
    ]


async def find_entities(arguments: FindEntities, call: Call) -> Reply:
    """Return a page of the list, those that have every word of the query, or one in full."""
    upstream = await call.connect()
    entities = Entities()
    if arguments.entity_id is not None:
        entity = await entities.one(arguments.entity_id, upstream)
        return entity_details.full(entity, await entities.pictures(entity, upstream), upstream)
    kind = None if arguments.kind == "any" else arguments.kind.upper()
    found: list[Entity] = []
    cursor = arguments.cursor
    for _ in range(PAGES):
        page = await entities.page(kind, MOST_ROWS if arguments.query else LISTED, cursor, upstream)
        found += [entity for entity in page.items if _has_words(entity, arguments.query)]
        cursor = page.next_cursor if page.has_more else None
        if cursor is None or len(found) >= LISTED:
            break
    return entity_details.listed(found, cursor, arguments.query)


async def _file_ids(argument: str, images: list[str], media: MediaResolver, call: Call) -> tuple[str, ...]:
    """Return the ids of pictures, each once, in their order; uploaded and imported where they are no ids."""
    named = [MediaArgument(argument, index, "IMAGE", image) for index, image in enumerate(images)]
    resolved = await media.resolve_all(named, call)
    return tuple(dict.fromkeys(resolved.get(image, image) for image in images))


def _has_words(entity: Entity, query: str | None) -> bool:
    text = f"{entity.name or ''} {entity.description or ''}".casefold()
    return all(word in text for word in (query or "").casefold().split())
