"""The operation under /v1/text."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from videogen_sandbox.api.operations import ApiCall, Operation
from videogen_sandbox.assistant.text import generated


async def generate(call: ApiCall) -> Response:
    """POST /v1/text/generate: a small text by templates and by choosing sentences."""
    body = await call.body()
    text = generated(body["prompt"], body.get("system"), body.get("temperature", 0.0), body["maxOutputTokens"])
    return JSONResponse({"text": text})


OPERATIONS = [Operation("POST", "/v1/text/generate", "text", generate)]
