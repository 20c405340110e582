"""When a failed request is sent again. Values and pure functions; nothing here sends or waits.

`Backoff` is the one rule for waits between attempts, here and wherever transfers and polls are repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

from videogen_mcp.api.errors import INSUFFICIENT_CREDITS, ApiError, ConnectionFailed, Unclear, VideoGenError
from videogen_mcp.api.timeouts import SUBMIT_TIMEOUT

LONGEST_REQUESTED_WAIT = 20.0
"""Seconds. If the service asks to wait longer, we give up and the caller decides: hosts wait 50 s for everything."""

LEFT_FOR_THE_ATTEMPT = 1.0
"""Seconds that must remain after a wait: an attempt that cannot end in time is not begun."""


@dataclass(frozen=True)
class Backoff:
    """Waits between attempts, in seconds: `first`, doubled with each further failure, `longest` at most."""

    first: float
    longest: float
    jitter: float = 0.25
    """Share that chance takes off a wait, so that many clients do not come back at the same moment."""

    def delay(self, failures: int, chance: float = 0.0) -> float:
        """Return the seconds to wait after `failures` failures in a row (from 1).

        `chance` is a random number from 0 to 1; 0 takes nothing off.
        """
        doubled = self.first * 2.0 ** min(failures - 1, 30)
        return min(self.longest, doubled) * (1.0 - self.jitter * chance)

    def delay_after(self, error: VideoGenError, failures: int, chance: float = 0.0) -> float | None:
        """Return the seconds to wait after `error`: exactly what the service asked for, else `delay`.

        None when it asks for more than LONGEST_REQUESTED_WAIT. A request to wait 0 s counts as none.
        """
        requested = error.retry_after if isinstance(error, ApiError) else None
        if not requested:
            return self.delay(failures, chance)
        return requested if requested <= LONGEST_REQUESTED_WAIT else None


@dataclass(frozen=True)
class RetryPolicy:
    """How often one call is attempted and how long all of it may take."""

    attempts: int = 4
    """Four attempts see a failover of some seconds through; the caller's own loop takes longer outages."""
    within: float = 60.0
    """Seconds for all attempts of a read together, waiting included: what the official SDK gives a single one."""
    backoff: Backoff = Backoff(first=0.5, longest=8.0)
    refused: bool = True
    """Whether a submit that was refused for now (429, 503 with a time) is sent again. False for callers that first
    look whether it was carried out all the same: a gateway may have refused what it had passed on."""


READ_RETRY = RetryPolicy()
SUBMIT_RETRY = RetryPolicy(attempts=6, within=SUBMIT_TIMEOUT)
"""Six attempts take up to 15.5 s of our own waiting: enough for a restart of the other side, well inside the budget."""
UNSENT_RETRY = RetryPolicy(attempts=6, within=SUBMIT_TIMEOUT, refused=False)
"""For submits whose caller looks before it repeats."""
NO_RETRY = RetryPolicy(attempts=1)
"""For callers with a loop of their own, such as the poller of executions."""


def refused_may_have_started(status: int, retry_after: float | None) -> bool:
    """Return whether a submit that was refused with `status` may be running all the same.

    A 4xx refuses before anything happens, and so does a 503 that says when to come again. A 408 comes from a proxy
    that may already have passed the request on; 307 and 308 ask for the same request elsewhere, while older
    redirects also follow work that is done.
    """
    if status == 503:
        return retry_after is None
    if 300 <= status < 400:
        return status not in (307, 308)
    return status >= 500 or status == 408


def is_repeatable(error: VideoGenError, *, once: bool) -> bool:
    """Return whether the request that failed with `error` may be sent again, however long one waits.

    What may happen `once` only where nothing can have happened; anything else after whatever may pass by itself.
    """
    if isinstance(error, ConnectionFailed):
        return True
    if isinstance(error, Unclear):
        return not once
    if not isinstance(error, ApiError):
        return False
    if error.status == 429:
        return error.code != INSUFFICIENT_CREDITS
    if once:
        return error.status == 503 and error.retry_after is not None
    return error.status == 408 or error.status >= 500


def retry_delay(
    error: VideoGenError,
    *,
    once: bool,
    attempt: int,
    elapsed: float,
    chance: float,
    policy: RetryPolicy = READ_RETRY,
    within: float | None = None,
) -> float | None:
    """Return the seconds to wait before the next attempt, or None to give up.

    `attempt` counts from 1, `elapsed` is the time since the first one began, `chance` is a random number 0 to 1,
    `within` replaces the policy's. What the service asks for is never shortened; when it asks for more than there is
    time, we give up at once.
    """
    if attempt >= policy.attempts or not is_repeatable(error, once=once):
        return None
    if once and isinstance(error, ApiError) and not policy.refused:
        return None
    delay = policy.backoff.delay_after(error, attempt, chance)
    budget = policy.within if within is None else within
    if delay is None or elapsed + delay + LEFT_FOR_THE_ATTEMPT > budget:
        return None
    return delay
