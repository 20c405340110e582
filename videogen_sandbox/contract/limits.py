"""Rate limits per key, endpoint group and hour, as VideoGen documents them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

WINDOW_SECONDS = 3600.0
"""Limits are per hour (docs.videogen.io, rate limits)."""

UNDOCUMENTED = 5_000
"""For each group without a published number: as generous as reading executions."""

DOCUMENTED: Mapping[str, int] = MappingProxyType(
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
"""Group → requests an hour (docs.videogen.io, rate limits, 2 Oct 2026)."""


@dataclass(frozen=True)
class Allowance:
    """What a key has left in a group. `reset` is in Unix seconds, `retry_after` in seconds."""

    limit: int
    remaining: int
    reset: int
    granted: bool
    retry_after: int

    def headers(self) -> dict[str, str]:
        """Return the X-RateLimit-* headers, and Retry-After when the request was refused."""
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }
        if not self.granted:
            headers["Retry-After"] = str(self.retry_after)
        return headers


class RateLimits:
    """Fixed windows that begin with the first request, kept in memory: a restart begins new ones."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = {**DOCUMENTED, **limits}
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def take(self, key: str, group: str, now: float) -> Allowance:
        """Count one request of `key` in `group` at Unix time `now`, and return what is left."""
        limit = self._limits.get(group, UNDOCUMENTED)
        start, used = self._windows.get((key, group), (now, 0))
        if not start <= now < start + WINDOW_SECONDS:
            start, used = now, 0
        granted = used < limit
        if granted:
            used += 1
        self._windows[key, group] = (start, used)
        end = start + WINDOW_SECONDS
        return Allowance(limit, limit - used, math.ceil(end), granted, max(1, math.ceil(end - now)))
