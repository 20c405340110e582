"""What the docs say of clients was measured, with the versions they name."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.clients import results
from tests.clients.conversation import Finding
from tests.clients.converters import CONVERTERS
from tests.clients.record import Wire
from tests.clients.results import Conversion
from tests.clients.table import CLIENTS


def test_every_client_was_tried_in_its_version_and_did_well() -> None:
    written = {(row.client, row.transport): row for row in results.read().runs}
    for client in CLIENTS:
        for transport in client.transports:
            row = written[client.name, transport]
            assert row.version == client.version, f"make test-clients ARGS={client.name}"
            assert row.good, results.line(row)


def test_nothing_was_lost_and_nothing_paid_twice() -> None:
    for row in results.read().runs:
        assert "twice" not in row.paid, row.client
        assert not [one for one in row.findings.values() if "lost" in one.words], row.client


def test_every_converter_of_schemas_takes_every_tool() -> None:
    written = {row.converter: row for row in results.read().conversions}
    for client in CLIENTS:
        for converter in client.converters:
            assert written[converter] == Conversion(converter, client.packages[0], [])
    assert written.keys() == CONVERTERS.keys()


def test_more_executions_than_wishes_are_not_good() -> None:
    row = results.read().runs[0]
    worse = replace(row, submits=row.wishes + 1)
    assert not worse.good
    assert worse.paid.startswith("paid twice")


@pytest.mark.parametrize("check", results.CHECKS)
def test_a_check_that_was_not_reached_is_not_good(check: str) -> None:
    row = results.read().runs[0]
    assert not replace(row, findings={name: one for name, one in row.findings.items() if name != check}).good
    assert not replace(row, findings={**row.findings, check: Finding(False, "lost")}).good


def test_a_record_tells_how_a_client_calls() -> None:
    about = {"clientInfo": {"name": "a-client", "version": "1"}, "protocolVersion": "2025-11-25"}
    call = {"method": "tools/call", "params": {"name": "make", "_meta": {"progressToken": 7}}}
    progress = {"method": "notifications/progress", "params": {"progressToken": 7, "progress": 1}}
    wire = Wire.of(
        [
            (1, "client", {"id": 0, "method": "initialize", "params": about}),
            (1, "server", {"id": 0, "result": {}}),
            (1, "client", {"id": 1, **call}),
            (2, "client", {"id": 1, **call}),
            (1, "server", progress),
            (2, "server", progress),
            (2, "server", progress),
            (1, "server", {"id": 1, "result": {}}),
            (1, "client", {"method": "notifications/cancelled", "params": {"requestId": 1}}),
            (2, "client", {"method": "notifications/cancelled", "params": {"requestId": 1}}),
        ]
    )
    assert wire == Wire("a-client", "2025-11-25", asked=True, progress=2, at_once=2, cut=1)


def test_the_recorder_passes_everything_on_and_writes_it_down(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    echo = "import sys\nfor line in sys.stdin: print(line, end='')\nsys.exit(7)"
    tap = [sys.executable, str(results.RESULTS.with_name("tap.py")), str(record), sys.executable, "-c", echo]
    done = subprocess.run(tap, input=b'{"id": 1}\nnot JSON\n', capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (7, b'{"id": 1}\nnot JSON\n')
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    for who in ("client", "server"):
        assert [message for _, _, writer, message in lines if writer == who] == [{"id": 1}, "not JSON\n"]
