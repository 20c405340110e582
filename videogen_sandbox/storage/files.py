"""The files of a sandbox: rows in the database, bytes in one folder each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from videogen_sandbox.storage.database import Database

State = Literal["awaiting", "processing", "ready", "failed"]


@dataclass(frozen=True)
class Rendition:
    """One form of a file: download, preview, thumbnail, hls or flat.

    `path` is relative to the file's folder; sizes are in pixels and bytes.
    """

    path: str
    mime: str | None = None
    width: int | None = None
    height: int | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class File:
    """A row of `files`. Times are Unix seconds, `duration` seconds. `words` are those of the transcript, as the API has
    them: startSeconds, endSeconds, word. `language` is theirs, BCP 47."""

    id: str
    state: State
    type: str | None
    scope: str
    display_name: str
    created_at: float
    description: str | None = None
    prompt: str | None = None
    transcript: str | None = None
    words: Sequence[Mapping[str, Any]] | None = None
    language: str | None = None
    duration: float | None = None
    sha256: str | None = None
    renditions: Mapping[str, Rendition] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)
    tool_type: str | None = None
    execution_id: str | None = None
    presenter: str | None = None
    public: bool = False
    signed_until: int | None = None
    archived_at: float | None = None
    error: Mapping[str, str] | None = None
    seq: int = 0

    @property
    def archived(self) -> bool:
        """Whether it has been archived."""
        return self.archived_at is not None


_LISTED = "archived_at IS NULL AND state != 'awaiting' AND presenter IS NULL"


class Files:
    """Reads and changes the rows of files; knows where their bytes are."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def folder(self, file_id: str) -> Path:
        """Return the folder of a file's renditions. It exists once the file has bytes."""
        return self._folder / file_id

    def path(self, file: File, rendition: str) -> Path | None:
        """Return the path of a rendition; None when the file has no such one."""
        found = file.renditions.get(rendition)
        return self.folder(file.id) / found.path if found else None

    def get(self, file_id: str) -> File | None:
        """Return a file, archived ones included; None when there is none with this id."""
        row = self._database.one("SELECT * FROM files WHERE id = ?", file_id)
        return _file(row) if row else None

    def of_execution(self, execution_id: str, ids: Iterable[str]) -> list[File]:
        """Return the results of an execution in the order of `ids`."""
        rows = self._database.all("SELECT * FROM files WHERE execution_id = ?", execution_id)
        found = {file.id: file for file in map(_file, rows)}
        return [found[file_id] for file_id in ids]

    def listed(self, *, before: int | None = None, limit: int = -1, without: Sequence[str] = ()) -> list[File]:
        """Return what lists show, newest first: at most `limit` (-1: all) with a sequence number below `before`.

        Files of the scopes in `without` are left out.
        """
        rows = self._database.all(
            f"SELECT * FROM files WHERE {_LISTED} AND (?1 IS NULL OR seq < ?1) "
            "AND scope NOT IN (SELECT value FROM json_each(?2)) ORDER BY seq DESC LIMIT ?3",
            before,
            json.dumps(list(without)),
            limit,
        )
        return [_file(row) for row in rows]

    def searched(self) -> list[File]:
        """Return what a search considers: everything that is listed, ready and not temporary."""
        rows = self._database.all(f"SELECT * FROM files WHERE {_LISTED} AND scope != 'TEMPORARY' AND state = 'ready'")
        return [_file(row) for row in rows]

    def ids(self) -> set[str]:
        """Return the ids of all files, archived ones included."""
        return {row["id"] for row in self._database.all("SELECT id FROM files")}

    def add(self, file: File) -> None:
        """Store a new file; does nothing when its id exists."""
        self._database.run(
            "INSERT OR IGNORE INTO files (id, state, type, scope, display_name, description, prompt, transcript, "
            "words, language, duration, sha256, renditions, made, tool_type, execution_id, presenter, public, "
            "signed_until, created_at, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            file.id,
            file.state,
            file.type,
            file.scope,
            file.display_name,
            file.description,
            file.prompt,
            file.transcript,
            json.dumps(list(file.words)) if file.words else None,
            file.language,
            file.duration,
            file.sha256,
            _renditions_json(file.renditions),
            json.dumps(dict(file.made)),
            file.tool_type,
            file.execution_id,
            file.presenter,
            int(file.public),
            file.signed_until,
            file.created_at,
            json.dumps(dict(file.error)) if file.error else None,
        )

    def uploaded(self, file_id: str, sha256: str, download: Rendition, state: State) -> None:
        """Note that the bytes of an upload have come."""
        self._database.run(
            "UPDATE files SET state = ?, sha256 = ?, renditions = ? WHERE id = ?",
            state,
            sha256,
            _renditions_json({"download": download}),
            file_id,
        )

    def processed(
        self,
        file_id: str,
        *,
        kind: str,
        duration: float | None,
        description: str | None,
        renditions: Mapping[str, Rendition],
    ) -> None:
        """Note what an upload is."""
        self._database.run(
            "UPDATE files SET state = 'ready', type = ?, duration = ?, description = ?, renditions = ? WHERE id = ?",
            kind,
            duration,
            description,
            _renditions_json(renditions),
            file_id,
        )

    def failed(self, file_id: str, code: str, message: str) -> None:
        """Note why an upload cannot be used."""
        error = json.dumps({"code": code, "message": message})
        self._database.run("UPDATE files SET state = 'failed', error = ? WHERE id = ?", error, file_id)

    def signed(self, file_id: str, until: int) -> None:
        """Note until when (Unix seconds) the signed URLs of a file are valid."""
        self._database.run("UPDATE files SET signed_until = ? WHERE id = ?", until, file_id)

    def set_public(self, file_id: str, public: bool) -> None:
        """Switch the public preview."""
        self._database.run("UPDATE files SET public = ? WHERE id = ?", int(public), file_id)

    def keep(self, file_id: str) -> None:
        """Keep a temporary file, because an entity needs it."""
        self._database.run("UPDATE files SET scope = 'ENTITY' WHERE id = ? AND scope = 'TEMPORARY'", file_id)

    def archive(self, file_id: str, now: float) -> None:
        """Take a file out of lists and searches, and end its public preview."""
        self._database.run(
            "UPDATE files SET archived_at = ?, public = 0 WHERE id = ? AND archived_at IS NULL", now, file_id
        )

    def archive_temporary(self, before: float, now: float) -> list[str]:
        """Archive temporary files and uploads without bytes that were created before `before`; return their ids."""
        rows = self._database.all(
            "UPDATE files SET archived_at = ?, public = 0 WHERE archived_at IS NULL AND created_at < ? "
            "AND (scope = 'TEMPORARY' OR state = 'awaiting') RETURNING id",
            now,
            before,
        )
        return [row["id"] for row in rows]


def _renditions_json(renditions: Mapping[str, Rendition]) -> str:
    return json.dumps({name: vars(rendition) for name, rendition in renditions.items()})


def _file(row: sqlite3.Row) -> File:
    values = dict(row)
    values["renditions"] = {name: Rendition(**found) for name, found in json.loads(row["renditions"]).items()}
    values["words"] = json.loads(row["words"]) if row["words"] else None
    values["made"] = json.loads(row["made"])
    values["public"] = bool(row["public"])
    values["error"] = json.loads(row["error"]) if row["error"] else None
    return File(**values)
