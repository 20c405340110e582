"""Ids that are none of an execution, and what to do with them instead."""

from __future__ import annotations

from collections.abc import Mapping

from videogen_mcp.calls.messages import Refusal
from videogen_mcp.executions.timing import NEVER_LISTED

OTHER_IDS: Mapping[str, tuple[str, str]] = {
    "vg_file_": ("a file", "Call get_file with it as file_id"),
    "vg_proj_": ("a project", "Call find_projects with it as project_id, which shows its exports"),
    "vg_enti_": ("an entity", "Call find_entities with it as entity_id"),
    "vg_voic_": ("a voice", "Call list_voices; text_to_speech takes it as voice"),
    "vg_pres_": ("a presenter", "Call list_presenters; generate_avatar_clip takes it as presenter_id"),
    "vg_asst_": ("a chat of the assistant", "Call ask_assistant with the project_id of its project"),
    "ep_": ("a webhook endpoint", "Call list_webhooks"),
}
"""By the prefix of an id: what it is of, and the tool for that."""

OWN_IDS = "list_executions shows the ids of this account's executions"


def refuse_other_ids(execution_id: str) -> None:
    """Raise Refusal for the id of something else than an execution."""
    for prefix, (what, instead) in OTHER_IDS.items():
        if execution_id.startswith(prefix):
            raise Refusal(
                "wrong_id", f"{execution_id} is the id of {what}, not of an execution", f"{instead}; {OWN_IDS}"
            )


def without_project(execution_id: str) -> Refusal:
    """Return the refusal of an export or edit that VideoGen finds by its project only, and that is of none known."""
    return Refusal(
        "not_found",
        f"{execution_id} was not started from here, and the newest projects do not have it",
        f"Call find_projects with the project_id of its project, which shows its exports; {OWN_IDS}",
    )


def not_listed(execution_id: str, project_id: str | None) -> Refusal:
    """Return the refusal of edits that VideoGen took and their project does not list, or not all of them."""
    return Refusal(
        "not_found",
        f"VideoGen took {execution_id}, and for {NEVER_LISTED / 60:.0f} minutes no list of {project_id} has shown it,"
        " or all of it",
        f'Look at the project first (find_projects with project_id "{project_id}"): it may have been edited and billed'
        " all the same",
    )
