"""Who starts the export that follows edits: one process, once, unless it is known to have started nothing."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from tests.journals import Journals
from videogen_mcp.executions.journal import Entry, Journal
from videogen_mcp.executions.machine import Machine

NOW = 1_800_000_000.0
BOOT = Machine("boot", lambda: 100.0)


def opened(path: Path | None) -> Journal:
    return Journal.in_file(path, BOOT)


@pytest.fixture
async def two(journals: Journals) -> tuple[Journal, Journal]:
    """The journals of two processes that share a file or a database."""
    return await journals.open(BOOT), await journals.open(BOOT)


async def edited(journal: Journal) -> Entry:
    """Edits that were started and are to be exported."""
    await journal.submitting(
        "edits",
        account="mine",
        workflow="edit_project",
        label="zoom",
        kind="project_edit",
        project_id="vg_proj_1",
        edits=["ADD_ZOOM"],
        then_export={"quality": "HIGH"},
        now=NOW,
    )
    journal.accepted("edits", "vg_rmix_1", NOW, "vg_proj_1", "https://app/1", ["vg_rmix_1"])
    return await found(journal)


async def found(journal: Journal) -> Entry:
    entry = await journal.find("mine", "vg_rmix_1")
    assert entry is not None
    return entry


async def take(journal: Journal, entry: Entry) -> str | None:
    return await journal.take_step(entry, account="mine", workflow="export_project", kind="project_export", now=NOW)


@pytest.mark.anyio
async def test_a_row_keeps_what_it_takes_to_go_on(two: tuple[Journal, Journal]) -> None:
    await edited(two[0])
    entry = await found(two[1])
    assert (entry.project_id, entry.project_url, entry.edits) == ("vg_proj_1", "https://app/1", ("ADD_ZOOM",))
    assert (entry.actions, entry.then_export, entry.halted) == (("vg_rmix_1",), {"quality": "HIGH"}, False)


@pytest.mark.anyio
async def test_one_of_two_processes_has_the_export(two: tuple[Journal, Journal]) -> None:
    one, other = two
    entry = await edited(one)
    assert await take(one, entry) is not None
    assert await take(other, entry) is None
    assert await take(one, entry) is None


@pytest.mark.anyio
async def test_a_refused_export_may_be_tried_again_and_a_sent_one_may_not(two: tuple[Journal, Journal]) -> None:
    one, other = two
    entry = await edited(one)
    first = await take(one, entry)
    assert first is not None
    await one.leaving(first, ["vg_expo_0"], NOW)
    one.refused(first, "InsufficientCredits", NOW)
    second = await take(other, entry)
    assert second not in (None, first)
    await other.leaving(second or "", ["vg_expo_0"], NOW)
    other.unclear(second or "", "Unclear", NOW)
    assert await take(one, entry) is None
    assert await take(other, entry) is None


@pytest.mark.anyio
@pytest.mark.parametrize("left", [True, False])
async def test_of_a_process_that_died_only_an_export_that_never_left_is_sent_again(
    two: tuple[Journal, Journal], left: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    entry = await edited(one)
    key = await take(one, entry)
    assert key is not None
    if left:
        await one.leaving(key, [], NOW)

    async def is_dead(row: Entry, within: object = None) -> bool:
        return False

    monkeypatch.setattr(other, "_submits", is_dead)
    assert (await take(other, entry) is None) is left


@pytest.mark.anyio
async def test_what_is_halted_is_not_exported_and_what_has_begun_is_not_halted(two: tuple[Journal, Journal]) -> None:
    one, other = two
    entry = await edited(one)
    assert await other.halt("mine", "vg_rmix_1")
    assert (await found(one)).halted
    assert await take(one, entry) is None


@pytest.mark.anyio
async def test_an_export_that_has_begun_is_not_halted(two: tuple[Journal, Journal]) -> None:
    one, other = two
    assert await take(one, await edited(one)) is not None
    assert not await other.halt("mine", "vg_rmix_1")
    assert not (await found(one)).halted


@pytest.mark.anyio
async def test_the_end_of_the_export_is_the_end_of_the_whole(two: tuple[Journal, Journal]) -> None:
    one, other = two
    key = await take(one, await edited(one))
    one.accepted(key or "", "vg_expo_1", NOW, "vg_proj_1")
    await one.flushed()
    other.ended("mine", "vg_expo_1", state="succeeded", now=NOW + 9, files=["vg_file_1"])
    await other.flushed()
    entry = await found(one)
    assert (entry.state, entry.files, entry.ended_at) == ("succeeded", ("vg_file_1",), NOW + 9)
    assert [row.execution_id for row in await one.recent("mine", 10)] == ["vg_rmix_1"]


@pytest.mark.anyio
async def test_what_was_accepted_while_the_file_failed_is_in_it_later(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with contextlib.closing(opened(folder / "journal")) as one:
        folder.rename(tmp_path / "elsewhere")
        folder.write_text("a file where the folder should be")
        await edited(one)
        folder.unlink()
        (tmp_path / "elsewhere").rename(folder)
    with contextlib.closing(opened(folder / "journal")) as later:
        assert (await found(later)).actions == ("vg_rmix_1",)
        assert (await found(later)).then_export == {"quality": "HIGH"}
