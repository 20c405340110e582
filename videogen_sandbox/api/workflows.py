"""The operations under /v1/workflows."""

from __future__ import annotations

from functools import partial

from starlette.responses import JSONResponse, Response

from videogen_sandbox.api.operations import ApiCall, Operation
from videogen_sandbox.api.paging import page_of
from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.workflows import WORKFLOWS, read_run_request
from videogen_sandbox.storage.executions import Execution


async def start(call: ApiCall, *, operation: str) -> Response:
    """POST /v1/workflows/{operation}: check and store the request with its project, its edits and its export."""
    sandbox = call.sandbox
    sandbox.check_disk()
    request = read_run_request(operation, await call.body(), sandbox.lookups, sandbox.import_sources)
    return JSONResponse(sandbox.videos.start_run(request), 202)


async def show(call: ApiCall) -> Response:
    """GET /v1/workflows/runs/{workflowRunId}."""
    return JSONResponse(call.sandbox.answers.run(_run(call), resign=True))


async def cancel(call: ApiCall) -> Response:
    """POST /v1/workflows/runs/{workflowRunId}/cancel: best effort; a run that has ended stays as it is."""
    run = _run(call)
    call.sandbox.jobs.cancel(run)
    return JSONResponse(call.sandbox.videos.started(run), 202)


async def show_all(call: ApiCall) -> Response:
    """GET /v1/workflows/runs, newest first."""
    sandbox = call.sandbox
    return page_of(
        call.query,
        "workflowRuns",
        lambda before, limit: sandbox.executions.listed(kind="run", before=before, limit=limit),
        lambda run: sandbox.answers.run(run, resign=False),
    )


def _run(call: ApiCall) -> Execution:
    run_id = call.path("workflowRunId")
    run = call.sandbox.executions.get(run_id)
    if run is None or run.kind != "run":
        raise Refusal(404, f"Workflow run {run_id[:80]} not found.")
    return run


OPERATIONS = [
    *(
        Operation("POST", f"/v1/workflows/{operation}", "run-start", partial(start, operation=operation))
        for operation in WORKFLOWS
    ),
    Operation("GET", "/v1/workflows/runs", "runs", show_all),
    Operation("GET", "/v1/workflows/runs/{workflowRunId}", "run", show),
    Operation("POST", "/v1/workflows/runs/{workflowRunId}/cancel", "run-cancel", cancel),
]
