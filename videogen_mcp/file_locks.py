"""Locks on files, which the operating system releases when their process ends, however it ends."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import msvcrt

    def lock(descriptor: int, *, shared: bool = False) -> None:
        """Lock an open file at once. Raise one of HELD where another process has it, else OSError: it has no locks."""
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def unlock(descriptor: int) -> None:
        """Give the lock back."""
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

    HELD: tuple[type[OSError], ...] = (PermissionError,)
else:
    import fcntl

    def lock(descriptor: int, *, shared: bool = False) -> None:
        """Lock an open file at once. Raise one of HELD where another process has it, else OSError: it has no locks."""
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)

    def unlock(descriptor: int) -> None:
        """Give the lock back."""
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    HELD = (BlockingIOError,)
