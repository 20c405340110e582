"""However a host ends the server, and whenever: it leaves with 0 within a second, and the next process goes on."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.eras import in_eras
from tests.e2e.processes import Process, start
from tests.e2e.upstream import SUBMIT, Gateway, Sandbox
from tests.e2e.wire import ERAS, META, SOON, VERSIONS, Era, Server, environment, serving
from tests.generated import is_full
from videogen_mcp.protocol.stdio import HARD_EXIT

if sys.platform == "win32":
    pytest.skip("Windows ends servers by closing their input, which test_stdio does", allow_module_level=True)

LEAVES_WITHIN = HARD_EXIT + 2.0
"""Seconds. The process gives itself HARD_EXIT; the rest is for a machine that has no time to end it at once."""

BETWEEN_SIGNALS = 0.1
"""Seconds from Claude Code's SIGINT to its SIGTERM (research on real clients)."""


def end_of_input(server: Server) -> None:
    assert server.process.stdin is not None
    server.process.stdin.close()


def sigterm(server: Server) -> None:
    server.signal(signal.SIGTERM)


def sigint(server: Server) -> None:
    server.signal(signal.SIGINT)


def sigint_then_sigterm(server: Server) -> None:
    server.signal(signal.SIGINT)
    try:
        server.process.wait(BETWEEN_SIGNALS)
    except subprocess.TimeoutExpired:
        server.signal(signal.SIGTERM)


Way = Callable[[Server], None]
WAYS: tuple[Way, ...] = (end_of_input, sigterm, sigint, sigint_then_sigterm)


def named(value: Way | Era) -> str:
    return value if isinstance(value, str) else value.__name__


def ways(*quick: Way) -> pytest.MarkDecorator:
    """All ways out in both eras in `.ci/run`, elsewhere these, and the eras take turns: a signal does not know them."""
    pairs = itertools.product(WAYS, ERAS) if is_full() else zip(quick, ERAS * 2, strict=False)
    return pytest.mark.parametrize(("way_out", "era"), [*pairs], ids=named)


def alone(*quick: Way, full: Sequence[Way] = WAYS) -> pytest.MarkDecorator:
    """All of these ways out in `.ci/run`, some elsewhere, in one era."""
    return pytest.mark.parametrize("way_out", full if is_full() else quick, ids=named)


def leave(server: Server, way_out: Way) -> None:
    """End the server and check how it goes."""
    asked = time.monotonic()
    way_out(server)
    assert server.wait() == 0
    took = time.monotonic() - asked
    assert took <= LEAVES_WITHIN, f"it left after {took:.2f} s"
    assert server.errors() == ""


def journal_rows(state_dir: Path) -> list[dict[str, Any]]:
    """What the journal holds, newest first; the file itself must be sound."""
    with contextlib.closing(sqlite3.connect(state_dir / "journal.sqlite3")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.row_factory = sqlite3.Row
        rows = db.execute("SELECT * FROM executions ORDER BY submitted_at DESC").fetchall()
    return [dict(row) for row in rows]


def listed(server: Server, execution_id: str) -> dict[str, Any]:
    """The row of an execution in list_executions."""
    rows = server.call("list_executions", limit=100).structured["executions"]
    return next(dict(row) for row in rows if row.get("execution_id") == execution_id)


@pytest.fixture(scope="module")
def later(state_dir: Path) -> Iterator[Server]:
    """Another process of the same state directory."""
    with serving(state_dir) as server:
        yield server


def test_it_gives_itself_less_time_than_hosts_do() -> None:
    assert HARD_EXIT < 1.0  # Hosts kill what is there a second after they closed its input or sent a signal.


@ways(*WAYS)
def test_it_leaves_at_once_when_nothing_runs(state_dir: Path, era: Era, way_out: Way) -> None:
    with serving(state_dir, era) as server:
        leave(server, way_out)


@alone(end_of_input, sigterm)
def test_it_leaves_before_it_was_greeted(state_dir: Path, way_out: Way) -> None:
    with serving(state_dir, greeted=False) as server:
        # The handlers of signals stand before the first line is read.
        server.notify("notifications/initialized")
        server.request("ping")
        server.until(lambda: server.requests[1].response is not None, SOON, "any answer")
        leave(server, way_out)


@ways(end_of_input, sigint)
def test_a_waiting_call_ends_and_its_execution_is_kept(state_dir: Path, later: Server, era: Era, way_out: Way) -> None:
    with serving(state_dir, era) as server:
        call = server.start("generate_sound_effect", prompt="a bell [[delay 1s]]", duration_seconds=1)
        execution_id = call.until("accepted").rsplit(" ", 1)[1]
        call.until("running")
        leave(server, way_out)
        if way_out is end_of_input:
            answer = call.answer()
            assert (answer.status, answer.execution_id) == ("running", execution_id)

    (row,) = [row for row in journal_rows(state_dir) if row["execution_id"] == execution_id]
    assert (row["state"], row["delivered_at"]) == ("running", None)
    assert listed(later, execution_id)["delivered"] is False
    answer = later.call("wait_for_execution", execution_id=execution_id)
    assert answer.execution_id == execution_id
    assert httpx.get(answer.structured["files"][0]["preview_url"]).status_code == 200


@ways(sigterm, sigint_then_sigterm)
def test_a_submit_on_the_wire_is_answered_into_the_journal(
    way: Gateway, tmp_path: Path, era: Era, way_out: Way
) -> None:
    with serving(tmp_path, era, settings=way.settings) as server:
        submit = way.hold(SUBMIT, "after")
        server.start("generate_sound_effect", prompt="a bell [[delay 60s]]", duration_seconds=1)
        assert submit.came.wait(SOON)
        submit.let_go.set()
        leave(server, way_out)

    (row,) = journal_rows(tmp_path)
    assert row["state"] == "running"
    assert row["execution_id"] in way.sandbox.executions()


@ways(sigint_then_sigterm)
def test_a_submit_that_is_never_answered_is_found_by_the_next_process(
    way: Gateway, tmp_path: Path, era: Era, way_out: Way
) -> None:
    with serving(tmp_path, era, settings=way.settings) as server:
        server.call("generate_sound_effect", prompt="a bell", duration_seconds=1)
        before = way.sandbox.executions()
        submit = way.hold(SUBMIT, "after")
        server.start("generate_sound_effect", prompt="a gong", duration_seconds=1)
        assert submit.came.wait(SOON)
        leave(server, way_out)

    (accepted,) = set(way.sandbox.executions()) - set(before)
    assert journal_rows(tmp_path)[0]["execution_id"] is None
    with serving(tmp_path, era, settings=way.settings) as server:
        row = listed(server, accepted)
        assert (row["about"], row["delivered"]) == ("a gong", False)
        assert server.call("wait_for_execution", execution_id=accepted).status == "succeeded"
    assert way.submits == 2


# -- frameworks that start a process per call --------------------------------------------------------------------------


@in_eras(quick="modern")
def test_one_process_begins_another_finds_a_third_ends_and_links_outlive_them_all(state_dir: Path, era: Era) -> None:
    with serving(state_dir, era, settings={"VIDEOGEN_MCP_WAIT": "0"}) as first:
        begun = first.call("generate_sound_effect", prompt="a bell [[delay 1s]]", duration_seconds=1)
        assert (begun.status, begun.is_error) == ("running", False)
    with serving(state_dir, era) as second:
        assert listed(second, begun.execution_id)["delivered"] is False
    with serving(state_dir, era) as third:
        ended = third.call("wait_for_execution", execution_id=begun.execution_id)
        (file,) = ended.structured["files"]
    assert httpx.get(file["preview_url"]).status_code == 200
    assert httpx.get(file["page_url"]).status_code == 200
    with serving(state_dir, era) as fourth:
        assert listed(fourth, begun.execution_id)["delivered"] is True


def test_processes_that_come_at_once_share_one_sandbox(own_state_dir: Path) -> None:
    with contextlib.ExitStack() as processes:
        servers = [processes.enter_context(serving(own_state_dir)) for _ in range(3)]
        calls = [server.start("generate_sound_effect", prompt="a bell", duration_seconds=1) for server in servers]
        made = [call.answer() for call in calls]
    assert {answer.status for answer in made} == {"succeeded"}
    addresses = {answer.structured["files"][0]["page_url"].split("/media/")[0] for answer in made}
    assert len(addresses) == 1
    assert set(Sandbox.of(own_state_dir).executions()) == {answer.execution_id for answer in made}


# -- hosts that do not listen ------------------------------------------------------------------------------------------

UNREAD = 12
"""Lists of tools, 20 kB each: more than a pipe holds."""


@alone(end_of_input, sigterm, full=WAYS[:3])
def test_it_leaves_when_the_host_has_stopped_reading(own_state_dir: Path, way_out: Way) -> None:
    """homeassistant-ai/ha-mcp#2029, modelcontextprotocol/python-sdk#2231."""
    with unheard(own_state_dir) as process:
        for number in range(UNREAD):
            write(process, {"jsonrpc": "2.0", "id": number, "method": "tools/list", "params": ENVELOPE})
        assert process.stdout is not None
        assert process.stdout.read(1)  # It has begun to answer; nothing more is read.
        asked = time.monotonic()
        if way_out is end_of_input:
            assert process.stdin is not None
            process.stdin.close()
        else:
            process.send_signal(signal.SIGTERM if way_out is sigterm else signal.SIGINT)
        assert process.wait(SOON) == 0
        assert time.monotonic() - asked <= LEAVES_WITHIN


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT] if is_full() else [signal.SIGTERM])
def test_it_leaves_when_nobody_reads_its_log(own_state_dir: Path, number: signal.Signals) -> None:
    unread, full = os.pipe()
    os.set_blocking(full, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(full, b"." * 4096)
    os.set_blocking(full, True)
    try:
        with unheard(own_state_dir, log=full, VIDEOGEN_MCP_LOG_LEVEL="INFO") as process:
            write(process, {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": ENVELOPE})
            assert process.stdout is not None
            assert process.stdout.read(1)
            process.send_signal(number)
            asked = time.monotonic()
            assert process.wait(SOON) == 0
            assert time.monotonic() - asked <= LEAVES_WITHIN
    finally:
        os.close(unread)
        os.close(full)


def test_it_leaves_when_the_host_has_closed_its_end(own_state_dir: Path) -> None:
    """anthropics/claude-code#37482, web-infra-dev/midscene#2157: EPIPE on stdout."""
    with unheard(own_state_dir) as process:
        assert process.stdout is not None
        process.stdout.close()
        write(process, {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": ENVELOPE})
        assert process.wait(SOON) == 0


@pytest.mark.usefixtures("sandbox")  # It runs already: to start one takes longer than calls have in the end.
@in_eras(quick="legacy")
def test_requests_that_are_piped_in_one_go_are_answered_before_it_leaves(state_dir: Path, era: Era) -> None:
    """modelcontextprotocol/python-sdk#2678, go-sdk#1061: `printf … | videogen-mcp`."""
    answers = piped(
        state_dir,
        era,
        *(("tools/list", {}), ("prompts/list", {}), ("resources/list", {}), ("resources/templates/list", {})),
        *(called("list_executions"), called("list_voices"), called("find_files")),
    )
    assert all("result" in answer for answer in answers), answers
    assert not any(answer["result"].get("isError") for answer in answers), answers


@pytest.mark.usefixtures("sandbox")
@in_eras(quick="modern")
def test_what_was_piped_in_one_go_and_takes_long_is_answered_with_its_id(
    state_dir: Path, later: Server, era: Era
) -> None:
    wish = called("generate_sound_effect", prompt=f"a bell of {era} [[delay 60s]]", duration_seconds=1)
    (first,), (again,) = piped(state_dir, era, wish), piped(state_dir, era, wish)
    answer, repeated = first["result"]["structuredContent"], again["result"]["structuredContent"]
    assert (answer["status"], repeated["status"]) == ("running", "running")
    assert answer["execution_id"] == repeated["execution_id"]
    assert listed(later, answer["execution_id"])["delivered"] is False


def called(tool: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    return "tools/call", {"name": tool, "arguments": arguments}


def piped(state_dir: Path, era: Era, *requests: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Write all to a server at once and close its input; return the answers in order."""
    envelope = ENVELOPE if era == "modern" else {}
    messages: list[dict[str, Any]] = [
        {"id": number, "method": method, "params": {**params, **envelope}}
        for number, (method, params) in enumerate(requests)
    ]
    if era == "legacy":
        client = {"protocolVersion": VERSIONS[era], "capabilities": {}, "clientInfo": {"name": "pipe", "version": "1"}}
        greeting = {"id": "greeting", "method": "initialize", "params": client}
        messages = [greeting, {"method": "notifications/initialized"}, *messages]
    process = start((), environment(state_dir))
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdin as asked, process.stdout as answered, process.stderr as log:
        asked.write(b"".join(json.dumps({"jsonrpc": "2.0", **one}).encode() + b"\n" for one in messages))
        asked.close()
        answers = {answer["id"]: answer for answer in map(json.loads, answered)}
        assert (process.wait(SOON), log.read()) == (0, b"")
    return [answers[number] for number in range(len(requests))]


ENVELOPE = {
    "_meta": {
        f"{META}protocolVersion": VERSIONS["modern"],
        f"{META}clientInfo": {"name": "wire", "version": "1.0"},
        f"{META}clientCapabilities": {},
    }
}


def write(process: Process, message: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()


@contextlib.contextmanager
def unheard(state_dir: Path, log: int = subprocess.DEVNULL, **settings: str) -> Iterator[Process]:
    """A server process whose answers nobody reads, and its log neither."""
    process = start((), environment(state_dir, **settings), stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for end in (process.stdin, process.stdout):
            assert end is not None
            with contextlib.suppress(BrokenPipeError):
                end.close()
