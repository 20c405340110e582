"""Finished videos and their projects: a list of them, or one with what was exported from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from videogen_mcp.api.operations import GET_PROJECT, LIST_EXPORTS, LIST_PROJECTS, TODAY
from videogen_mcp.calls.call import Call, Purpose
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import (
    NAME_LENGTH,
    Reply,
    bounded,
    in_quotes,
    link_lines,
    links_until,
    sentence,
    timestamp,
)
from videogen_mcp.executions.delivery import describe
from videogen_mcp.executions.kinds import WORKFLOW_RUN
from videogen_mcp.executions.timing import EXPIRES_SOON
from videogen_mcp.tools.annotations import READING
from videogen_mcp.tools.arguments import MOST_ROWS, Arguments, Cursor, Query
from videogen_mcp.tools.base import Tool
from videogen_mcp.workflows.argument_types import ProjectId

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution, Page
    from videogen_mcp.api.project_models import Export, Project
    from videogen_mcp.calls.upstream import Upstream

LISTED = 20
"""Projects in one answer: about 4 kB."""

PAGES = 5
"""Pages of MOST_ROWS projects read for one answer to a query; the cursor goes on from there."""

EXPORTS = 10
"""Exports of one project that are shown, the newest: older ones are there as files."""

RUNS = 100
"""The newest runs, in which those of the projects are looked for: about as many videos as an account makes in days."""

ERROR = 200
"""Characters of the reason for a failed run or export."""


class FindProjects(Arguments):
    """Arguments of find_projects."""

    query: Query | None = Field(None, description="Words of the title.")
    project_id: ProjectId | None = None
    cursor: Cursor | None = None


def project_tools() -> list[Tool]:
    """Return find_projects."""
    return [
        Tool(
            Purpose(
                "find_projects",
                next_steps={
                    "not_found": "Without project_id, find_projects shows those that exist",
                    "not_supported": "find_files shows what was made on this account",
                },
            ),
            title="Find projects",
            description="Finished videos and their projects, newest first; with project_id one project with its"
            " exports. Use it to get the project_id of an earlier video.",
            arguments=FindProjects,
            handler=find_projects,
            annotations=READING,
            eras=TODAY,
        )
    ]


async def find_projects(arguments: FindProjects, call: Call) -> Reply:
    """Return a page of the list, those whose title has every word of the query, or one project with its exports."""
    upstream = await call.connect()
    if arguments.project_id is None:
        return await _list(arguments, upstream)
    if arguments.cursor is not None:
        raise Refusal(
            "invalid_arguments", "one project has no pages; cursor goes on with the list", "Leave one of them out"
        )
    return await _one(arguments.project_id, upstream, call.clock.time())


async def _list(arguments: FindProjects, upstream: Upstream) -> Reply:
    found: list[Project] = []
    cursor = arguments.cursor
    for _ in range(PAGES):
        page = await _page(upstream, MOST_ROWS if arguments.query else LISTED, cursor)
        found += [project for project in page.items if _has_words(project, arguments.query)]
        cursor = page.next_cursor if page.has_more else None
        if cursor is None or len(found) >= LISTED:
            break
    runs = await _unfinished_runs(upstream) if found else {}
    rows = [_row(project, runs.get(project.project_id)) for project in found]
    structured: dict[str, Any] = {"projects": rows}
    fitting = f' with "{bounded(arguments.query, NAME_LENGTH)}" in the title' if arguments.query else ""
    lines = [
        f"{len(rows)} project{'s' * (len(rows) != 1)}{fitting}, newest first." if rows else f"No project{fitting}."
    ]
    lines += ["- " + _line(row) for row in rows]
    if cursor is not None:
        structured["next_cursor"] = cursor
        lines.append(f'More: call find_projects with cursor "{cursor}".')
    return Reply("\n".join(lines), structured)


async def _one(project_id: str, upstream: Upstream, now: float) -> Reply:
    project, exports = await _with_exports(upstream, project_id)
    made = any(export.status == "succeeded" for export in exports.items)
    row = _row(project, None if made else (await _unfinished_runs(upstream)).get(project_id))
    if project.assistant_id is not None:
        row["assistant_id"] = bounded(project.assistant_id, NAME_LENGTH)
    row["exports"] = [_export(export, upstream, now) for export in exports.items]
    lines = ["Project " + _line(row)]
    if "assistant_id" in row:
        lines.append(f"Its assistant: {row['assistant_id']}")
    for export in row["exports"]:
        lines += _export_lines(export)
    if until := links_until([export.get("preview_expires_at") for export in row["exports"]], now):
        lines.append(f"{until}.")
    if exports.has_more:
        lines.append(f"There are more; these are the newest {len(exports.items)}.")
    next_step = _next_step(row)
    if next_step is not None:
        row["next_step"] = next_step
        lines.append(sentence(next_step))
    return Reply("\n".join(lines), row)


def _next_step(row: dict[str, Any]) -> str | None:
    exports = row["exports"]
    running = next((export for export in exports if export["status"] in ("pending", "running")), None)
    run_ended = "run" not in row or row["run"]["status"] in ("failed", "cancelled")
    if running is not None and run_ended:
        return f'Call wait_for_execution with execution_id "{running["execution_id"]}" for the export that runs'
    if "run" in row:
        return _after_run(**row["run"])
    if row.get("status") == "generating":
        return "It is still being made: list_executions shows the run to wait for"
    if not exports:
        return "It has no export yet; export_project makes an MP4"
    if any("file_id" in export and "preview_url" not in export for export in exports):
        return "Call get_file with a file_id for links that work"
    return None


def _after_run(execution_id: str, status: str, error: str | None = None) -> str:
    waiting = f'call wait_for_execution with execution_id "{execution_id}"'
    if status == "awaiting_approval":
        return f"The run that makes it waits for an approval: tell the user to give it in VideoGen, then {waiting}"
    if status in ("failed", "cancelled"):
        what = f"The run that makes it {'was ' * (status == 'cancelled')}{status}"
        return f"{what}: export_project makes an MP4 if it was built by then; else start the video again"
    return f"It is still being made: {waiting}"


def _row(project: Project, run: Execution | None) -> dict[str, Any]:
    """A project in a list, with the run that has not made its video (yet). Absent values are left out."""
    sides = project.aspect_ratio or {}
    row = {
        "project_id": project.project_id,
        "title": bounded(project.title, NAME_LENGTH),
        "status": bounded(project.status, 20),
        "aspect_ratio": f"{sides['width']}:{sides['height']}" if {"width", "height"} <= sides.keys() else None,
        "created_at": timestamp(project.created_at),
        "updated_at": timestamp(project.updated_at),
        "project_url": bounded(project.project_url, 500),
        "run": _run(run) if run is not None else None,
    }
    return {name: value for name, value in row.items() if value is not None}


def _run(run: Execution) -> dict[str, Any]:
    row = {"execution_id": run.execution_id, "status": bounded(run.status, 20)}
    reason = bounded(run.error.message, ERROR) if run.error is not None else None
    return row | ({"error": reason} if reason else {})


def _export(export: Export, upstream: Upstream, now: float) -> dict[str, Any]:
    """An export in the answer about its project, without links that are over. Absent values are left out."""
    row: dict[str, Any] = {
        "execution_id": export.export_id,
        "status": export.status,
        "progress_percentage": export.progress_percentage if export.status in ("pending", "running") else None,
        "error": bounded(export.error.message, ERROR) if export.error else None,
    }
    if export.file is not None:
        file = describe(export.file, upstream)
        if file.preview_expires_at is not None and file.preview_expires_at <= (timestamp(now + EXPIRES_SOON) or ""):
            file.preview_url = file.preview_expires_at = None
        row |= file.model_dump(mode="json")
    elif export.export_file_id is not None:
        row |= {"file_id": export.export_file_id, "page_url": upstream.page(export.export_file_id)}
    return {name: value for name, value in row.items() if value is not None}


def _line(row: dict[str, Any]) -> str:
    facts = [row["project_id"]]
    if "title" in row:
        facts.append(in_quotes(row["title"]))
    facts += [row[name] for name in ("status", "aspect_ratio") if name in row]
    made, changed = row.get("created_at"), row.get("updated_at")
    facts += [f"made {made}"] if made else []
    facts += [f"changed {changed}"] if changed and changed != made else []
    if "run" in row:
        reason = f' ("{row["run"]["error"]}")' if "error" in row["run"] else ""
        facts.append(f"its run {row['run']['execution_id']} {row['run']['status']}{reason}")
    return ", ".join(facts) + (f": {row['project_url']}" if "project_url" in row else "")


def _export_lines(row: dict[str, Any]) -> list[str]:
    facts = [f"- Export {row['execution_id']}: {row['status']}"]
    if "progress_percentage" in row:
        facts.append(f"{row['progress_percentage']:.0f} % done")
    if "file_id" in row:
        facts.append(f"file {row['file_id']}")
    if "width" in row and "height" in row:
        facts.append(f"{row['width']}x{row['height']}")
    if "duration_seconds" in row:
        facts.append(f"{row['duration_seconds']:.1f} s")
    if "error" in row:
        facts.append(in_quotes(row["error"]))
    return [", ".join(facts), *link_lines(row.get("preview_url"), row.get("page_url"))]


def _has_words(project: Project, query: str | None) -> bool:
    title = (project.title or "").casefold()
    return all(word in title for word in (query or "").casefold().split())


# The models of the API are there once the client is; hosts measure how fast the tools are listed before that.


async def _page(upstream: Upstream, limit: int, cursor: str | None) -> Page[Project]:
    from videogen_mcp.api.client import paging
    from videogen_mcp.api.parsing import page
    from videogen_mcp.api.project_models import Project

    return await upstream.client.call(LIST_PROJECTS, page(Project, "projects"), params=paging(limit, cursor))


async def _unfinished_runs(upstream: Upstream) -> dict[str, Execution]:
    """Return the newest run of each project, where it has not made the video (yet)."""
    assert WORKFLOW_RUN.page is not None
    runs = (await WORKFLOW_RUN.page(upstream.client, None, RUNS, None)).items
    newest = {run.project_id: run for run in reversed(runs) if run.project_id is not None}
    return {project: run for project, run in newest.items() if run.status != "succeeded"}


async def _with_exports(upstream: Upstream, project_id: str) -> tuple[Project, Page[Export]]:
    from videogen_mcp.api.client import paging
    from videogen_mcp.api.parsing import one, page
    from videogen_mcp.api.project_models import Export, Project

    client = upstream.client
    project = await client.call(GET_PROJECT, one(Project), project_id)
    parse = page(Export, "exports")
    return project, await client.call(LIST_EXPORTS, parse, project_id, params=paging(EXPORTS, None))
