"""Executions, files and projects as the pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from videogen_sandbox.config import StartedBy
from videogen_sandbox.pages.grouping import Query
from videogen_sandbox.storage.files import File
from videogen_sandbox.storage.overview import Entry
from videogen_sandbox.storage.projects import Project


@dataclass(frozen=True)
class Place:
    """Where somebody is: the URL that clients are given, and who started this sandbox."""

    base_url: str
    started_by: StartedBy


@dataclass(frozen=True)
class ExecutionView:
    """An execution for people. `prompt` is its prompt or text, `seconds` the time it takes or took.

    `created_at` is in Unix seconds. `ahead` is how many jobs go before one that waits for its turn; None for others.
    """

    execution_id: str
    operation: str
    prompt: str
    status: str
    percent: float
    seconds: float
    created_at: float
    results: tuple[str, ...]
    error: str | None
    kind: str = "make"
    project_id: str | None = None
    ahead: int | None = None

    @property
    def has_ended(self) -> bool:
        """Whether its status is final."""
        return self.status in ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Link:
    """A signed relative URL; sizes in pixels and bytes, `expires` in Unix seconds."""

    url: str
    mime: str | None
    width: int | None
    height: int | None
    bytes: int | None
    expires: int


@dataclass(frozen=True)
class FileView:
    """A file with links to its renditions. `picture` is what a tile shows of it."""

    file: File
    thumbnail: Link | None
    preview: Link | None
    download: Link | None
    picture: Link | None

    @property
    def has_alpha(self) -> bool:
        """Whether it may be transparent: a picture whose preview has an alpha channel, or a film with a flat form."""
        preview = self.preview.mime if self.preview else None
        return "flat" in self.file.renditions or (self.file.type == "IMAGE" and preview == "image/png")


@dataclass(frozen=True)
class VersionView:
    """An export of a project: the execution, and its video unless there is none (any more)."""

    export: ExecutionView
    video: FileView | None


@dataclass(frozen=True)
class ProjectView:
    """A project for people: what runs or ran on it, and its versions. All are newest first."""

    project: Project
    runs: tuple[ExecutionView, ...]
    edits: tuple[ExecutionView, ...]
    versions: tuple[VersionView, ...]

    @property
    def video(self) -> FileView | None:
        """The newest video that was exported."""
        return next((version.video for version in self.versions if version.video), None)

    @property
    def videos(self) -> int:
        """How many of its videos there are."""
        return sum(version.video is not None for version in self.versions)

    @property
    def at_work(self) -> tuple[ExecutionView, ...]:
        """What is being built, edited or exported, the run that leads the others first."""
        exports = (version.export for version in self.versions)
        return tuple(one for one in (*self.runs, *self.edits, *exports) if not one.has_ended)


@dataclass(frozen=True)
class Tile:
    """A file, or a project, as one picture that leads to its page. `source` is the name of what it was made from."""

    entry: Entry
    file: FileView | None = None
    project: ProjectView | None = None
    source: str | None = None

    @property
    def path(self) -> str:
        """The path of its page."""
        return f"/projects/{self.entry.id}" if self.project else f"/media/{self.entry.id}"

    @property
    def shown(self) -> FileView | None:
        """The file whose picture stands for it."""
        return self.project.video if self.project else self.file


@dataclass(frozen=True)
class TileGroup:
    """A tile, and those below it of what was made from it, beside which there are `more`.

    `newest` is when the last of all was made, in Unix seconds.
    """

    tile: Tile
    derived: tuple[Tile, ...]
    more: int
    newest: float


@dataclass(frozen=True)
class GalleryView:
    """What the gallery shows at `now` (Unix seconds). `counts` is category → how many tiles there are of it.

    What the query finds has so many `pages`.

    `active` are the newest that have not ended: `asking` of all those wait for an approval, and there are so many
    `others`. `failed` ended so within the last minutes, `ended` are the newest other ones.
    """

    query: Query
    groups: tuple[TileGroup, ...]
    counts: Mapping[str, int]
    pages: int
    active: tuple[ExecutionView, ...]
    asking: int
    others: int
    failed: tuple[ExecutionView, ...]
    ended: tuple[ExecutionView, ...]
    place: Place
    now: float

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever asked for here."""
        return not (self.groups or self.active or self.failed or self.ended or self.query.is_narrow)


@dataclass(frozen=True)
class Relatives:
    """What a file or project has to do with others. `made` is what was made directly from it.

    `newer` and `older` are its neighbours in the gallery.
    """

    source: Tile | None
    made: tuple[Tile, ...]
    newer: Tile | None
    older: Tile | None
