"""Several accounts in one journal: what one of them does changes and shows nothing of another's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.journals import Journals
from videogen_mcp.executions.journal import Entry, Journal, Limits, SpendingLimitError, Wish

pytestmark = pytest.mark.anyio

NOW = 1_800_000_000.0
NO_LIMITS = Limits()
ADA, MALLORY = "ada", "mallory"


@pytest.fixture
async def journal(journals: Journals) -> Journal:
    return await journals.open()


async def submit(
    journal: Journal, key: str, account: str, subject: str | None = None, limits: Limits = NO_LIMITS, at: float = NOW
) -> list[str] | None:
    wish = Wish(account, subject, "a host", "a pear")
    spent = await journal.submitting(
        key, account=account, workflow="generate_image", label="a pear", wish=wish, now=at, limits=limits
    )
    assert not isinstance(spent, Entry)
    return list(spent.kinds) if spent is not None else None


async def made(journal: Journal, account: str = ADA) -> None:
    """One execution that goes on to an export."""
    await journal.submitting(
        account, account=account, workflow="edit_project", label="a pear", kind="remix", then_export={}, now=NOW
    )
    journal.accepted(account, "vg_rmix_1", NOW, "vg_proj_1")


def ends(journal: Journal) -> None:
    journal.ended(MALLORY, "vg_rmix_1", state="failed", now=NOW + 1)


def is_delivered(journal: Journal) -> None:
    journal.delivered(MALLORY, "vg_rmix_1", NOW + 1)


async def halts(journal: Journal) -> None:
    await journal.halt(MALLORY, "vg_rmix_1")


async def archives(journal: Journal) -> None:
    journal.ended(ADA, "vg_rmix_1", state="succeeded", now=NOW, files=["vg_file_1"])
    await journal.archived(MALLORY, "vg_file_1")


@pytest.mark.parametrize("tries", [ends, is_delivered, halts, archives])
async def test_a_row_is_changed_for_its_own_account_alone(
    journal: Journal, tries: Callable[[Journal], Awaitable[None] | None]
) -> None:
    await made(journal)
    if (trying := tries(journal)) is not None:
        await trying
    entry = await journal.find(ADA, "vg_rmix_1")
    assert entry is not None
    assert (entry.state != "failed", entry.delivered_at, entry.halted, entry.archived) == (True, None, False, ())


async def test_a_row_is_shown_to_its_own_account_alone(journal: Journal) -> None:
    await made(journal)
    assert await journal.find(MALLORY, "vg_rmix_1") is None
    assert await journal.known(MALLORY, ["vg_rmix_1", "vg_proj_1"]) == []
    assert (await journal.recent(MALLORY, 10), await journal.count(MALLORY)) == ([], 0)


async def test_an_id_that_another_account_has_too_is_claimed_all_the_same(journal: Journal) -> None:
    await made(journal)
    await submit(journal, "k", MALLORY)
    assert await journal.claim("k", "vg_rmix_1", NOW)
    for account in (ADA, MALLORY):
        assert await journal.find(account, "vg_rmix_1") is not None


async def test_old_rows_of_each_account_are_let_go_of_by_themselves(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videogen_mcp.executions.journal.JOURNAL_ROWS", 1)
    for number, (account, key) in enumerate([(ADA, "old"), (ADA, "new"), (MALLORY, "newest"), (MALLORY, "last")]):
        await submit(journal, key, account, at=NOW + number)
        journal.accepted(key, key, NOW)
        journal.ended(account, key, state="succeeded", now=NOW + 9)
    journal.prune(NOW + 10)
    assert [entry.key for account in (ADA, MALLORY) for entry in await journal.recent(account, 9)] == ["new", "last"]


async def test_all_accounts_together_have_a_limit_of_rows(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videogen_mcp.executions.journal.JOURNAL_ROWS_IN_ALL", 1)
    for number, account in enumerate((ADA, MALLORY)):
        await submit(journal, account, account, at=NOW + number)
        journal.refused(account, "BadRequest", NOW)
    journal.prune(NOW + 10)
    assert [await journal.entry(key) is None for key in (ADA, MALLORY)] == [True, False]


async def test_people_who_share_an_account_have_an_hour_each(journal: Journal) -> None:
    limits = Limits(of_subject=2)
    for number, person in enumerate(("ann", "bob", "ann", "bob")):
        assert len(await submit(journal, f"{number}", ADA, person, limits) or ()) == number // 2 + 1
    with pytest.raises(SpendingLimitError, match="2 executions were submitted by this person or token") as reached:
        await submit(journal, "more", ADA, "ann", limits, NOW)
    assert reached.value.spent.of_subject
    await submit(journal, "others", MALLORY, "ann", limits)
    await submit(journal, "without a login", ADA, None, limits)


async def test_what_people_start_counts_for_the_account_too(journal: Journal) -> None:
    limits = Limits(of_account=2, of_subject=9)
    for person in ("ann", "bob"):
        await submit(journal, person, ADA, person, limits)
    with pytest.raises(SpendingLimitError) as reached:
        await submit(journal, "more", ADA, "eve", limits)
    assert not reached.value.spent.of_subject
