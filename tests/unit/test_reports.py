"""What clients, machines and hosts were seen to break, here or in other servers, and the tests that hold it.

Each row is a failure in plain words, the public thread where another project met the like ("" where none is known),
and the tests whose inputs it has.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]

ASKED_AGAIN = "unit/executions/test_asked_again.py"
ENVIRONMENT = "unit/test_environments.py::test_the_environment_is_named_when_it_breaks_a_call"
LENIENT = "unit/tools/test_lenient.py"
MEANT = f"{LENIENT}::test_each_spelling_has_its_meaning"
SCHEMAS = "unit/protocol/test_schemas.py"
SLIPS = "unit/test_setting_values.py::test_what_is_clearly_meant_is_taken"
FAULTS = "unit/test_setting_values.py::test_the_rest_is_a_problem_with_the_variable_its_fault_and_what_to_write"

CLIENTS = [
    (
        "a client cuts its first call at 5 s or 30 s, its model asks again, and it is made and paid twice",
        "",
        f"{ASKED_AGAIN}::test_a_call_that_was_cut_and_is_made_again_is_answered_with_what_it_had_started",
        f"{ASKED_AGAIN}::test_a_client_that_gives_up_without_a_word_and_asks_again_gets_what_it_began",
        "e2e/test_hosts.py::test_the_same_call_made_again_after_a_cut_is_one_execution",
    ),
    (
        "a host that gives its name is waited for longer than it listens",
        "",
        "unit/calls/test_hosts.py::test_each_host_is_answered_before_it_stops_listening",
        "unit/calls/test_hosts.py::test_a_host_may_listen_longer_over_http",
    ),
    (
        "the first call of a process is answered late by what loading the tools takes",
        "",
        "unit/protocol/test_budget.py::test_what_it_takes_to_load_the_tools_is_part_of_the_time",
        "e2e/test_hosts.py::test_without_a_setting_the_first_cut_teaches_the_limit_and_nothing_is_lost",
    ),
    (
        "a framework fills every optional argument with null or a blank, and the call is refused",
        "danny-avila/LibreChat#11905, CodeWithCJ/SparkyFitness#1540, elevenlabs/elevenlabs-mcp#61",
        f"{LENIENT}::test_what_says_nothing_about_an_optional_argument_counts_as_absent",
    ),
    (
        "an empty choice, a free map or a keyword in a schema lets a converter refuse all tools at once",
        "sbroenne/mcp-server-excel#607",
        f"{SCHEMAS}::test_input_schemas_hold_what_every_converter_takes",
        f"{SCHEMAS}::test_strict_mode_leaves_a_way_to_say_nothing",
    ),
    (
        "limits stand in keywords only, which some clients drop",
        "",
        f"{SCHEMAS}::test_bounds_stand_in_the_words_too",
    ),
    (
        "an output schema leaves out what answers hold, so typed clients lack it",
        "",
        f"{SCHEMAS}::test_output_schemas_declare_types_and_what_answers_hold",
    ),
    (
        "a finished execution is said to have taken until it was asked for",
        "",
        "unit/executions/test_durations.py::test_an_end_that_was_seen_keeps_its_duration_however_late_it_is_read",
        "unit/executions/test_durations.py::test_an_end_that_nobody_saw_come_has_no_duration",
    ),
    (
        "over HTTP, schemas promise local paths that are refused, and no own picture can be used",
        "",
        f"{SCHEMAS}::test_over_http_nothing_speaks_of_local_files",
        "e2e/test_http.py::test_a_url_is_taken_for_it_is_the_service_that_fetches_it",
    ),
    (
        "clients run calls one after the other, and none may return before its end",
        "anthropics/claude-code#14353, openai/codex#23750",
        "unit/executions/test_waiting_as_asked.py::test_five_are_started_one_after_the_other_and_waited_for_together",
        "unit/executions/test_waiting_as_asked.py::test_the_setting_does_not_shorten_a_later_wait_either",
    ),
    (
        "what one program teaches holds for others of its name, for a day",
        "",
        f"{ASKED_AGAIN}::test_a_limit_is_learned_for_the_clients_own_habits_only",
        f"{ASKED_AGAIN}::test_a_limit_that_a_longer_wait_survives_is_forgotten",
    ),
    (
        "progress shows odd fractions of no total",
        "",
        "unit/calls/test_progress.py::test_there_is_a_total_only_where_there_is_a_percentage",
    ),
]

MACHINES = [
    (
        "NO_PROXY with brackets, masks or ranges breaks every call",
        "basicmachines-co/basic-memory#1541, MoonshotAI/kimi-code#2481, docker/sbx-releases#218, safedep/pmg#339",
        "unit/api/test_environment.py::test_no_proxy_is_understood_as_people_write_it",
        ENVIRONMENT,
    ),
    (
        "a SOCKS proxy without its library, or an unusable proxy URL, breaks every call without being named",
        "modelcontextprotocol/servers#1401, homeassistant-ai/ha-mcp#449, PrefectHQ/fastmcp#1439",
        "unit/api/test_environment.py::test_a_proxy_that_cannot_be_used_is_named_by_its_variable",
        ENVIRONMENT,
        "e2e/test_environments.py::test_what_breaks_every_call_is_named_and_the_process_serves",
    ),
    (
        "certificates that are missing or empty, a key log that cannot be written",
        "PagerDuty/pagerduty-mcp-server#66, FujiwaraChoki/auto-llm#1",
        "unit/api/test_environment.py::test_certificates_that_cannot_be_used_are_named_by_their_variable",
        ENVIRONMENT,
    ),
    (
        "a host adds arguments of its own to every call",
        "n8n-io/n8n#21500, makenotion/notion-mcp-server#146, google-gemini/gemini-cli#27403, MemPalace/mempalace#322",
        f"{LENIENT}::test_what_hosts_add_is_dropped_and_has_a_source",
    ),
    (
        "a host stops reading, and the server cannot leave",
        "homeassistant-ai/ha-mcp#2029, modelcontextprotocol/python-sdk#2231, a-bonus/google-docs-mcp#112",
        "e2e/test_leaving.py::test_it_leaves_when_the_host_has_stopped_reading",
        "e2e/test_leaving.py::test_it_leaves_when_nobody_reads_its_log",
    ),
    (
        "a host closes its end of stdout, and the server stays",
        "anthropics/claude-code#37482, web-infra-dev/midscene#2157",
        "e2e/test_leaving.py::test_it_leaves_when_the_host_has_closed_its_end",
    ),
    (
        "requests that are piped in one go lose their answers at the end of input",
        "modelcontextprotocol/python-sdk#2678, modelcontextprotocol/go-sdk#1061, paiml/rust-mcp-sdk#316",
        "e2e/test_leaving.py::test_requests_that_are_piped_in_one_go_are_answered_before_it_leaves",
        "e2e/test_leaving.py::test_what_was_piped_in_one_go_and_takes_long_is_answered_with_its_id",
    ),
    (
        "batches, half frames, a BOM, odd ids and params that are no object get no answer",
        "webstudio-is/webstudio#6066, accensa/x402-facilitator-stellar#199, modelcontextprotocol/python-sdk#934",
        "e2e/test_environments.py::test_every_line_is_answered_or_refused_with_its_id_and_a_word_in_the_log",
        "unit/protocol/test_frames.py::test_what_is_no_message_is_answered_with_its_id_and_has_a_reason",
    ),
    (
        "a user without HOME and without an entry in the list of users cannot start the server",
        "homeassistant-ai/ha-mcp#1125, alexei-led/k8s-mcp-server#9, taylorwilsdon/google_workspace_mcp#1072",
        "e2e/test_environments.py::test_a_user_without_home_and_name_gets_the_name_of_the_folder_to_set",
    ),
    (
        "a HOME or XDG_STATE_HOME that is relative or was not filled in puts the state into the current folder",
        "",
        "unit/test_settings.py::test_folders_of_the_environment_that_are_not_absolute_count_for_nothing",
    ),
    (
        "files of another user in the state directory, a file system without locks",
        "elgorro/aiquila#341",
        "e2e/test_environments.py::test_a_state_directory_that_cannot_be_used_is_named",
        "sandbox/test_launcher.py::test_a_lock_that_cannot_be_opened_is_named",
        "sandbox/test_launcher.py::test_a_file_system_without_locks_is_named",
    ),
    (
        "aspect ratios in other spellings are refused",
        "luminarylane/fal-mcp-server#120",
        "unit/workflows/test_spellings.py::test_an_aspect_ratio_may_be_written_in_many_ways",
        f"{LENIENT}::test_a_mistake_is_refused_with_the_argument_and_the_way_out",
    ),
    (
        'a host sends "null" as text, alone or in lists',
        "anthropics/claude-code#95239",
        MEANT,
    ),
    (
        "languages are named instead of given as codes",
        "readest/readest#1737, elevenlabs/elevenlabs-mcp#61",
        "unit/workflows/test_spellings.py::test_a_language_may_be_named",
    ),
    (
        "durations, speeds, switches and types in other spellings, ids in quotes or with a full stop",
        "",
        MEANT,
        "unit/workflows/test_spellings.py::test_an_id_is_found_in_what_surrounds_it",
    ),
    (
        "the arguments of a call are a text, a list or nothing",
        "",
        "unit/protocol/test_whole_arguments.py::test_nothing_is_an_empty_object",
        "unit/protocol/test_whole_arguments.py::test_json_text_and_a_list_of_one_are_what_they_hold",
        "unit/protocol/test_whole_arguments.py::test_anything_else_is_refused_with_what_is_wanted",
    ),
    (
        "a slip in a setting ends the server, and the host shows nothing but a closed connection",
        "",
        SLIPS,
        FAULTS,
        "e2e/test_environments.py::test_harmless_settings_that_cannot_be_used_are_named_and_block_nothing",
    ),
    ("a list of folders with commas is taken for one folder, and everything is refused", "", SLIPS),
    ("a key in quotes or a placeholder is sent as it is", "", SLIPS, FAULTS),
    (
        "names of files read like instructions",
        "",
        "unit/tools/test_hostile_arguments.py::test_what_a_file_is_called_is_quoted",
    ),
    (
        "the wall clock is set while a job runs: the job is begun twice, or waits for the clock",
        "",
        "sandbox/test_jobs.py::test_a_clock_that_is_set_takes_no_job_from_the_process_that_works_on_it",
        "sandbox/test_jobs.py::test_a_clock_that_is_set_back_holds_nothing_up",
    ),
    (
        "after a clock that was ahead the spending limit blocks for a day",
        "",
        "unit/executions/test_journal.py::test_a_clock_that_is_set_neither_blocks_nor_opens_the_spending_limit",
    ),
    (
        "a process that stood still answers with what it saw before",
        "",
        "unit/executions/test_runner.py::test_a_process_that_stood_still_polls_once_more_before_it_answers",
    ),
    (
        "the sandbox's folder is removed while it runs, and nothing works any more",
        "",
        "sandbox/test_launcher.py::test_data_that_are_removed_while_it_runs_make_room_for_a_new_one",
    ),
    (
        "the state directory is removed while the server runs, and others do not see what it started",
        "",
        "unit/executions/test_journal_file.py::test_a_folder_that_is_removed_comes_back_without_another_write",
        "unit/executions/test_journal_file.py::test_what_was_removed_is_written_again",
        "faults/test_chaos.py::test_whatever_breaks_the_journal_loses_no_row_and_nothing_is_made_twice",
    ),
    (
        "the description of a sandbox has an impossible address, its lock an odd content",
        "",
        "e2e/test_environments.py::test_an_odd_description_of_a_sandbox_is_replaced",
        "sandbox/test_launcher.py::test_a_description_with_an_odd_address_counts_as_none",
        "sandbox/test_launcher.py::test_a_lock_with_odd_content_has_no_owner",
    ),
    (
        "the machine gets another name, and its own sandbox counts as that of another machine",
        "",
        "sandbox/test_launcher.py::test_one_that_hangs_is_replaced_also_when_the_machine_has_another_name",
    ),
    (
        "a sandbox that cannot start shows the model a stack trace",
        "",
        "sandbox/test_launcher.py::test_data_of_another_user_are_named",
        "sandbox/test_launcher.py::test_a_limit_of_file_sizes_that_is_too_low_is_named",
        "sandbox/test_launcher.py::test_a_start_that_fails_says_what_the_log_says",
    ),
    (
        "descriptions are taken from docstrings, which PYTHONOPTIMIZE=2 drops",
        "",
        "unit/protocol/test_surface.py::test_the_list_that_the_package_keeps_is_that_of_the_tools",
    ),
]
"""Of the older findings that are not here, two belong to clients: one demands every argument that is not marked as
nullable, another refuses blanks for numbers itself."""

ROWS = [*CLIENTS, *MACHINES]


@cache
def functions_of(path: Path) -> frozenset[str]:
    """Return the names of the tests in a module."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    functions = (node for node in module.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(function.name for function in functions if function.name.startswith("test_"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_failure_that_was_reported_is_held_by_tests(row: tuple[str, ...]) -> None:
    _, _, *held_by = row
    assert held_by
    for test in held_by:
        module, name = test.split("::")
        assert name in functions_of(TESTS / module), test


def test_each_failure_is_told_once() -> None:
    assert len({row[0] for row in ROWS}) == len(ROWS)
