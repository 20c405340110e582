"""Notices when files and folders that a running sandbox works with are removed under it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class UsedPaths:
    """Files and folders with their inodes."""

    identities: tuple[tuple[Path, tuple[int, int]], ...]

    @classmethod
    def of(cls, paths: Iterable[Path]) -> UsedPaths:
        """Return the identity of existing files and folders. Raise OSError when one is missing."""
        return cls(tuple((path, _identity(path)) for path in paths))

    def missing(self) -> Path | None:
        """Return the first that is removed, replaced or unreadable; None while all are as they were."""
        for path, identity in self.identities:
            try:
                found = _identity(path)
            except OSError:
                return path
            if found != identity:
                return path
        return None


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino
