"""Every failure in words a model can act on: what happened, what it means, what is safe to do now.

Three classes: the caller's (a wrong argument or id), the account's (key, plan, credits) and the service's (limits,
faults), which were already retried where that is safe.
"""

from __future__ import annotations

from dataclasses import dataclass

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
from videogen_mcp.calls.replies import AnswerError, bounded, spoken

KEYS_PAGE = "https://app.videogen.io/developers"
BILLING_PAGE = "https://app.videogen.io/billing"

CODES: tuple[tuple[type[VideoGenError], str], ...] = (
    (InsufficientCredits, "insufficient_credits"),
    (RateLimited, "rate_limited"),
    (Unauthorized, "invalid_api_key"),
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


class Refusal(VideoGenError):
    """Our own no, said before anything was sent. `next_step` is the way out."""

    def __init__(self, code: str, message: str, next_step: str | None = None, *, request_id: str | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.code = code
        self.next_step = next_step


@dataclass(frozen=True)
class Explanation:
    """A failure as an answer tells it."""

    error: AnswerError
    next_step: str | None


def explain(error: VideoGenError, tool: str, execution_id: str | None = None, *, sandbox: bool = False) -> Explanation:
    """Put an error into words, for the call of `tool`; `execution_id` once there is one."""
    told = AnswerError(
        code=_code(error),
        message=_message(error, tool, execution_id),
        requirement=error.requirement if isinstance(error, ApiError) else None,
        request_id=bounded(error.request_id, 80),
    )
    return Explanation(told, _next_step(error, tool, execution_id, sandbox))


def _code(error: VideoGenError) -> str:
    if isinstance(error, Refusal):
        return error.code
    if error.may_have_started:
        return "submit_unclear"
    if isinstance(error, ApiError) and error.code:
        return bounded(error.code, 60) or "error"
    return next((code for kind, code in CODES if isinstance(error, kind)), "error")


def _message(error: VideoGenError, tool: str, execution_id: str | None) -> str:
    said = (bounded(error.message) or type(error).__name__).rstrip(".")
    if execution_id:
        return f"{tool} could not be followed to its end: {said}"
    if error.may_have_started:
        return f"{said}. This happened while {tool} was being submitted, so it may be running and may be billed"
    return f"{tool} was not started: {said}"


def _next_step(error: VideoGenError, tool: str, execution_id: str | None, sandbox: bool) -> str | None:
    if isinstance(error, Refusal):
        return error.next_step
    if execution_id and isinstance(error, NotFound | BadRequest):
        return "Check the id: list_executions shows the executions of this account"
    if execution_id and not isinstance(error, Unauthorized | Forbidden):
        return f'Call wait_for_execution with execution_id "{execution_id}" to go on; do not start it again'
    if error.may_have_started:
        return (
            "Call list_executions before trying again: if it is there, wait for it; submitting again could make"
            " and bill it twice"
        )
    return _way_out(error, tool, sandbox)


def _way_out(error: VideoGenError, tool: str, sandbox: bool) -> str | None:
    if isinstance(error, Unauthorized):
        return f"Set VIDEOGEN_API_KEY in the host's configuration of this server; keys are made at {KEYS_PAGE}"
    if isinstance(error, InsufficientCredits):
        return f"Nothing was made. Credits can be added at {BILLING_PAGE}"
    if isinstance(error, Forbidden):
        return f"The account's plan does not include this; see {BILLING_PAGE}"
    if isinstance(error, RateLimited):
        wait = f" in {spoken(error.retry_after)}" if error.retry_after else " in a few minutes"
        return f"Nothing was started; it is safe to call {tool} again{wait}"
    if isinstance(error, ConnectionFailed):
        where = "the sandbox on this machine" if sandbox else "VideoGen"
        return f"Nothing was sent to {where}; it is safe to call {tool} again"
    if isinstance(error, NotFound):
        return "Check the ids: find_files, list_voices and list_presenters show those that exist"
    if isinstance(error, BadRequest | NotSupported):
        return "Change the argument and call again; nothing was made"
    if isinstance(error, ServiceFault | Unclear):
        return f"It was tried several times; call {tool} again later"
    return None
