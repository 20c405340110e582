"""What hosts do to calls, over the wire: they cut them at five seconds, cancel them, and spend their user's money."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.eras import eras, in_eras
from tests.e2e.upstream import Gateway, Sandbox
from tests.e2e.wire import SOON, Answer, Era, Request, Server, WireError, serving
from videogen_mcp.calls.upstream import SANDBOX
from videogen_mcp.executions.journal import Journal

LIMIT = 5.0
"""Seconds after which the OpenAI Agents SDK and Google's ADK cut a call (research on real clients)."""

LONG_BELL = {"prompt": "a bell [[delay 7s]]", "duration_seconds": 1}
SHORT_BELL = {"prompt": "a bell", "duration_seconds": 1}


def cut_at(call: Request, limit: float) -> Answer | None:
    """What a host with such a limit gets from a call: its answer, or nothing, and the server a cancellation."""
    with contextlib.suppress(WireError):
        return Answer.of(call.wait(limit)["result"])
    call.cancel(f"request timed out after {limit:.0f} s")
    return None


def cuts(state_dir: Path, client: str) -> list[float]:
    """After how many seconds this client cut calls, as the journal has it."""
    with contextlib.closing(sqlite3.connect(state_dir / "journal.sqlite3")) as db:
        habits = f"{SANDBOX.name}|{client}|%"
        return [row[0] for row in db.execute("SELECT elapsed FROM cuts WHERE client LIKE ?", (habits,))]


def rows(server: Server) -> list[dict[str, Any]]:
    return list(server.call("list_executions", limit=100).structured["executions"])


def begun(server: Server, **arguments: Any) -> tuple[Request, str]:
    """A running call and the id of its execution."""
    call = server.start("generate_sound_effect", **arguments)
    return call, call.until("accepted").rsplit(" ", 1)[1]


@pytest.fixture(scope="module", params=eras(quick="legacy"))
def server(request: pytest.FixtureRequest, state_dir: Path) -> Iterator[Server]:
    """A server without settings, for tests whose calls do not mind each other."""
    with serving(state_dir, request.param) as server:
        yield server


# -- hosts that cut calls ------------------------------------------------------------------------------------------


@in_eras(quick="legacy")
def test_a_host_that_cuts_at_five_seconds_is_served_by_a_setting(state_dir: Path, era: Era) -> None:
    with serving(state_dir, era, client=f"five-{era}", settings={"VIDEOGEN_MCP_WAIT": "4"}) as server:
        answer = cut_at(server.start("generate_sound_effect", **LONG_BELL), LIMIT)
        assert answer is not None
        assert (answer.status, answer.is_error) == ("running", False)
        assert f'wait_for_execution with execution_id "{answer.execution_id}"' in answer.text
        assert answer.structured["next_step"] in answer.text
        assert 0 < answer.structured["progress_percentage"] < 100

        execution_id, tries = answer.execution_id, 0
        while answer.status == "running":
            tries += 1
            assert tries < 5
            again = cut_at(server.start("wait_for_execution", execution_id=execution_id), LIMIT)
            assert again is not None
            answer = again
        assert answer.file_id
        assert answer.execution_id == execution_id
    assert cuts(state_dir, f"five-{era}") == []


@in_eras(quick="modern")
def test_without_a_setting_the_first_cut_teaches_the_limit_and_nothing_is_lost(state_dir: Path, era: Era) -> None:
    client = f"learning-{era}"
    with serving(state_dir, era, client=client) as server:
        assert cut_at(server.start("generate_sound_effect", **LONG_BELL), LIMIT) is None
        assert len(server.tools()) > 10

    # The next session of this host, in another process: what was learned and what runs is still known.
    with serving(state_dir, era, client=client) as server:
        (learned,) = cuts(state_dir, client)
        assert abs(learned - LIMIT) < 0.5
        undelivered = [row for row in rows(server) if row.get("delivered") is False]
        lost = next(row for row in undelivered if row.get("about") == LONG_BELL["prompt"])
        for _ in range(4):
            call = server.start("wait_for_execution", execution_id=lost["execution_id"])
            answer = cut_at(call, LIMIT)
            assert answer is not None, "cut again, although the limit was known"
            assert call.took < LIMIT - 0.5
            if answer.status != "running":
                break
        assert answer is not None
        assert answer.file_id
    assert len(cuts(state_dir, client)) == 1


@in_eras(quick="legacy")
def test_the_same_call_made_again_after_a_cut_is_one_execution(state_dir: Path, era: Era) -> None:
    wish = {"prompt": f"a bell of {era} [[delay 10s]]", "duration_seconds": 1}
    with serving(state_dir, era, client=f"wishing-{era}") as server:
        assert cut_at(server.start("generate_sound_effect", **wish), LIMIT) is None
        call = server.start("generate_sound_effect", **wish)
        answer = cut_at(call, LIMIT)
        assert answer is not None, "cut again, although the limit was known"
        assert answer.status == "running"
        assert "nothing was started again" in answer.text
    # Each session of some frameworks is another process.
    with serving(state_dir, era, client=f"wishing-{era}") as server:
        again = server.call("generate_sound_effect", **wish)
        while again.status == "running":
            again = server.call("wait_for_execution", execution_id=again.execution_id)
        assert again.execution_id == answer.execution_id
        assert [row.get("about") for row in rows(server)].count(wish["prompt"]) == 1
        assert server.call("generate_sound_effect", **wish).execution_id != answer.execution_id


def test_another_host_is_not_hurried_by_what_one_has_taught(state_dir: Path) -> None:
    journal = Journal.in_file(state_dir / "journal.sqlite3")
    journal.client_cancelled(f"{SANDBOX.name}|hasty|modern|stdio|progress", LIMIT, time.time())
    journal.close()
    with serving(state_dir, client="patient") as server:
        call = server.start("generate_sound_effect", prompt="a bell [[delay 6s]]", duration_seconds=1)
        assert call.answer().status == "succeeded"
        assert call.took > LIMIT


@in_eras(quick="modern")
def test_nothing_is_answered_to_a_call_that_was_cut(state_dir: Path, era: Era) -> None:
    with serving(state_dir, era, client="cutter") as server:
        call, execution_id = begun(server, prompt="a bell [[delay 1s]]", duration_seconds=1)
        call.cancel()
        ended = server.call("wait_for_execution", execution_id=execution_id)
        assert ended.status == "succeeded"
        assert call.response is None or "error" in call.response


# -- what a cancelled call means upstream --------------------------------------------------------------------------


def test_a_cancelled_call_keeps_its_execution(server: Server, sandbox: Sandbox) -> None:
    call, execution_id = begun(server, prompt="a bell [[stall]]", duration_seconds=1)
    call.cancel()
    assert next(row for row in rows(server) if row.get("execution_id") == execution_id)["delivered"] is False
    assert sandbox.execution(execution_id)["status"] == "running"
    assert server.call("cancel_execution", execution_id=execution_id).status == "cancelled"


@in_eras(quick="modern")
def test_on_the_users_wish_a_cancelled_call_cancels_its_execution(state_dir: Path, sandbox: Sandbox, era: Era) -> None:
    with serving(state_dir, era, settings={"VIDEOGEN_MCP_ON_CANCEL": "cancel"}) as server:
        call, execution_id = begun(server, prompt="a bell [[stall]]", duration_seconds=1)
        call.cancel()
        ended = server.call("wait_for_execution", execution_id=execution_id, wait_seconds=SOON)
        assert ended.status == "cancelled"
        assert sandbox.execution(execution_id)["status"] in ("cancelled", "canceled")


def test_on_the_users_wish_leaving_cancels_what_runs(state_dir: Path, sandbox: Sandbox) -> None:
    with serving(state_dir, settings={"VIDEOGEN_MCP_ON_CANCEL": "cancel"}) as server:
        _, execution_id = begun(server, prompt="a bell [[stall]]", duration_seconds=1)
    assert sandbox.execution(execution_id)["status"] in ("cancelled", "canceled")


# -- cancel_execution ----------------------------------------------------------------------------------------------


def test_cancelling_what_runs_ends_it_and_whoever_waits_hears_of_it(server: Server) -> None:
    waiting, execution_id = begun(server, prompt="a bell [[stall]]", duration_seconds=1)
    cancelled = server.call("cancel_execution", execution_id=execution_id)
    assert (cancelled.status, cancelled.is_error) == ("cancelled", False)
    ended = waiting.answer()
    assert (ended.status, ended.is_error) == ("cancelled", True)
    assert execution_id in ended.text


def test_cancelling_what_has_finished_brings_its_result(server: Server) -> None:
    made = server.call("generate_sound_effect", **SHORT_BELL)
    late = server.call("cancel_execution", execution_id=made.execution_id)
    assert (late.status, late.is_error) == ("succeeded", False)
    assert late.file_id == made.file_id


def test_cancelling_twice_is_the_same_as_once(server: Server) -> None:
    _, execution_id = begun(server, prompt="a bell [[stall]]", duration_seconds=1)
    assert server.call("cancel_execution", execution_id=execution_id).status == "cancelled"
    assert server.call("cancel_execution", execution_id=execution_id).status == "cancelled"


# -- failures and other ends ---------------------------------------------------------------------------------------


def test_a_failed_execution_is_an_error_with_its_reason_and_the_way_out(server: Server) -> None:
    prompt = "a bell [[fail insufficient_credits]]"
    answer = server.call("generate_sound_effect", prompt=prompt, duration_seconds=1)
    assert (answer.status, answer.is_error) == ("failed", True)
    assert answer.structured["error"]["code"] == "insufficient_credits"
    assert answer.structured["next_step"] in answer.text


def test_an_execution_that_waits_for_approval_is_handed_back_at_once(server: Server) -> None:
    answer = server.call("generate_sound_effect", prompt="a bell [[approval]]", duration_seconds=1)
    assert (answer.status, answer.is_error) == ("awaiting_approval", False)
    assert answer.execution_id in answer.structured["next_step"]
    assert server.call("cancel_execution", execution_id=answer.execution_id).status == "cancelled"


def test_an_attempt_that_breaks_does_not_let_the_progress_fall(server: Server) -> None:
    call = server.start("generate_sound_effect", prompt="a bell [[attempts 2]] [[delay 2s]]", duration_seconds=1)
    assert call.answer().status == "succeeded"
    assert len(call.progress) > 3


def test_an_execution_of_the_account_that_was_never_submitted_here_can_be_waited_for(
    way: Gateway, state_dir: Path, tmp_path: Path
) -> None:
    with serving(state_dir) as ours, serving(tmp_path, settings=way.settings) as stranger:
        made = ours.call("generate_sound_effect", **SHORT_BELL)
        found = stranger.call("wait_for_execution", execution_id=made.execution_id)
        assert found.file_id == made.file_id


# -- the spending guard --------------------------------------------------------------------------------------------


def test_the_spending_guard_counts_across_processes_and_refuses_before_anything_is_sent(
    way: Gateway, tmp_path: Path
) -> None:
    settings = {**way.settings, "VIDEOGEN_MCP_MAX_EXECUTIONS": "2"}
    for _ in range(2):
        with serving(tmp_path, settings=settings) as server:
            assert server.call("generate_sound_effect", **SHORT_BELL).status == "succeeded"
    with serving(tmp_path, settings=settings) as server:
        refused = server.call("generate_sound_effect", **SHORT_BELL)
        assert refused.is_error
        assert refused.structured["error"]["code"] == "spending_limit"
        assert "VIDEOGEN_MCP_MAX_EXECUTIONS" in refused.text
        assert len(rows(server)) >= 2
    assert way.submits == 2


def test_calls_at_the_same_time_do_not_pass_the_spending_guard_together(way: Gateway, tmp_path: Path) -> None:
    settings = {**way.settings, "VIDEOGEN_MCP_MAX_EXECUTIONS": "3"}
    with serving(tmp_path, settings=settings) as one, serving(tmp_path, settings=settings) as other:
        calls = [server.start("generate_sound_effect", **SHORT_BELL) for server in (one, other) * 3]
        answers = [call.answer() for call in calls]
    assert sorted(answer.status for answer in answers) == ["failed"] * 3 + ["succeeded"] * 3
    assert way.submits == 3
