"""What a server with thousands of waiting calls sets in its process: how many files it may open, and how often Python
collects garbage. A process over stdio has one client and is left as it is."""

from __future__ import annotations

import gc
import logging
import sys

log = logging.getLogger(__name__)

UNKNOWN_FILES = 512
"""Files a process may open where the system does not say: the least that is common (Windows' C runtime)."""

LONGEST_FILES = 10_240
"""What macOS takes where it calls its limit infinite (OPEN_MAX, setrlimit(2))."""

COLLECT_AFTER = (20_000, 10, 5)
"""Objects more until the youngest generation is collected, and how many collections of one generation until the next.

A full collection walks through every object of every waiting call: with 2,000 calls it takes up to 0.8 s, in which
nobody is answered, so it is to come seldom (Python begins with 700, 10, 10). But what an ended call leaves that nothing
else frees, 10 kB, or 45 where its client cut it, must not pile up: a million objects take 250 MB.
"""


def raise_file_limit() -> int:
    """Let this process open as many files as it may at all, and return how many that are. Connections are files; the
    usual soft limit of 1,024 is there for programs that use select(2)."""
    if sys.platform == "win32":
        return UNKNOWN_FILES
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    infinite = resource.RLIM_INFINITY
    wanted = LONGEST_FILES if hard == infinite else hard
    if soft != infinite and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError) as refused:
            log.warning("this process may open %d files and no more: %s", soft, refused)
            return soft
        return wanted
    return wanted if soft == infinite else soft


def collect_rarely() -> None:
    """Leave what is loaded by now out of garbage collection, and collect the rest by COLLECT_AFTER."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
