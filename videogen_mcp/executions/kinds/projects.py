"""Exports, edits and timelines of projects.

Models of the API are imported when the first call needs them: hosts measure how fast the tools are listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from videogen_mcp.api import operations
from videogen_mcp.api.operations import submit_at
from videogen_mcp.executions.kinds.kind import Handle, Kind, Recognised, Started, project_in
from videogen_mcp.executions.timing import LIST_PAGE, LIST_PAGES

if TYPE_CHECKING:
    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.api.models import Execution, Page
    from videogen_mcp.api.project_models import Project
    from videogen_mcp.executions.journal_rows import Entry


# -- exports -----------------------------------------------------------------------------------------------------------


async def _submit_export(client: VideoGen, path: str, body: Mapping[str, Any]) -> Started:
    from videogen_mcp.api.parsing import one
    from videogen_mcp.api.project_models import StartedExport

    operation, ids = submit_at(path)
    started = await client.submit(operation, one(StartedExport), *ids, payload=body)
    return Started(started.export_id, ids[0])


async def _poll_export(client: VideoGen, handle: Handle, retry: bool) -> Execution:
    from videogen_mcp.api.parsing import one
    from videogen_mcp.api.project_models import Export

    ids = handle.project_id or "", handle.execution_id
    return (await client.call(operations.GET_EXPORT, one(Export), *ids, retry=retry)).state()


async def _page_of_exports(client: VideoGen, project_id: str | None, limit: int, cursor: str | None) -> Page[Execution]:
    from videogen_mcp.api.client import paging
    from videogen_mcp.api.parsing import page
    from videogen_mcp.api.project_models import Export

    found = await client.call(
        operations.LIST_EXPORTS, page(Export, "exports"), project_id or "", params=paging(limit, cursor)
    )
    return found.map(Export.state)


PROJECT_EXPORT = Kind(
    name="project_export",
    prefixes=("vg_expo_",),
    submit=_submit_export,
    poll=_poll_export,
    get=operations.GET_EXPORT,
    cannot_cancel="VideoGen cannot cancel exports",
    listing=operations.LIST_EXPORTS,
    page=_page_of_exports,
)


# -- edits -------------------------------------------------------------------------------------------------------------


async def _submit_edits(client: VideoGen, path: str, body: Mapping[str, Any]) -> Started:
    from videogen_mcp.api.parsing import one
    from videogen_mcp.api.project_models import StartedEdits

    operation, ids = submit_at(path)
    started = await client.submit(operation, one(StartedEdits), *ids, payload=body)
    actions = tuple(started.remix_action_ids)
    return Started(actions[0], started.project_id, started.project_url, actions)


async def _poll_edits(client: VideoGen, handle: Handle, retry: bool) -> Execution:
    """Return the state of all edits of one submit together. A project's edits are done one after another, so one that
    is not listed may be waiting behind any that has not ended."""
    wanted = handle.actions or (handle.execution_id,)
    found: dict[str, Execution] = {}
    waits = False
    cursor: str | None = None
    for _ in range(LIST_PAGES):
        page = await _page_of_edits(client, handle.project_id, LIST_PAGE, cursor, retry=retry)
        found |= {state.execution_id: state for state in page.items if state.execution_id in wanted}
        waits = waits or not all(state.is_terminal for state in page.items)
        cursor = page.next_cursor
        if len(found) == len(wanted) or not page.has_more:
            break
    state = together(handle, [found.get(action) for action in wanted])
    state.unlisted = len(found) < len(wanted) and not waits
    return state


async def _page_of_edits(
    client: VideoGen, project_id: str | None, limit: int, cursor: str | None, *, retry: bool = True
) -> Page[Execution]:
    from videogen_mcp.api.client import paging
    from videogen_mcp.api.parsing import page
    from videogen_mcp.api.project_models import Edit, Project

    params = paging(limit, cursor)
    if project_id is None:
        projects = await client.call(operations.LIST_PROJECTS, page(Project, "projects"), params=params, retry=retry)
        return projects.map(_copy)
    parse = page(Edit, "remixActions")
    return (await client.call(operations.LIST_REMIX_ACTIONS, parse, project_id, params=params, retry=retry)).map(
        Edit.state
    )


def _copy(project: Project) -> Execution:
    """Return a project that edits of a copy may have made; which edits they are is known by its own list."""
    from videogen_mcp.api.models import Execution

    ids = {"execution_id": project.project_id, "project_id": project.project_id}
    return Execution(**ids, status="running", project_url=project.project_url)


def together(handle: Handle, edits: Sequence[Execution | None]) -> Execution:
    """Return the state of several edits as that of one execution. Pure.

    It ends when all have ended, well if all have. `edits` are in the order of the submit; one that the list does not
    show yet (None) has not begun. Once all are done and an export is to follow, it still runs, and the next step is
    due.
    """
    from videogen_mcp.api.models import ErrorBody, Execution

    states = [edit.status if edit is not None else "pending" for edit in edits]
    shown = [edit for edit in edits if edit is not None]
    percents = [_percent(edit) for edit in edits]
    known = [percent for percent in percents if percent is not None]
    state = Execution(
        execution_id=handle.execution_id,
        status="running",
        progress_percentage=sum(known) / len(percents) if known else None,
        project_id=handle.project_id,
        project_url=handle.project_url or next((edit.project_url for edit in shown if edit.project_url), None),
        may_lack_files=True,
    )
    ended = [edit for edit in shown if edit.is_terminal]
    if len(ended) < len(edits):
        waiting = [edit for edit in shown if edit.awaits_approval]
        if waiting and len(waiting) + len(ended) == len(edits):
            state.status = "awaiting_approval"
        return state
    for outcome in ("failed", "cancelled"):
        if outcome in states:
            state.status = outcome
            state.error = ErrorBody(message=_what_happened(ended), code=_code(ended, outcome))
            return state
    state.next_step_due = handle.then_export
    state.status = "running" if handle.then_export else "succeeded"
    return state


def _percent(edit: Execution | None) -> float | None:
    if edit is None:
        return 0.0
    return 100.0 if edit.is_terminal else edit.progress_percentage


def _what_happened(edits: Sequence[Execution]) -> str:
    """Return which edits were done and which were not, and why; edits have the names that edit_project gives them."""
    from videogen_mcp.workflows.edit_rules import RULES  # With the first failure: listing the tools loads no workflow.

    names: Mapping[str, str] = {rule.type: kind for kind, rule in RULES.items()}
    parts = [
        names.get(edit.tool_type or "", edit.execution_id)
        + (" was done" if edit.status == "succeeded" else f" {edit.status}")
        + (f" ({edit.error.message})" if edit.error is not None and edit.error.message else "")
        for edit in edits
    ]
    return "; ".join(parts)


def _code(edits: Sequence[Execution], outcome: str) -> str:
    codes = [edit.error.code for edit in edits if edit.error is not None and edit.error.code]
    return codes[0] if codes else outcome


def as_asked(kind: Kind, entry: Entry, new: Sequence[Execution]) -> Recognised:
    """Take the new edits of the project where they are of the types that were asked for, each as often."""
    candidates = tuple(state.execution_id for state in new)
    if Counter(state.tool_type for state in new) != Counter(entry.edits) or not new:
        return Recognised(None, candidates)
    oldest_first = list(reversed(new))
    actions = []
    for wanted in entry.edits:
        edit = next(state for state in oldest_first if state.tool_type == wanted)
        oldest_first.remove(edit)
        actions.append(edit.execution_id)
    return Recognised(Started(actions[0], entry.project_id, new[0].project_url, tuple(actions)), candidates)


def _project_of_edits(path: str, body: Mapping[str, Any]) -> str | None:
    """Return the project whose list shows the edits: unknown for a copy, which is about to be made."""
    return None if body.get("saveAsNewProject") else project_in(path, body)


PROJECT_EDIT = Kind(
    name="project_edit",
    prefixes=("vg_rmix_",),
    submit=_submit_edits,
    poll=_poll_edits,
    get=operations.LIST_REMIX_ACTIONS,
    cannot_cancel="VideoGen cannot cancel edits",
    listing=operations.LIST_REMIX_ACTIONS,
    page=_page_of_edits,
    recognise=as_asked,
    project=_project_of_edits,
    makes_projects=True,
)


# -- timelines ---------------------------------------------------------------------------------------------------------


async def _submit_timeline(client: VideoGen, path: str, body: Mapping[str, Any]) -> Started:
    from videogen_mcp.api.parsing import one
    from videogen_mcp.api.project_models import StartedTimeline

    operation, ids = submit_at(path)
    started = await client.submit(operation, one(StartedTimeline), *ids, payload=body)
    return Started(started.interchange_job_id, ids[0])


async def _poll_timeline(client: VideoGen, handle: Handle, retry: bool) -> Execution:
    from videogen_mcp.api.parsing import one
    from videogen_mcp.api.project_models import Timeline

    return (await client.call(operations.GET_TIMELINE, one(Timeline), handle.execution_id, retry=retry)).state()


TIMELINE = Kind(
    name="timeline",
    prefixes=("vg_inte_",),
    submit=_submit_timeline,
    poll=_poll_timeline,
    get=operations.GET_TIMELINE,
    cannot_cancel="VideoGen cannot cancel timelines",
)
