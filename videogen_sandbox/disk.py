"""What concerns the disk: whether it is full, and who may read what is written there."""

from __future__ import annotations

import contextlib
import errno
from pathlib import Path

DISK_FULL = "The disk of the sandbox is full. Free some space and try again."


def is_disk_full(error: Exception) -> bool:
    """Return whether an error of the system or of SQLite says that there is no space left."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
    return "database or disk is full" in str(error)


def make_private(folder: Path) -> None:
    """Make a folder that only this user can look into, also where it exists."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(PermissionError):  # Of another user, who lets this one write there.
        folder.chmod(0o700)
