from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from tests.journals import Journals
from videogen_mcp.api.dialects import V2
from videogen_mcp.api.models import Execution, Page
from videogen_mcp.clock import SystemClock
from videogen_mcp.executions.journal import Entry, Journal, Wish
from videogen_mcp.executions.journal_shared import shared_journal
from videogen_mcp.executions.kinds import PROJECT_EDIT, TOOL_EXECUTION, WORKFLOW_RUN, Started
from videogen_mcp.executions.machine import Machine
from videogen_mcp.executions.recovery import Search, recover, search
from videogen_mcp.executions.timing import SETTLED

NOW = 1_800_000_000.0


def entry(
    key: str = "broken",
    execution_id: str | None = None,
    at: float = NOW,
    workflow: str = "generate_image",
    before: tuple[str, ...] | None = (),
) -> Entry:
    return Entry(
        key=key,
        workflow=workflow,
        label="a pear",
        execution_id=execution_id,
        state="unclear",
        process=1,
        submitted_at=at,
        accepted_at=None,
        ended_at=None,
        delivered_at=None,
        error=None,
        kind=TOOL_EXECUTION.name,
        project_id=None,
        files=(),
        listed=before,
        listed_at=None if before is None else at,
    )


def listed(*ids: str, tool: str = "GENERATE_IMAGE") -> list[Execution]:
    return [Execution(execution_id=one, status="running", tool_type=tool) for one in ids]


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (("x",), (), Search("found", Started("x"))),  # nothing was there before, one is now
        (("x", "old"), ("old",), Search("found", Started("x"))),
        (("old",), ("old",), Search("absent")),  # what was there before the submit is not it
        (("x", "y", "old"), ("old",), Search("several", candidates=("x", "y"))),  # two are new
        (("x",), None, Search("several", candidates=("x",))),  # no list was read before the submit
        (("x", "old"), ("old", "x"), Search("absent")),
    ],
)
def test_it_takes_proof(now: tuple[str, ...], before: tuple[str, ...] | None, expected: Search) -> None:
    assert search(TOOL_EXECUTION, entry(before=before), listed(*now), whole=True, known=()) == expected


def test_another_tool_does_not_fit() -> None:
    assert search(TOOL_EXECUTION, entry(), listed("x", tool="UPSCALE_IMAGE"), whole=True, known=()).verdict == "absent"


def test_an_avatar_clip_is_found_under_the_services_word_for_it() -> None:
    found = search(
        TOOL_EXECUTION,
        entry(workflow="generate_avatar_clip"),
        listed("x", tool="GENERATE_AVATAR"),
        whole=True,
        known=(),
    )
    assert found.found == Started("x")


def test_what_belongs_to_another_submit_is_not_it() -> None:
    assert search(TOOL_EXECUTION, entry(), listed("new", "known"), whole=True, known={"known"}) == Search(
        "found", Started("new")
    )


def test_without_a_known_neighbour_a_page_of_many_tells_nothing() -> None:
    assert search(TOOL_EXECUTION, entry(before=("far",)), listed("x"), whole=False, known=()).verdict == "unknown"
    assert search(TOOL_EXECUTION, entry(before=None), listed("x"), whole=False, known=()).verdict == "unknown"


def test_where_no_list_was_read_before_an_earlier_submit_ends_what_may_be_it() -> None:
    found = search(
        TOOL_EXECUTION,
        entry(before=None),
        listed("new", "known", "older"),
        whole=False,
        known={"known"},
        earlier={"known"},
    )
    assert found == Search("several", candidates=("new",))


def test_what_another_submit_may_have_started_is_given_to_none() -> None:
    assert search(TOOL_EXECUTION, entry(), listed("x"), whole=True, known=(), alone=False).verdict == "several"


class Account:
    """An account whose list holds `ids`, as the client of an upstream."""

    def __init__(self, *ids: str) -> None:
        self.ids = ids

    def with_options(self, *, alone: bool) -> Account:
        assert alone, "a list must not be an earlier one"
        return self

    async def executions(self, *, limit: int, cursor: str | None, self_only: bool) -> Page[Execution]:
        assert self_only
        return Page(listed(*self.ids), has_more=False, next_cursor=None)


class Clock:
    """A clock that stands where it is put."""

    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


CLOCK = Clock(NOW)
"""The clock and the machine's own time of a test."""


async def searched(journal: Journal, now: float, *ids: str, only: str | None = None) -> dict[str, Search]:
    """Recover the submits of the account "mine", whose list holds `ids`."""
    CLOCK.now = now
    upstream: Any = SimpleNamespace(account="mine", dialect=V2, client=Account(*ids))
    return await recover(upstream, TOOL_EXECUTION, journal, CLOCK, only=only)


def saying(submits: bool) -> Callable[..., Awaitable[bool]]:
    """Return what stands for the journal's knowledge whether a process may still be sending a submit."""

    async def says(row: Entry, within: object = None) -> bool:
        return submits

    return says


async def submitting(
    journal: Journal, key: str, at: float, before: tuple[str, ...] | None = (), wish: Wish | None = None
) -> None:
    CLOCK.now = at
    await journal.submitting(key, account="mine", workflow="generate_image", label="a pear", wish=wish, now=at)
    if before is not None:
        await journal.leaving(key, before, at)


async def broken(journal: Journal, key: str, at: float, before: tuple[str, ...] | None = ()) -> None:
    await submitting(journal, key, at, before)
    CLOCK.now = at + 1
    journal.unclear(key, "Unclear", CLOCK.now)


class Standing(SystemClock):
    """The same for what runs beside a test."""

    def monotonic(self) -> float:
        return CLOCK.now

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep_forever()


@pytest.fixture(params=["boot", None, "database"])
async def journal(request: pytest.FixtureRequest) -> AsyncIterator[Journal]:
    if request.param == "database":
        from videogen_mcp.database.postgres import opened

        url = request.getfixturevalue("journal_url")
        async with opened(url) as database, shared_journal(database, Standing()) as shared:
            yield shared
    else:
        with contextlib.closing(Journal.in_file(None, Machine(request.param, CLOCK.monotonic))) as journal:
            yield journal


@pytest.mark.anyio
async def test_a_submit_that_never_was_does_not_stand_in_the_way_of_one_that_was(journal: Journal) -> None:
    await broken(journal, "first", NOW)
    assert (await searched(journal, NOW + 1))["first"].verdict == "absent"
    assert (await searched(journal, NOW + 2 * SETTLED))["first"].verdict == "absent"

    await broken(journal, "second", NOW + 3 * SETTLED)
    assert await searched(journal, NOW + 3 * SETTLED, "x") == {"second": Search("found", Started("x"))}


@pytest.mark.anyio
async def test_one_that_was_over_before_the_list_was_read_is_no_rival(journal: Journal) -> None:
    await broken(journal, "first", NOW)
    await broken(journal, "second", NOW + 10)
    assert (await searched(journal, NOW + 12, "x", only="second"))["second"] == Search("found", Started("x"))


@pytest.mark.anyio
@pytest.mark.parametrize("journals", ["postgres"], indirect=True)
async def test_servers_whose_measure_of_time_may_differ_are_rivals(journals: Journals) -> None:
    first, second = await journals.open(clock=Standing()), await journals.open(clock=Standing())
    await broken(first, "first", NOW)
    await broken(second, "second", NOW + 2)
    found = (await searched(second, NOW + 4, "x", only="second"))["second"]
    assert found == Search("several", candidates=("x",))


@pytest.mark.anyio
async def test_one_execution_that_fits_two_broken_submits_is_shown_but_given_to_none(journal: Journal) -> None:
    await broken(journal, "first", NOW)
    await broken(journal, "second", NOW + 0.5)
    verdicts = await searched(journal, NOW + 2, "x")
    assert verdicts == dict.fromkeys(("first", "second"), Search("several", candidates=("x",)))


@pytest.mark.anyio
@pytest.mark.parametrize("dead", [True, False])
async def test_a_submit_of_another_process_without_an_id_is_a_rival(
    journal: Journal, dead: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await broken(journal, "mine", NOW)
    await submitting(journal, "other", NOW + 0.5)
    monkeypatch.setattr(journal, "_submits", saying(not dead))
    assert (await searched(journal, NOW + 2, "x", only="mine"))["mine"] == Search("several", candidates=("x",))


@pytest.mark.anyio
async def test_a_rival_that_got_its_id_is_none(journal: Journal) -> None:
    await broken(journal, "mine", NOW)
    await submitting(journal, "other", NOW + 0.5)
    journal.accepted("other", "y", NOW + 1)
    assert (await searched(journal, NOW + 2, "y", "x", only="mine"))["mine"] == Search("found", Started("x"))


@pytest.mark.anyio
async def test_what_appears_long_after_the_submit_is_somebody_elses(journal: Journal) -> None:
    await broken(journal, "mine", NOW)
    assert (await searched(journal, NOW + SETTLED + 1, "x"))["mine"] == Search("several", candidates=("x",))


@pytest.mark.anyio
async def test_who_is_cleared_up_by_another_process_meanwhile_is_found(journal: Journal) -> None:
    await broken(journal, "mine", NOW)
    await journal.claim("mine", "x", NOW + 1)
    assert await searched(journal, NOW + 2, "x", only="mine") == {"mine": Search("found", Started("x"))}
    assert await searched(journal, NOW + 2, "x") == {}


@pytest.mark.anyio
async def test_an_execution_is_given_to_one_submit_only(journal: Journal) -> None:
    await broken(journal, "first", NOW)
    await broken(journal, "second", NOW)
    assert await journal.claim("first", "x", NOW)
    assert await journal.claim("first", "x", NOW)
    assert not await journal.claim("second", "x", NOW)


@pytest.mark.anyio
async def test_a_clock_that_is_set_proves_nothing() -> None:
    with contextlib.closing(Journal.in_file(None, Machine("boot", CLOCK.monotonic))) as journal:
        await broken(journal, "mine", NOW)
        journal._machine = Machine("another boot", lambda: 5.0)
        assert (await searched(journal, NOW + 2, "x"))["mine"] == Search("several", candidates=("x",))


WISH = Wish("mine", None, "a host", "a pear")


@pytest.mark.anyio
@pytest.mark.parametrize("left", [True, False])
async def test_asked_again_after_a_kill_counts_what_had_left(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, left: bool
) -> None:
    await submitting(journal, "mine", NOW, before=() if left else None, wish=WISH)
    monkeypatch.setattr(journal, "_submits", saying(False))
    begun = await journal.submitting("again", account="mine", workflow="w", label="l", wish=WISH, now=NOW + 2)
    assert isinstance(begun, Entry) is left


@pytest.mark.parametrize(
    ("workflow", "kinds", "expected"),
    [
        ("script_to_video", ("SCRIPT_TO_VIDEO",), "found"),
        ("script_to_video", ("VOICEOVER_TO_VIDEO",), "absent"),
        ("script_to_video", ("RESTYLE",), "several"),  # of what nobody has documented it may be
        ("script_to_video", ("SCRIPT_TO_VIDEO", "RESTYLE"), "several"),
        ("video_to_video", ("VIDEO_TO_VIDEO",), "found"),
        ("video_to_video", ("RESTYLE",), "found"),  # its own name is not documented either
        ("video_to_video", ("SCRIPT_TO_VIDEO",), "absent"),
        ("video_to_video", ("RESTYLE", "VIDEO_TO_VIDEO"), "several"),
    ],
)
def test_a_run_whose_type_nobody_has_documented_may_be_of_any_workflow(
    workflow: str, kinds: tuple[str, ...], expected: str
) -> None:
    runs = [Execution(execution_id=kind, status="running", tool_type=kind) for kind in kinds]
    assert search(WORKFLOW_RUN, entry(workflow=workflow), runs, whole=True, known=()).verdict == expected


def edits(*types: str) -> list[Execution]:
    """New edits of a project, newest first."""
    return [Execution(execution_id=f"{one}{place}", status="running", tool_type=one) for place, one in enumerate(types)]


def test_edits_are_found_in_the_order_in_which_they_were_asked_for() -> None:
    asked = replace(entry(workflow="edit_project"), edits=("ADD_ZOOM", "SET_LOGO", "ADD_ZOOM"), project_id="p")
    found = search(PROJECT_EDIT, asked, edits("ADD_ZOOM", "ADD_ZOOM", "SET_LOGO"), whole=True, known=())
    assert found.found == Started("ADD_ZOOM1", "p", None, ("ADD_ZOOM1", "SET_LOGO2", "ADD_ZOOM0"))


@pytest.mark.parametrize("types", [("ADD_ZOOM",), ("ADD_ZOOM", "SET_LOGO", "SET_LOGO"), ("SET_LOGO", "SET_LOGO")])
def test_edits_that_are_not_those_that_were_asked_for_are_candidates(types: tuple[str, ...]) -> None:
    asked = replace(entry(workflow="edit_project"), edits=("ADD_ZOOM", "SET_LOGO"), project_id="p")
    found = search(PROJECT_EDIT, asked, edits(*types), whole=True, known=())
    assert (found.verdict, len(found.candidates)) == ("several", len(types))
