"""The entities that a user made: actors, products, visual styles and slideshow themes, with their pictures."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from videogen_sandbox.storage.database import Database


@dataclass(frozen=True)
class Picture:
    """A file that shows an entity."""

    file_id: str
    description: str = ""
    is_default: bool = False


@dataclass(frozen=True)
class Entity:
    """A row of `entities`. Times are Unix seconds."""

    id: str
    type: str
    name: str
    description: str
    created_at: float
    updated_at: float
    pictures: Sequence[Picture] = ()
    archived_at: float | None = None
    seq: int = 0


class Entities:
    """Reads and changes own entities. Archived ones are not found."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, entity: Entity) -> None:
        """Store a new entity."""
        self._database.run(
            "INSERT INTO entities (id, type, name, description, pictures, created_at, updated_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            entity.id,
            entity.type,
            entity.name,
            entity.description,
            _pictures_json(entity.pictures),
            entity.created_at,
            entity.updated_at,
        )

    def get(self, entity_id: str) -> Entity | None:
        """Return an entity; None when there is none with this id."""
        row = self._database.one("SELECT * FROM entities WHERE id = ? AND archived_at IS NULL", entity_id)
        return _entity(row) if row else None

    def listed(self, kind: str | None = None) -> list[Entity]:
        """Return all entities, or those of one type, newest first."""
        rows = self._database.all(
            "SELECT * FROM entities WHERE archived_at IS NULL AND (?1 IS NULL OR type = ?1) ORDER BY seq DESC", kind
        )
        return [_entity(row) for row in rows]

    def change(self, entity: Entity, now: float) -> None:
        """Store the name, description and pictures that an entity has now."""
        self._database.run(
            "UPDATE entities SET name = ?, description = ?, pictures = ?, updated_at = ? WHERE id = ?",
            entity.name,
            entity.description,
            _pictures_json(entity.pictures),
            now,
            entity.id,
        )

    def archive(self, entity_id: str, now: float) -> None:
        """Take an entity out of lists; its id is not found any more."""
        self._database.run("UPDATE entities SET archived_at = ? WHERE id = ?", now, entity_id)


def _pictures_json(pictures: Sequence[Picture]) -> str:
    return json.dumps([asdict(picture) for picture in pictures])


def _entity(row: sqlite3.Row) -> Entity:
    values = dict(row)
    values["pictures"] = tuple(Picture(**found) for found in json.loads(row["pictures"]))
    return Entity(**values)
