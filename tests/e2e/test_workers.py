"""`serve --workers`: real processes behind one port, and what becomes of calls when one of them, or all, end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client

from tests.e2e.listening import Listening, listening
from tests.e2e.upstream import Sandbox
from tests.e2e.wire import SOON, environment
from tests.generated import is_full

if sys.platform != "linux":
    pytest.skip("it looks at the processes in /proc", allow_module_level=True)

pytestmark = pytest.mark.anyio

SERVE = [sys.executable, "-m", "videogen_mcp", "serve", "--transport", "http"]
BELL = {"prompt": "a bell [[delay 30s]]", "duration_seconds": 1}


def by_workers(state_dir: Path, count: int = 2) -> AbstractContextManager[Listening]:
    return listening(state_dir, command=[*SERVE, "--port", "0", "--workers", str(count)])


def workers_of(server: Listening) -> list[int]:
    """The process ids of its workers, oldest first."""
    pid = server.process.pid
    return sorted(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def until(true: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < give_up, what
        time.sleep(0.05)


def is_over(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def new_ones_answer(server: Listening, before: list[int]) -> None:
    """Wait until the workers are others than before, and ask each of them for its health."""
    until(lambda: len(set(workers_of(server)) - set(before)) == 1, "no other worker was started")
    for _ in range(12):  # Connections are dealt out by chance: one is missed once in 4,000 times.
        assert httpx.get(f"{server.url}/health", timeout=SOON).status_code == 200


@pytest.fixture(scope="module")
def server(state_dir: Path) -> Iterator[Listening]:
    with by_workers(state_dir) as running:
        yield running


@pytest.mark.skipif(not is_full(), reason="tests/unit/protocol/test_workers.py has it, with smaller processes")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_is_killed_or_stuck_is_replaced(server: Listening, end: signal.Signals) -> None:
    before = workers_of(server)
    os.kill(before[0], end)
    new_ones_answer(server, before)
    assert before[1] in workers_of(server)


async def test_calls_that_wait_on_any_worker_are_answered_when_the_server_ends(
    state_dir: Path, sandbox: Sandbox
) -> None:
    answers: list[dict[str, Any]] = []
    with by_workers(state_dir) as server:
        accepted = [anyio.Event() for _ in range(6)]

        async def wait(number: int) -> None:
            async def report(progress: float, total: float | None, message: str | None) -> None:
                if "vg_tool_" in (message or ""):
                    accepted[number].set()

            async with Client(server.mcp) as client:
                await client.list_tools()  # As every host does first; else this client asks for schemas afterwards.
                bell = {**BELL, "prompt": f"{number} {BELL['prompt']}"}
                result = await client.call_tool("generate_sound_effect", bell, progress_callback=report)
                answers.append(dict(result.structured_content or {}))

        async with anyio.create_task_group() as tasks:
            for number in range(len(accepted)):
                tasks.start_soon(wait, number)
            with anyio.fail_after(SOON):
                for one in accepted:
                    await one.wait()
            assert await anyio.to_thread.run_sync(server.stop) == 0
    assert [answer["status"] for answer in answers] == ["running"] * 6
    assert len({answer["execution_id"] for answer in answers}) == 6
    assert {sandbox.execution(answer["execution_id"])["status"] for answer in answers} == {"running"}


def test_a_killed_supervisor_leaves_nobody(own_state_dir: Path) -> None:
    with by_workers(own_state_dir) as server:
        left = workers_of(server)
        server.process.kill()
        server.process.wait()
        with contextlib.suppress(httpx.TransportError):  # Nor does anybody take calls meanwhile.
            until(lambda: httpx.get(f"{server.url}/health").status_code != 200, "it still answers")
        until(lambda: all(map(is_over, left)), "workers are left")


def test_a_server_whose_workers_cannot_start_says_why_and_ends(tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("raise ImportError('uvicorn is broken here')")
    done = subprocess.run(
        [*SERVE, "--port", "0", "--workers", "2"],
        capture_output=True,
        text=True,
        timeout=SOON,
        env=environment(tmp_path / "state", PYTHONPATH=str(tmp_path)),
        check=False,
    )
    assert done.returncode == 1
    assert "uvicorn is broken here" in done.stderr
    assert done.stderr.endswith("worker 1 ended with exit code 1 before it answered: this server ends\n")
