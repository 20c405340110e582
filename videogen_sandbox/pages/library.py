"""Reads what the pages show: executions, files and projects, with signed links."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import TypeVar

from videogen_sandbox.clock import Clock
from videogen_sandbox.contract.responses import standing
from videogen_sandbox.contract.signed_links import Links, file_name
from videogen_sandbox.pages.grouping import Family, Query, select
from videogen_sandbox.pages.views import (
    ExecutionView,
    FileView,
    GalleryView,
    Link,
    Place,
    ProjectView,
    Relatives,
    Tile,
    TileGroup,
    VersionView,
)
from videogen_sandbox.storage.executions import Execution, Executions
from videogen_sandbox.storage.files import File, Files
from videogen_sandbox.storage.leases import Leases
from videogen_sandbox.storage.overview import Entry, Overview
from videogen_sandbox.storage.projects import Project, Projects

HOUR = 3600

LINK_HOURS = 12
"""Least lifetime of a link on a page: as long as a tab stays open. It ends on a full hour, so that a page that is
rendered again has the same links and browsers use their cache."""

SHOWN_EXECUTIONS = 30
"""The newest that ended, and the newest that did not; more of them would be no overview."""

JUST_FAILED = 600.0
"""Seconds for which a failure stands beside what is being made: who asked for it looks there."""

LARGEST_TILE = 300_000
"""Bytes of a preview that a tile shows in place of the thumbnail, which has a board drawn behind what is transparent
that suits light pages alone."""

PROMPT_FIELDS = ("prompt", "ttsText", "spokenDialogue", "script", "url")
"""Wire names of the fields that hold words of the user."""

QUALITIES = {"STANDARD": "480 lines", "HIGH": "720 lines", "FULL_HIGH": "1080 lines", "ULTRA_HIGH": "2160 lines"}
"""Quality of an export → what it means, for people."""

Found = TypeVar("Found")


class Library:
    """Reads the files, executions and projects of a sandbox for the pages."""

    def __init__(
        self,
        overview: Overview,
        files: Files,
        executions: Executions,
        projects: Projects,
        leases: Leases,
        links: Links,
        clock: Clock,
        place: Place,
    ) -> None:
        self._overview = overview
        self._files = files
        self._executions = executions
        self._projects = projects
        self._leases = leases
        self._links = dataclasses.replace(links, base_url="")
        self._clock = clock
        self._place = place

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self._clock.time()

    def gallery(self, query: Query) -> GalleryView:
        """Return what a query finds, and what is being made: without the steps of runs, and what is said in chats."""
        entries = self._overview.entries()
        selection = select(entries, query)
        groups = (
            TileGroup(tile, tuple(_found(self._tile, group.derived)), group.more, group.newest)
            for group in selection.groups
            if (tile := self._tile(group.entry, group.source))
        )
        asking, others = self._executions.count_open()
        ended = self._views(ended=True)
        failed = tuple(one for one in ended if self._just_failed(one))
        return GalleryView(
            query=query,
            groups=tuple(groups),
            counts=selection.counts,
            pages=selection.pages,
            active=self._views(ended=False),
            asking=asking,
            others=others,
            failed=failed,
            ended=tuple(one for one in ended if one not in failed),
            place=self._place,
            now=self.now,
        )

    def file(self, file_id: str) -> FileView | None:
        """Return a file, archived or not; None when there is none with this id or its bytes have not come."""
        file = self._files.get(file_id)
        return None if file is None or file.state == "awaiting" else self._file_view(file)

    def project(self, project_id: str) -> ProjectView | None:
        """Return a project; None when there is none with this id."""
        project = self._projects.get(project_id)
        return self._project_view(project) if project else None

    def execution(self, execution_id: str) -> Execution | None:
        """Return an execution; None when there is none with this id."""
        return self._executions.get(execution_id)

    def relatives(self, entry_id: str) -> Relatives:
        """Return what a file or project was made from, what was made from it, and its neighbours in the gallery."""
        entries = self._overview.entries()
        family = Family(entries)
        entry = family.get(entry_id)
        if entry is None:
            return Relatives(None, (), None, None)
        source = family.source(entry)
        row = [one for one in entries if not (one.is_version and family.source(one))]
        place = row.index(entry) if entry in row else None
        newer = row[place - 1] if place else None
        older = row[place + 1] if place is not None and place + 1 < len(row) else None
        made = [one for one in family.made_from(entry) if not (one.is_version and one.type == "VIDEO")]
        return Relatives(
            source=self._tile(source) if source else None,
            made=tuple(_found(self._tile, made)),
            newer=self._tile(newer) if newer else None,
            older=self._tile(older) if older else None,
        )

    def _just_failed(self, view: ExecutionView) -> bool:
        return view.status == "failed" and self.now - view.created_at - view.seconds < JUST_FAILED

    def _views(self, *, ended: bool) -> tuple[ExecutionView, ...]:
        found = self._executions.asked_for(ended=ended, limit=SHOWN_EXECUTIONS)
        return tuple(self._execution_view(one) for one in found)

    def _tile(self, entry: Entry, source: Entry | None = None) -> Tile | None:
        """Return the tile of an entry; None when another process has removed it meanwhile."""
        name = source.name if source else None
        if entry.type == "PROJECT":
            project = self.project(entry.id)
            return Tile(entry, project=project, source=name) if project else None
        file = self.file(entry.id)
        return Tile(entry, file=file, source=name) if file else None

    def _execution_view(self, execution: Execution) -> ExecutionView:
        status, percent, _ = standing(execution, self.now)
        texts = [execution.body.get(name) for name in PROMPT_FIELDS]
        texts += [QUALITIES.get(execution.body.get("quality", ""))] if execution.kind == "export" else []
        return ExecutionView(
            execution_id=execution.id,
            operation=execution.operation,
            prompt=next((text for text in texts if isinstance(text, str)), "") or self._subject(execution),
            status=status,
            percent=percent,
            seconds=max((execution.finished_at or self.now) - execution.created_at, 0.0),
            created_at=execution.created_at,
            results=tuple(execution.results),
            error=execution.error.get("message") if execution.error else None,
            kind=execution.kind,
            project_id=execution.project_id,
            ahead=self._leases.ahead(execution.id) if status == "pending" else None,
        )

    def _subject(self, execution: Execution) -> str:
        """Return what an execution without words is about: the name of the first file that it is given."""
        inputs = (file_id for ids in execution.body.get("inputs", {}).values() for file_id in ids)
        file = self._files.get(next(inputs, ""))
        return file.display_name if file else ""

    def _project_view(self, project: Project) -> ProjectView:
        views = [self._execution_view(execution) for execution in self._executions.listed(project_id=project.id)]
        return ProjectView(
            project,
            runs=tuple(view for view in views if view.kind == "run"),
            edits=tuple(view for view in views if view.kind == "remix"),
            versions=tuple(VersionView(view, self._video(view)) for view in views if view.kind == "export"),
        )

    def _video(self, export: ExecutionView) -> FileView | None:
        """Return the video of an export; None when there is none or it was archived."""
        file = self._files.get(export.results[0]) if export.results else None
        return self._file_view(file) if file and not file.archived else None

    def _file_view(self, file: File) -> FileView:
        thumbnail, preview = self._link(file, "thumbnail"), self._link(file, "preview")
        is_small = preview is not None and preview.mime == "image/png" and (preview.bytes or 0) <= LARGEST_TILE
        return FileView(
            file,
            thumbnail=thumbnail,
            preview=preview,
            download=self._link(file, "download"),
            picture=preview if is_small else thumbnail,
        )

    def _link(self, file: File, rendition: str) -> Link | None:
        found = file.renditions.get(rendition)
        if found is None:
            return None
        name = file_name(file.display_name, PurePosixPath(found.path).suffix)
        expires = (int(self.now) // HOUR + LINK_HOURS + 1) * HOUR
        url = self._links.media(file.id, rendition, name, expires)
        return Link(url, found.mime, found.width, found.height, found.bytes, expires)


def _found(look_up: Callable[[Entry], Found | None], entries: Iterable[Entry]) -> Iterable[Found]:
    """Return what there still is of entries."""
    return (found for entry in entries if (found := look_up(entry)) is not None)
