"""How much of the disk a sandbox uses, and whether that is all it may."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from videogen_sandbox import variables
from videogen_sandbox.clock import Clock

MEASURE_SECONDS = 10.0
"""Between two measurements. One takes a few milliseconds for each thousand files; a film adds some megabytes in that
time."""

MAX_DISK = "--max-disk"

CLEAN = f'"{sys.executable}" -m videogen_sandbox --clean'
"""The command, in words that work whether or not the one called videogen-sandbox is on the PATH."""


class DiskUsage:
    """The bytes in the folders of a data directory. Bytes that two files share count twice."""

    def __init__(self, folders: Sequence[Path], limit: int, clock: Clock) -> None:
        """`limit` is in bytes."""
        self._folders = folders
        self._limit = limit
        self._clock = clock
        self._measured_at: float | None = None
        self._used = 0

    def used(self) -> int:
        """Return the bytes in use, as they were at most MEASURE_SECONDS ago."""
        now = self._clock.monotonic()
        if self._measured_at is None or now - self._measured_at >= MEASURE_SECONDS:
            self._measured_at = now
            self._used = sum(map(size_of, self._folders))
        return self._used

    def problem(self) -> str | None:
        """Return why nothing more may be stored; None when there is room."""
        if self.used() < self._limit:
            return None
        return (
            f"The sandbox keeps {self._used / 1e9:.1f} GB, as much as it may ({MAX_DISK} or {variables.MAX_DISK}). "
            f"Nothing was started. {CLEAN} removes what was archived and what is old, "
            f"{CLEAN} all removes everything."
        )


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder and below; 0 when there is none."""
    total = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    total += size_of(Path(entry.path))
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:  # Removed while it was read.
        return total
    return total
