"""Deliveries are tested through a transport that plays the endpoints; time is turned by hand."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from tests.sandbox.waiting import until
from videogen_sandbox.contract.webhook_targets import AllowedTargets
from videogen_sandbox.contract.webhooks import file_payload, new_secret, tool_payload
from videogen_sandbox.jobs import webhooks
from videogen_sandbox.jobs.webhooks import Webhooks, retry_delay
from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.webhooks import Endpoint

pytestmark = pytest.mark.anyio

SOON = 10.0
"""Seconds of real time after which a test has failed; what it waits for takes milliseconds."""

DONE = "tool_execution.succeeded"


@dataclass
class HandClock:
    """Stands still until `turn`; begins now, because the reference library looks at the machine's time."""

    now: float = field(default_factory=time.time)
    sleepers: list[tuple[float, anyio.Event]] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        event = anyio.Event()
        self.sleepers.append((self.now + seconds, event))
        await event.wait()

    def turn(self, seconds: float) -> None:
        self.now += seconds
        for _, event in [sleeper for sleeper in self.sleepers if sleeper[0] <= self.now]:
            event.set()
        self.sleepers = [sleeper for sleeper in self.sleepers if sleeper[0] > self.now]


@dataclass
class Receivers:
    """Plays all endpoints: keeps what comes and answers what `answers` says, 204 by default."""

    heard: list[httpx.Request] = field(default_factory=list)
    answers: dict[str, Callable[[], httpx.Response]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    more: anyio.Event = field(default_factory=anyio.Event)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(request)
        self.more.set()
        host = request.headers["host"]
        if host in self.silent:
            await anyio.sleep_forever()
        return self.answers.get(host, lambda: httpx.Response(204))()

    async def hear(self, count: int, host: str | None = None) -> list[httpx.Request]:
        """Wait until that many requests have come (to that host)."""
        with anyio.fail_after(SOON):
            while True:
                found = [request for request in self.heard if host in (None, request.headers["host"])]
                if len(found) >= count:
                    return found
                self.more = anyio.Event()
                await self.more.wait()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def receivers() -> Receivers:
    return Receivers()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with contextlib.closing(Database(tmp_path / "sandbox.sqlite")) as opened:
        yield opened


@pytest.fixture
def endpoints() -> list[Endpoint]:
    return [Endpoint("ep_1", "https://one.example/hook", new_secret(), [DONE])]


@pytest.fixture
def hooks(database: Database, endpoints: list[Endpoint], clock: HandClock, receivers: Receivers) -> Webhooks:
    return webhooks_of(database, endpoints, clock, receivers)


def webhooks_of(
    database: Database, endpoints: list[Endpoint], clock: HandClock, receivers: Receivers, **options: Any
) -> Webhooks:
    """Webhooks to public hosts that nobody looks up."""

    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.215.14"]

    options.setdefault("allowed", AllowedTargets(public=True))
    options.setdefault("resolve", resolve)
    return Webhooks(database, lambda: endpoints, clock, transport=httpx.MockTransport(receivers.handle), **options)


@pytest.fixture
async def delivering(hooks: Webhooks) -> AsyncIterator[None]:
    async with hooks.running():
        yield


def event(number: int = 1) -> dict[str, object]:
    return {"event": DONE, "toolExecutionId": f"vg_tool_{number}", "occurredAt": 1, "toolType": "GENERATE_IMAGE"}


async def nothing_waits(hooks: Webhooks) -> None:
    with anyio.fail_after(SOON):
        await until(lambda: not hooks.waiting())


async def given_up_for_now(clock: HandClock, hooks: Webhooks) -> None:
    """The attempt under way was noted down as failed: then the deliverer dozes, with nothing in flight."""
    with anyio.fail_after(SOON):
        await until(lambda: not hooks._in_flight.total() and bool(clock.sleepers))


@pytest.mark.usefixtures("delivering")
async def test_the_reference_library_accepts_the_signature(
    hooks: Webhooks, receivers: Receivers, endpoints: list[Endpoint]
) -> None:
    hooks.publish(event() | {"results": [{"name": "Früh - 梨"}]})
    [request] = await receivers.hear(1)
    assert Webhook(endpoints[0].secret).verify(request.content, dict(request.headers)) == json.loads(request.content)


@pytest.mark.usefixtures("delivering")
async def test_only_those_who_asked_for_an_event_hear_of_it(
    hooks: Webhooks, receivers: Receivers, endpoints: list[Endpoint]
) -> None:
    endpoints.append(Endpoint("ep_2", "https://two.example/", new_secret(), ["tool_execution.failed"]))
    hooks.publish(event(1))
    hooks.publish(event(2) | {"event": "tool_execution.failed"})
    await receivers.hear(2)
    await nothing_waits(hooks)
    heard = {request.headers["host"]: json.loads(request.content)["toolExecutionId"] for request in receivers.heard}
    assert heard == {"one.example": "vg_tool_1", "two.example": "vg_tool_2"}


@pytest.mark.usefixtures("delivering")
async def test_a_failing_endpoint_hears_the_same_message_again_with_a_new_signature(
    hooks: Webhooks, receivers: Receivers, clock: HandClock
) -> None:
    receivers.answers["one.example"] = lambda: httpx.Response(500)
    hooks.publish(event())
    for count, delay in enumerate([1, 2, 4, 8], 1):
        await receivers.hear(count)
        await given_up_for_now(clock, hooks)
        clock.turn(delay)
    requests = await receivers.hear(5)
    assert len({request.headers["webhook-id"] for request in requests}) == 1
    assert len({request.content for request in requests}) == 1
    stamps = [int(request.headers["webhook-timestamp"]) for request in requests]
    assert [later - earlier for earlier, later in pairwise(stamps)] == [1, 2, 4, 8]
    assert len({request.headers["webhook-signature"] for request in requests}) == 5


@pytest.mark.usefixtures("delivering")
async def test_a_message_that_was_heard_is_not_sent_again(
    hooks: Webhooks, receivers: Receivers, clock: HandClock
) -> None:
    hooks.publish(event())
    await receivers.hear(1)
    await nothing_waits(hooks)
    clock.turn(3600)
    hooks.publish(event(2))
    assert len(await receivers.hear(2)) == 2


@pytest.mark.usefixtures("delivering")
async def test_an_endpoint_that_does_not_answer_is_left_and_asked_again(
    hooks: Webhooks, receivers: Receivers, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "RESPONSE_TIMEOUT", 0.05)
    receivers.silent.add("one.example")
    hooks.publish(event())
    await receivers.hear(1)
    await given_up_for_now(clock, hooks)
    receivers.silent.clear()
    clock.turn(1)
    await receivers.hear(2)
    await nothing_waits(hooks)


@pytest.mark.usefixtures("delivering")
async def test_a_redirect_is_a_failure_and_not_followed(
    hooks: Webhooks, receivers: Receivers, clock: HandClock
) -> None:
    receivers.answers["one.example"] = lambda: httpx.Response(307, headers={"location": "https://two.example/"})
    hooks.publish(event())
    await receivers.hear(1)
    await given_up_for_now(clock, hooks)
    assert [request.headers["host"] for request in receivers.heard] == ["one.example"]
    assert hooks.waiting() == 1


@pytest.mark.usefixtures("delivering")
async def test_a_broken_connection_does_not_end_the_deliveries(
    hooks: Webhooks, receivers: Receivers, clock: HandClock, endpoints: list[Endpoint]
) -> None:
    def refuse() -> httpx.Response:
        raise httpx.ConnectError("refused")

    endpoints.append(Endpoint("ep_2", "https://two.example/", new_secret(), [DONE]))
    receivers.answers["one.example"] = refuse
    hooks.publish(event())
    await receivers.hear(1, "two.example")
    del receivers.answers["one.example"]
    await given_up_for_now(clock, hooks)
    clock.turn(1)
    await receivers.hear(2, "one.example")
    await nothing_waits(hooks)


@pytest.mark.usefixtures("delivering")
async def test_a_silent_endpoint_does_not_hold_up_the_others(
    hooks: Webhooks, receivers: Receivers, endpoints: list[Endpoint]
) -> None:
    receivers.silent.add("one.example")
    for number in range(20):
        hooks.publish(event(number))
    await receivers.hear(webhooks.IN_FLIGHT_PER_ENDPOINT, "one.example")
    endpoints[0] = Endpoint("ep_2", "https://two.example/", new_secret(), [DONE])
    hooks.publish(event())
    await receivers.hear(1, "two.example")
    assert len(await receivers.hear(0, "one.example")) == webhooks.IN_FLIGHT_PER_ENDPOINT


@pytest.mark.usefixtures("delivering")
async def test_a_removed_endpoint_hears_nothing_more(
    hooks: Webhooks, receivers: Receivers, endpoints: list[Endpoint], clock: HandClock
) -> None:
    receivers.answers["one.example"] = lambda: httpx.Response(503)
    hooks.publish(event())
    await receivers.hear(1)
    await given_up_for_now(clock, hooks)
    endpoints.clear()
    clock.turn(1)
    await nothing_waits(hooks)
    assert len(receivers.heard) == 1


@pytest.mark.usefixtures("delivering")
async def test_an_endpoint_that_has_gone_is_given_up(hooks: Webhooks, receivers: Receivers, clock: HandClock) -> None:
    receivers.answers["one.example"] = lambda: httpx.Response(500)
    hooks.publish(event())
    for attempt in range(1, webhooks.ATTEMPTS + 1):
        await receivers.hear(attempt)
        await given_up_for_now(clock, hooks)
        clock.turn(retry_delay(attempt) or 0)
    await nothing_waits(hooks)
    assert len(receivers.heard) == webhooks.ATTEMPTS


async def test_what_was_written_before_a_crash_is_delivered_by_the_next_process(
    database: Database, hooks: Webhooks, endpoints: list[Endpoint], receivers: Receivers, clock: HandClock
) -> None:
    hooks.publish(event())
    lost = hooks._outbox.claim(clock.time(), webhooks.LEASE_SECONDS, [])
    assert lost is not None
    clock.turn(webhooks.LEASE_SECONDS)
    after = webhooks_of(database, endpoints, clock, receivers)
    async with after.running():
        [request] = await receivers.hear(1)
        await nothing_waits(after)
    assert request.headers["webhook-id"] == lost.message


async def test_two_processes_do_not_deliver_the_same_message(
    database: Database, hooks: Webhooks, endpoints: list[Endpoint], receivers: Receivers, clock: HandClock
) -> None:
    other = webhooks_of(database, endpoints, clock, receivers)
    async with hooks.running(), other.running():
        for number in range(10):
            hooks.publish(event(number))
            other.publish(event(10 + number))
        await receivers.hear(20)
        await nothing_waits(hooks)
    assert sorted(json.loads(request.content)["toolExecutionId"] for request in receivers.heard) == sorted(
        f"vg_tool_{number}" for number in range(20)
    )


async def test_an_event_of_a_change_that_was_taken_back_is_not_sent(database: Database, hooks: Webhooks) -> None:
    def change() -> None:
        with database.transaction():
            hooks.publish(event())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    assert hooks.waiting() == 0


async def test_leaving_ends_deliveries_that_are_under_way(hooks: Webhooks, receivers: Receivers) -> None:
    receivers.silent.add("one.example")
    with anyio.fail_after(SOON):
        async with hooks.running():
            hooks.publish(event())
            await receivers.hear(1)
    assert hooks.waiting() == 1


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 1), (2, 2), (3, 4), (10, 512), (11, webhooks.LONGEST_DELAY), (12, None)]
)
def test_pauses_double_up_to_a_limit_and_end(attempts: int, seconds: float | None) -> None:
    assert retry_delay(attempts) == seconds


def test_a_tool_payload_has_results_only_of_success_and_an_error_only_of_failure() -> None:
    wire = {
        "toolExecutionId": "vg_tool_1",
        "status": "succeeded",
        "toolType": "GENERATE_IMAGE",
        "results": [1],
        "error": None,
    }
    said = {"toolExecutionId": "vg_tool_1", "occurredAt": 12, "toolType": "GENERATE_IMAGE"}
    assert tool_payload(wire, 12.9) == said | {"event": DONE, "results": [1]}
    failed = wire | {"status": "failed", "results": [], "error": {"message": "no"}}
    assert tool_payload(failed, 12.9) == said | {"event": "tool_execution.failed", "error": {"message": "no"}}
    assert tool_payload(wire | {"status": "cancelled"}, 12.9) == said | {"event": "tool_execution.cancelled"}


def test_a_file_payload_carries_the_file() -> None:
    file = {"fileId": "vg_file_1"}
    assert file_payload("file.download_ready", file, 3.0) == {
        "event": "file.download_ready",
        "fileId": "vg_file_1",
        "occurredAt": 3,
        "file": file,
    }
    assert file_payload("file.upload.failed", file, 3.0, {"message": "no"})["error"] == {"message": "no"}
