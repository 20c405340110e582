"""Limits of the process that reads a file nobody knows."""

from __future__ import annotations

import sys

MEMORY = 2 * 1024**3
"""Bytes of address space: a picture of 108 megapixels takes 480 MB twice, libraries and threads the rest."""

CPU_SECONDS = 60
"""Of all threads; what started the process ends it long before."""

FILE = 16 * 1024**2
"""Bytes of one file that is written: the picture has 60 kB, a table of colours 1 MB."""


def bound_process() -> None:
    """Limit memory, CPU time and written files of this process; where the system has no such limits (Windows), not."""
    if sys.platform == "win32":
        return
    import resource

    limits = ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_FSIZE, FILE))
    for kind, value in limits:
        hard = resource.getrlimit(kind)[1]
        soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (soft, hard))
        except (ValueError, OSError) as error:  # macOS does not bound address space
            print(f"limit {kind} is not set: {error}", file=sys.stderr)  # noqa: T201 - the log is stderr
