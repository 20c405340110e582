import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from videogen_mcp.api.dialects import V2
from videogen_mcp.api.models import Execution, Page
from videogen_mcp.executions.journal import Entry, Journal
from videogen_mcp.executions.kinds import TOOL_EXECUTION
from videogen_mcp.executions.machine import Machine
from videogen_mcp.executions.recovery import Search, recover, search
from videogen_mcp.executions.timing import SETTLED

NOW = 1_800_000_000.0


def entry(
    key: str = "broken", execution_id: str | None = None, at: float = NOW, workflow: str = "generate_image"
) -> Entry:
    return Entry(
        key, workflow, "a pear", execution_id, "unclear", 1, at, None, None, None, None, TOOL_EXECUTION.name, None, ()
    )


def listed(*ids: str, tool: str = "GENERATE_IMAGE") -> list[Execution]:
    return [Execution(execution_id=one, status="running", tool_type=tool) for one in ids]


def test_the_only_unknown_one_of_its_kind_is_it() -> None:
    assert search(entry(), listed("x"), whole=True, journaled=[]) == Search("found", "x")


def test_two_that_fit_are_not_told_apart() -> None:
    assert search(entry(), listed("x", "y"), whole=True, journaled=[]).verdict == "several"


def test_another_tool_does_not_fit() -> None:
    assert search(entry(), listed("x", tool="UPSCALE_IMAGE"), whole=True, journaled=[]).verdict == "absent"


def test_an_avatar_clip_is_found_under_the_services_word_for_it() -> None:
    found = search(
        entry(workflow="generate_avatar_clip"), listed("x", tool="GENERATE_AVATAR"), whole=True, journaled=[]
    )
    assert found.found == "x"


def test_what_was_there_before_the_submit_is_not_it() -> None:
    known = entry("earlier", "known", at=NOW - 100)
    assert search(entry(), listed("new", "known", "older"), whole=False, journaled=[known]) == Search("found", "new")


def test_what_came_after_a_later_submit_is_not_it() -> None:
    later = entry("later", "after", at=NOW + 600)
    assert search(entry(), listed("newest", "after", "x"), whole=True, journaled=[later]) == Search("found", "x")


def test_without_a_known_neighbour_a_page_of_many_tells_nothing() -> None:
    assert search(entry(), listed("x"), whole=False, journaled=[]).verdict == "unknown"


def test_two_broken_submits_do_not_fight_for_one_execution() -> None:
    assert search(entry(), listed("x"), whole=True, journaled=[], rivals=1).verdict == "several"


@pytest.mark.parametrize(
    ("mine", "other", "same"),
    [
        (Search("found", "x"), Search("found", "x"), True),
        (Search("found", "x"), Search("several", candidates=("x", "y")), True),
        (Search("found", "x"), Search("found", "y"), False),
        (Search("found", "x"), Search("absent"), False),
        (Search("found", "x"), Search("unknown"), True),
        (Search("absent"), Search("absent"), False),
    ],
)
def test_only_submits_that_fit_the_same_execution_are_rivals(mine: Search, other: Search, same: bool) -> None:
    assert mine.may_be(other) is same
    assert other.may_be(mine) is same


def upstream(journal: Journal, *ids: str) -> Any:
    page = Page[Execution](items=listed(*ids), has_more=False, next_cursor=None)

    async def executions(limit: int, cursor: str | None) -> Page[Execution]:
        return page

    return SimpleNamespace(account="mine", dialect=V2, client=SimpleNamespace(executions=executions))


def broken(journal: Journal, key: str, at: float) -> None:
    journal.submitting(key, account="mine", workflow="generate_image", label="a pear", now=at, window=3600)
    journal.unclear(key, "Unclear")


@pytest.fixture
def journal() -> Iterator[Journal]:
    with contextlib.closing(Journal(None, Machine(None, lambda: 0.0))) as opened:
        yield opened


@pytest.mark.anyio
async def test_a_submit_that_never_was_does_not_stand_in_the_way_of_one_that_was(journal: Journal) -> None:
    broken(journal, "first", NOW)
    assert (await recover(upstream(journal), TOOL_EXECUTION, journal, NOW + 1))["first"].verdict == "absent"
    assert (await recover(upstream(journal), TOOL_EXECUTION, journal, NOW + 2 * SETTLED))["first"].verdict == "absent"

    broken(journal, "second", NOW + 3 * SETTLED)
    found = await recover(upstream(journal, "x"), TOOL_EXECUTION, journal, NOW + 3 * SETTLED)
    assert found == {"second": Search("found", "x")}


@pytest.mark.anyio
async def test_one_execution_that_fits_two_broken_submits_is_shown_but_given_to_none(journal: Journal) -> None:
    broken(journal, "first", NOW)
    broken(journal, "second", NOW + 1)
    verdicts = await recover(upstream(journal, "x"), TOOL_EXECUTION, journal, NOW + 2)
    assert verdicts == dict.fromkeys(("first", "second"), Search("several", candidates=("x",)))


def test_a_time_that_the_service_tells_is_believed() -> None:
    (old,) = listed("x")
    old = Execution.model_validate({**old.model_dump(by_alias=True), "createdAt": NOW - 3600})
    assert search(entry(), [old], whole=True, journaled=[]).verdict == "absent"
