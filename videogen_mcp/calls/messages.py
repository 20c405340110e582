"""Puts every failure into words: what happened, what it means, what is safe to do now.

Three classes: the caller's (a wrong argument or id), the account's (key, plan, credits) and the service's (limits,
faults), which were already retried where that is safe.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from videogen_mcp.api.errors import (
    ApiError,
    BadRequest,
    BadSetting,
    BrokenAnswer,
    Conflict,
    ConnectionFailed,
    Forbidden,
    InsufficientCredits,
    NotFound,
    NotSupported,
    RateLimited,
    ServiceFault,
    Unauthorized,
    Unclear,
    VideoGenError,
)
from videogen_mcp.calls.replies import Answer, AnswerError, Reply, bounded, duration_text, project_text, sentence

if TYPE_CHECKING:
    from videogen_mcp.calls.call import Call, Followed, Purpose, Verb

KEYS_PAGE = "https://app.videogen.io/developers"
BILLING_PAGE = "https://app.videogen.io/billing"

BAD_KEY = "invalid_api_key"
"""The code of a key that VideoGen refuses."""

CODES: tuple[tuple[type[VideoGenError], str], ...] = (
    (InsufficientCredits, "insufficient_credits"),
    (RateLimited, "rate_limited"),
    (Unauthorized, BAD_KEY),
    (Forbidden, "not_authorized"),
    (NotFound, "not_found"),
    (BadRequest, "invalid_request"),
    (Conflict, "conflict"),
    (ServiceFault, "service_fault"),
    (NotSupported, "not_supported"),
    (BadSetting, "bad_setting"),
    (BrokenAnswer, "broken_answer"),
    (Unclear, "no_answer"),
    (ConnectionFailed, "connection_failed"),
)

OUR_TURN = frozenset(
    {"insufficient_credits", "rate_limited", "not_found", "invalid_request", "conflict", "not_supported"}
)
"""Codes of what nobody has to ask VideoGen about, so that the id of the request helps nobody."""

CANDIDATES = 5
"""Executions that are named at most where it is not known which one a broken submit started."""

SPELLING = 0.8
"""Similarity (0 to 1, as difflib measures it) from which an unknown tool is taken for a misspelt one; generate_picture
and generate_text, which are two things, have 0.76."""

NOT_DONE: Mapping[Verb, str] = {"started": "was not started", "read": "read nothing", "changed": "changed nothing"}
"""What a refused call did not do, by the verb of its purpose."""


class Refusal(VideoGenError):
    """A refusal in the words of this server. `next_step` says what to do instead; `candidates` are executions of which
    one may be what was asked for."""

    def __init__(
        self,
        code: str,
        message: str,
        next_step: str | None = None,
        *,
        request_id: str | None = None,
        candidates: Sequence[str] = (),
    ) -> None:
        super().__init__(message, request_id=request_id)
        self.code = code
        self.next_step = next_step
        self.candidates = tuple(candidates)


class SubmitUnclear(Unclear):
    """A submit broke off, and it is not proven which execution it started, if any. `candidates` may be it, newest
    first; `absent`: the service lists none that could be."""

    def __init__(self, error: VideoGenError, candidates: Sequence[str] = (), *, absent: bool = False) -> None:
        super().__init__(error.message, request_id=error.request_id)
        self.candidates = tuple(candidates)
        self.absent = absent


@dataclass(frozen=True)
class Explanation:
    """A failure in words: `error` says what happened, `next_step` what to do."""

    error: AnswerError
    next_step: str | None

    def __str__(self) -> str:
        """Return both as one line of text."""
        return " ".join(sentence(part) for part in (self.error.message, self.next_step) if part)


def explain(
    error: VideoGenError, purpose: Purpose, *, execution_id: str | None = None, sandbox: bool = False
) -> Explanation:
    """Put an error into words, for a call with that purpose; `execution_id` once there is one."""
    code = _code(error, purpose)
    described = AnswerError(
        code=code,
        message=_message(error, purpose, execution_id),
        requirement=error.requirement if isinstance(error, ApiError) else None,
        request_id=None if {code, _class_code(error)} & OUR_TURN else bounded(error.request_id, 80),
    )
    said = execution_id is not None or (isinstance(error, Refusal) and error.next_step is not None)
    own = None if said else purpose.next_steps.get(code)
    return Explanation(described, own or _next_step(error, purpose, execution_id, sandbox))


def account_step(code: str | None, requirement: Mapping[str, Any] | None) -> str | None:
    """Return where the user gets what the account lacks, by code and requirement of the service; None where that is
    nothing."""
    if code == "insufficient_credits":
        return f"Nothing was made. Credits can be added at {BILLING_PAGE}"
    if requirement or code == "not_authorized":
        return f"The account's plan does not include this; see {BILLING_PAGE}"
    return None


def failure(error: VideoGenError, call: Call, followed: Followed | None = None) -> Reply:
    """Return the answer of a call that has no result because of `error`; `followed` is the execution that it is about,
    where the call follows several."""
    followed = followed or call.followed
    execution_id = followed.execution_id if followed is not None else None
    explained = explain(error, call.purpose, execution_id=execution_id, sandbox=call.in_sandbox)
    if isinstance(error, SubmitUnclear | Refusal) and error.candidates:
        explained.error.candidates = list(error.candidates[:CANDIDATES])
    answer = Answer(status="failed", error=explained.error, next_step=explained.next_step)
    if followed is not None:
        answer.workflow = followed.workflow
        answer.execution_id = execution_id
        if execution_id or not isinstance(error, NotFound):  # it may be the project that does not exist
            answer.project_id, answer.project_url = followed.project_id, followed.project_url
        answer.elapsed_seconds = followed.elapsed(call.clock.monotonic())
    text = sentence(explained.error.message)
    if explained.error.request_id:
        text += f" (request {explained.error.request_id})"
    if explained.next_step:
        text += f"\n{sentence(explained.next_step)}"
    if execution_id and execution_id not in text:
        text += f"\nExecution {execution_id}."
    if project := project_text(answer.project_id, answer.project_url):
        text += f"\n{project}"
    return answer.reply(text)


def late(call: Call) -> Reply:
    """Return the answer of a call whose time was over before anything came of it."""
    if call.transferring:
        return transferring(call)
    if call.purpose.verb == "started":
        return failure(
            Refusal(
                "not_started_in_time",
                f"{call.why_late()} while {call.doing}",
                f"Nothing was submitted; call {call.tool} again, what was prepared is kept",
            ),
            call,
        )
    if call.purpose.verb == "changed":
        return failure(Unclear("the service did not answer in time", may_have_started=True), call)
    return failure(Refusal("no_answer", "the service did not answer in time", f"Call {call.tool} again later"), call)


def transferring(call: Call) -> Reply:
    """Return the answer of a call whose time was over while media were on their way: they go on, nothing else began."""
    nothing = " Nothing was submitted, and nothing is paid." if call.purpose.verb == "started" else ""
    next_step = f"Call {call.tool} again with the same arguments: it takes up where this one is"
    answer = Answer(status="running", next_step=next_step)
    if call.followed is not None:
        answer.workflow = call.followed.workflow
    longer = f"{call.tool} needs more time than this host gives one call ({call.doing}); that goes on."
    return answer.reply(f"{longer}{nothing}\n{next_step}.")


def invalid_arguments(purpose: Purpose, complaint: str, next_step: str | None = None) -> Reply:
    """Return the answer to arguments that cannot be used; `complaint` names them, `next_step` says where to find what
    is missing."""
    error = AnswerError(code="invalid_arguments", message=f"{purpose.tool} {NOT_DONE[purpose.verb]}: {complaint}")
    text = "\n".join(sentence(one) for one in (error.message, next_step) if one)
    return Answer(status="failed", error=error, next_step=next_step).reply(text)


def unknown_tool(name: str, known: Sequence[str], why: str | None = None) -> Reply:
    """Return the answer to a call of a tool that this server does not have; `known` are those it has, `why` says why it
    has not that one, which exists."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=SPELLING)
    akin = [tool for tool in known if tool.partition("_")[0] == name.partition("_")[0].casefold()]
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(akin or known)}"
    error = AnswerError(
        code="unknown_tool", message=f"There is no tool {bounded(name, 60) or 'without a name'}; {why or hint}"
    )
    return Answer(status="failed", error=error).reply(sentence(error.message))


def internal_fault(tool: str, reference: str) -> Reply:
    """Return the answer when a fault of this server ended the call; the log has it under `reference`."""
    message = f"{tool} met an unexpected fault of this server; the log names it under {reference}"
    next_step = "Call list_executions before trying again: what was submitted is there"
    answer = Answer(status="failed", error=AnswerError(code="internal", message=message), next_step=next_step)
    return answer.reply(f"{message}.\n{next_step}.")


def _code(error: VideoGenError, purpose: Purpose) -> str:
    if isinstance(error, Refusal):
        return error.code
    if error.may_have_started:
        return "submit_unclear" if purpose.verb == "started" else "no_answer"
    if isinstance(error, ApiError) and error.code:
        return bounded(error.code, 60) or "error"
    return _class_code(error)


def _class_code(error: VideoGenError) -> str:
    return next((code for kind, code in CODES if isinstance(error, kind)), "error")


def _message(error: VideoGenError, purpose: Purpose, execution_id: str | None) -> str:
    message = error.message
    if isinstance(error, NotSupported) and error.argument.startswith("/"):  # a path is no argument of a tool
        message = error.reason
    reason = (bounded(message) or type(error).__name__).rstrip(".")
    tool = purpose.tool
    if execution_id and not (isinstance(error, Refusal | NotFound) and purpose.verb == "changed"):
        return f"{tool} could not follow the execution to its end: {reason}"
    if error.may_have_started and purpose.verb == "started":
        absent = "; the service does not list it so far" if isinstance(error, SubmitUnclear) and error.absent else ""
        return (
            f"{reason}. This happened while {tool} was being submitted, so it may be running and may be billed{absent}"
        )
    if error.may_have_started and purpose.verb == "changed":
        return f"{tool}: {reason}. It may have been done all the same"
    return f"{tool} {NOT_DONE[purpose.verb]}: {reason}"


def _next_step(error: VideoGenError, purpose: Purpose, execution_id: str | None, sandbox: bool) -> str | None:
    if isinstance(error, Refusal):
        return error.next_step
    if execution_id and isinstance(error, NotFound | BadRequest | NotSupported):
        return "Check the id: list_executions shows the executions of this account"
    if execution_id and not isinstance(error, Unauthorized | Forbidden):
        return f'Call wait_for_execution with execution_id "{execution_id}" to go on; do not start it again'
    if isinstance(error, SubmitUnclear) and error.candidates:
        return f"{candidates_text(error.candidates)}. Submitting again could make and bill it twice"
    if error.may_have_started and purpose.verb == "started":
        return (
            "Call list_executions before trying again: if it is there, wait for it; submitting again could make"
            " and bill it twice"
        )
    return _by_class(error, purpose.tool, sandbox)


def candidates_text(candidates: Sequence[str]) -> str:
    """Return which executions, or projects of some, may be that of a broken submit, CANDIDATES of them at most, and
    which tool shows what they are."""
    shown = ", ".join(candidates[:CANDIDATES])
    more = f" ({len(candidates) - CANDIDATES} more are listed)" if len(candidates) > CANDIDATES else ""
    may_be = f"It may be {'one of ' if len(candidates) > 1 else ''}{shown}{more}"
    if candidates[0].startswith("vg_proj_"):
        return f"{may_be}: call find_projects with such a project_id to see what it is"
    return f"{may_be}: call wait_for_execution with such an id to see what it is"


def remedy(error: VideoGenError) -> str | None:
    """Return what a user can do about an error, whatever was called, as a sentence without its end; None where only
    waiting helps, and for a BadSetting, whose message says it."""
    if error.remedy is not None:
        return error.remedy
    if isinstance(error, Refusal):
        return error.next_step
    if isinstance(error, Unauthorized):
        return (
            "Set a key that works: with the command login of this server, as VIDEOGEN_API_KEY in its configuration, or"
            f" in the header X-VideoGen-Api-Key where the client sends its own; keys are made at {KEYS_PAGE}"
        )
    if isinstance(error, ApiError):
        return account_step(_class_code(error), error.requirement)
    return None


def _by_class(error: VideoGenError, tool: str, sandbox: bool) -> str | None:
    user = None if sandbox and isinstance(error, ConnectionFailed) else remedy(error)
    if isinstance(error, ConnectionFailed):
        where = "the sandbox on this machine" if sandbox else "VideoGen"
        again = f"Nothing was sent to {where}; it is safe to call {tool} again"
        return f"{user}. {again}" if user else again
    if user is not None:
        return user
    if isinstance(error, BadSetting):
        return "The user has to correct it in the host's configuration of this server, and to restart the server"
    if isinstance(error, RateLimited):
        wait = f" in {duration_text(error.retry_after)}" if error.retry_after else " in a few minutes"
        return f"It is safe to call {tool} again{wait}"
    if isinstance(error, NotFound):
        return "Check the ids: find_files, find_projects, list_voices and list_presenters show those that exist"
    if isinstance(error, BadRequest | NotSupported):
        return "Change the argument and call again; nothing was made"
    if isinstance(error, ServiceFault | Unclear):
        return f"It was tried several times; call {tool} again later"
    return None
