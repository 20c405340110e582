"""What a sandbox keeps, in outline: every file and project, and what each was made from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from videogen_sandbox.storage.database import Database

SOURCES = (
    "imageFileId",
    "videoFileId",
    "audioFileId",
    "fileId",
    "startFrameFileId",
    "imageFileIds",
    "videoFileIds",
    "audioFileIds",
    "featuredBRollFileIds",
    "fileIds",
)
"""Wire names of inputs that something is made from, those that it shows or says most of first; a logo, a theme or a
piece of background music is none."""

_FILES = """
SELECT files.id, files.type, files.display_name, files.prompt, files.transcript, files.created_at,
       executions.kind, executions.project_id, json_extract(executions.body, '$.inputs') AS inputs
FROM files LEFT JOIN executions ON executions.id = files.execution_id
WHERE files.archived_at IS NULL AND files.state != 'awaiting' AND files.presenter IS NULL
ORDER BY files.seq DESC
"""

_PROJECTS = """
SELECT projects.id, projects.title, projects.created_at, json_extract(run.body, '$.script') AS prompt,
       json_extract(run.body, '$.inputs') AS inputs
FROM projects LEFT JOIN executions AS run ON run.seq =
    (SELECT MIN(seq) FROM executions WHERE executions.project_id = projects.id AND executions.kind = 'run')
ORDER BY projects.seq DESC
"""


@dataclass(frozen=True)
class Entry:
    """A file or project. `type` is that of a file, None for one that is not known, PROJECT for a project.

    `words` are what a search looks at. `sources` are ids of files, of the project for what was made in one; they may
    be of files that are not listed any more. `is_version` tells whether it is an export of its project. `created_at` is
    in Unix seconds.
    """

    id: str
    type: str | None
    name: str
    words: str
    created_at: float
    sources: tuple[str, ...] = ()
    is_version: bool = False


class Overview:
    """Reads the outline of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self) -> list[Entry]:
        """Return all files that lists show, those of projects included, and all projects, newest first."""
        found = [*self._files(), *self._projects()]
        return sorted(found, key=lambda entry: entry.created_at, reverse=True)

    def _files(self) -> Iterable[Entry]:
        for row in self._database.all(_FILES):
            inputs = sources(json.loads(row["inputs"] or "{}"))
            in_project = (row["project_id"],) if row["project_id"] else ()
            words = " ".join(filter(None, (row["display_name"], row["prompt"], row["transcript"], row["id"])))
            is_version = row["kind"] == "export"
            yield Entry(
                row["id"], row["type"], row["display_name"], words, row["created_at"], in_project or inputs, is_version
            )

    def _projects(self) -> Iterable[Entry]:
        for row in self._database.all(_PROJECTS):
            words = " ".join(filter(None, (row["title"], row["prompt"], row["id"])))
            inputs = sources(json.loads(row["inputs"] or "{}"))
            yield Entry(row["id"], "PROJECT", row["title"], words, row["created_at"], inputs)


def sources(inputs: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Return the ids of what something was made from, of its inputs by wire name. Pure."""
    return tuple(file_id for name in SOURCES for file_id in inputs.get(name, ()))
