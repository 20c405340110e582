"""Seeded storms: whatever breaks when, nothing is lost, nothing is submitted twice, every answer is in time.

A failing run prints its seed; `FAULT_SEED=<n> pytest tests/faults` replays it. `FAULT_RUNS` sets how many run.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.faults.declarations import OF_EACH_KIND
from tests.faults.service import Service
from tests.faults.world import World, world
from tests.generated import is_full
from tests.virtual import run_virtually
from videogen_mcp.calls import hosts
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply
from videogen_mcp.calls.timing import WAITING_FOR_NOTHING
from videogen_mcp.workflows import WORKFLOWS

RUNS = int(os.environ.get("FAULT_RUNS", "150" if is_full() else "50"))
BATCH = 50
SEEDS = [int(os.environ["FAULT_SEED"])] if "FAULT_SEED" in os.environ else range(RUNS)
GENERATE_IMAGE = next(workflow for workflow in WORKFLOWS if workflow.tool_name() == "generate_image")
CALLS: dict[str, dict[str, Any]] = {
    "generate_image": {"prompt": "a pear"},
    "script_to_video": {"script": "Tides rise twice a day."},
    "video_to_video": {"script": "like anime"},
    "export_project": {},
    "edit_project": {},
    "export_timeline": {},
    "import_url": {"url": "https://cdn.example/pear.png"},
    "ask_assistant": {"message": "Shorter."},
}
"""What is called in the storms; the older API has the first only."""
UNLISTED = ("export_timeline", "import_url", "ask_assistant")
"""What no list of the API shows."""
HOSTS = ("claude-ai", "mcp", "unknown", "claude-code")


class Agent:
    """Somebody who calls the tool, again when the host cut the call, and then follows the answers' advice."""

    def __init__(self, rng: random.Random, here: World) -> None:
        self.rng = rng
        self.here = here
        self.client = rng.choice(HOSTS)
        self.host_limit = rng.choice((None, None, 5.0, 60.0))
        self.progress: list[float] = []

    async def call(self, make: Any, budget: float) -> Reply | None:
        """One tool call; None when the host cut it. An answer later than the budget and a second is a failure."""
        self.progress = []

        async def send(value: float, total: float | None, message: str) -> None:
            assert len(message) <= 200
            self.progress.append(value)

        began = anyio.current_time()
        reply: Reply | None = None
        with anyio.move_on_after(self.host_limit):
            reply = await make(caller=Caller(self.client, send))
        if reply is not None:
            took = anyio.current_time() - began
            assert took <= budget + 1, f"answered after {took:.1f} s of {budget:.0f}"
        assert self.progress == sorted(set(self.progress)), "progress does not rise"
        return reply


async def one_run(seed: int, journal: Path) -> None:
    rng = random.Random(seed)
    service = Service(
        rng,
        dialect=rng.choice(("v0", "v2", "v2")),
        fault_rate=rng.choice((0.05, 0.2, 0.5)),
        others_rate=rng.choice((0.0, 0.3)),
        percentages=rng.random() < 0.7,
        latency=rng.choice((0.02, 0.3)),
        seconds=lambda: rng.choice((0.0, 1.0, 15.0, 45.0, 180.0)) * rng.uniform(0.8, 1.2),
        ends=rng.choice(("succeeded", "succeeded", "failed")),
    )
    wait = rng.choice((None, 0.0, 4.0, 50.0, float("inf")))
    tool = rng.choice([*CALLS, "generate_image", "edit_project"]) if service.dialect == "v2" else "generate_image"
    workflows = (GENERATE_IMAGE, *OF_EACH_KIND)
    async with world(service, journal, wait=wait, workflows=workflows) as here:
        agent = Agent(rng, here)
        budget = hosts.host(agent.client).wait if wait is None else wait or WAITING_FOR_NOTHING
        for _ in range(rng.randrange(3)):
            service.somebody_makes("GENERATE_IMAGE")
        copy: dict[str, Any] = {"as_copy": True} if tool == "edit_project" and rng.random() < 0.4 else {}
        make = partial(here.call, tool, **CALLS[tool], **copy)
        reply = await agent.call(make, budget)
        for _ in range(rng.randrange(4)):
            if reply is None:
                reply = await agent.call(make, budget)
        known = _execution_id(reply)
        for _ in range(rng.randrange(6)):
            if known is None or (reply is not None and reply.structured["status"] not in ("running", "failed")):
                break
            reply = await agent.call(partial(here.call, "wait_for_execution", execution_id=known), budget)
            assert _execution_id(reply) in (None, known), "another execution than was asked for"
    made = made_of(service, tool)
    assert len(made) <= 1, "submitted twice"
    assert len(service.videos.exports) <= 1, "exported twice"
    assert known is None or known in made, "somebody else's execution"

    # The storm is over and another process starts: what the service took must be found again.
    service.fault_rate = 0.0
    async with world(service, journal, workflows=workflows) as later:
        for execution_id in made:
            shown = (await later.call("list_executions", Caller("x"), limit=20)).structured["executions"]
            if known is not None or (service.dialect == "v2" and tool not in UNLISTED):
                ids = {row.get("execution_id") for row in shown} | {
                    one for row in shown for one in row.get("candidates", ())
                }
                project = service.videos.edits[execution_id].project if copy else execution_id
                assert {execution_id, project} & ids, f"lost: {shown}"
            else:
                assert shown, "no trace of a submit that may be running"
                continue
            outcome = (await later.call("wait_for_execution", Caller("x"), execution_id=execution_id)).structured
            for _ in range(5):
                if outcome["status"] in ("running", service.ends):
                    break
                # An export that nobody can find may have been started until it would surely be listed.
                assert outcome["error"]["code"] == "submit_unclear", outcome
                await anyio.sleep(60)
                outcome = (await later.call("wait_for_execution", Caller("x"), execution_id=execution_id)).structured
            assert outcome["status"] in ("running", service.ends), outcome
    assert len(service.videos.exports) <= 1, "exported twice"
    if tool == "edit_project" and made and known is not None and service.ends == "succeeded":
        assert len(service.videos.exports) == 1, "not exported"


def made_of(service: Service, tool: str) -> list[str]:
    """Return the ids of what was started for a tool: of edits made together that of the first."""
    videos = service.videos
    if tool == "generate_image":
        return list(service.jobs)
    if tool == "edit_project":
        return list(videos.edits)[::2]
    return list(videos.exports if tool == "export_project" else videos.runs or videos.others)


def _execution_id(reply: Reply | None) -> str | None:
    return None if reply is None else reply.structured.get("execution_id")


@pytest.mark.parametrize("first", range(0, len(SEEDS), BATCH))
def test_nothing_is_lost_or_paid_twice_whatever_breaks(first: int, tmp_path: Path) -> None:
    for seed in SEEDS[first : first + BATCH]:
        with replayable(seed):
            run_virtually(partial(one_run, seed, tmp_path / f"{seed}.sqlite3"))


@contextmanager
def replayable(seed: int) -> Iterator[None]:
    try:
        yield
    except Exception as failure:
        raise AssertionError(f"replay: FAULT_SEED={seed} pytest tests/faults") from failure
