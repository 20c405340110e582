"""Where the service reports to: endpoints listed, made and removed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from mcp_types import ToolAnnotations
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from videogen_mcp.api.errors import NotFound, VideoGenError
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.messages import Refusal, explain
from videogen_mcp.calls.replies import Reply, bounded, moment
from videogen_mcp.executions.runner import Runner
from videogen_mcp.loopback import is_loopback
from videogen_mcp.tools.base import ModelTool, error_reply, tool
from videogen_mcp.tools.executions import Arguments

if TYPE_CHECKING:
    from videogen_mcp.api.models import WebhookEndpoint
    from videogen_mcp.calls.upstream import Upstream

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
    """One event as bare text, and nothing at all, are clear too."""
    if isinstance(value, str) and not value.strip():
        return list(ENDS)
    if isinstance(value, str):
        return value.replace(",", " ").split()
    return value or list(ENDS)


Url = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=URL_LENGTH),
    AfterValidator(_address),
    WithJsonSchema({"type": "string"}),
]
Event = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[a-z_]{1,40}(\.[a-z_]{1,40}){1,3}$"),
    WithJsonSchema({"type": "string"}),
]
Events = Annotated[list[Event], BeforeValidator(_several), Field(max_length=MOST_EVENTS)]
EndpointId = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), WithJsonSchema({"type": "string"})
]


class ListWebhooks(Arguments):
    pass


class CreateWebhook(Arguments):
    url: Url = Field(description="https://…; of a videogen-mcp HTTP server: its address and /webhooks/videogen.")
    events: Events = Field(default=list(ENDS), description="Default: tool_execution.succeeded, .failed, .cancelled.")


class DeleteWebhook(Arguments):
    endpoint_id: EndpointId


def webhook_tools(runner: Runner) -> list[ModelTool]:
    """list_webhooks, create_webhook, delete_webhook."""
    desk = WebhookDesk(runner)
    return [
        tool(
            "list_webhooks",
            title="List webhooks",
            description="Endpoints to which the service reports events of this account.",
            arguments=ListWebhooks,
            handler=desk.show,
            annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=True),
        ),
        tool(
            "create_webhook",
            title="Create webhook",
            description="Have events reported to a URL by signed POSTs. The answer is the only one that shows the"
            " signing secret.",
            arguments=CreateWebhook,
            handler=desk.create,
            annotations=ToolAnnotations(
                read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=True
            ),
        ),
        tool(
            "delete_webhook",
            title="Delete webhook",
            description="Stop reporting to an endpoint, for good.",
            arguments=DeleteWebhook,
            handler=desk.delete,
            annotations=ToolAnnotations(
                read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=True
            ),
        ),
    ]


@dataclass(frozen=True)
class WebhookDesk:
    """Carries out the webhook tools."""

    runner: Runner

    async def show(self, arguments: ListWebhooks, caller: Caller) -> Reply:
        """All endpoints."""

        async def work(upstream: Upstream) -> Reply:
            rows = [_row(endpoint) for endpoint in await upstream.client.webhooks()]
            lines = ["- " + ", ".join(_words(row)) for row in rows] or ["No webhook endpoints."]
            return Reply("\n".join(lines), {"webhooks": rows})

        return await self._attended("list_webhooks", caller, work, "Call list_webhooks again later")

    async def create(self, arguments: CreateWebhook, caller: Caller) -> Reply:
        """A new endpoint and its secret."""

        async def work(upstream: Upstream) -> Reply:
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

        unclear = "Call list_webhooks: if it is there, delete it and create it again, for its secret is lost"
        return await self._attended("create_webhook", caller, work, unclear)

    async def delete(self, arguments: DeleteWebhook, caller: Caller) -> Reply:
        """One endpoint less."""

        async def work(upstream: Upstream) -> Reply:
            await upstream.client.delete_webhook(arguments.endpoint_id)
            text = f"Endpoint {arguments.endpoint_id} is deleted: it hears nothing more."
            return Reply(text, {"endpoint_id": arguments.endpoint_id, "deleted": True})

        unclear = "Call list_webhooks to see whether it is still there"
        return await self._attended("delete_webhook", caller, work, unclear)

    async def _attended(
        self, name: str, caller: Caller, work: Callable[[Upstream], Awaitable[Reply]], unclear: str
    ) -> Reply:
        """Do the work inside the call's time; `unclear` is what to do when nobody knows whether it was done."""
        async with self.runner.attend(name, caller) as call:
            try:
                with call.out_of_time():
                    call.upstream = await self.runner.connect()
                    return await work(call.upstream)
            except VideoGenError as error:
                return _failed(name, error, unclear)
            return _failed(name, Refusal("no_answer", "the service did not answer in time", unclear), unclear)


def _failed(name: str, error: VideoGenError, unclear: str) -> Reply:
    """Why there is nothing to show. An endpoint costs nothing, so unclear means something else than for executions."""
    if error.may_have_started:
        said = (bounded(error.message) or "no answer").rstrip(".")
        return error_reply("no_answer", f"{name}: {said}. It may have been done all the same.", f"{unclear}.")
    if isinstance(error, NotFound):
        return error_reply("not_found", f"{name}: there is no such endpoint.", "list_webhooks shows those that exist.")
    told = explain(error, name)
    said = told.error.message.removeprefix(f"{name} was not started: ")
    return error_reply(told.error.code, f"{name}: {said}.", f"{told.next_step}." if told.next_step else None)


def _row(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """Absent values are left out; the end of the secret tells which of several is meant."""
    told = {
        "endpoint_id": endpoint.endpoint_id,
        "url": bounded(endpoint.url, URL_LENGTH),
        "events": [bounded(event, 80) or "" for event in endpoint.events or ()][:MOST_EVENTS] or None,
        "created_at": moment(endpoint.created_at),
        "secret_ends_with": bounded(endpoint.signing_secret_last4, 4),
    }
    return {name: value for name, value in told.items() if value is not None}


def _words(row: dict[str, Any]) -> list[str]:
    facts = [row["endpoint_id"], row.get("url", "no URL")]
    if "events" in row:
        facts.append(" ".join(row["events"]))
    if "created_at" in row:
        facts.append(f"since {row['created_at']}")
    if "secret_ends_with" in row:
        facts.append(f"secret ends with {row['secret_ends_with']}")
    return facts
