"""Removes from a data directory what is old, so that there is room again."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass

from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.entities import Entities
from videogen_sandbox.storage.files import Files
from videogen_sandbox.storage.projects import Projects
from videogen_sandbox.storage.usage import size_of

OLD_DAYS = 30
"""Days after which what was not touched is old. What is kept stays until it is removed; nothing goes by itself but
temporary files after a day."""

_UNFINISHED = "status NOT IN ('succeeded', 'failed', 'cancelled')"


@dataclass(frozen=True)
class Removed:
    """What was removed; `bytes` are those that are free again."""

    files: int
    projects: int
    bytes: int


def remove_old(database: Database, files: Files, projects: Projects, entities: Entities, now: float) -> Removed:
    """Remove archived files, and files and projects that are older than OLD_DAYS; `now` is in Unix seconds.

    What an execution that has not ended works on stays, and so do the pictures of entities.
    """
    before = now - OLD_DAYS * 86_400.0
    busy = {row["project_id"] for row in database.all(f"SELECT project_id FROM executions WHERE {_UNFINISHED}")}
    gone = [one.id for one in projects.listed() if one.updated_at < before and one.id not in busy]
    in_use = _inputs(database) | {picture.file_id for one in entities.listed() for picture in one.pictures}
    old = database.all(
        "SELECT id FROM files WHERE presenter IS NULL AND (archived_at NOT NULL OR created_at < ?)", before
    )
    removed = 0
    freed = 0
    for project_id in gone:
        freed += size_of(projects.folder(project_id))
        projects.remove(project_id)
    for file_id in [row["id"] for row in old if row["id"] not in in_use]:
        folder = files.folder(file_id)
        if folder.exists():
            removed += 1
            freed += size_of(folder)
        files.archive(file_id, now)
        shutil.rmtree(folder, ignore_errors=True)
    return Removed(removed, len(gone), freed)


def _inputs(database: Database) -> set[str]:
    """Return the ids of the files that executions were given which have not ended."""
    bodies = [json.loads(row["body"]) for row in database.all(f"SELECT body FROM executions WHERE {_UNFINISHED}")]
    return {file_id for body in bodies for ids in body.get("inputs", {}).values() for file_id in ids}
