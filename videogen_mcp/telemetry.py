"""What operators of a hosted server see: metrics and spans through OpenTelemetry's API, and who started what.

Nothing is recorded outside `recording`, which only a hosted server enters, and nothing goes anywhere unless its
operator sets up an SDK and an exporter (docs/hosting.md). Metrics and spans hold names of operations, workflows and
states, never a prompt, key, link, subject, id or file name. Who started what is a line of the log, which stays with the
operator; no prompt, key, link or file name is in it either.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from opentelemetry import trace

from videogen_mcp import __version__

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider

EVENTS = logging.getLogger("videogen_mcp.events")
"""A line for each execution that starts or ends, with `facts` for those who read it by program."""

NAME = "videogen_mcp"

REQUEST_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
EXECUTION_SECONDS = (2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0)
LAG_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 300.0)
"""Bounds of the histograms: a read takes a tenth of a second, a picture 15 s, a film ten minutes; polls are a second to
a minute apart (`executions.schedule`)."""

ENDS_REMEMBERED = 10_000
"""Executions whose end was counted, 2 MB at most: who asks again for one that ended is not another end."""

WORD_LENGTH, FACT_LENGTH = 60, 120
"""Characters of a name that the service gave, and of what a client or a login calls itself in the log."""

NAMED = ("execution_id", "account", "subject", "client", "seconds")
"""Facts that a line of plain text has, in this order."""

Outcome = Literal["accepted", "refused", "unclear"]

Gauge = Callable[[], Iterable[tuple[float, Mapping[str, str]]]]
"""Returns what stands now: values, each with what tells it from the others."""

_recorder: Recorder | None = None


@contextmanager
def recording(meters: MeterProvider | None = None, tracers: trace.TracerProvider | None = None) -> Iterator[None]:
    """Record what this process does from here on; with the SDK that is set up, unless its providers are given."""
    global _recorder  # One for the process, as OpenTelemetry's own providers are.
    before, _recorder = _recorder, Recorder(meters, tracers)
    try:
        yield
    finally:
        _recorder = before


def requested(method: str, operation: str, status: int | None, seconds: float) -> None:
    """Record one request to VideoGen. `operation` is its path with names for ids; `status` None: nothing came back."""
    if _recorder is not None:
        _recorder.requested(method, operation, status, seconds)


def submitted(
    workflow: str,
    outcome: Outcome,
    *,
    execution_id: str | None = None,
    account: str,
    subject: str | None = None,
    client: str | None = None,
) -> None:
    """Record what came of a submit. `account` and `subject` say for whom it was made, `client` is the program's name
    for itself."""
    if _recorder is None:
        return
    _recorder.starts.add(1, {"workflow": workflow, "outcome": outcome})
    _note(
        f"{workflow} {outcome}",
        event="submitted",
        outcome=outcome,
        workflow=workflow,
        execution_id=execution_id,
        account=account,
        subject=subject,
        client=client,
    )


def ended(execution_id: str, workflow: str | None, status: str, seconds: float | None, *, account: str) -> None:
    """Record the end of an execution, once however often it is seen. `seconds` that it took; None: not known."""
    if _recorder is None or not _recorder.is_new_end(execution_id):
        return
    facts = {"workflow": (workflow or "unknown")[:WORD_LENGTH], "status": status[:WORD_LENGTH]}
    _recorder.ends.add(1, facts)
    if seconds is not None:
        _recorder.duration.record(seconds, facts)
    took = None if seconds is None else round(seconds, 1)
    words = f"{facts['workflow']} {facts['status']}"
    _note(words, event="ended", **facts, execution_id=execution_id, account=account, seconds=took)


def end_seen(lag: float) -> None:
    """Record that an end was seen at most `lag` seconds after it came."""
    if _recorder is not None:
        _recorder.lag.record(lag)


def gauge(name: str, description: str, read: Gauge) -> None:
    """Have `read` asked for what stands whenever metrics are collected."""
    if _recorder is not None:
        _recorder.gauge(name, description, read)


def _note(words: str, **facts: str | float | None) -> None:
    given = {name: _bounded(value) for name, value in facts.items() if value is not None}
    named = [f"{name} {given[name]}" for name in NAMED if name in given]
    EVENTS.info("%s", ", ".join([words, *named]), extra={"facts": given})


def _bounded(value: str | float) -> str | float:
    return " ".join(value.split())[:FACT_LENGTH] if isinstance(value, str) else value


class Recorder:
    """The instruments of one process."""

    def __init__(self, meters: MeterProvider | None = None, tracers: trace.TracerProvider | None = None) -> None:
        # Traces are there with the MCP SDK; metrics take 30 ms, and a stdio server has no use for them.
        from opentelemetry import metrics

        self._meter = meter = metrics.get_meter(NAME, __version__, meters)
        self._tracer = trace.get_tracer(NAME, __version__, tracers)
        self._ended: OrderedDict[str, None] = OrderedDict()
        self.starts = meter.create_counter(
            "videogen.executions.started", "{execution}", "Submits by workflow and by what came of them"
        )
        self.ends = meter.create_counter("videogen.executions.ended", "{execution}", "Ends seen, by workflow and state")
        self.duration = meter.create_histogram(
            "videogen.execution.duration",
            "s",
            "From the submit to the end",
            explicit_bucket_boundaries_advisory=EXECUTION_SECONDS,
        )
        self.lag = meter.create_histogram(
            "videogen.execution.lag",
            "s",
            "For how long an end was not seen, at most",
            explicit_bucket_boundaries_advisory=LAG_SECONDS,
        )
        self.requests = meter.create_histogram(
            "http.client.request.duration",
            "s",
            "Requests to VideoGen, by operation and status",
            explicit_bucket_boundaries_advisory=REQUEST_SECONDS,
        )

    def requested(self, method: str, operation: str, status: int | None, seconds: float) -> None:
        """Record a request as metric and span, in the words of OpenTelemetry's conventions for HTTP clients."""
        facts: dict[str, str | int] = {"http.request.method": method, "url.template": operation}
        failed = status is None or status >= 400
        if status is not None:
            facts["http.response.status_code"] = status
        if failed:
            facts["error.type"] = "no_answer" if status is None else str(status)
        self.requests.record(seconds, facts)
        end = time.time_ns()
        span = self._tracer.start_span(
            f"{method} {operation}", kind=trace.SpanKind.CLIENT, attributes=facts, start_time=end - int(seconds * 1e9)
        )
        if failed:
            span.set_status(trace.StatusCode.ERROR)
        span.end(end)

    def is_new_end(self, execution_id: str) -> bool:
        """Return whether this process has not counted the end of an execution yet; it counts now."""
        if execution_id in self._ended:
            return False
        self._ended[execution_id] = None
        while len(self._ended) > ENDS_REMEMBERED:
            self._ended.popitem(last=False)
        return True

    def gauge(self, name: str, description: str, read: Gauge) -> None:
        """Ask `read` whenever metrics are collected."""
        from opentelemetry.metrics import CallbackOptions, Observation

        def observe(options: CallbackOptions) -> Iterable[Observation]:
            return [Observation(value, facts) for value, facts in read()]

        self._meter.create_observable_gauge(name, [observe], description=description)
