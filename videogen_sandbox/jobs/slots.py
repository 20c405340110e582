"""Which kinds of jobs may begin beside those that run. Pure."""

from __future__ import annotations

from collections.abc import Collection

from videogen_sandbox.storage.leases import Kind

FILMS: frozenset[Kind] = frozenset({"run", "remix", "export"})
"""They take long, and encode with all cores. One worker is kept free of them where there are several: a picture never
waits for a film, and two films take as long one after the other as side by side."""

QUICK: frozenset[Kind] = frozenset({"ingest", "make", "interchange"})
"""What else needs a worker."""

WITHOUT_WORKER: frozenset[Kind] = frozenset({"import", "message"})
"""What waits for the network, or takes no time."""

AT_ONCE = 4
"""Of the jobs without a worker: each import holds a connection."""


def open_kinds(running: Collection[Kind], workers: int) -> frozenset[Kind]:
    """Return the kinds of which one more may begin."""
    films = sum(kind in FILMS for kind in running)
    without = sum(kind in WITHOUT_WORKER for kind in running)
    found: frozenset[Kind] = WITHOUT_WORKER if without < AT_ONCE else frozenset()
    if len(running) - without < workers:
        found |= QUICK
        if films < max(workers - 1, 1):
            found |= FILMS
    return found
