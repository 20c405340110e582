"""The operations of URL imports."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from videogen_sandbox.api.operations import ApiCall, Operation
from videogen_sandbox.contract.errors import Refusal, invalid
from videogen_sandbox.directives import BadDirective, read_directives
from videogen_sandbox.storage.executions import Execution
from videogen_sandbox.storage.ids import new_id

FIELDS = ("url", "displayName", "type", "isTemporary")
"""Of the body, as this contract assumes them; what else is sent is ignored."""


async def create(call: ApiCall) -> Response:
    """POST /v1/files/import-url: fetch a file from this machine or from a host that is allowed."""
    sandbox = call.sandbox
    sent = await call.body()
    body = {name: sent[name] for name in FIELDS if name in sent}
    if not body.get("url", "").strip():
        raise invalid("url", "is required")
    if problem := sandbox.import_sources.url_problem(body["url"]):
        raise invalid("url", problem)
    try:
        directives, name = read_directives(body.get("displayName", ""))
    except BadDirective as error:
        raise Refusal(400, f"{error}.") from None
    sandbox.check_disk()
    body |= {"displayName": name} if name else {}
    status = "awaiting_approval" if directives.approval else "pending"
    execution = Execution(
        new_id("vg_fimp_"), "import-url", body, directives, 0, sandbox.clock.time(), status, kind="import"
    )
    sandbox.jobs.start(execution)
    return JSONResponse({"fileImportId": execution.id}, 202)


async def show(call: ApiCall) -> Response:
    """GET /v1/files/imports/{fileImportId}."""
    wanted = call.path("fileImportId")
    found = call.sandbox.executions.get(wanted)
    if found is None or found.kind != "import":
        raise Refusal(404, f"File import {wanted[:80]} not found.")
    return JSONResponse(call.sandbox.answers.url_import(found))


OPERATIONS = [
    Operation("POST", "/v1/files/import-url", "import-start", create),
    Operation("GET", "/v1/files/imports/{fileImportId}", "import", show),
]
