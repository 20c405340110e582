"""Where the service reports to: endpoints listed, made and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from videogen_mcp.calls.call import Call, Purpose
from videogen_mcp.calls.replies import Reply, bounded, timestamp
from videogen_mcp.loopback import is_loopback
from videogen_mcp.tools.annotations import ADDING, READING, REMOVING
from videogen_mcp.tools.arguments import Arguments
from videogen_mcp.tools.base import Tool
from videogen_mcp.workflows.base import TEXT, Identifier
from videogen_mcp.workflows.schema import published
from videogen_mcp.workflows.spellings import place

if TYPE_CHECKING:
    from videogen_mcp.api.models import WebhookEndpoint

ENDS = ("tool_execution.succeeded", "tool_execution.failed", "tool_execution.cancelled")
"""What ends a wait, and therefore what an endpoint hears when nothing else is asked for."""

URL_LENGTH = 2_000
"""Characters of an address; browsers and gateways stop near it."""

MOST_EVENTS = 50
"""Names of events in one call; the service knows 18 (contract notes, section 12)."""

STORE_IT = (
    "This secret is shown only now. Have the user store it as VIDEOGEN_WEBHOOK_SECRET where the receiving server runs"
    " (several are separated by commas) and start that server again; whoever has it can forge messages"
)


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is no URL") from None
    if not host or port == 0 or any(character.isspace() or not character.isprintable() for character in text):
        raise ValueError("is no URL with a host")
    if parts.username or parts.password:
        raise ValueError("must not hold a user name or password")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return text
    raise ValueError("must begin with https:// (http:// only for this machine, which only the sandbox reaches)")


def _several(value: object) -> object:
    """One event, or several, as bare text."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


Url = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=URL_LENGTH),
    AfterValidator(_address),
    BeforeValidator(place),
    TEXT,
]
Event = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[a-z_]{1,40}(\.[a-z_]{1,40}){1,3}$"),
    TEXT,
]
Events = Annotated[list[Event], BeforeValidator(_several), Field(max_length=MOST_EVENTS)]


class ListWebhooks(Arguments):
    """list_webhooks takes no arguments."""


class CreateWebhook(Arguments):
    """Arguments of create_webhook."""

    url: Url = Field(description="https://…; of a videogen-mcp HTTP server: its address and /webhooks/videogen.")
    events: Events = Field(default=list(ENDS), description="Default: tool_execution.succeeded, .failed, .cancelled.")


class DeleteWebhook(Arguments):
    """Arguments of delete_webhook."""

    endpoint_id: Identifier


def webhook_tools() -> list[Tool]:
    """Return list_webhooks, create_webhook and delete_webhook."""
    return [
        Tool(
            Purpose("list_webhooks"),
            title="List webhooks",
            description="Endpoints to which the service reports events of this account.",
            arguments=ListWebhooks,
            handler=list_webhooks,
            annotations=READING,
            input_schema=published(ListWebhooks),
        ),
        Tool(
            Purpose(
                "create_webhook",
                "changed",
                {"no_answer": "Call list_webhooks: if it is there, delete and create it again, for its secret is lost"},
            ),
            title="Create webhook",
            description="Have events reported to a URL by signed POSTs. The answer is the only one that shows the"
            " signing secret.",
            arguments=CreateWebhook,
            handler=create_webhook,
            annotations=ADDING,
            input_schema=published(CreateWebhook),
        ),
        Tool(
            Purpose(
                "delete_webhook",
                "changed",
                {
                    "no_answer": "Call list_webhooks to see whether it is still there",
                    "not_found": "There is no such endpoint; list_webhooks shows those that exist",
                },
            ),
            title="Delete webhook",
            description="Stop reporting to an endpoint, for good.",
            arguments=DeleteWebhook,
            handler=delete_webhook,
            annotations=REMOVING,
            input_schema=published(DeleteWebhook),
        ),
    ]


async def list_webhooks(arguments: ListWebhooks, call: Call) -> Reply:
    """Return all endpoints."""
    upstream = await call.connect()
    rows = [_row(endpoint) for endpoint in await upstream.client.webhooks()]
    lines = ["- " + ", ".join(_facts(row)) for row in rows] or ["No webhook endpoints."]
    return Reply("\n".join(lines), {"webhooks": rows})


async def create_webhook(arguments: CreateWebhook, call: Call) -> Reply:
    """Register an endpoint and return its secret."""
    upstream = await call.connect()
    events = list(dict.fromkeys(arguments.events))
    made = await upstream.client.create_webhook(arguments.url, events)
    row = {**_row(made), "url": arguments.url, "events": events}
    if not made.signing_secret:
        note = "The service sent no signing secret, so what comes cannot be checked: delete it and try again"
        return Reply(f"Endpoint {made.endpoint_id} is made. {note}.", {**row, "note": note}, is_error=True)
    structured = {**row, "signing_secret": made.signing_secret, "next_step": STORE_IT}
    text = (
        f"Endpoint {made.endpoint_id} is made: {', '.join(events)} go to {arguments.url}.\n"
        f"Signing secret: {made.signing_secret}\n{STORE_IT}."
    )
    return Reply(text, structured)


async def delete_webhook(arguments: DeleteWebhook, call: Call) -> Reply:
    """Remove an endpoint."""
    upstream = await call.connect()
    await upstream.client.delete_webhook(arguments.endpoint_id)
    text = f"Endpoint {arguments.endpoint_id} is deleted: nothing more is reported to it."
    return Reply(text, {"endpoint_id": arguments.endpoint_id, "deleted": True})


def _row(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """Absent values are left out; the end of the secret tells which of several is meant."""
    facts = {
        "endpoint_id": endpoint.endpoint_id,
        "url": bounded(endpoint.url, URL_LENGTH),
        "events": [bounded(event, 80) or "" for event in endpoint.events or ()][:MOST_EVENTS] or None,
        "created_at": timestamp(endpoint.created_at),
        "secret_ends_with": bounded(endpoint.signing_secret_last4, 4),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _facts(row: dict[str, Any]) -> list[str]:
    facts = [row["endpoint_id"], row.get("url", "no URL")]
    if "events" in row:
        facts.append(" ".join(row["events"]))
    if "created_at" in row:
        facts.append(f"since {row['created_at']}")
    if "secret_ends_with" in row:
        facts.append(f"secret ends with {row['secret_ends_with']}")
    return facts
