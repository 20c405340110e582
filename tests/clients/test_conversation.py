"""The scripts: what a model does next, and what it takes for good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.conversation import AT_ONCE, Finding, Wishes, whole
from tests.clients.dialects import Call

FILE = "generate_image succeeded in 2 s (vg_tool_1). vg_file_1, image"
RUNNING = "generate_image is still running after 3.8 s (execution vg_tool_1). Call wait_for_execution"
CUT = "An error occurred while running the tool. Please try again."
REFUSED = "generate_sound_effect was not started: prompt is empty."


def played(answers: Iterator[str]) -> tuple[list[Call], dict[str, Finding]]:
    """Play the script with these answers, one for each call; return the calls, and what was found."""
    found: dict[str, Finding] = {}
    made: list[Call] = []
    wishes = Wishes("a-client", Path("picture.png"))
    script = whole(wishes, found, local_files=True, about_to_wait=lambda: None)
    calls = next(script)
    while True:
        made += calls
        try:
            calls = script.send([next(answers) for _ in calls])
        except StopIteration:
            return made, found


def test_a_client_that_gives_every_file_at_once_does_well() -> None:
    _, found = played(iter([FILE, FILE, REFUSED, *[FILE] * AT_ONCE, FILE, FILE]))
    assert all(one.good for one in found.values())
    assert found["workflow"].words == "file"


@pytest.mark.parametrize("cut", [CUT, "MCP tool 'generate_sound_effect' failed: Request 'tools/call' timed out."])
def test_a_call_that_was_cut_is_made_again_and_what_runs_is_waited_for(cut: str) -> None:
    made, found = played(iter([cut, RUNNING, FILE, FILE, REFUSED, *[FILE] * AT_ONCE, FILE, FILE]))
    assert made[0] == made[1]
    assert made[2] == Call("wait_for_execution", {"execution_id": "vg_tool_1"})
    assert found["repeated"].words == "file, 3 calls, 1 cut"


def test_five_calls_that_were_not_all_answered_are_followed_to_their_files() -> None:
    made, found = played(iter([FILE, FILE, REFUSED, FILE, RUNNING, CUT, FILE, FILE, *[FILE] * 4]))
    assert found["five"].good
    assert [call.tool for call in made].count("wait_for_execution") == 1


@pytest.mark.parametrize("answer", [CUT, RUNNING])
def test_what_never_comes_is_lost(answer: str) -> None:
    answers = [answer] * 60 + [FILE, REFUSED, *[FILE] * AT_ONCE, FILE, FILE]
    _, found = played(iter(answers))
    assert not found["repeated"].good
    assert found["repeated"].words.startswith("lost")


def test_a_refusal_without_its_reason_is_not_good() -> None:
    _, found = played(iter([FILE, FILE, CUT, *[FILE] * AT_ONCE, FILE, FILE]))
    assert not found["error"].good
