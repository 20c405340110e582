"""A download before it is whole: a hidden file beside its future place, which cannot be mistaken for the result."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from anyio import to_thread

from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.folders import Folder, open_in
from videogen_mcp.media.limits import BLOCK, SAME_NAMES, STALE_PART, WRITE_BLOCK
from videogen_mcp.media.names import numbered, quoted
from videogen_mcp.media.paths import unwritable
from videogen_mcp.media.structure import recognise

log = logging.getLogger(__name__)

PREFIX, SUFFIX = ".videogen-", ".part"


@dataclass(frozen=True)
class Saved:
    """A file that is whole and in its place. `already`: the same bytes had been there under that name before."""

    path: Path
    size: int
    already: bool = False
    note: str | None = None
    """What became of the name that was asked for, and of the captions of a film, in sentences."""


@dataclass
class Draft:
    """Bytes that have come so far. Methods raise Refusal for what the disk refuses."""

    folder: Folder
    name: str
    fd: int | None
    _written: int = 0
    _waiting: bytearray = field(default_factory=bytearray)

    @classmethod
    def begin(cls, folder: Folder, now: float) -> Draft:
        """An empty draft in an open folder, where drafts of long dead processes (at Unix time `now`) are removed."""
        _sweep(folder, now)
        name = f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"
        try:
            return cls(folder, name, folder.create(name))
        except OSError as trouble:
            raise unwritable(str(folder.path), trouble) from None

    @property
    def size(self) -> int:
        """Bytes that have come."""
        return self._written + len(self._waiting)

    async def write(self, chunk: bytes) -> None:
        """Take more bytes; they reach the disk in larger steps."""
        self._waiting += chunk
        if len(self._waiting) >= WRITE_BLOCK:
            await to_thread.run_sync(self._flush)

    async def restart(self) -> None:
        """Forget everything that came."""
        self._waiting.clear()
        await to_thread.run_sync(self._empty)

    def refuse_full(self, total: int | None) -> None:
        """Raises Refusal when the rest of `total` bytes does not fit on the disk."""
        try:
            free = shutil.disk_usage(self.folder.path).free
        except OSError:
            return  # writing will tell
        if total is not None and total - self._written > free:
            where = quoted(str(self.folder.path))
            raise Refusal(
                "disk_full",
                f"{total / 1e6:,.1f} MB do not fit into the {free / 1e6:,.1f} MB that are free at {where}",
                "Free some space, or save it elsewhere",
            )

    def finish(self, naming: Callable[[str | None], tuple[str, str]]) -> Saved:
        """Put the whole file in its place. `naming` makes its stem and ending of the usual ending of what it is, None
        where that is not recognised.

        Never overwrites: a taken name gets a number, unless the very same bytes are there under it.
        """
        try:
            self._flush()
            assert self.fd is not None
            os.fsync(self.fd)
            found = recognise(self._read, self._written)
            stem, suffix = naming(found.ending if found is not None else None)
            for number in range(1, SAME_NAMES + 1):
                name = numbered(stem, suffix, number)
                if self._is_there(name):
                    return Saved(self.folder.path / name, self._written, already=True)
                if self._place(name):
                    return Saved(self.folder.path / name, self._written)
        except OSError as trouble:
            raise unwritable(str(self.folder.path), trouble) from None
        raise Refusal("name_taken", f"{quoted(stem)} exists {SAME_NAMES} times there", "Give another name")

    def discard(self) -> None:
        """Let the draft go; what was placed stays."""
        if self.fd is None:
            return
        os.close(self.fd)
        self.fd = None
        try:
            self.folder.remove(self.name)
        except OSError as trouble:
            log.warning("%s stays in %s: %s", self.name, self.folder.path, trouble)

    def _place(self, name: str) -> bool:
        if os.name == "nt" and self.fd is not None:
            os.close(self.fd)  # an open file cannot be renamed there
            self.fd = None
        if not self.folder.place(self.name, name):
            return False
        self.folder.sync()
        return True

    def _is_there(self, name: str) -> bool:
        """Whether a file of that name has exactly these bytes."""
        try:
            if self.fd is None or not self.folder.exists(name):
                return False
            other = open_in(self.folder, name)
        except OSError:
            return False
        try:
            if os.fstat(other).st_size != self._written:
                return False
            os.lseek(self.fd, 0, os.SEEK_SET)
            while block := os.read(self.fd, BLOCK):
                if os.read(other, len(block)) != block:
                    return False
        except OSError:
            return False
        finally:
            os.close(other)
        return True

    def _read(self, offset: int, length: int) -> bytes:
        assert self.fd is not None
        os.lseek(self.fd, offset, os.SEEK_SET)
        return os.read(self.fd, length)

    def _flush(self) -> None:
        assert self.fd is not None
        try:
            os.lseek(self.fd, self._written, os.SEEK_SET)
            while self._waiting:
                done = os.write(self.fd, self._waiting)
                del self._waiting[:done]
                self._written += done
        except OSError as trouble:
            raise unwritable(str(self.folder.path), trouble) from None

    def _empty(self) -> None:
        assert self.fd is not None
        try:
            os.ftruncate(self.fd, 0)
        except OSError as trouble:
            raise unwritable(str(self.folder.path), trouble) from None
        self._written = 0


def _sweep(folder: Folder, now: float) -> None:
    try:
        with os.scandir(folder.path) as entries:
            for entry in entries:
                if not (entry.name.startswith(PREFIX) and entry.name.endswith(SUFFIX)):
                    continue
                if now - entry.stat(follow_symlinks=False).st_mtime > STALE_PART:
                    folder.remove(entry.name)
    except OSError as trouble:
        log.info("old drafts in %s are left: %s", folder.path, trouble)
