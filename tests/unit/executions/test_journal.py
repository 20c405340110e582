import contextlib
from pathlib import Path

import pytest

from tests.journals import Journals
from videogen_mcp.api.models import Execution
from videogen_mcp.executions.journal import Journal, Limits, SpendingLimitError
from videogen_mcp.executions.machine import Machine
from videogen_mcp.executions.timing import KEPT_OF_FILE

NOW = 1_800_000_000.0
DAY = 86_400.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


@pytest.fixture
async def journal(journals: Journals) -> Journal:
    return await journals.open()


async def submit(journal: Journal, key: str, now: float = NOW, limit: int | None = None, account: str = "a") -> None:
    await journal.submitting(
        key, account=account, workflow="generate_image", label="a pear", now=now, limits=Limits(limit)
    )


@pytest.mark.anyio
async def test_a_row_exists_before_there_is_an_id(journal: Journal, journals: Journals) -> None:
    await submit(journal, "k")
    other = await journals.open()
    assert [entry.state for entry in await other.recent("a", 10)] == ["submitting"]


@pytest.mark.anyio
async def test_undelivered_executions_come_first(journal: Journal) -> None:
    for number, key in enumerate(("old", "new")):
        await submit(journal, key, NOW + number)
        journal.accepted(key, f"id-{key}", NOW + number)
        journal.ended("a", f"id-{key}", state="succeeded", now=NOW + 10, files=["f"])
    journal.delivered("a", "id-new", NOW + 11)
    assert [entry.key for entry in await journal.recent("a", 10)] == ["old", "new"]


@pytest.mark.anyio
async def test_rows_are_counted_and_tell_who_made_a_file(journal: Journal) -> None:
    for number, key in enumerate(("one", "two", "refused")):
        await submit(journal, key, NOW + number)
    journal.refused("refused", "BadRequest", NOW)
    journal.accepted("one", "id-one", NOW)
    journal.ended("a", "id-one", state="succeeded", now=NOW + 10, files=["f1", "f2"])
    assert (await journal.count("a"), await journal.count("b")) == (2, 0)
    assert await journal.makers("a") == {"f1": "a pear", "f2": "a pear"}


@pytest.mark.anyio
async def test_a_file_that_was_archived_is_marked_in_the_row_that_made_it(journal: Journal) -> None:
    for key, like in (("one", "g_1"), ("two", "gx1")):
        await submit(journal, key)
        journal.accepted(key, f"id-{key}", NOW)
        journal.ended("a", f"id-{key}", state="succeeded", now=NOW + 10, files=[f"f-{key}", like])
    for file_id in ("f-one", "g_1", "f-one", "unknown"):
        await journal.archived("a", file_id)
    marked = {entry.key: entry.archived for entry in await journal.recent("a", 10)}
    assert marked == {"one": ("f-one", "g_1"), "two": ()}


@pytest.mark.anyio
async def test_a_process_knows_the_rows_that_it_submitted_itself(journal: Journal, journals: Journals) -> None:
    other = await journals.open()
    await submit(other, "theirs")
    await submit(journal, "ours")
    assert {entry.key: journal.is_own(entry) for entry in await journal.recent("a", 10)} == {
        "ours": True,
        "theirs": False,
    }


@pytest.mark.anyio
async def test_accounts_do_not_see_each_other(journal: Journal) -> None:
    await submit(journal, "k", account="b")
    assert await journal.recent("a", 10) == []


@pytest.mark.anyio
async def test_a_refused_submit_is_nothing_to_remember(journal: Journal) -> None:
    await submit(journal, "k")
    journal.refused("k", "BadRequest", NOW)
    assert await journal.recent("a", 10) == []


@pytest.mark.anyio
async def test_the_first_end_that_was_seen_is_kept(journal: Journal) -> None:
    await submit(journal, "k")
    journal.accepted("k", "id", NOW)
    journal.ended("a", "id", state="succeeded", now=NOW + 5)
    journal.ended("a", "id", state="succeeded", now=NOW + 50)
    entry = await journal.find("a", "id")
    assert entry is not None
    assert entry.ended_at == NOW + 5


@pytest.mark.anyio
async def test_what_others_learned_of_a_client_is_read_a_second_later(path: Path) -> None:
    here = Machine("this boot", lambda: uptime)
    uptime = 0.0
    journal, other = Journal.in_file(path, here), Journal.in_file(path, here)
    with contextlib.closing(journal), contextlib.closing(other):
        assert await journal.client_cancellations("host", 0.0) == []
        other.client_cancelled("host", 5.0, NOW)
        assert await other.client_cancellations("host", 0.0) == [(NOW, 5.0)]
        uptime = KEPT_OF_FILE
        assert await journal.client_cancellations("host", 0.0) == [(NOW, 5.0)]


@pytest.mark.anyio
async def test_of_accounts_that_are_idle_nothing_is_kept_in_mind(path: Path) -> None:
    uptime = 0.0
    with contextlib.closing(Journal.in_file(path, Machine("this boot", lambda: uptime))) as journal:
        for number in range(3):
            await journal.durations(f"account{number}", "generate_image")
        assert len(journal._kept) == 3
        uptime = KEPT_OF_FILE
        await journal.durations("account0", "generate_image")
        assert len(journal._kept) == 1


@pytest.mark.anyio
async def test_the_spending_limit_holds_across_processes(path: Path) -> None:
    here = Machine("this boot", lambda: uptime)
    uptime = 0.0
    journal, other = Journal.in_file(path, here), Journal.in_file(path, here)
    await submit(journal, "1", NOW, limit=2)
    uptime = 10
    await submit(other, "2", NOW + 10, limit=2)
    uptime = 20
    with pytest.raises(SpendingLimitError) as reached:
        await submit(journal, "3", NOW + 20, limit=2)
    assert reached.value.frees_at == NOW + 3600
    uptime = 3601
    await submit(other, "4", NOW + 3601, limit=2)
    journal.close()
    other.close()


@pytest.mark.anyio
@pytest.mark.parametrize("wrong_by", [-400 * DAY, -3600, 3600, 400 * DAY])
async def test_a_clock_that_is_set_neither_blocks_nor_opens_the_spending_limit(path: Path, wrong_by: float) -> None:
    uptime = 0.0
    journal = Journal.in_file(path, Machine("this boot", lambda: uptime))
    await submit(journal, "1", NOW + wrong_by, limit=1)
    uptime = 1800
    with pytest.raises(SpendingLimitError) as reached:
        await submit(journal, "2", NOW, limit=1)
    assert reached.value.frees_at == NOW + 1800
    uptime = 3600
    await submit(journal, "2", NOW, limit=1)
    journal.close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("age", "counts"), [(-DAY, False), (-5, True), (0, True), (1800, True), (3600, False), (DAY, False)]
)
async def test_before_this_boot_the_clock_decides_unless_it_was_ahead(path: Path, age: float, counts: bool) -> None:
    before = Journal.in_file(path, Machine("another boot", lambda: 5.0))
    await submit(before, "1", NOW - age)
    before.close()
    journal = Journal.in_file(path, Machine("this boot", lambda: 10.0))
    with pytest.raises(SpendingLimitError) if counts else contextlib.nullcontext():
        await submit(journal, "2", NOW, limit=1)
    journal.close()


@pytest.mark.anyio
async def test_what_was_never_started_does_not_count_as_spent(journal: Journal) -> None:
    await submit(journal, "1", limit=1)
    journal.refused("1", "RateLimited", NOW)
    await submit(journal, "2", limit=1)


@pytest.mark.anyio
async def test_a_limit_of_zero_refuses_everything(journal: Journal) -> None:
    with pytest.raises(SpendingLimitError):
        await submit(journal, "1", limit=0)


@pytest.mark.anyio
@pytest.mark.parametrize("now", [0.0, NOW, NOW + 400 * DAY])
async def test_a_row_without_a_known_end_is_kept_whatever_the_clock_says(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, now: float
) -> None:
    monkeypatch.setattr("videogen_mcp.executions.journal.JOURNAL_ROWS", 2)
    await submit(journal, "submitting")
    await submit(journal, "unclear")
    journal.unclear("unclear", "Unclear", NOW)
    await submit(journal, "running")
    journal.accepted("running", "id", NOW)
    for number in range(5):
        await submit(journal, f"ended-{number}", NOW + number)
        journal.accepted(f"ended-{number}", f"id-{number}", NOW + number)
        journal.ended("a", f"id-{number}", state="succeeded", now=NOW + number)
    journal.prune(now)
    kept = {entry.key for entry in await journal.recent("a", 10)}
    assert kept == {"submitting", "unclear", "running", "ended-3", "ended-4"}


@pytest.mark.anyio
async def test_a_result_that_nobody_saw_outlives_those_that_were_delivered(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videogen_mcp.executions.journal.JOURNAL_ROWS", 1)
    for number, key in enumerate(("not delivered", "delivered")):
        await submit(journal, key, NOW + number)
        journal.accepted(key, key, NOW + number)
        journal.ended("a", key, state="succeeded", now=NOW + 10)
    journal.delivered("a", "delivered", NOW + 11)
    journal.prune(NOW + 20)
    assert [entry.key for entry in await journal.recent("a", 10)] == ["not delivered"]


@pytest.mark.anyio
async def test_a_duration_is_what_was_seen_whatever_the_clock_said(journal: Journal) -> None:
    for key, ended, took in (("back", NOW - 3600, 20.0), ("unseen", NOW + 20, None), ("ahead", NOW + 400 * DAY, 21.0)):
        await submit(journal, key)
        journal.accepted(key, key, NOW)
        journal.saw_end("a", Execution(execution_id=key, status="succeeded"), ended, took)
    assert sorted(await journal.durations("a", "generate_image")) == [20.0, 21.0]


@pytest.mark.anyio
async def test_switched_off_it_leaves_nothing_on_disk(tmp_path: Path) -> None:
    journal = Journal.in_file(None)
    await submit(journal, "k")
    assert await journal.recent("a", 10)
    assert journal.notice is None
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - a test has nothing to block
    journal.close()


def test_the_file_is_for_the_user_alone(path: Path) -> None:
    Journal.in_file(path).close()
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.anyio
async def test_prompts_are_shortened(journal: Journal) -> None:
    await journal.submitting("k", account="a", workflow="w", label="p" * 500, now=NOW)
    assert len((await journal.recent("a", 1))[0].label) == 80
