"""What a call answers: one structure, and the same facts as text, because hosts show one or the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["succeeded", "running", "failed", "cancelled", "awaiting_approval"]

NAME_LENGTH = 80
HERE = "works only on this machine"
"""What holds for everything that the sandbox makes, and for its links."""

DAY_IS_ENOUGH = 2 * 86_400.0
"""Seconds from which on a link's last day is told without the time; VideoGen's links live for a week, or a day."""

_VIDEOGEN_ID = re.compile(r"\bvg_[a-z]{4}_")

MESSAGE_LENGTH = 600
"""Characters of somebody else's text in an answer: enough to understand it, too few to fill a context."""


@dataclass(frozen=True)
class Reply:
    """An answer before it becomes MCP: text, the same as structure, and perhaps pictures (JPEG or PNG bytes)."""

    text: str
    structured: dict[str, Any]
    is_error: bool = False
    pictures: tuple[bytes, ...] = ()
    on_delivery: tuple[Callable[[], None], ...] = ()
    """Called once the client has the answer, as far as the transport knows."""
    begun: str | None = None
    """The id of the execution that the call has begun, and that its client polls by itself."""

    def delivered(self) -> None:
        """Note that the client has the answer."""
        for note in self.on_delivery:
            note()


class Part(BaseModel):
    """Absent values are left out, never null: strict clients reject null where the schema says text."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class AnswerFile(Part):
    """One result."""

    file_id: str
    type: str | None = None
    name: str | None = None
    preview_url: str | None = None
    preview_expires_at: str | None = None
    page_url: str | None = None
    saved_path: str | None = None
    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None


class AnswerError(Part):
    """Why there is no result. `code` is for programs, `message` for readers."""

    code: str
    message: str
    requirement: dict[str, Any] | None = None
    request_id: str | None = None
    candidates: list[str] | None = None
    """Executions of which one may be that of a submit that broke off."""


class AnswerOffer(Part):
    """Something that VideoGen's assistant offers to do."""

    action_id: str
    kind: str | None = None
    label: str | None = None
    summary: str | None = None
    estimated_credits: int | None = None
    in_app_only: bool | None = None


class Answer(Part):
    """The answer of every tool that runs or follows an execution, and of every call that failed."""

    status: Status
    workflow: str | None = None
    execution_id: str | None = None
    elapsed_seconds: float | None = None
    progress_percentage: float | None = None
    requested: int | None = Field(None, exclude=True)
    """How many results were asked for, where that is not one."""
    settings: str | None = Field(None, exclude=True)
    """What was decided for the caller, and what shows only in the file itself."""
    project_id: str | None = None
    project_url: str | None = None
    files: list[AnswerFile] | None = None
    """None where there are none to expect."""
    text: str | None = None
    offers: list[AnswerOffer] | None = None
    started_execution_id: str | None = None
    """What the assistant says, offers and has started."""
    error: AnswerError | None = None
    original: str | None = Field(None, exclude=True)
    """The tool that gets the original of a file, whose preview the links show."""
    now: float | None = Field(None, exclude=True)
    """When it is answered, in Unix seconds."""
    next_step: str | None = None

    def reply(self, text: str | None = None, pictures: tuple[bytes, ...] = ()) -> Reply:
        """Return this answer as text and structure, whose `note` has what is for readers only; failed and cancelled
        ones are errors."""
        structured = self.model_dump(mode="json", exclude_none=True)
        told = filter(None, (_results(self), self.settings, _original(self)))
        if note := " ".join(sentence(part[0].upper() + part[1:]) for part in told):
            structured["note"] = note
        return Reply(text or answer_text(self), structured, self.status in ("failed", "cancelled"), pictures)


_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_COUNT = {"type": "integer"}
_FILE = {
    "file_id": _TEXT,
    "type": _TEXT,
    "name": _TEXT,
    "preview_url": _TEXT,
    "preview_expires_at": _TEXT,
    "page_url": _TEXT,
    "saved_path": _TEXT,
    "width": _COUNT,
    "height": _COUNT,
    "duration_seconds": _NUMBER,
}


def _schema(**more: dict[str, Any]) -> dict[str, Any]:
    properties = {
        "status": _TEXT,
        "workflow": _TEXT,
        "execution_id": _TEXT,
        "elapsed_seconds": _NUMBER,
        "progress_percentage": _NUMBER,
        **more,
        "files": {"type": "array", "items": {"type": "object", "properties": _FILE}},
        "error": {"type": "object"},
        "next_step": _TEXT,
        "note": _TEXT,
        "sandbox": {"type": "boolean"},
    }
    return {"type": "object", "properties": properties}


MEDIA_ANSWER_SCHEMA = _schema()
ANSWER_SCHEMA = _schema(project_id=_TEXT, project_url=_TEXT)
ASSISTANT_ANSWER_SCHEMA = _schema(
    project_id=_TEXT,
    project_url=_TEXT,
    text=_TEXT,
    offers={"type": "array", "items": {"type": "object"}},
    started_execution_id=_TEXT,
)
"""What tools publish about `Answer`, every field that it has: where nothing belongs to a project, where it does, and
where VideoGen's assistant answers."""


def answer_text(answer: Answer) -> str:
    """Return the answer as text: what happened, the id, links and until when they work, the next step."""
    lines = [_outcome(answer)]
    if answer.error:
        lines.append(sentence(answer.error.message))
        if answer.error.request_id:
            lines.append(f"Request {answer.error.request_id}.")
    if project := project_text(answer.project_id, answer.project_url):
        lines.append(project)
    lines += [_file_text(file) for file in answer.files or ()]
    if answer.status == "succeeded" and answer.files == []:
        lines.append("The service reports no result files.")
    if answer.text:
        lines.append(f"It says: {answer.text}")
    lines += [_offer_text(offer) for offer in answer.offers or ()]
    lines += [sentence(line) for line in (answer.settings, _links_text(answer), answer.next_step) if line]
    return "\n".join(lines)


def _outcome(answer: Answer) -> str:
    """The first line. The id of an execution that succeeded is the least needed."""
    what = answer.workflow or "The execution"
    spent = duration_text(answer.elapsed_seconds) if answer.elapsed_seconds is not None else None
    if answer.status == "succeeded":
        took = f" in {spent}" if spent else ""
        named = f" ({answer.execution_id})" if answer.execution_id else ""
        came = _results(answer)
        return f"{what} succeeded{took}{named}{f': {came}' if came else ''}."
    took = f" after {spent}" if spent else ""
    named = f" (execution {answer.execution_id})" if answer.execution_id else ""
    if answer.status == "running":
        done = f", {answer.progress_percentage:.0f} % done" if answer.progress_percentage is not None else ""
        return f"{what} is still running{took}{done}{named}. Nothing is lost."
    if answer.status == "awaiting_approval":
        return f"{what} waits for an approval{took}{named}."
    return f"{what} {'was cancelled' if answer.status == 'cancelled' else 'failed'}{took}{named}."


def _links_text(answer: Answer) -> str | None:
    """Until when the links work, and where the originals are: once for all files."""
    files = answer.files or ()
    until = links_until([file.preview_expires_at for file in files], answer.now)
    return "; ".join(filter(None, (until, _original(answer)))) or None


def _original(answer: Answer) -> str | None:
    return f"original{'s' * (len(answer.files or ()) > 1)}: {answer.original}" if answer.original else None


def _results(answer: Answer) -> str | None:
    return f"{len(answer.files or ())} of {answer.requested} results" if answer.requested else None


def links_until(ends: Sequence[str | None], now: float | None = None) -> str | None:
    """Return until when all links work that end at these times, in words; None where none of them ends. `now` (Unix
    seconds) tells whether the day is enough."""
    first = min((end for end in ends if end), default=None)
    if first is None:
        return None
    far = now is not None and first > (timestamp(now + DAY_IS_ENOUGH) or first)
    return f"Link{'s' * (len(ends) > 1)} until {first[:10] if far else f'{first[:16]}Z'}"


def link_lines(preview_url: str | None, page_url: str | None) -> list[str]:
    """Return the links to a file as lines."""
    return [*([f"  Preview: {preview_url}"] if preview_url else []), *_page_lines(preview_url, page_url)]


def _page_lines(preview_url: str | None, page_url: str | None) -> list[str]:
    """The line of a file's page; none where the other link begins with it, as the sandbox's do."""
    return [f"  Page: {page_url}"] if page_url and not (preview_url or "").startswith(page_url) else []


def project_text(project_id: str | None, project_url: str | None) -> str | None:
    """Return the line about a project; None where there is none."""
    known = [part for part in (project_id, project_url) if part]
    return f"Project {', '.join(known)}" if known else None


def picture_type(picture: bytes) -> str:
    """Return the content type of a picture: JPEG or PNG."""
    return "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"


def with_note(reply: Reply, note: str | None) -> Reply:
    """Return a reply that tells something else too, at its end; None: nothing. What it says itself is not repeated."""
    if note is None or note in reply.text:
        return reply
    notes = " ".join(filter(None, (reply.structured.get("note"), note)))
    return replace(reply, text=f"{reply.text}\n{note}", structured={**reply.structured, "note": notes})


def of_sandbox(reply: Reply) -> Reply:
    """Return an answer of the sandbox: it is marked, and says what results are worth where it tells of any."""
    structured = {**reply.structured, "sandbox": True}
    status = reply.structured.get("status")
    ended = status not in ("running", "awaiting_approval", "cancelled")
    if reply.is_error or not ended or not ("text" in structured or _VIDEOGEN_ID.search(str(reply.structured))):
        return replace(reply, structured=structured)
    if status == "succeeded":
        words = f"Sandbox placeholder, {HERE}."
    else:
        words = f"Sandbox: results are placeholders, everything {HERE}."
    return with_note(replace(reply, structured=structured), words)


def _file_text(file: AnswerFile) -> str:
    kind = file.type.lower() if file.type else "file"
    facts = [file.file_id, f"{kind} {file.width}x{file.height}" if file.width and file.height else kind]
    if file.duration_seconds is not None:
        facts.append(f"{file.duration_seconds:.1f} s")
    if file.name:
        facts.append(in_quotes(file.name))
    lines = [", ".join(facts) + (f": {file.preview_url}" if file.preview_url else "")]
    lines += _page_lines(file.preview_url, file.page_url)
    return "\n".join([*lines, f"  Saved: {file.saved_path}"] if file.saved_path else lines)


def _offer_text(offer: AnswerOffer) -> str:
    facts = [offer.label or offer.kind or "an action"]
    if offer.summary and offer.summary.casefold() != facts[0].casefold():
        facts.append(offer.summary)
    if offer.estimated_credits is not None:
        facts.append(f"{offer.estimated_credits} credits")
    if offer.in_app_only:
        facts.append("only in VideoGen's web app")
    return f"Offer {offer.action_id}: {', '.join(facts)}"


def combined(replies: Sequence[Reply]) -> Reply:
    """Return the answers about several executions as one; it is an error when all of them are. What answers end with
    alike is told once, by the last of them."""
    structured: dict[str, Any] = {"executions": [reply.structured for reply in replies]}
    open_ids = [
        reply.structured.get("execution_id", "") for reply in replies if reply.structured["status"] == "running"
    ]
    parts = [reply.text.rpartition("\n") for reply in replies]
    lines = [
        told if end in (later for *_, later in parts[place + 1 :]) else f"{told}{between}{end}"
        for place, (told, between, end) in enumerate(parts)
    ]
    if open_ids:
        structured["next_step"] = f'Call wait_for_execution with execution_id "{", ".join(open_ids)}"'
        lines.append(sentence(structured["next_step"]))
    text = "\n".join(filter(None, lines))
    pictures = tuple(picture for reply in replies for picture in reply.pictures)
    on_delivery = tuple(note for reply in replies for note in reply.on_delivery)
    return Reply(text, structured, all(reply.is_error for reply in replies), pictures, on_delivery)


def duration_text(seconds: float) -> str:
    """Return 12.34 as "12.3 s", 200 as "3 min 20 s", 5,400 as "1 h 30 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def timestamp(unix_seconds: float | None) -> str | None:
    """Return a Unix time as ISO 8601 in UTC; None where there is none or it is beyond the calendar."""
    if unix_seconds is None:
        return None
    try:
        return datetime.fromtimestamp(unix_seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return None


def bounded(text: str | None, length: int = MESSAGE_LENGTH) -> str | None:
    """Return text of others safe to quote: one line, no control or direction characters, at most `length` long."""
    if not text:
        return None
    plain = "".join(c if c.isprintable() else " " for c in text)
    flat = re.sub(r"\s+", " ", plain).strip()
    return flat if len(flat) <= length else flat[: length - 1].rstrip() + "…"


def in_quotes(text: str) -> str:
    """Return text of others in double quotes, which it cannot end by itself."""
    return '"' + text.replace('"', "'") + '"'


def sentence(text: str) -> str:
    """Return the text with a full stop, unless it ends a sentence already."""
    return text if text.endswith((".", "!", "?", "…", ")")) else f"{text}."
