"""What the system must allow a sandbox, apart from libraries."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from videogen_sandbox.process.errors import SandboxUnavailable

LEAST_FILE_BYTES = 64 * 1024**2
"""The largest file must be allowed to have so many: the database's log grows to several megabytes, and a film of half a
minute has 30."""


def first_unwritable(data_dir: Path) -> Path | None:
    """Return a data directory, or what in it this user cannot write, as when another user made it. None if all is well.

    A directory that does not exist yet is fine.
    """
    if not data_dir.is_dir():
        return None
    if not os.access(data_dir, os.R_OK | os.W_OK | os.X_OK):
        return data_dir
    found = sorted(data_dir.iterdir())
    return next((path for path in found if not os.access(path, os.W_OK | (os.X_OK if path.is_dir() else 0))), None)


def allow_large_files() -> None:
    """Raise the limit for the size of files (ulimit -f) as far as this user may.

    Raise SandboxUnavailable when not even LEAST_FILE_BYTES are allowed.
    """
    if sys.platform == "win32":
        return
    import resource

    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < LEAST_FILE_BYTES:
        raise SandboxUnavailable(
            f"Files may have at most {hard} bytes here (ulimit -f), and the sandbox needs {LEAST_FILE_BYTES}. Raise "
            "that limit for the program that starts it."
        )
