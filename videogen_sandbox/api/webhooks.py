"""The operations under /v1/webhooks."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from videogen_sandbox.api.operations import ApiCall, Operation
from videogen_sandbox.api.paging import page_of_all
from videogen_sandbox.contract.errors import Refusal, invalid
from videogen_sandbox.contract.fields import Fields
from videogen_sandbox.contract.responses import Json
from videogen_sandbox.contract.webhooks import new_secret, url_problem
from videogen_sandbox.storage.ids import new_id, well_formed
from videogen_sandbox.storage.webhooks import Endpoint

_ENDINGS = ("succeeded", "failed", "cancelled")

SEED_EVENTS = (
    *(f"tool_execution.{ending}" for ending in _ENDINGS),
    *("file.upload.completed", "file.upload.failed", "file.playback_ready", "file.download_ready"),
    *("file.analysis_completed", "file.analysis_failed"),
)
EVENTS = (
    *SEED_EVENTS,
    *(f"{what}.{ending}" for what in ("workflow_run", "project_export", "assistant_message") for ending in _ENDINGS),
)
"""The events of today's API; the last nine never happen in a sandbox."""

MAX_URL = 2_000
MAX_DESCRIPTION = 2_000


async def show_all(call: ApiCall) -> Response:
    """GET /v1/webhooks/endpoints, oldest first."""
    shown = [_shown(endpoint) for endpoint in call.sandbox.endpoints.listed()]
    return page_of_all(call.request, "endpoints", shown) if call.today else JSONResponse({"endpoints": shown})


async def create(call: ApiCall) -> Response:
    """POST /v1/webhooks/endpoints: the only response that has the signing secret."""
    fields = Fields(await call.body())
    url = fields.required_text("url", most=MAX_URL)
    if problem := url_problem(url):
        raise invalid("url", problem)
    known = EVENTS if call.today else SEED_EVENTS
    events = fields.texts("events", most=2 * len(EVENTS), required=True)
    unknown = next((event for event in events if event not in known), None)
    if unknown is not None or not events:
        raise invalid("events", f"must be one or more of {', '.join(known)}")
    description = fields.text("description", most=MAX_DESCRIPTION, nullable=True)
    unique = list(dict.fromkeys(events))
    endpoint = Endpoint(new_id("ep_"), url, new_secret(), unique, description, call.sandbox.clock.time())
    call.sandbox.endpoints.add(endpoint)
    return JSONResponse({**_shown(endpoint), "signingSecret": endpoint.secret}, 201)


async def delete(call: ApiCall) -> Response:
    """DELETE /v1/webhooks/endpoints/{endpointId}: nothing more is delivered to it."""
    endpoint_id = call.path("endpointId")
    if not call.today and not well_formed("ep_", endpoint_id):
        raise Refusal(400, "Malformed webhook endpoint id.", code="invalid_id")
    if not call.sandbox.endpoints.remove(endpoint_id):
        raise Refusal(404, f"Webhook endpoint {endpoint_id[:80]} not found.")
    return Response(status_code=204)


def _shown(endpoint: Endpoint) -> Json:
    return {
        "endpointId": endpoint.endpoint_id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "description": endpoint.description,
        "createdAt": int(endpoint.created_at),
        "signingSecretLast4": endpoint.secret[-4:],
    }


OPERATIONS = [
    Operation("GET", "/v1/webhooks/endpoints", "webhooks", show_all),
    Operation("POST", "/v1/webhooks/endpoints", "webhook-create", create),
    Operation("DELETE", "/v1/webhooks/endpoints/{endpointId}", "webhook-delete", delete),
]
