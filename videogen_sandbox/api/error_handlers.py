"""Errors as JSON in the shape of the era."""

from __future__ import annotations

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from videogen_sandbox.contract.errors import Refusal, error_body
from videogen_sandbox.disk import DISK_FULL, is_disk_full
from videogen_sandbox.service import Sandbox

log = logging.getLogger(__name__)


async def on_refusal(request: Request, error: Exception) -> Response:
    """Return the response to a Refusal."""
    if not isinstance(error, Refusal):
        raise error
    sandbox: Sandbox = request.app.state.sandbox
    return JSONResponse(error.body(sandbox.config.dialect), error.status, error.headers)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Return the response to a path (404) or method (405) that the API does not have."""
    if not isinstance(error, HTTPException):
        raise error
    messages = {404: f"There is nothing at {request.url.path}.", 405: f"{request.method} is not possible here."}
    refusal = Refusal(error.status_code, messages.get(error.status_code, str(error.detail)), headers=error.headers)
    return await on_refusal(request, refusal)


async def on_fault(request: Request, error: Exception) -> Response:
    """Return the response to an unexpected exception: 500. Starlette raises it again, so that the server logs it."""
    sandbox: Sandbox = request.app.state.sandbox
    reference = request.scope.get("state", {}).get("request_id", "")
    log.error("request %s: %s", reference, type(error).__name__)
    message = DISK_FULL if is_disk_full(error) else "The sandbox made a mistake; its log says which."
    body = error_body(sandbox.config.dialect, message, None, internal=reference)
    return JSONResponse(body, 500)
