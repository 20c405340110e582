"""The operations under /v1/tools."""

from __future__ import annotations

from functools import partial

from starlette.responses import JSONResponse, Response

from videogen_sandbox.api.operations import ApiCall, Operation
from videogen_sandbox.api.paging import page_of
from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.requests import read_tool_request
from videogen_sandbox.engines import ENGINES
from videogen_sandbox.jobs.tools import tool_execution
from videogen_sandbox.storage.executions import Execution
from videogen_sandbox.storage.ids import new_id, well_formed

PREFIXES = {"v0": "vg_exec_", "v2": "vg_tool_"}


async def start(call: ApiCall, *, operation: str) -> Response:
    """POST /v1/tools/{operation}: check and store the request. An engine begins at once or when directives say."""
    sandbox = call.sandbox
    request = read_tool_request(operation, await call.body(), sandbox.lookups)
    if not call.today and request.directives.approval:
        raise Refusal(400, "[[approval]] is known to today's dialect only.")
    execution_id = new_id(PREFIXES[sandbox.config.dialect])
    sandbox.check_disk()
    sandbox.jobs.start(tool_execution(execution_id, request, sandbox.clock.time()))
    return JSONResponse({"toolExecutionId": execution_id}, 202)


async def show(call: ApiCall) -> Response:
    """GET /v1/tools/executions/{toolExecutionId}."""
    return JSONResponse(call.sandbox.answers.tool(_execution(call), resign=True))


async def cancel(call: ApiCall) -> Response:
    """POST /v1/tools/executions/{toolExecutionId}/cancel: best effort; an execution that has ended stays as it is."""
    execution = _execution(call)
    call.sandbox.jobs.cancel(execution)
    return JSONResponse({"toolExecutionId": execution.id}, 202)


async def show_all(call: ApiCall) -> Response:
    """GET /v1/tools/executions, newest first."""
    sandbox = call.sandbox
    return page_of(
        call.query,
        "toolExecutions",
        lambda before, limit: sandbox.executions.listed(kind="make", before=before, limit=limit),
        lambda execution: sandbox.answers.tool(execution, resign=False),
    )


def _execution(call: ApiCall) -> Execution:
    execution_id = call.path("toolExecutionId")
    if not call.today and not well_formed("vg_exec_", execution_id):
        raise Refusal(400, "Malformed tool execution id.", code="invalid_id")
    execution = call.sandbox.executions.get(execution_id)
    if execution is None or execution.kind != "make":
        raise Refusal(404, f"Tool execution {execution_id[:80]} not found.")
    return execution


OPERATIONS = [
    *(
        Operation("POST", f"/v1/tools/{operation}", "start", partial(start, operation=operation))
        for operation in ENGINES
    ),
    Operation("GET", "/v1/tools/executions", "executions", show_all),
    Operation("GET", "/v1/tools/executions/{toolExecutionId}", "execution", show),
    Operation("POST", "/v1/tools/executions/{toolExecutionId}/cancel", "cancel", cancel),
]
