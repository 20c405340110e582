"""How long requests to the API may take, in seconds."""

from __future__ import annotations

from dataclasses import dataclass

SUBMIT_TIMEOUT = 30.0
"""Seconds a submit may take with everything around it. It is shielded from cancellation, so it must end by itself;
the hosts that people use allow at least 50."""


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
