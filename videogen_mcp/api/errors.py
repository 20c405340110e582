"""What can go wrong between us and the VideoGen API, one class for each thing a caller may do next.

No message holds the API key or a signed address: they are removed before an error is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

INSUFFICIENT_CREDITS = "insufficient_credits"
"""The code that makes a 429 an empty account instead of a full hour (VideoGen docs, errors)."""


class VideoGenError(Exception):
    """Anything that kept a call from its result.

    `may_have_started` is about submits only: True when an execution may be running (and billed) although no id
    came back, so that the submit must not be sent again. `remedy` is what the user can do, as a sentence without its
    end, where the class alone does not tell.
    """

    def __init__(
        self,
        message: str,
        *,
        request_id: str | None = None,
        may_have_started: bool = False,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.request_id = request_id
        self.may_have_started = may_have_started
        self.remedy = remedy


class BadSetting(VideoGenError):
    """The API key or base URL cannot be used as it is set; nothing was sent."""


class ConnectionFailed(VideoGenError):
    """Nothing was sent: refused, unknown host, no connection in time. Safe to repeat, submits too."""


class Unclear(VideoGenError):
    """The request went out, but no whole answer came back: time-out, reset, truncated body."""

    def __init__(
        self,
        message: str,
        *,
        request_id: str | None = None,
        may_have_started: bool = True,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, request_id=request_id, may_have_started=may_have_started, remedy=remedy)


class BrokenAnswer(Unclear):
    """A success status whose body is not what the API promises: HTML, cut JSON, no id."""


class NotSupported(VideoGenError):
    """The API version that was reached cannot do this; nothing was sent.

    `argument` is the wire name of today's API (or the path, when the whole operation is missing).
    """

    def __init__(self, argument: str, reason: str) -> None:
        super().__init__(f"{argument} is not possible here: {reason}")
        self.argument = argument
        self.reason = reason


class ApiError(VideoGenError):
    """The API refused the request with an HTTP status (a redirect counts as a refusal: it is not followed)."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        requirement: Mapping[str, Any] | None = None,
        internal_code: str | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
        may_have_started: bool = False,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, request_id=request_id, may_have_started=may_have_started, remedy=remedy)
        self.status = status
        self.code = code
        self.requirement = dict(requirement) if requirement else None
        self.internal_code = internal_code
        self.retry_after = retry_after
        """Seconds from the refusal until the request may be sent again, where the service names them."""

    def __str__(self) -> str:
        return f"{self.message} (HTTP {self.status})"


class BadRequest(ApiError):
    """400: the arguments are wrong."""


class Unauthorized(ApiError):
    """401: the key is missing, wrong or revoked."""


class Forbidden(ApiError):
    """403: not permitted, or the plan or an add-on is missing (see `requirement`)."""


class NotFound(ApiError):
    """404: the account has nothing with this id."""


class Conflict(ApiError):
    """409: it contradicts the present state."""


class InsufficientCredits(ApiError):
    """The account has no credits left. Waiting does not help."""


class RateLimited(ApiError):
    """429: too many requests this hour. Nothing was done; waiting helps."""


class ServiceFault(ApiError):
    """5xx: a fault at the service."""


_BY_STATUS: Mapping[int, type[ApiError]] = {
    400: BadRequest,
    401: Unauthorized,
    402: InsufficientCredits,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: RateLimited,
}


def error_class(status: int, code: str | None) -> type[ApiError]:
    """Return the class for a refusal: by status first, then by the code in it (contract notes, section 10)."""
    if code == INSUFFICIENT_CREDITS and 400 <= status < 500:
        return InsufficientCredits
    if status >= 500:
        return ServiceFault
    return _BY_STATUS.get(status, ApiError)
