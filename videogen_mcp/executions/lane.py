"""Executions of one kind that are polled together."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import anyio

from videogen_mcp.executions.kinds import Kind
from videogen_mcp.executions.polled import Polled
from videogen_mcp.executions.timing import END_SEEN_WITHIN

HOUR = 3600.0


@dataclass
class Lane:
    """The executions of one kind that are in flight: they share the hour's polls and one list."""

    kind: Kind
    hour_began: float
    polled: dict[str, Polled] = field(default_factory=dict)
    running: dict[str, float] = field(default_factory=dict)
    """When an execution was last seen before its end."""
    unlisted_since: dict[str, float] = field(default_factory=dict)
    """When a poll first found an execution missing in its list."""
    polls: int = 0
    listed_at: float = -HOUR
    list_failed_at: float = -HOUR
    list_pages: int = 1
    unlisted: int = 0

    @cached_property
    def listing(self) -> anyio.Lock:
        """Held while the list is read; few accounts ever have that many in flight."""
        return anyio.Lock()


def duration(began: float | None, running_at: float | None, ended_at: float) -> float | None:
    """Return the seconds that an execution took which is seen to have ended; None where that may be far off.

    `began` is when it was submitted (None: unknown), `running_at` when it was last seen before its end.
    """
    if began is None:
        return None
    took = ended_at - began
    unseen = ended_at - (began if running_at is None else running_at)
    return took if unseen <= max(END_SEEN_WITHIN[0], END_SEEN_WITHIN[1] * took) else None
