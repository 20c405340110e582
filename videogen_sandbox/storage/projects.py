"""The projects of a sandbox: what each video is made of, and the folder of its assets."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videogen_sandbox.storage.database import Database

AspectRatio = Mapping[str, int]
"""`width` and `height`, whole numbers."""


@dataclass(frozen=True)
class Project:
    """A row of `projects`. Times are Unix seconds. `document` is what the video is made of; None until it is built."""

    id: str
    assistant_id: str
    title: str
    aspect_ratio: AspectRatio
    created_at: float
    updated_at: float
    document: Mapping[str, Any] | None = None
    seq: int = 0


class Projects:
    """Reads and changes projects; knows where their assets are."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def folder(self, project_id: str) -> Path:
        """Return the folder of a project."""
        return self._folder / project_id

    def assets(self, project_id: str) -> Path:
        """Return the folder of the assets that a project's document names."""
        return self.folder(project_id) / "assets"

    def add(self, project: Project) -> None:
        """Store a new project."""
        self._database.run(
            "INSERT INTO projects (id, assistant_id, title, aspect_ratio, document, created_at, updated_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            project.id,
            project.assistant_id,
            project.title,
            json.dumps(dict(project.aspect_ratio)),
            None if project.document is None else json.dumps(dict(project.document)),
            project.created_at,
            project.updated_at,
        )

    def get(self, project_id: str) -> Project | None:
        """Return a project; None when there is none with this id."""
        row = self._database.one("SELECT * FROM projects WHERE id = ?", project_id)
        return _project(row) if row else None

    def of_assistant(self, assistant_id: str) -> Project | None:
        """Return the project of an assistant; None when there is none with this id."""
        row = self._database.one("SELECT * FROM projects WHERE assistant_id = ?", assistant_id)
        return _project(row) if row else None

    def listed(self, *, before: int | None = None, limit: int = -1) -> list[Project]:
        """Return at most `limit` (-1: all) with a sequence number below `before`, newest first."""
        rows = self._database.all(
            "SELECT * FROM projects WHERE ?1 IS NULL OR seq < ?1 ORDER BY seq DESC LIMIT ?2", before, limit
        )
        return [_project(row) for row in rows]

    def changed(self, project_id: str, document: Mapping[str, Any], now: float) -> None:
        """Store a project's document, which also says its title and aspect ratio."""
        self._database.run(
            "UPDATE projects SET document = ?, title = ?, aspect_ratio = ?, updated_at = ? WHERE id = ?",
            json.dumps(dict(document)),
            document["title"],
            json.dumps(document["aspectRatio"]),
            now,
            project_id,
        )

    def copy_assets(self, source: str, target: str) -> None:
        """Give project `target` the assets of project `source`. Assets never change, so both share their bytes."""
        self.assets(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.assets(source), self.assets(target), copy_function=_link)

    def remove(self, project_id: str) -> None:
        """Remove a project with its executions, and the bytes of its assets."""
        self._database.run("DELETE FROM executions WHERE project_id = ?", project_id)
        self._database.run("DELETE FROM projects WHERE id = ?", project_id)
        shutil.rmtree(self.folder(project_id), ignore_errors=True)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # Another file system, or one without links.
        shutil.copyfile(source, target)


def _project(row: sqlite3.Row) -> Project:
    values = dict(row)
    values["aspect_ratio"] = json.loads(row["aspect_ratio"])
    values["document"] = json.loads(row["document"]) if row["document"] else None
    return Project(**values)
