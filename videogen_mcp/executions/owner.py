"""Whether the process that wrote a journal row still runs.

Process ids repeat, after a reboot and in every container. So each process that submits holds a lock on a file of its
own beside the journal, which the operating system releases when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import sys
from pathlib import Path

from videogen_mcp import file_locks
from videogen_mcp.database.database import Session

log = logging.getLogger(__name__)

TRIES = 3
"""A file that another process removes as left behind between making and locking it is made again."""


class Owner:
    """The owner of the rows that this process writes. `folder` holds the lock files of all (None: there are none)."""

    def __init__(self, folder: Path | None) -> None:
        self.name = secrets.token_hex(8)
        self._folder = folder
        self._descriptor: int | None = None

    def hold(self) -> str | None:
        """Hold the lock, also after its file was removed; return the name, or None where nothing can be locked."""
        if self._folder is None:
            return self.name
        path = self._path(self.name)
        for _ in range(TRIES):
            if self._descriptor is not None and _is_at(self._descriptor, path):
                return self.name
            self.release()
            try:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as trouble:
                log.info("no lock shows that this process runs: %s", trouble)
                return None
            try:
                file_locks.lock(descriptor)
            except OSError as trouble:
                os.close(descriptor)
                log.info("no lock shows that this process runs: %s", trouble)
                return None
            self._descriptor = descriptor
        return None

    def renew(self) -> None:
        """Hold the lock again if it was held before: the folder may have been removed and made anew."""
        if self._descriptor is not None:
            self.hold()

    def gave_sign(self, name: str) -> bool | None:
        """Return True: locks tell who runs."""
        return True

    async def listen_for(self, name: str) -> None:
        """Return: locks tell who runs."""

    async def runs(self, name: str, within: Session | None = None) -> bool | None:
        """Return whether the process with that name runs; None when it cannot be known. It does not wait."""
        return self._runs(name)

    def _runs(self, name: str) -> bool | None:
        if name == self.name:
            return True
        if self._folder is None:
            return None
        try:
            descriptor = os.open(self._path(name), os.O_RDWR)
        except FileNotFoundError:
            return False
        except OSError:
            return None
        try:
            file_locks.lock(descriptor, shared=True)
        except file_locks.HELD:
            return True
        except OSError:
            return None
        finally:
            os.close(descriptor)
        return False

    def tidy(self) -> None:
        """Remove the lock files of processes that are gone."""
        if self._folder is None or not self._folder.is_dir():
            return
        with contextlib.suppress(OSError):  # the next process that starts has another try
            for path in self._folder.glob("*.lock"):
                if self._runs(path.stem) is False:
                    path.unlink(missing_ok=True)

    def release(self) -> None:
        """Give the lock up and remove its file; not held is fine."""
        if self._descriptor is None:
            return
        if sys.platform != "win32":  # removed while locked, so that nobody else can lock a file that is about to go
            self._unlink()
        os.close(self._descriptor)
        self._descriptor = None
        if sys.platform == "win32":
            self._unlink()

    def _unlink(self) -> None:
        with contextlib.suppress(OSError):  # what is left behind is unlocked, and removed by `tidy`
            self._path(self.name).unlink()

    def _path(self, name: str) -> Path:
        return (self._folder or Path()) / f"{name}.lock"


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False
