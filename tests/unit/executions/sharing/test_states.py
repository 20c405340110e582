"""What one process has seen, as others read it."""

from __future__ import annotations

import pytest

from tests.polled_service import POLLED
from videogen_mcp.api.errors import NotFound
from videogen_mcp.api.models import Execution
from videogen_mcp.executions.kinds import Handle
from videogen_mcp.executions.polled import Polled
from videogen_mcp.executions.sharing.states import ENDED, GOES_ON, OVER_FOR_NOW, read, seen, written
from videogen_mcp.executions.timing import EMPTY_POLLS

pytestmark = pytest.mark.anyio

WHOLE = {
    "toolExecutionId": "vg_tool_1",
    "status": "failed",
    "toolType": "GENERATE_IMAGE",
    "progressPercentage": 42.5,
    "results": [],
    "error": {"message": "no", "code": "content_policy", "requirement": {"a": 1}},
    "projectId": "vg_proj_1",
    "projectUrl": "https://app.example/p",
    "text": "Shall I?",
    "offers": [{"actionId": "a1", "kind": "edit", "detail": {"summary": "s", "estimatedCredits": 3}}],
    "generationId": "g1",
}


def polled(status: str, **more: object) -> Polled:
    one = Polled(Handle(POLLED, "vg_tool_1"), 0.0, (5.0, 60.0))
    one.take(Execution.model_validate({"toolExecutionId": "vg_tool_1", "status": status, **more}), 1.0)
    return one


@pytest.mark.parametrize("flag", ["may_lack_files", "next_step_due", "unlisted"])
def test_what_is_read_is_what_was_written(flag: str) -> None:
    state = Execution.model_validate(WHOLE)
    setattr(state, flag, True)
    again = read(written(state))
    assert again == state
    assert getattr(again, flag) is True


def test_files_are_named_without_their_links() -> None:
    source = {"status": "ready", "url": "https://signed"}
    results = [
        {"fileId": "f", "type": "IMAGE", "file": {"fileId": "f", "previewSource": source}, "url": "https://signed"}
    ]
    text = written(Execution.model_validate({**WHOLE, "results": results, "downloadUrl": "https://signed"}))
    assert "signed" not in text
    assert [(result.file_id, result.type) for result in read(text).results] == [("f", "IMAGE")]


def test_what_is_no_state_of_this_version_is_told_apart() -> None:
    with pytest.raises(ValueError, match="status"):
        read('{"toolExecutionId": "vg_tool_1"}')


@pytest.mark.parametrize(
    ("status", "files", "final"),
    [
        ("running", [], GOES_ON),
        ("succeeded", [], GOES_ON),  # its results are yet to come
        ("succeeded", [{"fileId": "f"}], ENDED),
        ("failed", [], ENDED),
        ("awaiting_approval", [], OVER_FOR_NOW),
    ],
)
async def test_others_are_told_whether_it_goes_on(status: str, files: list[object], final: int) -> None:
    assert seen(polled(status, results=files)).final == final


async def test_who_succeeded_without_results_has_ended_after_some_polls() -> None:
    one = polled("succeeded")
    for _ in range(EMPTY_POLLS):
        assert one.latest is not None
        one.take(one.latest, 2.0)
    assert seen(one).final == ENDED


async def test_what_cannot_be_polled_is_told_without_a_state() -> None:
    one = polled("running")
    one.fail(NotFound("gone", status=404), 2.0)
    assert seen(one)[:3] == (None, OVER_FOR_NOW, 2.0)
