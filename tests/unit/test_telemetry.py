"""What a hosted server records: in memory, with OpenTelemetry's SDK."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.faults.service import Service
from tests.faults.world import world
from tests.virtual import run_virtually
from videogen_mcp import telemetry
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.upstream import Account
from videogen_mcp.server import open_parts
from videogen_mcp.settings import Settings

SECRETS = ("sk_live_1", "a pear in the rain", "vg_file_secret", "signature")
"""What no metric or span may hold."""


@dataclass
class Recorded:
    """What was recorded so far."""

    reader: InMemoryMetricReader = field(default_factory=InMemoryMetricReader)
    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    tracers: TracerProvider = field(default_factory=lambda: TracerProvider(shutdown_on_exit=False))

    def points(self, name: str) -> list[Any]:
        """The values of a metric, each with its attributes."""
        data = self.reader.get_metrics_data()
        metrics = [
            metric
            for resource in (data.resource_metrics if data is not None else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ]
        return [point for metric in metrics if metric.name == name for point in metric.data.data_points]

    def counts(self, name: str, *attributes: str) -> dict[tuple[Any, ...], int]:
        """How often something was recorded, by the values of its attributes."""
        return {
            tuple((point.attributes or {}).get(one) for one in attributes): getattr(point, "count", None) or point.value
            for point in self.points(name)
        }

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        """The spans that have ended."""
        return self.exporter.get_finished_spans()


@contextmanager
def recording() -> Iterator[Recorded]:
    """Record in memory."""
    recorded = Recorded()
    meters = MeterProvider([recorded.reader], shutdown_on_exit=False)
    recorded.tracers.add_span_processor(SimpleSpanProcessor(recorded.exporter))
    with telemetry.recording(meters, recorded.tracers):
        yield recorded
    meters.shutdown()
    recorded.tracers.shutdown()


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    with recording() as recorded:
        yield recorded


def client_of(*answers: httpx.Response | Exception) -> VideoGen:
    """A client of today's API whose service gives these answers, one after the other."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    return VideoGen(
        api_key="sk_live_1", base_url="https://api.test", dialect="v2", transport=httpx.MockTransport(answer)
    )


@pytest.mark.anyio
async def test_requests_are_recorded_by_operation_and_status(recorded: Recorded) -> None:
    refused = httpx.Response(429, headers={"retry-after": "99"}, json={"message": "Slow down: a pear in the rain"})
    async with client_of(httpx.Response(200, json={"fileId": "vg_file_secret"}), refused, OSError("away")) as client:
        await client.file("vg_file_secret")
        with pytest.raises(VideoGenError):
            await client.file("vg_file_secret")
        with pytest.raises(VideoGenError):
            await client.create_upload("a pear in the rain", None)

    by = "http.request.method", "url.template", "http.response.status_code", "error.type"
    assert recorded.counts("http.client.request.duration", *by) == {
        ("GET", "/v1/files/{fileId}", 200, None): 1,
        ("GET", "/v1/files/{fileId}", 429, "429"): 1,
        ("POST", "/v1/files/upload", None, "no_answer"): 1,
    }
    names = [(span.name, span.status.is_ok) for span in recorded.spans]
    assert names == [
        ("GET /v1/files/{fileId}", True),
        ("GET /v1/files/{fileId}", False),
        ("POST /v1/files/upload", False),
    ]
    said = [recorded.reader.get_metrics_data(), *(span.to_json() for span in recorded.spans)]
    assert not [secret for secret in SECRETS if secret in str(said)]


def test_ends_are_counted_once_and_timed_where_that_is_known(recorded: Recorded) -> None:
    telemetry.ended("vg_tool_1", "generate_image", "succeeded", 12.0, account="a1")
    telemetry.ended("vg_tool_1", "generate_image", "succeeded", None, account="a1")
    telemetry.ended("vg_tool_2", "generate_image", "failed", None, account="a1")
    telemetry.ended("vg_tool_3", None, "succeeded", None, account="a2")

    assert recorded.counts("videogen.executions.ended", "workflow", "status") == {
        ("generate_image", "succeeded"): 1,
        ("generate_image", "failed"): 1,
        ("unknown", "succeeded"): 1,
    }
    assert recorded.counts("videogen.execution.duration", "status") == {("succeeded",): 1}


def test_a_line_says_who_started_what_and_how_it_ended(recorded: Recorded, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, telemetry.EVENTS.name)

    telemetry.submitted(
        "generate_image", "accepted", execution_id="vg_tool_1", account="a1", subject="ada", client="evil\nclient" * 50
    )
    telemetry.ended("vg_tool_1", "generate_image", "succeeded", 12.04, account="a1")

    started, ended = caplog.records
    assert started.getMessage().startswith(
        "generate_image accepted, execution_id vg_tool_1, account a1, subject ada, client evil client"
    )
    assert len(vars(started)["facts"]["client"]) == telemetry.FACT_LENGTH
    assert vars(ended)["facts"] == {
        "event": "ended",
        "workflow": "generate_image",
        "status": "succeeded",
        "execution_id": "vg_tool_1",
        "account": "a1",
        "seconds": 12.0,
    }
    assert recorded.counts("videogen.executions.started", "workflow", "outcome", "subject") == {
        ("generate_image", "accepted", None): 1
    }


def test_gauges_are_read_when_metrics_are_collected(recorded: Recorded) -> None:
    waiting = [3.0]
    telemetry.gauge("videogen.calls.waiting", "Calls that wait", lambda: [(waiting[0], {"group": "start"})])
    assert recorded.counts("videogen.calls.waiting", "group") == {("start",): 3.0}
    waiting[0] = 4.0
    assert recorded.counts("videogen.calls.waiting", "group") == {("start",): 4.0}


def test_the_ends_that_are_remembered_are_bounded(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry, "ENDS_REMEMBERED", 2)
    for number in (1, 2, 3, 1):
        telemetry.ended(f"vg_tool_{number}", "generate_image", "succeeded", None, account="a1")
    assert recorded.counts("videogen.executions.ended") == {(): 4}


def test_nothing_is_recorded_or_said_by_a_server_that_is_not_hosted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, telemetry.EVENTS.name)
    with recording() as recorded:
        pass
    telemetry.requested("GET", "/v1/me", 200, 0.1)
    telemetry.submitted("generate_image", "accepted", account="a1")
    telemetry.ended("vg_tool_1", "generate_image", "succeeded", 1.0, account="a1")
    telemetry.end_seen(1.0)
    assert recorded.spans == ()
    assert caplog.records == []


# -- what servers record ---------------------------------------------------------------------------------------------

ADA = Caller("Claude-AI", account=Account("account-1", "sk_live_1", "ada.lovelace"))
PROMPT = "a pear in the rain"


def facts_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record)["facts"] for record in caplog.records if record.name == telemetry.EVENTS.name]


def test_an_execution_is_recorded_from_its_start_to_its_end(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, telemetry.EVENTS.name)

    async def main() -> str:
        async with world(Service(random.Random(1), seconds=lambda: 30.0)) as here:
            execution_id: str = (await here.call("generate_image", ADA, prompt=PROMPT)).structured["execution_id"]
            await here.call("wait_for_execution", ADA, execution_id=execution_id)
            return execution_id

    execution_id = run_virtually(main)

    assert recorded.counts("videogen.executions.started", "workflow", "outcome") == {("generate_image", "accepted"): 1}
    assert recorded.counts("videogen.executions.ended", "workflow", "status") == {("generate_image", "succeeded"): 1}
    (duration,) = recorded.points("videogen.execution.duration")
    assert 30 <= duration.sum < 40
    (lag,) = recorded.points("videogen.execution.lag")
    assert (lag.count, lag.sum > 0) == (1, True)
    started, ended = facts_of(caplog)
    assert started == {
        "event": "submitted",
        "outcome": "accepted",
        "workflow": "generate_image",
        "execution_id": execution_id,
        "account": "sandbox",
        "subject": "ada.lovelace",
        "client": "claude-ai",
    }
    assert (ended["event"], ended["execution_id"], ended["status"]) == ("ended", execution_id, "succeeded")
    said = f"{recorded.reader.get_metrics_data()}{[span.to_json() for span in recorded.spans]}"
    assert not [one for one in (PROMPT, "lovelace", "claude-ai", execution_id, "sk_live_1") if one in said]
    assert PROMPT not in caplog.text


def test_requests_are_within_the_span_of_the_call_that_they_are_made_for(recorded: Recorded) -> None:
    async def main() -> None:
        async with world(Service(random.Random(1), seconds=lambda: 30.0)) as here:
            with recorded.tracers.get_tracer("mcp").start_as_current_span("tools/call generate_image"):
                await here.call("generate_image", ADA, prompt=PROMPT)

    run_virtually(main)
    (call,) = [span for span in recorded.spans if span.name == "tools/call generate_image"]
    requests = [span for span in recorded.spans if span is not call]
    assert {"POST /v1/tools/generate-image", "GET /v1/tools/executions/{toolExecutionId}"} <= {s.name for s in requests}
    assert {span.parent.span_id for span in requests if span.parent is not None} == {call.context.span_id}


@pytest.mark.parametrize(
    ("dialect", "fault", "outcome"),
    [("v2", "refused", "refused"), ("v0", "silence_after", "unclear"), ("v2", "silence_after", "accepted")],
)
def test_what_came_of_a_submit_is_told(dialect: str, fault: str, outcome: str, recorded: Recorded) -> None:
    upstream = Service(
        random.Random(1),
        seconds=lambda: 30.0,
        dialect=dialect,
        choose_fault=lambda request: fault if request.url.path.endswith("generate-image") else "",
    )

    async def main() -> None:
        async with world(upstream) as here:
            await here.call("generate_image", ADA, prompt=PROMPT)

    run_virtually(main)
    assert recorded.counts("videogen.executions.started", "outcome") == {(outcome,): 1}


def test_calls_under_way_and_what_is_left_of_the_hour_can_be_read(recorded: Recorded, tmp_path: Path) -> None:
    headers = {"X-RateLimit-Remaining": "77", "X-RateLimit-Reset": "2000000000"}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"files": []}, headers=headers))
    settings = Settings(
        api_key="sk_live_1", base_url="https://api.test", dialect="v2", state_dir=tmp_path, journal=False
    )

    async def main() -> None:
        async with open_parts(settings, local_files=False, transport=transport) as parts:
            upstream = await parts.calls.reach(parts.account)
            await upstream.client.files()
            budgets = recorded.counts("videogen.budget.left", "group", "account")
            assert budgets == {("files", upstream.account): 77}
            assert recorded.counts("videogen.calls.waiting") == {(): 0}
            assert recorded.counts("videogen.journal.failing") == {(): 0}
            assert recorded.counts("videogen.journal.unwritten") == {(): 0}

    anyio.run(main)
