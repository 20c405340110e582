"""A folder held open: names in it are used without walking its path again, so the path cannot be swapped meanwhile.

Where the system knows no such handles (Windows) the path is used.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

BY_HANDLE = os.open in os.supports_dir_fd and os.stat in os.supports_dir_fd

_NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_READ = os.O_RDONLY | _NO_LINKS | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
"""Without waiting: opening a pipe that took the place of a file must not block."""
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | _NO_LINKS
_PASS = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | _NO_LINKS
"""Folders on the way need no right to list them."""


@dataclass
class Folder:
    """An existing folder. Use it as a context manager, or close it. All methods raise OSError."""

    path: Path
    fd: int | None = None

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let it go."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    def at(self, name: str) -> str:
        """`name` as the os functions want it together with `fd`."""
        return name if self.fd is not None else str(self.path / name)

    def stat(self, name: str) -> os.stat_result:
        """Of the entry itself, not of what a link leads to."""
        return os.stat(self.at(name), dir_fd=self.fd, follow_symlinks=False)

    def exists(self, name: str) -> bool:
        """Whether there is anything of that name, a dangling link included."""
        try:
            self.stat(name)
        except FileNotFoundError:
            return False
        return True

    def create(self, name: str) -> int:
        """A new file, for reading and writing; FileExistsError when the name is taken."""
        return os.open(self.at(name), _CREATE, 0o666, dir_fd=self.fd)

    def remove(self, name: str) -> None:
        """Remove a file; it may be gone already."""
        try:
            os.unlink(self.at(name), dir_fd=self.fd)
        except FileNotFoundError:
            return

    def place(self, draft: str, name: str) -> bool:
        """Give the file `draft` its final name in one step; False, and nothing done, when the name is taken."""
        if os.name == "nt":
            try:
                Path(self.at(draft)).rename(self.at(name))
            except FileExistsError:
                return False
            return True
        try:
            os.link(self.at(draft), self.at(name), src_dir_fd=self.fd, dst_dir_fd=self.fd, follow_symlinks=False)
        except FileExistsError:
            return False
        except OSError:
            return self._place_without_links(draft, name)
        self.remove(draft)
        return True

    def _place_without_links(self, draft: str, name: str) -> bool:
        """For file systems without hard links (memory cards, some network drives): take the name, then replace it."""
        try:
            os.close(self.create(name))
        except FileExistsError:
            return False
        try:
            os.replace(self.at(draft), self.at(name), src_dir_fd=self.fd, dst_dir_fd=self.fd)
        except OSError:
            self.remove(name)
            raise
        return True

    def sync(self) -> None:
        """Make names that were given here survive a power cut, where the system can."""
        if os.name == "nt":
            return
        listed = os.open(self.path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(listed)
        finally:
            os.close(listed)


def descend(root: Path, parts: Sequence[str], *, make: bool = False) -> Folder:
    """Go from `root` down the `parts`, none of which may be a link; `make` creates what is missing. Raises OSError."""
    if not BY_HANDLE:
        path = root.joinpath(*parts)
        if make:
            path.mkdir(parents=True, exist_ok=True)
        if not path.is_dir():
            raise NotADirectoryError(20, "not a folder", str(path))
        return Folder(path)
    folder = Folder(root, os.open(root, _PASS & ~getattr(os, "O_NOFOLLOW", 0)))
    try:
        for part in parts:
            _step(folder, part, make)
    except OSError:
        folder.close()
        raise
    return folder


def _step(folder: Folder, part: str, make: bool) -> None:
    try:
        below = os.open(part, _PASS, dir_fd=folder.fd)
    except FileNotFoundError:
        if not make:
            raise
        with suppress(FileExistsError):
            os.mkdir(part, dir_fd=folder.fd)
        below = os.open(part, _PASS, dir_fd=folder.fd)
    folder.close()
    folder.path, folder.fd = folder.path / part, below


def open_in(folder: Folder, name: str) -> int:
    """Open a file of the folder for reading; a link or a pipe that took its place is not followed or waited for."""
    return os.open(folder.at(name), _READ, dir_fd=folder.fd)
