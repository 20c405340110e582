"""The operations under /v1/projects, and the timeline documents made of projects."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import JSONResponse, Response

from videogen_sandbox.api.operations import ApiCall, Operation
from videogen_sandbox.api.paging import page_of
from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.remix import read_edits
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.contract.workflows import check_edits, export_options
from videogen_sandbox.storage.executions import Execution, Kind
from videogen_sandbox.storage.projects import Project


async def show_all(call: ApiCall) -> Response:
    """GET /v1/projects, newest first."""
    sandbox = call.sandbox
    return page_of(
        call.query,
        "projects",
        lambda before, limit: sandbox.projects.listed(before=before, limit=limit),
        sandbox.answers.project,
    )


async def show(call: ApiCall) -> Response:
    """GET /v1/projects/{projectId}."""
    return JSONResponse(call.sandbox.answers.project(_project(call)))


async def export(call: ApiCall) -> Response:
    """POST /v1/projects/{projectId}/export: render the project as it stands."""
    options = export_options(await call.body())
    project = _project(call)
    call.sandbox.check_disk()
    call.sandbox.videos.refuse_busy(project)
    return JSONResponse({"exportId": call.sandbox.videos.start_export(project, options)}, 202)


async def exports(call: ApiCall) -> Response:
    """GET /v1/projects/{projectId}/exports, newest first."""
    return _page(call, "exports", "export", lambda found: call.sandbox.answers.export(found, resign=False))


async def show_export(call: ApiCall) -> Response:
    """GET /v1/projects/{projectId}/exports/{exportId}."""
    project = _project(call)
    found = _execution(call, "exportId", "export", "Export")
    if found.project_id != project.id:
        raise Refusal(404, f"Export {found.id} not found in this project.")
    return JSONResponse(call.sandbox.answers.export(found, resign=True))


async def remix(call: ApiCall) -> Response:
    """POST /v1/projects/{projectId}/remix: edit the project, or a copy of it, one action after the other."""
    sandbox = call.sandbox
    body = await call.body()
    project = _project(call)
    edits = read_edits(body["remixActions"], sandbox.lookups)
    check_edits(edits)
    sandbox.check_disk()
    return JSONResponse(await sandbox.videos.start_edits(project, edits, as_copy=body["saveAsNewProject"]), 202)


async def remix_actions(call: ApiCall) -> Response:
    """GET /v1/projects/{projectId}/remix-actions, newest first."""
    return _page(call, "remixActions", "remix", call.sandbox.answers.remix_action)


async def create_interchange(call: ApiCall) -> Response:
    """POST /v1/projects/{projectId}/timeline-interchange: write the timeline for an editing program."""
    body = await call.body()
    project = _project(call)
    call.sandbox.check_disk()
    call.sandbox.videos.refuse_busy(project)
    return JSONResponse({"interchangeJobId": call.sandbox.videos.start_interchange(project, body)}, 202)


async def show_interchange(call: ApiCall) -> Response:
    """GET /v1/timeline-interchange/{interchangeJobId}."""
    job = _execution(call, "interchangeJobId", "interchange", "Timeline job")
    return JSONResponse(call.sandbox.answers.interchange(job))


def _page(call: ApiCall, name: str, kind: Kind, show: Callable[[Execution], Json]) -> Response:
    """A page of the project's executions of a kind."""
    project, executions = _project(call), call.sandbox.executions
    return page_of(
        call.query,
        name,
        lambda before, limit: executions.listed(kind=kind, project_id=project.id, before=before, limit=limit),
        show,
    )


def _project(call: ApiCall) -> Project:
    project_id = call.path("projectId")
    project = call.sandbox.projects.get(project_id)
    if project is None:
        raise Refusal(404, f"Project {project_id[:80]} not found.")
    return project


def _execution(call: ApiCall, name: str, kind: Kind, what: str) -> Execution:
    wanted = call.path(name)
    found = call.sandbox.executions.get(wanted)
    if found is None or found.kind != kind:
        raise Refusal(404, f"{what} {wanted[:80]} not found.")
    return found


OPERATIONS = [
    Operation("GET", "/v1/projects", "projects", show_all),
    Operation("GET", "/v1/projects/{projectId}", "projects", show),
    Operation("POST", "/v1/projects/{projectId}/export", "export-start", export),
    Operation("GET", "/v1/projects/{projectId}/exports", "exports", exports),
    Operation("GET", "/v1/projects/{projectId}/exports/{exportId}", "export", show_export),
    Operation("POST", "/v1/projects/{projectId}/remix", "remix", remix),
    Operation("GET", "/v1/projects/{projectId}/remix-actions", "remix-actions", remix_actions),
    Operation("POST", "/v1/projects/{projectId}/timeline-interchange", "timeline-start", create_interchange),
    Operation("GET", "/v1/timeline-interchange/{interchangeJobId}", "timeline", show_interchange),
]
