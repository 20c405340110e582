from contextlib import closing
from itertools import pairwise
from typing import NoReturn

import anyio
import pytest

from tests.virtual import VirtualClock, run_virtually
from videogen_mcp.calls.call import Caller, Purpose
from videogen_mcp.calls.calls import Calls
from videogen_mcp.calls.progress import Progress
from videogen_mcp.calls.timing import BEAT
from videogen_mcp.calls.upstream import Account
from videogen_mcp.executions.journal import Journal

pytestmark = pytest.mark.anyio


async def never(account: Account) -> NoReturn:
    raise AssertionError("nothing is reached")


Sent = list[tuple[float, float | None, str]]


def recorded() -> tuple[Sent, Progress]:
    sent: Sent = []

    async def send(value: float, total: float | None, message: str) -> None:
        sent.append((value, total, message))

    return sent, Progress(send, "generate_image")


async def test_values_rise_whatever_the_percentage_does() -> None:
    sent, progress = recorded()
    for percent in (None, None, 10.0, 10.0, 60.0, 5.0, 100.0, 100.0, None):
        await progress.report("running", elapsed=3.0, percent=percent)
    values = [value for value, _, _ in sent]
    assert all(later > earlier for earlier, later in pairwise(values))
    assert values[-1] < 100


async def test_there_is_a_total_only_where_there_is_a_percentage() -> None:
    sent, progress = recorded()
    await progress.report("submitting", elapsed=1.0)
    await progress.report("running", elapsed=2.0, percent=40.0)
    assert [total for _, total, _ in sent] == [None, 100.0]


async def test_the_id_is_said_once_and_messages_stay_short() -> None:
    sent, progress = recorded()
    for _ in range(2):
        await progress.report("x" * 300, elapsed=1.0, execution_id="vg_tool_1")
    await progress.report("running", elapsed=2.0, execution_id="vg_tool_2")
    assert all(len(message) <= 200 for _, _, message in sent)
    assert "vg_tool_2" in sent[-1][2]


async def test_a_host_that_no_longer_takes_progress_does_not_fail_the_call() -> None:
    calls = 0

    async def broken(value: float, total: float | None, message: str) -> None:
        nonlocal calls
        calls += 1
        raise ConnectionError("closed")

    progress = Progress(broken, "generate_image")
    await progress.report("running", elapsed=1.0)
    await progress.report("running", elapsed=2.0)
    assert calls == 1
    assert not progress.wanted


@pytest.mark.parametrize("seconds", [BEAT / 10, BEAT / 10 + BEAT])
def test_nothing_is_sent_after_the_answer_also_where_both_fall_on_one_moment(seconds: float) -> None:
    sent: list[str] = []
    answered: list[int] = []

    async def send(value: float, total: float | None, message: str) -> None:
        sent.append(message)

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            calls = Calls(never, VirtualClock(), tasks, journal)
            async with calls.open(Purpose("generate_image"), Caller("x", send)):
                await anyio.sleep(seconds)
            answered.append(len(sent))
            await anyio.sleep(BEAT)

    with closing(Journal.in_file(None)) as journal:
        run_virtually(main)
    assert answered == [len(sent)]
