"""A lock between processes that the operating system releases when its owner dies."""

from __future__ import annotations

import os
import re
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

RETRY_SECONDS = 0.05
"""Between two attempts to acquire a held lock. Neither system can wait for a lock with a timeout."""

WINDOWS_OFFSET = 1 << 30
"""The byte that Windows locks: it forbids others to read locked bytes, so this one lies behind the owner's text."""

PROCESS_ID = r"[1-9]\d{0,8}"
"""What may be the id of a process. 0 would mean every process of a group to `kill`."""

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, WINDOWS_OFFSET, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@dataclass(frozen=True)
class Owner:
    """The process that owns a lock, and the machine (or container) it runs on."""

    pid: int
    machine: str

    @property
    def is_local(self) -> bool:
        """Whether its process id means anything here."""
        return self.machine == socket.gethostname()


class FileLock:
    """Owned by one process at a time, from `acquire` to `release` or to the end of the process, however it ends.

    The file stays: removing it would let two processes own two locks of the same name.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, timeout: float = 0.0) -> bool:
        """Try for `timeout` seconds, blocking this thread; False when another process still owns the lock.

        Raise OSError where the file cannot be made or opened, or its file system has no locks (ENOLCK).
        """
        if self._descriptor is not None:
            return True
        deadline = time.monotonic() + timeout
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while not _try_lock(descriptor):
                if time.monotonic() >= deadline:
                    os.close(descriptor)
                    return False
                time.sleep(RETRY_SECONDS)
        except OSError as error:
            os.close(descriptor)
            error.filename = str(self.path)
            raise
        self._descriptor = descriptor
        return True

    def write_owner(self) -> None:
        """Tell whoever finds the lock held that this process owns it. Raise RuntimeError when it does not."""
        if self._descriptor is None:
            raise RuntimeError(f"{self.path.name} is not held")
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.truncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()} {socket.gethostname()}".encode())

    def read_owner(self) -> Owner | None:
        """Return who owns the lock; None when the owner has not written it. Only meaningful while it is held."""
        try:
            pid, _, machine = self.path.read_text(errors="replace").partition(" ")
        except OSError:
            return None
        return Owner(int(pid), machine) if re.fullmatch(PROCESS_ID, pid) and machine else None

    def is_held(self) -> bool:
        """Return whether some process, this one included, owns the lock now.

        The check acquires a free lock for an instant: another process that checks just then finds it held.
        """
        if self._descriptor is not None:
            return True
        if not self.path.exists():
            return False
        if not self.acquire():
            return True
        self.release()
        return False

    def release(self) -> None:
        """Release the lock and remove the owner's text; does nothing when it is not held here."""
        if self._descriptor is not None:
            os.truncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None
