"""How long each host listens, and what it teaches when it stops listening.

Hosts cut tool calls after 5 to 300 seconds and drop what comes later. A wait therefore ends before that. The table is
keyed by the name clients give themselves (`clientInfo.name`, both protocol eras); several programs share the name of
the SDK they are built on, so each number stays below the lowest limit known for the name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Host:
    """`wait`: seconds a call of this host may take in all. `source`: where the host's own limit is from."""

    wait: float
    source: str


UNKNOWN = Host(50.0, "the TypeScript SDK, on which most hosts are built, stops at 60 s")

HOSTS: dict[str, Host] = {
    "claude-ai": Host(50.0, "Claude Desktop and claude.ai: users report 60 s (and 240 s at the latest)"),
    "claude-code": Host(110.0, "moves a call to the background at 120 s"),
    "codex-mcp-client": Host(280.0, "Codex: tool_timeout_sec is 300 since June 2026"),
    "gemini-cli-mcp-client": Host(280.0, "Gemini CLI: 600 s by default, less in some releases"),
    "visual studio code": Host(280.0, "no limit on stdio; cuts at 300 s reported over HTTP"),
    "mcp": Host(280.0, "Python SDK: no limit of its own; pydantic-ai reads for 300 s"),
    "pydantic-ai": Host(280.0, "reads for 300 s"),
    "videogen-mcp-demo": Host(280.0, "our own demo client sets no limit"),
}

LIKELY_LIMITS = (5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0, 600.0)
"""Round numbers at which programs stop waiting. People press stop at any moment."""

EARLY, LATE = 0.35, 0.9
"""Seconds around a likely limit that still look like it: a client's clock starts a little before ours, and its cancel
takes a moment to arrive."""

SAME_SECOND = 0.5
"""Seconds between two cuts that make them one limit."""

SHORTEST_LIMIT = 2.0
"""Below this two equal cuts are a person's impatience, not a limit to live with."""


def wait_budget(client: str, setting: float | None, cuts: Sequence[float] = ()) -> float:
    """Seconds a call of `client` may take, counted from its arrival.

    `setting` is VIDEOGEN_MCP_WAIT (None: not set) and wins; `cuts` are the moments at which this client lately cut
    waiting calls.
    """
    if setting is not None:
        return setting
    known = host(client).wait
    learned = learned_limit(cuts)
    return known if learned is None else min(known, before(learned))


def host(client: str) -> Host:
    """The table's row for a client's name, whatever its case."""
    return HOSTS.get(client.strip().lower(), UNKNOWN)


def learned_limit(cuts: Sequence[float]) -> float | None:
    """The client's limit in seconds as its cuts show it: the lowest that looks like one; None if none does."""
    limits = [limit for cut in cuts if (limit := likely_limit(cut)) is not None]
    ordered = sorted(cuts)
    limits += [
        math.floor(first)
        for first, second in pairwise(ordered)
        if second - first <= SAME_SECOND and first >= SHORTEST_LIMIT
    ]
    return min(limits, default=None)


def likely_limit(elapsed: float) -> float | None:
    """The round limit that a cut after `elapsed` seconds looks like."""
    for limit in LIKELY_LIMITS:
        if limit - EARLY <= elapsed <= limit + LATE:
            return limit
    return None


def before(limit: float) -> float:
    """Seconds that end safely before a limit: a fifth less, at least 1 s and at most 10 s."""
    return max(limit - min(max(limit / 5, 1.0), 10.0), 0.5)
