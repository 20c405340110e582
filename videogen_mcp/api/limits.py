"""VideoGen's rate limits: the documented numbers, and the headers of a response.

Limits count per API key, per group of operations and per hour (docs.videogen.io, rate limits, 2 October 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Literal

Group = Literal[
    "start",
    "execution",
    "cancel",
    "run-start",
    "run",
    "run-cancel",
    "projects",
    "export-start",
    "export",
    "remix",
    "remix-actions",
    "files",
    "hydrate",
    "upload",
    "search",
    "resources",
    "webhooks",
    "webhook-create",
    "webhook-delete",
    # No number is documented for the following, so each is taken for a group of its own.
    "executions",
    "runs",
    "exports",
    "timeline-start",
    "timeline",
    "import-start",
    "import",
    "archive",
    "preview",
    "entities",
    "assistant",
    "message",
    "text",
    "account",
]
"""Operations that share one limit."""

HOURLY_LIMITS: Mapping[Group, int] = MappingProxyType(
    {
        "start": 500,
        "execution": 5_000,
        "cancel": 250,
        "run-start": 500,
        "run": 5_000,
        "run-cancel": 250,
        "projects": 2_500,
        "export-start": 500,
        "export": 5_000,
        "remix": 500,
        "remix-actions": 5_000,
        "files": 50_000,
        "hydrate": 2_500,
        "upload": 500,
        "search": 500,
        "resources": 2_500,
        "webhooks": 500,
        "webhook-create": 10,
        "webhook-delete": 10,
    }
)
"""Group → requests an hour for one API key (docs.videogen.io, rate limits, 2 October 2026)."""


@dataclass(frozen=True)
class RateLimit:
    """What is left of the hour for a group of operations, from the headers of its last response."""

    remaining: int | None
    reset_at: float | None
    """Unix seconds."""


def rate_limit(headers: Mapping[str, str], now: float) -> RateLimit | None:
    """Return what X-RateLimit-Remaining and X-RateLimit-Reset say, None without them. `now` is in Unix seconds.

    `headers` must find names in any case, as httpx's do.
    """
    remaining, reset_at = _number(headers.get("x-ratelimit-remaining")), reset_time(headers, now)
    if remaining is None and reset_at is None:
        return None
    return RateLimit(None if remaining is None else int(remaining), reset_at)


def reset_time(headers: Mapping[str, str], now: float) -> float | None:
    """Return X-RateLimit-Reset as Unix seconds, None without a readable one.

    The unit is not documented; the seed SDK reads Unix seconds (contract notes, section 15). Small numbers are taken
    as seconds from now and very large ones as milliseconds, so that the usual other readings work too.
    """
    number = _number(headers.get("x-ratelimit-reset"))
    if number is None:
        return None
    if number >= 1e12:
        return number / 1000.0
    return number if number >= 1e9 else now + number


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds in `retry-after-ms` or `Retry-After` (seconds or HTTP date, RFC 9110 10.2.3), else None."""
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


def requested_wait(status: int, headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds a refusal asks to wait: its Retry-After, else for a 429 the rest of the rate-limit window."""
    wait = retry_after(headers, now)
    if wait is None and status == 429:
        reset_at = reset_time(headers, now)
        wait = None if reset_at is None else max(0.0, reset_at - now)
    return wait


def _number(text: str | None) -> float | None:
    """Return the leading number of a header such as `500` or `500;w=3600`; None for anything else."""
    if text is None:
        return None
    try:
        number = float(text.split(";")[0].split(",")[0].strip())
    except ValueError:
        return None
    return number if 0 <= number < 1e15 else None
