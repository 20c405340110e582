"""A call that was cut and is made again is answered with what it had started, and nothing else is."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.faults.world import World, world
from tests.unit.executions.stories import HASTY, HOST, cut_at, play, service
from tests.virtual import run_virtually
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply
from videogen_mcp.calls.upstream import SANDBOX
from videogen_mcp.executions import journal_wishes
from videogen_mcp.executions.journal import Entry
from videogen_mcp.executions.journal_rows import as_entry


def test_a_call_that_was_cut_and_is_made_again_is_answered_with_what_it_had_started() -> None:
    async def story(here: World) -> Reply:
        await cut_at(here, 5.0)
        return await here.call("generate_image", HASTY, prompt="a pear")

    upstream = service(60.0)
    reply: Reply = play(upstream, story)
    assert len(upstream.jobs) == 1
    assert reply.structured["status"] == "running"
    assert reply.structured["execution_id"] in upstream.jobs
    assert "nothing was started again" in reply.structured["note"]
    assert reply.structured["note"] in reply.text


def test_asked_again_it_is_answered_before_the_time_of_the_cut_whatever_that_was() -> None:
    async def story(here: World) -> float:
        await cut_at(here, 7.4)
        began = anyio.current_time()
        await here.call("generate_image", HASTY, prompt="a pear")
        return anyio.current_time() - began

    assert play(service(60.0), story) < 6.5


@pytest.mark.parametrize("cut", [0.02, 0.2, 2.0])
def test_a_call_that_was_cut_while_it_was_submitting_is_found_too(cut: float) -> None:
    async def story(here: World) -> Reply:
        await cut_at(here, cut)
        return await here.call("generate_image", HASTY, prompt="a pear")

    upstream = service(5.0, latency=1.0)
    reply: Reply = play(upstream, story)
    assert len(upstream.jobs) == 1
    assert reply.structured["execution_id"] in upstream.jobs


@pytest.mark.parametrize(
    "other",
    [
        (HASTY, {"prompt": "an apple"}),
        (HASTY, {"prompt": "a pear", "count": 2}),
        (Caller("another"), {"prompt": "a pear"}),
        (Caller("hasty", account=replace(SANDBOX, subject="somebody")), {"prompt": "a pear"}),
    ],
    ids=["prompt", "count", "client", "subject"],
)
def test_another_wish_starts_a_new_execution(other: tuple[Caller, dict[str, Any]]) -> None:
    async def story(here: World) -> Reply:
        await cut_at(here, 5.0)
        return await here.call("generate_image", other[0], **other[1])

    upstream = service(60.0)
    reply: Reply = play(upstream, story)
    assert len(upstream.jobs) == 2
    assert "started" not in reply.structured.get("note", "")


def test_once_it_was_delivered_the_same_call_starts_a_new_one() -> None:
    async def story(here: World) -> list[Reply]:
        await cut_at(here, 5.0)
        return [await here.call("generate_image", Caller("hasty"), prompt="a pear") for _ in range(6)]

    upstream = service(14.0)
    replies: list[Reply] = play(upstream, story)
    statuses = [reply.structured["status"] for reply in replies]
    first = statuses.index("succeeded")
    assert {reply.structured["execution_id"] for reply in replies[: first + 1]} == {next(iter(upstream.jobs))}
    assert replies[first + 1].structured["execution_id"] != next(iter(upstream.jobs))


def test_a_quarter_of_an_hour_after_the_cut_the_same_call_is_a_new_one() -> None:
    async def story(here: World) -> None:
        await cut_at(here, 5.0)
        await anyio.sleep(15 * 60)
        await here.call("generate_image", HASTY, prompt="a pear")

    upstream = service(3_600.0)
    play(upstream, story)
    assert len(upstream.jobs) == 2


def test_equal_calls_that_run_beside_each_other_are_wishes_of_their_own() -> None:
    async def story(here: World) -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(partial(cut_at, here, 5.0))
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(partial(here.call, "generate_image", HASTY, prompt="a pear"))

    upstream = service(8.0)
    play(upstream, story)
    assert len(upstream.jobs) == 3


@pytest.mark.parametrize(("seconds", "pauses"), [(45.0, (31.0, 0.0)), (200.0, (31.0, 32.0, 0.0))])
def test_a_client_that_gives_up_without_a_word_and_asks_again_gets_what_it_began(
    seconds: float, pauses: tuple[float, ...]
) -> None:
    """CrewAI's `mcps` (1.15) ends a call after 30 s and makes it again 1 s and 2 s later; it cancels nothing."""

    async def story(here: World) -> list[tuple[float, Reply]]:
        replies: list[tuple[float, Reply]] = []

        async def unheard() -> None:
            began = anyio.current_time()
            reply = await here.call("generate_image", Caller("mcp"), prompt="a pear")
            replies.append((anyio.current_time() - began, reply))

        async with anyio.create_task_group() as tasks:
            for pause in pauses:
                tasks.start_soon(unheard)
                await anyio.sleep(pause)
        return replies

    upstream = service(seconds)
    replies: list[tuple[float, Reply]] = play(upstream, story)
    assert len(upstream.jobs) == 1
    assert all("nothing was started again" in reply.structured["note"] for _, reply in replies[1:])
    assert all(took < 30 for took, _ in replies[1:]), "asked again it is answered while the client listens"


@pytest.mark.parametrize(
    ("caller", "executions"),
    [
        (Caller("", transport="http", era="handshake"), 1),
        (Caller("", transport="stdio", era="handshake"), 1),
        (Caller("", transport="http", era="modern"), 2),
    ],
    ids=["handshake over HTTP", "stdio", "today over HTTP"],
)
def test_an_equal_call_after_a_minute_is_the_same_wish_where_no_cancellation_would_be_heard(
    caller: Caller, executions: int
) -> None:
    """The TypeScript SDK (1.32) stops after 60 s and keeps the HTTP response open."""

    async def story(here: World) -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                tasks.start_soon(partial(here.call, "generate_image", caller, prompt="a pear"))
                await anyio.sleep(61.0)

    upstream = service(75.0)
    play(upstream, story)
    assert len(upstream.jobs) == executions


def test_a_call_that_was_answered_is_not_taken_for_a_cut_one() -> None:
    async def story(here: World) -> None:
        for _ in range(2):
            await here.call("generate_image", HOST, prompt="a pear")

    upstream = service(180.0)
    play(upstream, story)
    assert len(upstream.jobs) == 2


@pytest.mark.parametrize("killed", [True, False])
def test_also_another_process_knows_what_was_cut(killed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upstream = service(60.0)

    async def submits(row: Entry, within: object = None) -> bool:
        return not killed

    async def main() -> Reply:
        async with world(upstream, tmp_path / "journal") as first:
            if killed:
                monkeypatch.setattr(first.journal, "cut", lambda *_: None)
            await cut_at(first, 5.0, Caller("claude-ai"))
        async with world(upstream, tmp_path / "journal") as second:
            monkeypatch.setattr(second.journal, "_submits", submits)
            return await second.call("generate_image", Caller("claude-ai"), prompt="a pear")

    reply: Reply = run_virtually(main)
    assert reply.structured["execution_id"] in upstream.jobs
    assert len(upstream.jobs) == 1


def test_a_cut_call_whose_submit_broke_is_answered_so_once_and_then_means_a_new_one() -> None:
    upstream = service(60.0, dialect="v0")
    plan = iter(["reset_after"])
    upstream.choose_fault = lambda request: next(plan, "") if request.method == "POST" else ""
    upstream.latency = 3.0

    async def story(here: World) -> tuple[Reply, Reply]:
        await cut_at(here, 2.0)
        await anyio.sleep(10)
        first = await here.call("generate_image", Caller("hasty"), prompt="a pear")
        return first, await here.call("generate_image", Caller("hasty"), prompt="a pear")

    unclear, new = play(upstream, story)
    assert unclear.structured["error"]["code"] == "submit_unclear"
    assert new.structured["status"] in ("running", "succeeded")
    assert len(upstream.jobs) == 2


def test_a_limit_that_a_longer_wait_survives_is_forgotten() -> None:
    async def story(here: World) -> tuple[Reply, float]:
        async def patient() -> None:
            await here.call("generate_image", Caller("mcp"), prompt="a plum")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(patient)
            with anyio.move_on_after(5.0):
                await here.call("generate_image", Caller("mcp"), prompt="a pear")
        began = anyio.current_time()
        return await here.call("generate_image", Caller("mcp"), prompt="a fig"), anyio.current_time() - began

    reply, took = play(service(20.0), story)
    assert reply.structured["status"] == "succeeded"
    assert took > 15


def test_a_limit_is_learned_for_the_clients_own_habits_only() -> None:
    async def send(value: float, total: float | None, message: str) -> None:
        return

    async def story(here: World) -> Reply:
        with anyio.move_on_after(5.0):
            await here.call("generate_image", Caller("mcp"), prompt="a pear")
        return await here.call("generate_image", Caller("mcp", send), prompt="a fig")

    assert play(service(20.0), story).structured["status"] == "succeeded"


@pytest.mark.parametrize(("dies", "executions"), [(True, 1), (False, 2)])
def test_who_polls_by_itself_and_calls_again_at_once_goes_on_if_its_server_died(
    dies: bool, executions: int, tmp_path: Path
) -> None:
    """Who kills a client over stdio ends its server; a client that lives may want two at once."""
    polling = Caller("a client", polls=True)

    async def story(here: World) -> None:
        for _ in range(1 if dies else 2):
            await here.call("generate_image", polling, prompt="a pear")

    upstream = service(60.0)
    for _ in range(2 if dies else 1):
        play(upstream, story, tmp_path / "journal")
    assert len(upstream.jobs) == executions


def test_a_submit_does_not_look_at_the_thousands_that_its_own_process_submits(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def noted(row: Sequence[Any]) -> Entry:
        read.append(row)
        return as_entry(row)

    async def story(here: World) -> None:
        async with anyio.create_task_group() as calls:
            for number in range(30):
                calls.start_soon(partial(here.call, "generate_image", HASTY, prompt=f"pear {number}", wait_seconds=0))
            await anyio.sleep(1.0)  # They are being submitted when the list is there that is asked for next.
            monkeypatch.setattr(journal_wishes, "as_entry", noted)
            await here.call("generate_image", HASTY, prompt="one more", wait_seconds=0)

    play(service(60.0, latency=2.0), story)
    assert read == []
