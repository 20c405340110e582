"""Clients that people really use, on Node: the official TypeScript SDK at its limits, and the Inspector.

`NODE_DELAY=180` makes the execution last three minutes with the SDK's own 60 s limit and no setting at all; the
default is the same story in seconds.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.eras import in_eras
from tests.e2e.node import Clients
from tests.e2e.wire import ERAS, Era, environment

DELAY = int(os.environ.get("NODE_DELAY", "9"))
"""Seconds of the long execution."""

SDK_LIMIT = 60
"""Seconds after which the SDK gives up by itself."""

SERVER = [sys.executable, "-m", "videogen_mcp"]


@pytest.fixture(scope="module")
def clients() -> Clients:
    return Clients.installed()


def asked(state_dir: Path, client: str, delay: int, timeout: float | None, **settings: str) -> dict[str, Any]:
    """The agent's instructions: a sound effect that takes `delay` seconds, with a limit of its own or the SDK's."""
    instructions = {
        "command": SERVER[0],
        "args": SERVER[1:],
        "env": environment(state_dir, **settings),
        "client": client,
        "tool": "generate_sound_effect",
        "arguments": {"prompt": f"a bell [[delay {delay}s]]", "duration_seconds": 1},
    }
    return instructions if timeout is None else {**instructions, "timeout": timeout * 1000}


def check_end(calls: list[dict[str, Any]]) -> None:
    """The last call brought the file, of the execution that the first one began, and only one was ever begun."""
    last = calls[-1]["structured"]
    assert last["status"] == "succeeded"
    assert httpx.get(last["files"][0]["preview_url"]).status_code == 200
    assert [call["tool"] for call in calls].count("generate_sound_effect") == 1
    assert all(call.get("rising", True) for call in calls)


def test_a_long_execution_reaches_the_agent_without_any_error(clients: Clients, state_dir: Path) -> None:
    if DELAY > SDK_LIMIT:
        instructions = asked(state_dir, "an-agent", DELAY, None)
    else:
        instructions = asked(state_dir, "an-agent", DELAY, 6.0, VIDEOGEN_MCP_WAIT="4")
    calls = clients.agent(instructions, within=DELAY + 90)
    assert not any(call.get("cut") or call.get("isError") for call in calls)
    assert [call["structured"]["status"] for call in calls] == ["running"] * (len(calls) - 1) + ["succeeded"]
    assert len(calls) > 2
    assert len({call["structured"]["execution_id"] for call in calls}) == 1
    check_end(calls)


def test_a_limit_of_five_seconds_is_learned_from_the_first_call_it_cuts(clients: Clients, state_dir: Path) -> None:
    calls = clients.agent(asked(state_dir, "an-impatient-agent", 12, 5.0), within=60)
    assert [call.get("cut", False) for call in calls] == [True] + [False] * (len(calls) - 1)
    assert calls[1]["tool"] == "list_executions"
    assert all(call["seconds"] < 5 for call in calls[1:])
    check_end(calls)


@pytest.mark.parametrize("era", ERAS)
def test_the_inspector_finds_nothing_to_complain_about(
    clients: Clients, state_dir: Path, tmp_path: Path, era: Era
) -> None:
    place = ["-e", f"VIDEOGEN_MCP_STATE_DIR={state_dir}", "-e", "VIDEOGEN_MCP_TOOLSETS=all", "--protocol-era", era]
    done = clients.inspector(*place, "--method", "tools/list", "--strict", *SERVER, home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["tools"][0]["name"] == "generate_image"


@in_eras(quick="legacy")
@pytest.mark.parametrize(
    ("tool", "arguments", "status"),
    [
        ("generate_sound_effect", {"prompt": "a bell", "duration_seconds": 1}, "succeeded"),
        ("generate_image", {"prompt": "a pear", "aspect_ratio": "1:1"}, "succeeded"),
        ("generate_image", {"prompt": "a pear", "aspect_ratio": "shapeless"}, "failed"),
    ],
    ids=["sound", "image", "refused"],
)
def test_the_inspector_calls_tools(
    clients: Clients,
    state_dir: Path,
    tmp_path: Path,
    era: Era,
    tool: str,
    arguments: dict[str, Any],
    status: str,
) -> None:
    place = ["-e", f"VIDEOGEN_MCP_STATE_DIR={state_dir}", "--protocol-era", era, "--quiet"]
    call = ["--method", "tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments)]
    done = clients.inspector(*place, *call, *SERVER, home=tmp_path)
    answer = json.loads(done.stdout)
    assert answer["structuredContent"]["status"] == status
    assert answer.get("isError", False) is (status == "failed")
    if status == "succeeded":
        (file,) = answer["structuredContent"]["files"]
        assert httpx.get(file["preview_url"]).status_code == 200
