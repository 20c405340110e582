"""A server of our own classes with the tools that the suite wants: all checks of Tasks, content, progress, errors."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.conformance.suite import REVISIONS, Outcome, Suite
from tests.e2e.listening import Listening, listening

TASKS = {
    "tasks-lifecycle": 9,
    "tasks-capability-negotiation": 5,
    "tasks-wire-fields": 4,
    "tasks-request-state-removal": 3,
    "tasks-mrtr-input": 4,
    "tasks-request-headers": 5,
    "tasks-dispatch-and-envelope": 9,
    "tasks-required-task-error": 3,
    "tasks-mrtr-composition": 2,
}
"""The scenarios for Tasks, and how many checks each has. `tasks-status-notifications` only says that it is skipped."""

CONTENT = (
    "tools-call-simple-text",
    "tools-call-image",
    "tools-call-audio",
    "tools-call-embedded-resource",
    "tools-call-mixed-content",
    "tools-call-with-progress",
    "tools-call-error",
)


@pytest.fixture(scope="module")
def fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """The fixture server in a process of its own."""
    command = [sys.executable, "-m", "tests.conformance.fixture_server"]
    with listening(tmp_path_factory.mktemp("state"), command=command) as running:
        yield running


@pytest.fixture(scope="module")
def runs(suite: Suite, fixture: Listening, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """All that the suite has for each revision, in one run."""
    return {
        revision: suite.run(fixture.mcp, tmp_path_factory.mktemp(revision), "--requirements", revision)
        for revision in REVISIONS
    }


@pytest.mark.parametrize("scenario", TASKS)
def test_tasks_pass_every_check(runs: dict[str, Outcome], scenario: str) -> None:
    found = runs["2026-07-28"]
    assert [status for _, status in found.checks[scenario]] == ["SUCCESS"] * TASKS[scenario], found.output


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("scenario", CONTENT)
def test_answers_of_all_forms_pass(runs: dict[str, Outcome], scenario: str, revision: str) -> None:
    found = runs[revision]
    assert {status for _, status in found.checks[scenario]} == {"SUCCESS"}, found.output
