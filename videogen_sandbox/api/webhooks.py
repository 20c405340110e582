"""The operations under /v1/webhooks."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from videogen_sandbox.api.operations import ApiCall, Operation
from videogen_sandbox.api.paging import page_of_all
from videogen_sandbox.contract.errors import Refusal, invalid
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.contract.webhooks import new_secret
from videogen_sandbox.storage.ids import new_id, well_formed
from videogen_sandbox.storage.webhooks import Endpoint


async def show_all(call: ApiCall) -> Response:
    """GET /v1/webhooks/endpoints, oldest first."""
    shown = [_shown(endpoint) for endpoint in call.sandbox.endpoints.listed()]
    return page_of_all(call.query, "endpoints", shown) if call.today else JSONResponse({"endpoints": shown})


async def create(call: ApiCall) -> Response:
    """POST /v1/webhooks/endpoints: the only response that has the signing secret."""
    body = await call.body()
    url, events = body["url"], list(dict.fromkeys(body["events"]))
    if problem := call.sandbox.webhook_targets.url_problem(url):
        raise invalid("url", problem)
    now = call.sandbox.clock.time()
    endpoint = Endpoint(new_id("ep_"), url, new_secret(), events, body.get("description"), now)
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
