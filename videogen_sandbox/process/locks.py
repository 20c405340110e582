"""A lock between processes that the operating system gives up by itself when its holder dies."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

LOOK_AGAIN = 0.05
"""Seconds between two tries for a held lock. Neither system can wait for a lock with a limit."""

WINDOWS_BYTE = 1 << 30
"""Where Windows locks: its locks keep others from reading the locked bytes, so ours lies behind what is written."""

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> bool:
        os.lseek(descriptor, WINDOWS_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class FileLock:
    """Held by one process at a time, from `take` to `release` or to the end of the process, however it ends.

    The file stays: removing it would let two processes hold two locks of the same name.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self, within: float = 0.0) -> bool:
        """Try for `within` seconds, blocking this thread. False: somebody else still holds it."""
        if self._descriptor is not None:
            return True
        deadline = time.monotonic() + within
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        while not _take(descriptor):
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return False
            time.sleep(LOOK_AGAIN)
        self._descriptor = descriptor
        return True

    def write(self, text: str) -> None:
        """Say something about the holder to whoever finds the lock held."""
        if self._descriptor is None:
            raise RuntimeError(f"{self.path.name} is not held")
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.truncate(self._descriptor, 0)
        os.write(self._descriptor, text.encode())

    def read(self) -> str:
        """What the holder wrote last; "" when nothing was."""
        try:
            return self.path.read_text()
        except FileNotFoundError:
            return ""

    def held(self) -> bool:
        """Whether some process, this one included, holds it now.

        Looking takes it for a moment: another process that looks just then sees it held.
        """
        if self._descriptor is not None:
            return True
        if not self.path.exists():
            return False
        if not self.take():
            return True
        self.release()
        return False

    def release(self) -> None:
        """Give it up; not held is fine."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
