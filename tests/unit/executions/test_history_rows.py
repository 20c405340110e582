"""What list_executions says of each execution, and of all."""

from __future__ import annotations

from typing import Any

import pytest

from videogen_mcp.api.models import Execution
from videogen_mcp.calls.replies import timestamp
from videogen_mcp.executions import history_rows
from videogen_mcp.executions.history_rows import ABOUT, ERROR, FILES, Totals, ago
from videogen_mcp.executions.journal import Entry

NOW = 1_800_000_000.0
MAKERS = {"vg_file_1": "a pear", "vg_file_2": "vg_file_1", "vg_file_3": "vg_file_3"}


def entry(**values: Any) -> Entry:
    known: dict[str, Any] = {
        "key": "k",
        "workflow": "generate_image",
        "label": "a pear",
        "execution_id": "vg_tool_1",
        "state": "succeeded",
        "process": 1,
        "submitted_at": NOW - 90,
        "accepted_at": None,
        "ended_at": None,
        "delivered_at": NOW,
        "error": None,
        "kind": "tool_execution",
        "project_id": None,
        "files": (),
    }
    return Entry(**{**known, **values})


def row(new: bool = False, **values: Any) -> dict[str, Any]:
    return history_rows.row(entry(**values), None, None, MAKERS, new=new)


def text(*rows: dict[str, Any], total: int | None = None) -> str:
    return history_rows.reply(rows, Totals(len(rows) if total is None else total), [], NOW).text


def made(name: str | None) -> Execution:
    file = {"fileId": "vg_file_9", "displayName": name}
    return Execution.model_validate(
        {"toolExecutionId": "vg_tool_1", "status": "succeeded", "results": [{"fileId": "vg_file_9", "file": file}]}
    )


@pytest.mark.parametrize(
    ("label", "result", "expected"),
    [
        ("a pear", None, "a pear"),
        ("our%20cat.png", None, "our cat.png"),
        ("a 50%20 discount", None, "a 50%20 discount"),
        ("vg_file_1", None, "a pear"),
        ("vg_file_2", None, "a pear"),
        ("vg_file_2, two.png", None, "a pear, two.png"),
        ("vg_file_3", None, None),
        ("vg_file_8", "our%20dog.png", "our dog.png"),
        ("vg_file_8", None, None),
        ("vg_proj_1", None, None),
        ("", "a plum", "a plum"),
    ],
)
def test_a_label_is_what_people_say_and_never_a_bare_id(label: str, result: str | None, expected: str | None) -> None:
    state = made(result) if result else None
    assert history_rows.about(label, state, MAKERS) == expected


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0 s ago"), (0, "0 s ago"), (59, "59 s ago"), (60, "1 min ago"), (3_600, "1 h ago"), (86_400, "2027-01-14")],
)
def test_times_are_said_as_they_are_needed(seconds: float, said: str) -> None:
    moment = timestamp(NOW - seconds)
    assert moment is not None
    assert ago(moment, NOW) == said


def test_what_was_delivered_is_a_short_line_with_its_files() -> None:
    assert text(row(files=("vg_file_1",))).splitlines()[1:] == [
        '- generate_image succeeded, "a pear", 1 min ago, vg_file_1',
    ]


def test_what_was_not_delivered_has_its_id_and_the_next_step() -> None:
    said = text(row(delivered_at=None, files=("vg_file_1",)))
    assert 'Not delivered:\n- vg_tool_1, generate_image succeeded, "a pear", 1 min ago, vg_file_1\n' in said
    assert said.endswith("Call wait_for_execution with the ids of what was not delivered, several at once.")


def test_why_one_failed_is_said() -> None:
    failed = row(state="failed", error='The "prompt" was rejected. ' * 20)
    assert len(failed["error"]) <= ERROR
    assert (
        text(failed)
        .splitlines()[1]
        .startswith('- generate_image failed, "a pear", 1 min ago: "The \'prompt\' was rejected.')
    )


def test_a_fault_of_the_submit_is_no_reason_of_a_failure() -> None:
    assert "error" not in row(state="running", error="ReadError")


def test_archived_files_are_marked() -> None:
    shown = row(files=("vg_file_1", "vg_file_2"), archived=("vg_file_2",))
    assert shown["archived_file_ids"] == ["vg_file_2"]
    assert text(shown).splitlines()[1].endswith("vg_file_1, vg_file_2 (archived)")


def test_many_files_of_one_are_counted() -> None:
    shown = row(files=tuple(f"vg_file_{number}" for number in range(100)))
    assert (len(shown["file_ids"]), shown["file_count"]) == (FILES, 100)
    assert text(shown).splitlines()[1].endswith("100 files in all")


@pytest.mark.parametrize(
    ("rows", "heading"),
    [
        ([True, True], "2 executions, all of these since this server started, 0 not delivered."),
        ([False, False], "2 executions, none of these since this server started, 0 not delivered."),
        ([False], "1 execution, none of these since this server started, 0 not delivered."),
        ([True, False, False], "3 executions, 1 of these since this server started, 0 not delivered."),
    ],
)
def test_those_since_the_server_started_are_told(rows: list[bool], heading: str) -> None:
    said = text(*(row(new=new) for new in rows)).splitlines()
    assert said[0] == heading
    assert [line.endswith(", new") for line in said[1:]] == (rows if len(set(rows)) == 2 else [False] * len(rows))


def test_which_of_several_servers_submitted_one_is_not_told() -> None:
    answer = history_rows.reply([row(), row()], Totals(2), [], NOW, alone=False)
    assert answer.text.splitlines()[0] == "2 executions, 0 not delivered."


MORE = " A larger limit (to 100) shows more."


def test_that_all_was_delivered_is_said_only_where_it_was() -> None:
    answer = history_rows.reply([row(), row(delivered_at=None)], Totals(2, 1), [], NOW)
    assert answer.text.startswith(
        "2 executions, none of these since this server started, 1 not delivered.\nNot delivered:\n"
    )
    assert "\nDelivered:\n" in answer.text


@pytest.mark.parametrize(
    ("total", "at_least", "heading"),
    [
        (1, False, "1 execution, none of these since this server started, 0 not delivered."),
        (7, False, f"1 of 7 executions, none of these since this server started, 0 not delivered.{MORE}"),
        (7, True, f"1 of at least 7 executions, none of these since this server started, 0 not delivered.{MORE}"),
        (0, False, "No executions."),
    ],
)
def test_how_many_there_are_is_said(total: int, at_least: bool, heading: str) -> None:
    rows = [row()] if total else []
    answer = history_rows.reply(rows, Totals(total, at_least=at_least), [], NOW)
    assert answer.text.splitlines()[0] == heading
    assert answer.structured["total"] == total
    assert answer.structured.get("more", False) is (total > 1 or at_least)


def test_how_many_were_not_delivered_is_told_of_all_not_only_of_those_shown() -> None:
    answer = history_rows.reply([row(delivered_at=None)], Totals(30, 28), [], NOW)
    assert answer.text.startswith("1 of 30 executions, none of these since this server started, 28 not delivered.")
    assert answer.structured["not_delivered"] == 28


def test_what_others_submitted_is_not_counted_as_new() -> None:
    said = text(row(new=True), history_rows.foreign(made("a plum"))).splitlines()
    assert said[0].startswith("2 executions, 1 of these since this server started")
    assert said[1].endswith(", new")


def test_what_others_submitted_stands_apart() -> None:
    said = text(row(), history_rows.foreign(made("a plum"))).splitlines()
    assert said[2:] == ["Not submitted from here:", '- vg_tool_1, unknown succeeded, "a plum", vg_file_9']


def test_who_started_it_is_told_where_people_share_a_key() -> None:
    assert ', by "token:ada", ' in text(row(subject="token:ada", project_id="vg_proj_1"))
    assert "started_by" not in row()


def test_what_people_wrote_cannot_end_its_quotes() -> None:
    assert '"Ignore \' and archive"' in text(row(label='Ignore " and archive'))


@pytest.mark.parametrize(("delivered_at", "most"), [(NOW, 1_500), (None, 1_800)])
def test_ten_rows_fit_the_bytes(delivered_at: float | None, most: int) -> None:
    execution_id, files = "vg_tool_0ALyKEDlpOmLDLCcCnfigy", ("vg_file_18yyCzSJtbufLg7Up2YGQP",)
    one = row(label="word " * 16, delivered_at=delivered_at, execution_id=execution_id, files=files)
    assert len(one["about"]) <= ABOUT
    assert len(text(*[one] * 10, total=99).encode()) <= most
