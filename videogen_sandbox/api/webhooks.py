"""The operations under /v1/webhooks."""

from __future__ import annotations

import json
import sqlite3

from starlette.responses import JSONResponse, Response

from videogen_sandbox.api.middleware import Call, Operation
from videogen_sandbox.api.paging import page_of_all
from videogen_sandbox.contract.errors import Refusal, invalid
from videogen_sandbox.contract.fields import Fields
from videogen_sandbox.contract.responses import Json
from videogen_sandbox.storage.ids import new_id, well_formed
from videogen_sandbox.storage.webhooks import new_secret, refusal

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
"""What may be subscribed to; the last nine never happen in a sandbox."""

MAX_URL = 2_000
MAX_DESCRIPTION = 2_000


async def show_all(call: Call) -> Response:
    """GET /v1/webhooks/endpoints, oldest first."""
    shown = [_endpoint(row) for row in call.sandbox.database.all("SELECT * FROM webhook_endpoints ORDER BY seq")]
    return page_of_all(call.request, "endpoints", shown) if call.today else JSONResponse({"endpoints": shown})


async def create(call: Call) -> Response:
    """POST /v1/webhooks/endpoints: the only answer that shows the signing secret."""
    fields = Fields(await call.body())
    url = fields.required_text("url", most=MAX_URL)
    if problem := refusal(url):
        raise invalid("url", problem)
    known = EVENTS if call.today else SEED_EVENTS
    events = fields.texts("events", most=2 * len(EVENTS), required=True)
    unknown = next((event for event in events if event not in known), None)
    if unknown is not None or not events:
        raise invalid("events", f"must be one or more of {', '.join(known)}")
    description = fields.text("description", most=MAX_DESCRIPTION, nullable=True)
    endpoint_id, secret = new_id("ep_"), new_secret()
    call.sandbox.database.run(
        "INSERT INTO webhook_endpoints (id, url, events, description, secret, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        endpoint_id,
        url,
        json.dumps(list(dict.fromkeys(events))),
        description,
        secret,
        call.sandbox.clock.time(),
    )
    row = call.sandbox.database.one("SELECT * FROM webhook_endpoints WHERE id = ?", endpoint_id)
    return JSONResponse({**(_endpoint(row) if row else {}), "signingSecret": secret}, 201)


async def delete(call: Call) -> Response:
    """DELETE /v1/webhooks/endpoints/{endpointId}: it hears nothing more."""
    endpoint_id = call.path("endpointId")
    if not call.today and not well_formed("ep_", endpoint_id):
        raise Refusal(400, "Malformed webhook endpoint id.", code="invalid_id")
    if not call.sandbox.database.run("DELETE FROM webhook_endpoints WHERE id = ?", endpoint_id):
        raise Refusal(404, f"Webhook endpoint {endpoint_id[:80]} not found.")
    return Response(status_code=204)


def _endpoint(row: sqlite3.Row) -> Json:
    return {
        "endpointId": row["id"],
        "url": row["url"],
        "events": json.loads(row["events"]),
        "description": row["description"],
        "createdAt": int(row["created_at"]),
        "signingSecretLast4": row["secret"][-4:],
    }


OPERATIONS = [
    Operation("GET", "/v1/webhooks/endpoints", "webhooks", show_all),
    Operation("POST", "/v1/webhooks/endpoints", "webhook-create", create),
    Operation("DELETE", "/v1/webhooks/endpoints/{endpointId}", "webhook-delete", delete),
]
