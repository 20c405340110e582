"""SIGKILL at any moment of a call: whatever the sandbox accepted is found by the next process, and nothing twice.

`KILLS` sets how many random moments, `KILL_SEED` the first batch of them; a failure prints the line that replays it.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from tests.e2e.upstream import POLL, SUBMIT, Gateway, Sandbox, gateway
from tests.e2e.wire import SOON, Request, Server, WireError, serving
from tests.generated import is_full
from videogen_sandbox.process import launcher

if sys.platform == "win32":
    pytest.skip("there is no SIGKILL", allow_module_level=True)

KILLS = int(os.environ.get("KILLS", "5"))
SEED = int(os.environ.get("KILL_SEED", "1"))

BATCH = 5
"""Kills of one test."""

WHOLE_CALL = 1.0
"""Seconds that a call takes here: the moments of killing lie in it."""

BEFORE_THE_ANSWER = 0.03
"""Seconds from the arrival of a call to its submit, and from there to the answer: what is between them is rare and
matters most, so a part of the kills aims there."""

Moment = Callable[[Request, random.Random], None]
"""Waits for the moment of the kill."""


def at_any_time(call: Request, dice: random.Random) -> None:
    _pause(call, dice.uniform(0, WHOLE_CALL))


def around_the_submit(call: Request, dice: random.Random) -> None:
    _pause(call, dice.uniform(0, BEFORE_THE_ANSWER))


def once_it_says(words: str) -> Moment:
    def moment(call: Request, dice: random.Random) -> None:
        call.until(words)
        _pause(call, dice.uniform(0, 0.01))

    moment.__name__ = words
    return moment


MOMENTS: tuple[Moment, ...] = (
    at_any_time,
    around_the_submit,
    around_the_submit,
    once_it_says("submitting"),
    once_it_says("accepted"),
    once_it_says("running"),
    once_it_says("succeeded"),
)


def _pause(call: Request, seconds: float) -> None:
    """Let so much time pass, or less if the answer comes."""
    with contextlib.suppress(WireError):
        call.wait(seconds)


@dataclass
class Ledger:
    """What the sandbox accepted so far, and how the kills went."""

    state_dir: Path
    known: set[str] = field(default_factory=set)
    accepted: int = 0

    def settle(self, server: Server, where: str) -> None:
        """After a kill, in the next process: at most one new execution, which it lists and brings to its end."""
        listed = server.call("list_executions", limit=100)
        assert not listed.is_error, f"{where}: {listed.text}"
        new = set(Sandbox.of(self.state_dir).executions()) - self.known
        assert len(new) <= 1, f"{where}: submitted twice"
        rows = {row.get("execution_id"): row for row in listed.structured["executions"]}
        for execution_id in new:
            assert execution_id in rows, f"{where}: lost {execution_id}: {listed.text}"
            ended = server.call("wait_for_execution", execution_id=execution_id)
            assert ended.status == "succeeded", f"{where}: {ended.text}"
            self.accepted += 1
        self.known |= new


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    folder = tmp_path_factory.mktemp("ledger")
    yield Ledger(folder)
    launcher.stop(folder)


@pytest.mark.parametrize("seed", range(SEED, SEED + max(KILLS // BATCH, 1)))
def test_a_kill_at_any_moment_loses_nothing_and_repeats_nothing(ledger: Ledger, seed: int) -> None:
    dice = random.Random(seed)
    kills = min(KILLS, BATCH)
    where = "before the first kill"
    for number in range(kills + 1):
        with serving(ledger.state_dir) as server:
            ledger.settle(server, where)
            if number == kills:
                break
            moment = dice.choice(MOMENTS)
            where = f"KILL_SEED={seed} KILLS={kills}: kill {number + 1}, {moment.__name__}"
            call = server.start("generate_sound_effect", prompt=f"a bell {seed} {number}", duration_seconds=1)
            moment(call, dice)
            server.kill()
    sys.stdout.write(f"{kills} kills, {ledger.accepted} executions accepted, all found again, none submitted twice\n")


@pytest.fixture(scope="module")
def own_way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Path]]:
    """A gateway to a sandbox of this module's own, and the state directory of the servers that use it."""
    folder = tmp_path_factory.mktemp("kills")
    with gateway(Sandbox.of(folder / "sandbox")) as opened:
        yield opened, folder / "state"
    launcher.stop(folder / "sandbox")


PLACES: list[tuple[str, Literal["before", "after"], bool]] = [
    (SUBMIT, "before", False),
    (SUBMIT, "after", True),
    (POLL, "after", True),
]
"""A request, when the kill comes, and whether the sandbox has taken the execution by then."""

if is_full():  # To the one who is killed a poll that was not read is as one that was answered too late.
    PLACES.append((POLL, "before", True))


@pytest.mark.parametrize(("request_line", "when", "taken"), PLACES)
def test_a_kill_inside_a_request_loses_nothing(
    own_way: tuple[Gateway, Path], request_line: str, when: Literal["before", "after"], taken: bool
) -> None:
    way, state_dir = own_way
    with serving(state_dir, settings=way.settings) as server:
        server.call("generate_sound_effect", prompt="a gong", duration_seconds=1)
        before, submits = way.sandbox.executions(), way.submits
        held = way.hold(request_line, when)
        # Words of its own: the same call after a kill would be answered with what the killed one started.
        prompt = f"a bell, {request_line} {when}"
        server.start("generate_sound_effect", prompt=prompt, duration_seconds=1)
        assert held.came.wait(SOON)
        server.kill()

    new = set(way.sandbox.executions()) - set(before)
    assert len(new) == taken
    with serving(state_dir, settings=way.settings) as server:
        rows = server.call("list_executions", limit=100).structured["executions"]
        for execution_id in new:
            (row,) = [row for row in rows if row.get("execution_id") == execution_id]
            assert row["delivered"] is False
            assert server.call("wait_for_execution", execution_id=execution_id).status == "succeeded"
        if not new:
            assert any("most likely it was not started" in row.get("note", "") for row in rows)
    assert way.submits == submits + 1
    held.let_go.set()
