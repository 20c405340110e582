"""Reads and changes configuration files that belong to other programs: with a backup, as a whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from videogen_mcp.installing.refusals import Refused

LARGEST = 16 * 1024 * 1024
"""Bytes. Claude Code's file, the largest of those we know, grows to a few megabytes with its history."""

KEPT_BACKUPS = 5
"""Backups of one file: the first, which is from before our first change, and the newest others."""

BACKUP = ".videogen-backup-"
"""What follows a file's name in the names of its backups, before their number."""

PRIVATE = 0o600
"""The mode of a file that is made, which may hold keys of other servers some day."""


@dataclass(frozen=True)
class Found:
    """A file as it was read. `path` is where it really is, behind links; `content` is None where it does not exist."""

    path: Path
    content: bytes | None


def read(path: Path) -> Found:
    """Return a file that may be changed, or may be made. Raise Refused for anything else at its place."""
    real = Path(os.path.realpath(path))
    found = Found(real, content(real))
    if found.content is not None:
        mode = real.stat().st_mode
        if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(real, os.W_OK):
            raise Refused("is read-only")
    return found


def content(path: Path) -> bytes | None:
    """Return what a file holds, None where there is none. Raise Refused for anything else at its place."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode) or not stat.S_ISREG(status.st_mode):
            raise Refused("is a folder" if stat.S_ISDIR(status.st_mode) else "is no ordinary file")
        if status.st_size > LARGEST:
            raise Refused(f"has {status.st_size // 1_000_000} MB, more than any configuration")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as refused:
        raise Refused(f"cannot be read ({refused.strerror})") from None


def write(found: Found, content: bytes) -> Path | None:
    """Put `content` in the place of what was read, and return the backup of that; None where there was no file.

    Other processes see the old file or the new one. Raise Refused where it cannot be written, or is not any more what
    was read; then nothing has changed.
    """
    try:
        found.path.parent.mkdir(parents=True, exist_ok=True)
        if read(found.path).content != found.content:
            raise Refused("was changed by another program in this moment")
        backup = _keep(found)
        try:
            _replace(found.path, content)
        except BaseException:
            if backup is not None:
                backup.unlink()
            raise
    except OSError as refused:
        raise Refused(f"cannot be written ({refused.strerror})") from None
    _sync(found.path.parent)
    _prune(found.path)
    return backup


def back_up(found: Found) -> Path | None:
    """Write what was read into a new file beside it, and return that; None where there was no file.

    Raise Refused where that cannot be done.
    """
    try:
        backup = _keep(found)
    except OSError as refused:
        raise Refused(f"cannot be copied before it is changed ({refused.strerror})") from None
    _prune(found.path)
    return backup


def _keep(found: Found) -> Path | None:
    if found.content is None:
        return None
    number = max((number for number, _ in _numbered(found.path)), default=0) + 1
    backup = found.path.with_name(f"{found.path.name}{BACKUP}{number}")
    descriptor = os.open(backup, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(found.content)
            opened.flush()
            os.fsync(opened.fileno())
        shutil.copystat(found.path, backup)
    except BaseException:
        backup.unlink()
        raise
    return backup


def backups(found: Found) -> list[bytes]:
    """Return what the backups of a file hold, the newest first. Those that cannot be read are left out."""
    contents = []
    with contextlib.suppress(OSError):  # A folder that cannot be listed has none to give back.
        for _, path in reversed(_numbered(found.path)):
            with contextlib.suppress(OSError):  # Nor has a backup that is gone or locked.
                if path.stat().st_size <= LARGEST:
                    contents.append(path.read_bytes())
    return contents


def _numbered(path: Path) -> list[tuple[int, Path]]:
    """Return the backups of a file with their numbers, the oldest first."""
    pattern = re.compile(re.escape(path.name + BACKUP) + r"(\d{1,9})")
    found = [(int(match[1]), one) for one in path.parent.iterdir() if (match := pattern.fullmatch(one.name))]
    return sorted(found)


def _prune(path: Path) -> None:
    """Remove the backups that are too many, all but the first and the newest, as far as this user may."""
    with contextlib.suppress(OSError):  # The file is changed already: what cannot be tidied up is no reason to fail.
        _first, *others = [backup for _, backup in _numbered(path)] or [path]
        for superfluous in others[: max(len(others) + 1 - KEPT_BACKUPS, 0)]:
            with contextlib.suppress(OSError):
                superfluous.unlink()


def _replace(path: Path, content: bytes) -> None:
    """Write a file beside `path` with its mode, times aside, and put it in its place."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    written = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        if path.exists():
            _take_over(path, written)
        written.replace(path)
    except BaseException:
        written.unlink(missing_ok=True)
        raise


def _take_over(old: Path, new: Path) -> None:
    """Give a file the mode, the attributes and, where this user may, the owner of another."""
    shutil.copystat(old, new)
    os.utime(new)
    if hasattr(os, "chown"):
        status = old.stat()
        with contextlib.suppress(PermissionError):  # Only root gives files away; a group one is not in stays as it is.
            os.chown(new, status.st_uid, status.st_gid)


def _sync(folder: Path) -> None:
    """Have the new name of a file on the disk too, where folders can be opened and synchronised."""
    with contextlib.suppress(OSError):  # Windows and some network drives cannot; the file is in its place all the same.
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
