"""The webhook tools around a service in memory: what is shown, what is refused, and what broken answers leave open."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from tests.faults.service import Service
from tests.faults.world import world
from tests.virtual import HurriedClock, VirtualClock, run_virtually
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply
from videogen_mcp.calls.upstream import SANDBOX
from videogen_mcp.database import sqlite
from videogen_mcp.database.database import DatabaseUnavailable
from videogen_mcp.protocol.webhooks import EXECUTION_EVENTS
from videogen_mcp.settings import DEFAULT_TOOLSETS
from videogen_mcp.tools.base import Tool, Tools
from videogen_mcp.tools.webhooks import ENDS, Receiving, webhook_tools
from videogen_mcp.webhook_endpoints import ADDRESS, Listener, WebhookEndpoints

URL = "https://example.com/webhooks/videogen"
SECRET = "whsec_c29tZSBzZWNyZXQgYnl0ZXM="


@dataclass
class Endpoints(Service):
    """A service that keeps webhook endpoints."""

    kept: list[dict[str, Any]] = field(default_factory=list)
    secret: str | None = SECRET
    asked: list[Any] = field(default_factory=list)

    def _answer(self, request: httpx.Request, fault: str) -> tuple[int, Any, dict[str, str]]:
        path = request.url.path
        if not path.startswith("/v1/webhooks/endpoints"):
            return super()._answer(request, fault)
        if request.method == "GET":
            return 200, {"endpoints": self.kept, "hasMore": False, "nextCursor": None}, {}
        if request.method == "DELETE":
            left = [one for one in self.kept if one["endpointId"] != path.rsplit("/", 1)[-1]]
            if len(left) == len(self.kept):
                return 404, {"message": "unknown", "code": "not_found"}, {}
            self.kept = left
            return 204, None, {}
        body = json.loads(request.content)
        self.asked.append(body)
        row = {**body, "endpointId": f"ep_{len(self.kept) + 1}", "createdAt": 1_800_000_000}
        self.kept.append({**row, "signingSecretLast4": SECRET[-4:]})
        return 201, {**row, **({"signingSecret": self.secret} if self.secret else {})}, {}


def service(**settings: Any) -> Endpoints:
    return Endpoints(random.Random(1), **settings)


def call(upstream: Endpoints, name: str, **arguments: Any) -> Reply:
    """One tool call in virtual time, as the server makes it."""

    async def main() -> Reply:
        async with world(upstream) as here:
            return await Tools.of(webhook_tools(), here.calls).call(name, arguments, Caller("claude-ai"))

    return run_virtually(main)


def tools() -> dict[str, Tool]:
    return {tool.name: tool for tool in webhook_tools()}


def test_the_toolset_is_off_unless_asked_for() -> None:
    assert "webhooks" not in DEFAULT_TOOLSETS


def test_a_new_endpoint_hears_of_ends_and_its_secret_is_shown_with_what_to_do() -> None:
    upstream = service()
    reply = call(upstream, "create_webhook", url=URL)
    assert not reply.is_error
    assert upstream.asked == [{"url": URL, "events": list(ENDS)}]
    assert reply.structured["signing_secret"] == SECRET
    for said in (SECRET, "VIDEOGEN_WEBHOOK_SECRET", "ep_1"):
        assert said in reply.text
    assert "VIDEOGEN_WEBHOOK_SECRET" in reply.structured["next_step"]


def test_the_secret_is_never_shown_again() -> None:
    upstream = service()
    call(upstream, "create_webhook", url=URL, events=["file.playback_ready"])
    reply = call(upstream, "list_webhooks")
    assert reply.structured == {
        "webhooks": [
            {
                "endpoint_id": "ep_1",
                "url": URL,
                "events": ["file.playback_ready"],
                "created_at": "2027-01-15T08:00:00Z",
                "secret_ends_with": SECRET[-4:],
            }
        ]
    }
    assert SECRET not in reply.text
    for fact in ("ep_1", URL, "file.playback_ready"):
        assert fact in reply.text


def test_a_deleted_endpoint_is_gone_and_deleting_it_again_says_so() -> None:
    upstream = service()
    call(upstream, "create_webhook", url=URL)
    assert call(upstream, "delete_webhook", endpoint_id="ep_1").structured == {"endpoint_id": "ep_1", "deleted": True}
    assert call(upstream, "list_webhooks").structured == {"webhooks": []}
    again = call(upstream, "delete_webhook", endpoint_id="ep_1")
    assert again.is_error
    assert again.structured["error"]["code"] == "not_found"
    assert "list_webhooks" in again.text


def test_an_endpoint_without_a_secret_is_an_error_that_names_it() -> None:
    reply = call(service(secret=None), "create_webhook", url=URL)
    assert reply.is_error
    assert "ep_1" in reply.text
    assert "delete it" in reply.text


@pytest.mark.parametrize("fault", ["reset_after", "silence_after", "502_after", "cut", "html"])
def test_a_creation_that_broke_is_made_once_and_says_that_its_secret_is_lost(fault: str) -> None:
    upstream = service(choose_fault=lambda request: fault if request.method == "POST" else "")
    reply = call(upstream, "create_webhook", url=URL)
    assert reply.is_error
    assert len(upstream.kept) == 1
    assert "list_webhooks" in reply.structured["next_step"]
    assert "list_executions" not in reply.text


def test_a_service_that_was_not_reached_may_be_asked_again() -> None:
    upstream = service(choose_fault=lambda request: "refused")
    reply = call(upstream, "create_webhook", url=URL)
    assert reply.structured["error"]["code"] == "connection_failed"
    assert "safe to call create_webhook again" in reply.text
    assert upstream.kept == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "http://10.0.0.1/hook",
        "http://127.0.0.1.example.com/hook",
        "ftp://127.0.0.1/hook",
        "https://",
        "https://user:word@example.com/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://[::1/",
        "example.com/hook",
        "https://e.com/" + "x" * 2_000,
    ],
)
def test_addresses_that_nobody_should_send_to_are_refused(url: str) -> None:
    reply = call(service(), "create_webhook", url=url)
    assert reply.is_error
    assert reply.text.startswith("create_webhook changed nothing: url ")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/webhooks/videogen", "http://localhost/", "http://[::1]:8/x", URL]
)
def test_this_machine_may_be_reached_without_encryption(url: str) -> None:
    reply = call(service(), "create_webhook", url=url)
    assert reply.structured["url"] == url


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ([], list(ENDS)),
        ("", list(ENDS)),
        (None, list(ENDS)),
        ("file.playback_ready", ["file.playback_ready"]),
        ("tool_execution.failed, file.upload.completed", ["tool_execution.failed", "file.upload.completed"]),
        (["tool_execution.failed", "tool_execution.failed"], ["tool_execution.failed"]),
    ],
)
def test_events_are_taken_as_models_give_them(given: Any, asked: list[str]) -> None:
    upstream = service()
    call(upstream, "create_webhook", url=URL, events=given)
    assert upstream.asked[0]["events"] == asked


# -- this server itself ----------------------------------------------------------------------------------------------

PUBLIC = "https://videogen.example.com"


@dataclass
class Hosted:
    """A hosted server's webhook tools for one account, and the endpoints that it keeps."""

    upstream: Endpoints
    folder: Path
    receiving: Receiving | None = None
    broken: bool = False
    """The database breaks once the service has made an endpoint."""

    def calls(self, *calls: tuple[str, dict[str, Any]]) -> tuple[list[Reply], list[tuple[str, list[Listener]]]]:
        """The replies to some calls, and who is known to listen at the addresses of the endpoints afterwards."""

        async def main() -> tuple[list[Reply], list[tuple[str, list[Listener]]]]:
            async with (
                sqlite.opened(self.folder / "shared.sqlite3") as database,
                world(self.upstream, clock=HurriedClock()) as here,
            ):
                endpoints = WebhookEndpoints(database, ("s" * 32,), VirtualClock())
                await endpoints.keep()
                if self.broken:
                    endpoints.add = broken  # type: ignore[method-assign]
                receiving = self.receiving or Receiving(PUBLIC, endpoints)
                tools = Tools.of(webhook_tools(receiving, over_http=True), here.calls)
                replies = [await tools.call(name, arguments, Caller("claude-ai")) for name, arguments in calls]
                addresses = [one["url"].rpartition("/")[2] for one in self.upstream.asked]
                return replies, [(address, await endpoints.at(address)) for address in addresses]

        return anyio.run(main)  # In real time: the database has a thread.


async def broken(address: str, endpoint_id: str, account: str, secret: str) -> None:
    raise DatabaseUnavailable("the database cannot be used: away")


@pytest.mark.parametrize("arguments", [{}, {"url": f"{PUBLIC}/webhooks/videogen"}])
def test_a_hosted_server_keeps_its_own_secret_and_hears_of_all_ends(arguments: dict[str, Any], tmp_path: Path) -> None:
    upstream = service()
    (reply,), ((address, listeners),) = Hosted(upstream, tmp_path).calls(("create_webhook", arguments))

    assert not reply.is_error
    assert ADDRESS.fullmatch(address)
    (asked,) = upstream.asked
    assert asked["url"] == f"{PUBLIC}/webhooks/videogen/{address}" == reply.structured["url"]
    assert set(asked["events"]) == {
        f"{kind}.{end}" for kind in EXECUTION_EVENTS for end in ("succeeded", "failed", "cancelled")
    }
    assert [(one.account, one.secret) for one in listeners] == [(SANDBOX.name, SECRET)]
    assert SECRET not in f"{reply.text}{reply.structured}"


def test_another_server_is_told_its_secret_as_ever(tmp_path: Path) -> None:
    (reply,), ((_, listeners),) = Hosted(service(), tmp_path).calls(
        ("create_webhook", {"url": "https://example.com/hook"})
    )
    assert reply.structured["signing_secret"] == SECRET
    assert listeners == []


def test_a_second_endpoint_at_the_same_address_replaces_the_first_one_without_a_gap(tmp_path: Path) -> None:
    upstream = service()
    hosted = Hosted(upstream, tmp_path)
    (first,), _ = hosted.calls(("create_webhook", {}))
    upstream.secret = "whsec_bmV3"
    _, ((_, both), _) = hosted.calls(("create_webhook", {"url": first.structured["url"]}))
    _, ((_, left), _) = hosted.calls(("delete_webhook", {"endpoint_id": first.structured["endpoint_id"]}))
    assert [one.secret for one in both] == ["whsec_bmV3", SECRET]
    assert [one.secret for one in left] == ["whsec_bmV3"]


@pytest.mark.parametrize("address", ["0" * 32, "x", "../mcp", "0" * 32 + "/more"])
def test_an_address_that_is_not_the_accounts_is_not_there(address: str, tmp_path: Path) -> None:
    upstream = service()
    url = f"{PUBLIC}/webhooks/videogen/{address}"
    (reply,), _ = Hosted(upstream, tmp_path).calls(("create_webhook", {"url": url}))
    assert reply.is_error
    assert reply.structured["error"]["code"] == "not_found"
    assert upstream.asked == []


def test_where_something_is_not_set_it_is_said_before_anything_is_made(tmp_path: Path) -> None:
    upstream = service()
    lacking = Receiving(PUBLIC, None, "VIDEOGEN_MCP_SECRETS is not set")
    (reply,), _ = Hosted(upstream, tmp_path, lacking).calls(("create_webhook", {}))
    assert reply.structured["error"]["code"] == "bad_setting"
    assert "this server cannot hear webhooks: VIDEOGEN_MCP_SECRETS is not set" in reply.text
    assert upstream.asked == []


def test_an_endpoint_whose_secret_cannot_be_kept_is_removed_again(tmp_path: Path) -> None:
    upstream = service()
    (reply,), _ = Hosted(upstream, tmp_path, broken=True).calls(("create_webhook", {}))
    assert reply.structured["error"]["code"] == "journal_unavailable"
    assert len(upstream.asked) == 1
    assert upstream.kept == []


def test_an_endpoint_that_stays_without_its_secret_is_named(tmp_path: Path) -> None:
    upstream = service(choose_fault=lambda request: "refused" if request.method == "DELETE" else "")
    (reply,), _ = Hosted(upstream, tmp_path, broken=True).calls(("create_webhook", {}))
    assert "delete_webhook with endpoint_id ep_1" in reply.text


def test_a_secret_is_kept_until_the_service_has_deleted_the_endpoint(tmp_path: Path) -> None:
    upstream = service(choose_fault=lambda request: "refused" if request.method == "DELETE" else "")
    deleting = ("delete_webhook", {"endpoint_id": "ep_1"})
    (_, refused), ((_, listeners),) = Hosted(upstream, tmp_path).calls(("create_webhook", {}), deleting)
    assert refused.is_error
    assert [one.secret for one in listeners] == [SECRET]

    upstream.choose_fault = None
    upstream.kept.clear()  # It was deleted all the same.
    (gone,), ((_, listeners),) = Hosted(upstream, tmp_path).calls(deleting)
    assert gone.structured["error"]["code"] == "not_found"
    assert listeners == []


def test_a_server_for_one_asks_for_a_url() -> None:
    reply = call(service(), "create_webhook")
    assert reply.is_error
    assert "url is missing" in reply.text


def test_annotations_say_what_each_does() -> None:
    annotations = {name: tool.annotations for name, tool in tools().items()}
    assert all(one is not None and one.open_world_hint for one in annotations.values())
    facts = {name: (a.read_only_hint, a.destructive_hint, a.idempotent_hint) for name, a in annotations.items() if a}
    assert facts == {
        "list_webhooks": (True, None, None),
        "create_webhook": (False, False, None),
        "delete_webhook": (False, True, True),
    }
