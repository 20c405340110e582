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
from typing import Literal, get_args

Transport = Literal["stdio", "http"]


@dataclass(frozen=True)
class Host:
    """`wait`: seconds a call of this host may take in all. `source`: where the host's own limit is from. `http`: the
    seconds over HTTP, where they differ. `unlimited`: over what it is not known to stop listening, so that a call may
    take longer that asks for it."""

    wait: float
    source: str
    http: float | None = None
    unlimited: tuple[Transport, ...] = ()

    def over(self, transport: Transport) -> float:
        """How long a call may take over one transport, in seconds."""
        return self.http if transport == "http" and self.http is not None else self.wait

    @property
    def text(self) -> str:
        """How long a call may take, for tables."""
        return seconds_text(self.wait) + (f", {self.http:g} s over HTTP" if self.http is not None else "")


UNKNOWN = Host(
    math.inf, "polls to completion; when a call is cut, the limit is learned, and asking again costs nothing"
)

HOSTS: dict[str, Host] = {
    "claude-ai": Host(50.0, "Claude Desktop and claude.ai: users report 60 s (and 240 s at the latest)"),
    "claude-code": Host(110.0, "moves a call to the background at 120 s", unlimited=get_args(Transport)),
    "codex-mcp-client": Host(280.0, "Codex: tool_timeout_sec is 300 since June 2026"),
    "gemini-cli-mcp-client": Host(280.0, "Gemini CLI: 600 s by default, less in some releases"),
    "google-adk": Host(4.0, "StdioConnectionParams.timeout is 5 s (2.13); over HTTP sse_read_timeout is 300 s", 280.0),
    "visual studio code": Host(280.0, "no limit on stdio; cuts at 300 s reported over HTTP", unlimited=("stdio",)),
    "opencode": Host(50.0, "built on the TypeScript SDK, which stops at 60 s (1.18)"),
    "inspector-cli": Host(50.0, "MCP Inspector: the TypeScript SDK's 60 s (2.12)"),
    "mcp": Host(
        280.0,
        "Python SDK: no limit of its own; the frameworks on it that have one are learned",
        unlimited=get_args(Transport),
    ),
    "fastmcp": Host(280.0, "FastMCP has no limit; pydantic-ai, which shares its name, reads for 300 s (2.68)"),
    "videogen-mcp-demo": Host(280.0, "our own demo client sets no limit", unlimited=get_args(Transport)),
}

LIKELY_LIMITS = (5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0, 600.0)
"""Round numbers at which programs stop waiting. People press stop at any moment."""

EARLY, LATE = 0.35, 0.9
"""Seconds around a likely limit that still look like it: a client's clock starts a little before ours, and its cancel
takes a moment to arrive."""

GIVEN_UP = 4.0
"""Seconds after which an equal call of the same client shows that it no longer waits for the first one
(`Caller.may_leave_unheard`). Some stop without a word (MCP's Python SDK before 2.0, CrewAI's `mcps` after 30 s); who
wants two calls at once makes them at once."""

SAME_SECOND = 0.5
"""Seconds between two cuts that make them one limit."""

SHORTEST_LIMIT = 2.0
"""Below this two equal cuts are a person's impatience, not a limit to live with."""


def wait_budget(
    client: str, setting: float | None, learned: float | None = None, transport: Transport = "stdio"
) -> float:
    """Return the seconds a call of `client` may take, counted from its arrival.

    `setting` is VIDEOGEN_MCP_WAIT (None: not set) and wins; `learned` is the limit that its cancellations show.
    """
    if setting is not None:
        return setting
    known = host(client).over(transport)
    return known if learned is None else min(known, before(learned))


def asked_wait(
    seconds: float, client: str, setting: float | None, learned: float | None = None, transport: Transport = "stdio"
) -> float:
    """Return the seconds a call of `client` may take that asks for `seconds` itself.

    Only a limit shortens them: that of the table, or the learned one. A longer `setting` says that there is none.
    """
    row = host(client)
    limit = math.inf if transport in row.unlimited else row.over(transport)
    if learned is not None:
        limit = min(limit, before(learned))
    return min(seconds, max(limit, setting or 0.0))


def seconds_text(wait: float) -> str:
    """Return how long a call may take, in words; infinity is the execution's end."""
    return "until the end" if math.isinf(wait) else f"{wait:g} s"


def host(client: str) -> Host:
    """Return the table's row for a client's name, whatever its case."""
    return HOSTS.get(client.strip().lower(), UNKNOWN)


def learned_limit(cuts: Sequence[float]) -> float | None:
    """Return the client's limit in seconds as its cuts show it: the lowest that looks like one; None if none does."""
    return min([*_likely_limits(cuts), *_equal_cuts(cuts)], default=None)


def repeated_limit(cuts: Sequence[float]) -> float | None:
    """Return the lowest limit in seconds that at least two cuts show; None if there is none."""
    limits = _likely_limits(cuts)
    return min([*(limit for limit in limits if limits.count(limit) > 1), *_equal_cuts(cuts)], default=None)


def _likely_limits(cuts: Sequence[float]) -> list[float]:
    return [limit for cut in cuts if (limit := likely_limit(cut)) is not None]


def _equal_cuts(cuts: Sequence[float]) -> list[float]:
    return [
        float(math.floor(first))
        for first, second in pairwise(sorted(cuts))
        if second - first <= SAME_SECOND and first >= SHORTEST_LIMIT and likely_limit(first) is None
    ]


def likely_limit(elapsed: float) -> float | None:
    """Return the round limit that a cut after `elapsed` seconds looks like."""
    for limit in LIKELY_LIMITS:
        if limit - EARLY <= elapsed <= limit + LATE:
            return limit
    return None


def limit_given_up_at(elapsed: float) -> float:
    """Return the highest round limit that a client may have had that makes the same call again after `elapsed` seconds;
    `elapsed` itself where there is none."""
    return max((limit for limit in LIKELY_LIMITS if limit - EARLY <= elapsed), default=elapsed)


def before(limit: float) -> float:
    """Return the seconds that end safely before a limit: a fifth less, at least 1 s and at most 10 s."""
    return max(limit - min(max(limit / 5, 1.0), 10.0), 0.5)
