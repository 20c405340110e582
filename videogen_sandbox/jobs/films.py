"""The kinds `run`, `remix`, `export` and `interchange`: a project is built, edited, rendered and handed to editors.

A run builds its project; its edits and its export are executions of their own that follow it (`chains`). Each stores
what it made in the transaction that ends it, so that a process that dies in between goes on with the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from videogen_sandbox.engines import EngineError
from videogen_sandbox.jobs.fetching import Fetcher
from videogen_sandbox.jobs.inputs import Inputs
from videogen_sandbox.jobs.pool import Pool
from videogen_sandbox.jobs.results import export_file, interchange_file
from videogen_sandbox.jobs.work import NewFile, Note, Outcome
from videogen_sandbox.storage.executions import Execution
from videogen_sandbox.storage.projects import Project, Projects

WORTH = 8
"""How many times the time of a usual result a film has: two hours. Ten minutes in 2160 lines take more than one."""

Links = Callable[[str, str], str]
"""Takes the id of a project and the name of an asset; returns a signed URL."""


class Films:
    """Has workers build, edit and render projects."""

    def __init__(
        self,
        *,
        pool: Pool,
        places: Mapping[str, str],
        projects: Projects,
        inputs: Inputs,
        fetcher: Fetcher,
        now: Callable[[], float],
        link_seconds: float,
        asset_url: Links,
    ) -> None:
        """`places` has the functions that workers run by `build`, `edit`, `export` and `interchange`; `now` returns
        Unix seconds; the URLs of what is made are signed for `link_seconds`."""
        self._pool = pool
        self._places = places
        self._projects = projects
        self._inputs = inputs
        self._fetcher = fetcher
        self._now = now
        self._link_seconds = link_seconds
        self._asset_url = asset_url

    async def build(self, execution: Execution, folder: Path, note: Note) -> Outcome:
        """Make the document of a run's project, and its assets."""
        project = self._project(execution)
        paths = await self._inputs.paths(execution.body["inputs"])
        if url := execution.body.get("videoUrl"):
            paths["videoFileId"] = [str((await self._fetcher.fetch(url, folder)).path)]
        body = {name: value for name, value in execution.body.items() if name not in ("inputs", "temporary")}
        return await self._document(execution, project, body, paths, folder, note, "build")

    async def edit(self, execution: Execution, folder: Path, note: Note) -> Outcome:
        """Change the document of a project."""
        project = self._project(execution)
        body = {"document": _document_of(project), "action": execution.body["action"]}
        paths = await self._inputs.paths(execution.body["inputs"])
        return await self._document(execution, project, body, paths, folder, note, "edit")

    async def export(self, execution: Execution, folder: Path, note: Note) -> Outcome:
        """Render a project as it stands to an MP4."""
        project = self._project(execution)
        options = {name: execution.body[name] for name in ("quality", "watermark", "endScreen")}
        job = {
            **self._job(execution, {"document": _document_of(project), **options}, {}, folder),
            "do": "make",
            "engine": self._places["export"],
            "count": 1,
        }
        [result] = (await self._pool.run(job, note))["results"]
        now = self._now()
        row = export_file(execution, project, result, now, int(now + self._link_seconds))
        return Outcome([NewFile(row, folder / "result-0")])

    async def interchange(self, execution: Execution, folder: Path, note: Note) -> Outcome:
        """Write the timeline of a project as it stands for an editing program."""
        project = self._project(execution)
        document = _document_of(project)
        names = [path.name for path in self._projects.assets(project.id).iterdir() if path.is_file()]
        urls = {name: self._asset_url(project.id, name) for name in names}
        body = {"document": document, **execution.body, "urls": urls}
        job = {**self._job(execution, body, {}, folder), "do": "interchange", "engine": self._places["interchange"]}
        made = await self._pool.run(job, note)
        now = self._now()
        row = interchange_file(execution, project, made, now, int(now + self._link_seconds))
        return Outcome([NewFile(row, folder / "result-0")])

    async def _document(
        self,
        execution: Execution,
        project: Project,
        body: Mapping[str, Any],
        paths: Mapping[str, list[str]],
        folder: Path,
        note: Note,
        what: str,
    ) -> Outcome:
        job = {**self._job(execution, body, paths, folder), "do": "document", "engine": self._places[what]}
        document = (await self._pool.run(job, note))["document"]
        return Outcome(store=lambda: self._projects.changed(project.id, document, self._now()))

    def _job(
        self, execution: Execution, body: Mapping[str, Any], paths: Mapping[str, list[str]], folder: Path
    ) -> dict[str, Any]:
        project_id = execution.project_id or ""
        assets = self._projects.assets(project_id)
        assets.mkdir(parents=True, exist_ok=True)
        return {
            "operation": execution.operation,
            "body": body,
            "inputs": paths,
            "seed": execution.seed,
            "folder": str(folder),
            "assets": str(assets),
            "worth": WORTH,
        }

    def _project(self, execution: Execution) -> Project:
        project = self._projects.get(execution.project_id or "")
        if project is None:
            raise EngineError("not_found", "The project does not exist any more.")
        return project


def _document_of(project: Project) -> Mapping[str, Any]:
    if project.document is None:
        raise EngineError("project_empty", "Nothing was built of this project, because its run did not succeed.")
    return project.document
