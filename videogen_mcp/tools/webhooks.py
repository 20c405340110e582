"""Where the service reports to: endpoints listed, made and removed. A hosted server can be one itself."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import anyio
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from videogen_mcp.api.errors import NotFound, VideoGenError
from videogen_mcp.calls.call import Call, Purpose
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import Reply, bounded, timestamp
from videogen_mcp.database.database import DatabaseUnavailable
from videogen_mcp.loopback import is_loopback
from videogen_mcp.tools.annotations import ADDING, READING, REMOVING
from videogen_mcp.tools.arguments import Arguments
from videogen_mcp.tools.base import Tool
from videogen_mcp.webhook_endpoints import ADDRESS, PATH, WebhookEndpoints, new_address
from videogen_mcp.workflows.base import TEXT, Identifier
from videogen_mcp.workflows.spellings import place

if TYPE_CHECKING:
    from videogen_mcp.api.models import WebhookEndpoint
    from videogen_mcp.calls.upstream import Upstream

log = logging.getLogger(__name__)

ENDS = ("tool_execution.succeeded", "tool_execution.failed", "tool_execution.cancelled")
"""What ends a wait, and therefore what an endpoint hears when nothing else is asked for."""

ENDS_OF_TODAY = tuple(
    f"{kind}.{end}"
    for kind in ("tool_execution", "workflow_run", "project_export", "assistant_message")
    for end in ("succeeded", "failed", "cancelled")
)
"""The same in today's API, for this server itself: everything that a call here may be waiting for."""

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

    url: Url | None = Field(description="https://…; of a videogen-mcp HTTP server: its address and /webhooks/videogen.")
    events: Events = Field(default=list(ENDS), description="Default: tool_execution.succeeded, .failed, .cancelled.")


class CreateWebhookHere(CreateWebhook):
    """Arguments of create_webhook of an HTTP server, which may be meant itself."""

    url: Url | None = Field(None, description="https://…; left out: this server, which then knows of ends at once.")


class DeleteWebhook(Arguments):
    """Arguments of delete_webhook."""

    endpoint_id: Identifier


@dataclass(frozen=True)
class Receiving:
    """This server as a receiver of webhooks. `public_url` is where clients and the service reach it; `lacks` says why
    it keeps no endpoints, with what to do; None: it keeps them in `endpoints`."""

    public_url: str | None = None
    endpoints: WebhookEndpoints | None = None
    lacks: str | None = None

    def address_in(self, url: str | None) -> str | None:
        """Return the address that is meant below PATH: "" for a new one, None where the URL is not of this server."""
        if url is None:
            return ""
        own = f"{self.public_url}{PATH}"
        if self.public_url is None or not (url == own or url.startswith(f"{own}/")):
            return None
        return url.removeprefix(own).strip("/")

    async def ready(self, address: str, upstream: Upstream) -> tuple[WebhookEndpoints, str]:
        """Return where an endpoint of an account will be kept, and its address, a new one for "". Raises Refusal where
        that cannot be."""
        if self.endpoints is None or self.lacks is not None:
            raise Refusal("bad_setting", f"this server cannot hear webhooks: {self.lacks}", GIVE_URL)
        try:
            if address and not (ADDRESS.fullmatch(address) and await self.endpoints.is_of(address, upstream.account)):
                raise Refusal("not_found", "this server has no such endpoint of this account", "Leave url out")
            await self.endpoints.check()
        except DatabaseUnavailable as trouble:
            raise _unkept(trouble) from None
        return self.endpoints, address or new_address()


NOWHERE = Receiving(lacks="it is not a hosted server, and only that keeps them")
GIVE_URL = "The operator can mend that; a url of another server works now"


def webhook_tools(receiving: Receiving = NOWHERE, *, over_http: bool = False) -> list[Tool]:
    """Return list_webhooks, create_webhook and delete_webhook. `over_http`: where this server may be meant."""
    create_arguments = CreateWebhookHere if over_http else CreateWebhook

    async def create_webhook(arguments: CreateWebhook, call: Call) -> Reply:
        upstream = await call.connect()
        address = receiving.address_in(arguments.url)
        if address is None:
            return await _create_elsewhere(arguments, upstream)
        endpoints, address = await receiving.ready(address, upstream)
        return await _create_here(arguments, upstream, endpoints, f"{receiving.public_url}{PATH}", address)

    async def delete_webhook(arguments: DeleteWebhook, call: Call) -> Reply:
        upstream = await call.connect()
        try:
            await upstream.client.delete_webhook(arguments.endpoint_id)
        except NotFound:
            await _forget(arguments.endpoint_id, upstream, receiving.endpoints)
            raise
        await _forget(arguments.endpoint_id, upstream, receiving.endpoints)
        text = f"Endpoint {arguments.endpoint_id} is deleted: nothing more is reported to it."
        return Reply(text, {"endpoint_id": arguments.endpoint_id, "deleted": True})

    return [
        Tool(
            Purpose("list_webhooks"),
            title="List webhooks",
            description="Endpoints to which the service reports events of this account.",
            arguments=ListWebhooks,
            handler=list_webhooks,
            annotations=READING,
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
            arguments=create_arguments,
            handler=create_webhook,
            annotations=ADDING,
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
        ),
    ]


async def list_webhooks(arguments: ListWebhooks, call: Call) -> Reply:
    """Return all endpoints."""
    upstream = await call.connect()
    rows = [_row(endpoint) for endpoint in await upstream.client.webhooks()]
    lines = ["- " + ", ".join(_facts(row)) for row in rows] or ["No webhook endpoints."]
    return Reply("\n".join(lines), {"webhooks": rows})


async def _create_elsewhere(arguments: CreateWebhook, upstream: Upstream) -> Reply:
    """Register an endpoint of somebody else and return its secret."""
    assert arguments.url is not None
    events = list(dict.fromkeys(arguments.events))
    made, row = await _created(arguments.url, events, upstream)
    if not made.signing_secret:
        return _without_secret(row)
    structured = {**row, "signing_secret": made.signing_secret, "next_step": STORE_IT}
    text = f"{_made(row)}\nSigning secret: {made.signing_secret}\n{STORE_IT}."
    return Reply(text, structured)


async def _create_here(
    arguments: CreateWebhook, upstream: Upstream, endpoints: WebhookEndpoints, base: str, address: str
) -> Reply:
    """Register this server and keep the secret. Raises Refusal where that fails; the endpoint is removed again then."""
    given = arguments.events if "events" in arguments.model_fields_set else ()
    events = list(dict.fromkeys(given or (ENDS_OF_TODAY if upstream.dialect.name == "v2" else ENDS)))
    made, row = await _created(f"{base}/{address}", events, upstream)
    if not made.signing_secret:
        return _without_secret(row)
    try:
        with anyio.CancelScope(shield=True):  # Only this call ever sees the secret.
            await endpoints.add(address, made.endpoint_id, upstream.account, made.signing_secret)
    except DatabaseUnavailable as trouble:
        try:
            await upstream.client.delete_webhook(made.endpoint_id)
        except VideoGenError as error:
            log.warning("webhook endpoint %s, whose secret is lost, stays: %s", made.endpoint_id, error)
            raise _unkept(trouble, f"Call delete_webhook with endpoint_id {made.endpoint_id}, then try again") from None
        raise _unkept(trouble) from None
    note = "Its signing secret is kept by this server, which asks for a state as soon as it hears of an end"
    return Reply(f"{_made(row)}\n{note}.", {**row, "note": note})


async def _created(url: str, events: list[str], upstream: Upstream) -> tuple[WebhookEndpoint, dict[str, Any]]:
    made = await upstream.client.create_webhook(url, events)
    return made, {**_row(made), "url": url, "events": events}


def _made(row: dict[str, Any]) -> str:
    return f"Endpoint {row['endpoint_id']} is made: {', '.join(row['events'])} go to {row['url']}."


def _without_secret(row: dict[str, Any]) -> Reply:
    note = "The service sent no signing secret, so what comes cannot be checked: delete it and try again"
    return Reply(f"Endpoint {row['endpoint_id']} is made. {note}.", {**row, "note": note}, is_error=True)


def _unkept(trouble: DatabaseUnavailable, next_step: str = "Nothing was made; try again in a minute") -> Refusal:
    return Refusal("journal_unavailable", f"the signing secret cannot be kept: {trouble}", next_step)


async def _forget(endpoint_id: str, upstream: Upstream, endpoints: WebhookEndpoints | None) -> None:
    """Forget the secret of an endpoint that the service does not have any more. One that stays does no harm: nobody
    signs with it."""
    try:
        if endpoints is not None:
            await endpoints.remove(endpoint_id, upstream.account)
    except DatabaseUnavailable as trouble:
        log.warning("the secret of the deleted webhook endpoint %s stays: %s", endpoint_id, trouble)


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
