from videogen_mcp.api.models import Execution
from videogen_mcp.executions.journal import Entry
from videogen_mcp.executions.recovery import Search, search

NOW = 1_800_000_000.0


def entry(
    key: str = "broken", execution_id: str | None = None, at: float = NOW, workflow: str = "generate_image"
) -> Entry:
    return Entry(key, workflow, "a pear", execution_id, "unclear", 1, at, None, None, None, None, ())


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


def test_a_time_that_the_service_tells_is_believed() -> None:
    (old,) = listed("x")
    old = Execution.model_validate({**old.model_dump(by_alias=True), "createdAt": NOW - 3600})
    assert search(entry(), [old], whole=True, journaled=[]).verdict == "absent"
