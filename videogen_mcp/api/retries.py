"""Time, patience and limits of the API as values and pure functions. Nothing here sends anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime
from enum import Enum

from videogen_mcp.api.errors import INSUFFICIENT_CREDITS

SUBMIT_TIMEOUT = 30.0
"""Seconds a submit may take with everything around it. It is shielded from cancellation, so it must end by itself;
the hosts that people use allow at least 50."""

MAX_ANSWER_BYTES = 10 * 1024 * 1024
"""Longest JSON answer we take. A page of 200 hydrated files with transcripts stays below 4 MB; more than this is a
broken or hostile server, which must not cost us the memory."""

KEEPALIVE_EXPIRY = 4.0
"""Seconds an idle connection is kept for the next read. Common servers drop idle ones after 5 s (uvicorn, Node);
below that, a read rarely meets a connection that is closed at that moment."""

SUBMIT_KEEPALIVE = 0
"""Idle connections a submit may reuse. None: when a server closes an idle connection just as a request leaves,
nobody can tell whether it was read, and a submit could then not be repeated. A handshake costs 0.1 s."""

LONGEST_ID = 500
"""Characters. Ids have about 30; a longer one is somebody's text, not an id, and would make an absurd URL."""


@dataclass(frozen=True)
class Timeouts:
    """Seconds for each step of one request, and for all of it."""

    connect: float
    read: float
    write: float
    pool: float
    total: float | None


API_TIMEOUTS = Timeouts(connect=10.0, read=60.0, write=30.0, pool=10.0, total=60.0)
"""JSON calls. 60 s is what the official SDK gives a call (contract notes, section 1), here also against a body that
drips for ever; 10 s to connect is three lost SYN packets (1 + 2 + 4 s) and a slow TLS handshake."""

TRANSFER_TIMEOUTS = Timeouts(connect=10.0, read=120.0, write=120.0, pool=10.0, total=None)
"""Uploads and downloads. 120 s per step is the official SDK's figure; the whole may take as long as the file is big,
as long as something moves."""


@dataclass(frozen=True)
class Retry:
    """How patient we are with one call."""

    attempts: int = 4
    """Four attempts see a failover of some seconds through; the caller's own loop takes longer outages."""
    first: float = 0.5
    """Seconds before the second attempt; doubled for each further one."""
    longest: float = 8.0
    """Seconds; the doubling stops here."""
    longest_asked: float = 20.0
    """Seconds. If the service asks for more, the caller decides: hosts wait 50 s for everything."""
    within: float = 60.0
    """Seconds for all attempts of a read together, waiting included: what the official SDK gives a single one."""
    jitter: float = 0.25
    """Share that chance takes off a wait of our own, so that many clients do not come back at the same moment."""


READ_RETRY = Retry()
SUBMIT_RETRY = Retry(attempts=6, within=SUBMIT_TIMEOUT)
"""Six attempts take up to 15.5 s of our own waiting: enough for a restart of the other side, well inside the budget."""
NO_RETRY = Retry(attempts=1)
"""For callers with a loop of their own, such as the one that watches executions."""

LEFT_FOR_THE_ATTEMPT = 1.0
"""Seconds that must remain after a wait: an attempt that cannot end in time is not begun."""


class What(Enum):
    """How far a failed attempt got."""

    NOT_SENT = "not sent"
    """No byte of the request left: refused, unknown host, no connection in time."""
    UNCLEAR = "unclear"
    """Something left, and no whole answer came."""
    ANSWERED = "answered"
    """The service refused with a status."""


@dataclass(frozen=True)
class Failure:
    """Everything the retry decision needs to know about an attempt."""

    what: What
    status: int = 0
    code: str | None = None
    asked: float | None = None
    """Seconds the service asks us to wait, from `asked_wait`."""
    retry_after_given: bool = False
    """It sent Retry-After or retry-after-ms; with a 503 that says: not accepted, come again."""


def may_have_started(failure: Failure) -> bool:
    """Whether a submit that failed like this may be running all the same.

    A 4xx refuses before anything happens, and so does a 503 that says when to come again. A 408 comes from a proxy
    that may already have passed the request on; 307 and 308 ask for the same request elsewhere, while older
    redirects also follow work that is done.
    """
    if failure.what is What.NOT_SENT:
        return False
    if failure.what is What.UNCLEAR:
        return True
    status = failure.status
    if status == 503:
        return not failure.retry_after_given
    if 300 <= status < 400:
        return status not in (307, 308)
    return status >= 500 or status == 408


def is_repeatable(failure: Failure, *, submit: bool) -> bool:
    """Whether the same request may be sent again, however long one waits.

    A submit only where nothing can have started; a read after everything that may pass by itself.
    """
    if failure.what is What.NOT_SENT:
        return True
    if failure.what is What.UNCLEAR:
        return not submit
    if failure.status == 429:
        return failure.code != INSUFFICIENT_CREDITS
    if submit:
        return failure.status == 503 and failure.retry_after_given
    return failure.status == 408 or failure.status >= 500


def retry_delay(
    failure: Failure,
    *,
    submit: bool,
    attempt: int,
    elapsed: float,
    chance: float,
    policy: Retry = READ_RETRY,
    within: float | None = None,
) -> float | None:
    """Seconds to wait before the next attempt, or None to give up. Pure.

    `attempt` counts from 1, `elapsed` is the time since the first one began, `chance` is a random number 0 to 1.
    What the service asks for is never shortened; when it asks for more than there is time, we give up at once.
    """
    if attempt >= policy.attempts or not is_repeatable(failure, submit=submit):
        return None
    backoff = min(policy.longest, policy.first * 2.0 ** (attempt - 1))
    delay = backoff * (1.0 - policy.jitter * chance)
    if failure.asked is not None and failure.asked > 0:
        if failure.asked > policy.longest_asked:
            return None
        delay = failure.asked
    budget = policy.within if within is None else within
    if elapsed + delay + LEFT_FOR_THE_ATTEMPT > budget:
        return None
    return delay


@dataclass(frozen=True)
class RateLimit:
    """What the service last said about one group of calls of this key. Hourly windows."""

    limit: int | None
    remaining: int | None
    reset_at: float | None
    """Unix seconds."""
    seen_at: float
    """Unix seconds, our clock."""


def _number(text: str | None) -> float | None:
    """The leading number of a header such as `500` or `500;w=3600`; None for anything else."""
    if text is None:
        return None
    try:
        number = float(text.split(";")[0].split(",")[0].strip())
    except ValueError:
        return None
    return number if 0 <= number < 1e15 else None


def reset_time(text: str | None, now: float) -> float | None:
    """X-RateLimit-Reset as Unix seconds.

    The unit is not documented; the seed SDK reads Unix seconds (contract notes, section 15). Small numbers are taken
    as seconds from now and very large ones as milliseconds, so that the usual other readings work too.
    """
    number = _number(text)
    if number is None:
        return None
    if number >= 1e12:
        return number / 1000.0
    return number if number >= 1e9 else now + number


def rate_limit(headers: Mapping[str, str], now: float) -> RateLimit | None:
    """The X-RateLimit-* headers of an answer (names in any case, as httpx gives them); None when there are none."""
    limit, remaining = _number(headers.get("x-ratelimit-limit")), _number(headers.get("x-ratelimit-remaining"))
    reset_at = reset_time(headers.get("x-ratelimit-reset"), now)
    if limit is None and remaining is None and reset_at is None:
        return None
    return RateLimit(
        limit=None if limit is None else int(limit),
        remaining=None if remaining is None else int(remaining),
        reset_at=reset_at,
        seen_at=now,
    )


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds from `retry-after-ms` or `Retry-After` (seconds or HTTP date, RFC 9110 10.2.3); None without them."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000.0
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or text is None:
        return seconds
    try:
        date = parsedate_to_datetime(text)
        return max(0.0, (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def asked_wait(status: int, headers: Mapping[str, str], now: float) -> float | None:
    """Seconds the service wants us to wait: its Retry-After, else for a 429 the end of the rate-limit window."""
    wait = retry_after(headers, now)
    if wait is None and status == 429:
        reset_at = reset_time(headers.get("x-ratelimit-reset"), now)
        wait = None if reset_at is None else max(0.0, reset_at - now)
    return wait
