"""The executions that list_executions shows, as rows and as lines of text. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal

from videogen_mcp.calls.messages import CANDIDATES, candidates_text
from videogen_mcp.calls.replies import Reply, bounded, in_quotes, sentence, timestamp
from videogen_mcp.workflows.spellings import VIDEOGEN_ID, readable

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution
    from videogen_mcp.executions.journal import Entry
    from videogen_mcp.executions.recovery import Search

Wanted = Literal["all", "running", "succeeded", "failed", "cancelled"]
"""Which executions are to be shown."""

ENDED = ("succeeded", "failed", "cancelled")

ABOUT, ERROR = 50, 120
"""Characters of what it is about and of why it failed: ten rows fit into 1.5 kB."""

SUBJECT = 60
"""Characters of a person's or token's name: as many as an e-mail address mostly has."""

FILES = 3
"""Files that one row names; wait_for_execution shows all of them."""

STEPS = 5
"""How often the source of a file is looked for in the sources of others: a cut-out of an enlarged picture."""

FOREIGN = "not submitted from here"


def row(
    entry: Entry, state: Execution | None, search: Search | None, makers: Mapping[str, str], *, new: bool
) -> dict[str, Any]:
    """Return a row of the journal. `state` is what the service says now, where it was asked; `makers` are the labels of
    what made the files with those ids; `new`: submitted since this server started."""
    lost = search is not None and entry.execution_id is None
    is_open = state is not None and entry.is_open
    failure = state.error.message if is_open and state is not None and state.error is not None else entry.error
    status = state.status if is_open and state is not None else entry.state
    return _present(
        execution_id=entry.execution_id,
        workflow=entry.workflow,
        status=status,
        about=bounded(about(entry.label, state, makers), ABOUT),
        project_id=entry.project_id or (state.project_id if state is not None else None),
        submitted_at=timestamp(entry.submitted_at),
        started_by=bounded(entry.subject, SUBJECT),
        new=new or None,
        progress_percentage=state.progress_percentage if is_open and state is not None else None,
        error=bounded(failure, ERROR) if status == "failed" else None,
        **_files(entry.files),
        archived_file_ids=[file_id for file_id in entry.files if file_id in entry.archived][:FILES] or None,
        delivered=entry.delivered_at is not None,
        candidates=list(search.candidates[:CANDIDATES]) or None if search is not None and lost else None,
        note=_unclear(search) if search is not None and lost else None,
    )


def foreign(state: Execution) -> dict[str, Any]:
    """Return a row of what the service lists and the journal has not."""
    return _present(
        execution_id=state.execution_id,
        workflow=(bounded(state.tool_type, 60) or "unknown").lower(),
        status=bounded(state.status, 40),
        about=bounded(about("", state, {}), ABOUT),
        project_id=state.project_id,
        progress_percentage=None if state.is_terminal else state.progress_percentage,
        error=bounded(state.error.message, ERROR) if state.error is not None and state.status == "failed" else None,
        **_files([result.file_id for result in state.results]),
        note=FOREIGN,
    )


def about(label: str, state: Execution | None, makers: Mapping[str, str]) -> str | None:
    """Return what an execution is about as people say it: its prompt or the name of its file, never a bare id."""
    for step in range(STEPS + 1):
        parts = [part.strip() for part in label.split(",")]
        if not any(re.fullmatch(VIDEOGEN_ID, part) for part in parts):
            break
        known = makers if step < STEPS else {}
        names = [known.get(part, "") if re.fullmatch(VIDEOGEN_ID, part) else part for part in parts]
        label = ", ".join(dict.fromkeys(filter(None, names)))
    if label:
        return readable(label)
    made = [result.file.display_name for result in state.results if result.file] if state is not None else []
    return next((readable(name) for name in made if name), None)


def fits(found: str, wanted: Wanted) -> bool:
    """Return whether a status is what is asked for; whatever has not ended is running."""
    return wanted == "all" or found == wanted or (wanted == "running" and found not in ENDED)


@dataclass(frozen=True)
class Totals:
    """How many executions there are (`at_least` so many), and how many of them were never delivered."""

    executions: int
    not_delivered: int = 0
    at_least: bool = False


def reply(
    rows: Sequence[dict[str, Any]], totals: Totals, notes: Sequence[str], now: float, *, alone: bool = True
) -> Reply:
    """Return the answer: the first rows of all, those that were not delivered before others. `now` in Unix seconds;
    `alone`: it is known which of them this server submitted."""
    structured: dict[str, Any] = {"executions": list(rows), "total": totals.executions}
    if totals.not_delivered:
        structured["not_delivered"] = totals.not_delivered
    if totals.executions > len(rows) or totals.at_least:
        structured["more"] = True
    if notes:
        structured["note"] = " ".join(notes)
    waiting = [one for one in rows if one.get("delivered") is False]
    done = [one for one in rows if one.get("delivered")]
    others = [one for one in rows if "delivered" not in one]
    if any("execution_id" in one for one in waiting):
        structured["next_step"] = "Call wait_for_execution with the ids of what was not delivered, several at once"
    own = [*waiting, *done]
    new = sum("new" in one for one in own)
    lines = [_heading(len(rows), totals, new if alone else None, own=bool(own))]
    apart = {"Not delivered": waiting, "Delivered" if waiting else "": done, FOREIGN.capitalize(): others}
    for title, group in apart.items():
        lines += [f"{title}:"] * bool(title and group) + [_text(one, now, mark=new < len(rows)) for one in group]
    lines += [sentence(structured[key]) for key in ("note", "next_step") if key in structured]
    return Reply("\n".join(lines), structured)


def ago(moment: str, now: float) -> str:
    """Return an ISO 8601 time as "12 s ago", "5 min ago", "3 h ago", or as its day (UTC) where it is longer ago."""
    then = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    seconds = max(now - then.timestamp(), 0.0)
    for most, unit, length in ((60, "s", 1), (3_600, "min", 60), (86_400, "h", 3_600)):
        if seconds < most:
            return f"{int(seconds // length)} {unit} ago"
    return then.astimezone(timezone.utc).strftime("%Y-%m-%d")


def _heading(shown: int, totals: Totals, new: int | None, *, own: bool) -> str:
    total = totals.executions
    if not total:
        return "No executions."
    more = total > shown or totals.at_least
    counted = f"{shown} of {'at least ' if totals.at_least else ''}{total}" if more else str(total)
    facts = [f"{counted} execution{'s' * (total != 1)}"]
    if own and new is not None:
        since = {0: "none", shown: "all"}.get(new, str(new))
        facts.append(f"{since} of these since this server started")
    if own:
        facts.append(f"{totals.not_delivered} not delivered")
    return f"{', '.join(facts)}." + (" A larger limit (to 100) shows more." if more else "")


def _text(one: Mapping[str, Any], now: float, *, mark: bool = False) -> str:
    """One line. What has ended and was delivered is looked at by its files, so its own id says nothing more."""
    over = one.get("delivered") and (one["status"] in ("failed", "cancelled") or "file_ids" in one)
    facts = [] if over else [one.get("execution_id", "(no id)")]
    percent = f" {one['progress_percentage']:.0f} %" if "progress_percentage" in one else ""
    facts.append(f"{one['workflow']} {one['status']}{percent}")
    if "about" in one:
        facts.append(in_quotes(one["about"]))
    if "submitted_at" in one:
        facts.append(ago(one["submitted_at"], now))
    if "started_by" in one:
        facts.append(f"by {in_quotes(one['started_by'])}")
    if "project_id" in one:
        facts.append(one["project_id"])
    archived = one.get("archived_file_ids", ())
    facts += [f"{file_id} (archived)" if file_id in archived else file_id for file_id in one.get("file_ids", ())]
    if "file_count" in one:
        facts.append(f"{one['file_count']} files in all")
    if mark and "new" in one:
        facts.append("new")
    why = f": {in_quotes(one['error'])}" if "error" in one else ""
    note = f". {one['note']}" if one.get("note", FOREIGN) != FOREIGN else ""
    return f"- {', '.join(facts)}{why}{note}"


def _files(file_ids: Sequence[str]) -> dict[str, Any]:
    shown = list(file_ids[:FILES]) or None
    return {"file_ids": shown, "file_count": len(file_ids) if len(file_ids) > FILES else None}


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _unclear(search: Search) -> str | None:
    if search.verdict == "several":
        return f"The submit broke. {candidates_text(search.candidates)}."
    notes = {
        "absent": "The submit broke and the service does not list it: most likely it was not started.",
        "unknown": "The submit broke and this version of the service cannot tell whether it was started;"
        " look in VideoGen before submitting it again.",
    }
    return notes.get(search.verdict)
