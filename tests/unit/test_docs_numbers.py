"""Numbers in the pages are those of the code. What is measured is no number of the code: `make bench` has it."""

from __future__ import annotations

import pytest

from tests.pages import ROOT
from videogen_mcp.api.limits import HOURLY_LIMITS
from videogen_mcp.calls.hosts import GIVEN_UP, LIKELY_LIMITS
from videogen_mcp.calls.timing import BEAT
from videogen_mcp.executions.timing import ASKED_AGAIN, JOURNAL_CACHE_DAYS, JOURNAL_ROWS
from videogen_mcp.protocol.task_ids import TTL
from videogen_mcp.workflows.base import LABEL_CHARACTERS
from videogen_mcp.workflows.call_arguments import LONGEST_WAIT
from videogen_sandbox.config import MAX_DISK_BYTES, TEMPORARY_SECONDS
from videogen_sandbox.process.modes import IDLE_EXIT

STARTS, POLLS = HOURLY_LIMITS["start"], HOURLY_LIMITS["execution"]
LIMITS = ", ".join(f"{limit:g}" for limit in LIKELY_LIMITS[:7])

TOLD = [
    ("README.md", f"first {LABEL_CHARACTERS} characters of a prompt"),
    ("README.md", f"newest {JOURNAL_ROWS:,} ended executions; hashes of uploads for {JOURNAL_CACHE_DAYS} days"),
    ("README.md", f"{STARTS} starts and {POLLS:,} polls"),
    ("README.md", f"up to {MAX_DISK_BYTES / 1e9:g} GB"),
    ("README.md", {86_400.0: "temporary ones for a day"}[TEMPORARY_SECONDS]),
    ("docs/executions.md", f"`wait_seconds`, 0 to {LONGEST_WAIT:g}."),
    ("docs/executions.md", f"({LIMITS} s …)"),
    ("docs/executions.md", f"progress at least every {BEAT:g} s"),
    ("docs/executions.md", f"within {ASKED_AGAIN / 60:g} minutes"),
    ("docs/executions.md", f"made again {GIVEN_UP:g} s or more after"),
    ("docs/executions.md", f"{GIVEN_UP:g} s or more after it"),
    ("docs/executions.md", f"first {LABEL_CHARACTERS} characters of the prompt"),
    ("docs/executions.md", f"the newest {JOURNAL_ROWS:,} of an account"),
    ("docs/executions.md", f"{POLLS:,} times an hour and start {STARTS}"),
    ("docs/executions.md", {7 * 86_400: "during a week"}[TTL]),
    ("docs/sandbox.md", {600.0: "after ten minutes without a request"}[IDLE_EXIT]),
]
"""What a page says, on one line."""


@pytest.mark.parametrize(("page", "words"), TOLD)
def test_a_page_says_the_number_of_the_code(page: str, words: str) -> None:
    assert words in " ".join((ROOT / page).read_text(encoding="utf-8").split())
