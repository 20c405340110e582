"""What may be read and written on this machine, and opening it so that nothing can be swapped in between.

A path is resolved first, links included, and the real path must lie in an allowed folder with nothing hidden on the
way. It is then opened step by step from that folder without following links, so what was checked is what is opened.
"""

from __future__ import annotations

import difflib
import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from videogen_mcp.api.errors import BadSetting
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.folders import Folder, descend, open_in
from videogen_mcp.media.limits import LARGEST_UPLOAD, LISTED_FOR_HINTS
from videogen_mcp.media.names import (
    HIDDEN_FOLDERS,
    absolute,
    alike,
    is_deceptive,
    is_hidden,
    is_secret,
    quoted,
    respelled,
)
from videogen_mcp.media.sniff import ANY_MEDIA
from videogen_mcp.settings import Settings

NEVER = ("/proc", "/sys", "/dev")
"""Not files but windows into the system, whatever the settings say."""

GIB = 1024**3

FOLDS_CASE = sys.platform in ("win32", "darwin")

UNUSABLE_FOLDER = frozenset(
    {"not_writable", "disk_full", "not_a_folder", "path_not_allowed", "invalid_path", "name_taken"}
)
"""Codes of refusals after which another folder helps."""

ADD_FOLDERS = "VIDEOGEN_MCP_ALLOWED_DIRS names the folders this server may use"


@dataclass(frozen=True)
class LocalFile:
    """A regular file, opened for reading. `stamp` changes when its content does."""

    path: Path
    fd: int
    size: int
    stamp: tuple[int, int, int, int]

    @property
    def name(self) -> str:
        """Its name, without folders."""
        return self.path.name

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self.fd)

    def read(self, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset`. Raises Refusal when the disk fails."""
        try:
            os.lseek(self.fd, offset, os.SEEK_SET)
            return os.read(self.fd, length)
        except OSError as trouble:
            raise unreadable(self.path.name, trouble) from None

    def refuse_change(self) -> None:
        """Raises Refusal when the file was changed, replaced or removed since it was opened."""
        try:
            there = self.path.stat(follow_symlinks=False)
        except OSError:
            raise _changed(self.name, "vanished") from None
        if _stamp(there) != self.stamp or _stamp(os.fstat(self.fd)) != self.stamp:
            raise _changed(self.name, "changed")


@dataclass(frozen=True)
class AllowedPaths:
    """The folders that may be read and written (real, absolute paths), and those inside them that may not."""

    roots: tuple[Path, ...]
    home: Path | None
    closed: tuple[Path, ...] = field(default=())
    open_to_offers: bool = False
    """Whether a client may add folders: not where the user named the allowed ones."""
    outputs: tuple[Path, ...] = ()
    """The folders of results, which may lie in a closed one."""
    problems: str | None = None
    """What is wrong with the settings that name the folders."""

    @classmethod
    def of(cls, settings: Settings, home: Path | None = None) -> AllowedPaths:
        """The folders the settings allow; by default the home folder, the temporary folder and the output folder."""
        home = home or settings.home
        asked: Iterable[Path] = (*settings.allowed_dirs, *settings.output_dirs)
        if not settings.allowed_dirs:
            homes = (home,) if home is not None else ()
            shared = () if os.name == "nt" else (Path("/tmp"),)
            asked = (*homes, Path(tempfile.gettempdir()), *shared, *settings.output_dirs)
        real = [_real(folder) for folder in asked]
        # A home that is the whole disk (services run so) is nobody's home.
        roots = dict.fromkeys(folder for folder in real if folder != Path(folder.anchor) or settings.allowed_dirs)
        return cls(
            tuple(roots),
            _real(home) if home is not None else None,
            (_real(settings.state_dir), *(Path(one) for one in NEVER)),
            open_to_offers=not settings.allowed_dirs,
            outputs=tuple(_real(folder) for folder in settings.output_dirs),
            problems=settings.blocks("files"),
        )

    @property
    def shown(self) -> list[Path]:
        """The allowed folders that lie in no other one."""
        return [root for root in self.roots if not any(_inside(root, other) for other in self.roots if other != root)]

    def with_roots(self, more: Iterable[Path]) -> AllowedPaths:
        """These, and folders that the client offers (MCP roots)."""
        return replace(self, roots=tuple(dict.fromkeys((*self.roots, *(_real(one) for one in more)))))

    def root_of(self, real: Path) -> Path:
        """The allowed folder that a real path lies in. Reads nothing from the disk.

        Raises Refusal, and BadSetting where the settings do not say which folders are allowed.
        """
        if self.problems is not None:
            raise BadSetting(self.problems)
        if any(_inside(real, closed) and not self._is_output(real, closed) for closed in self.closed):
            raise self._outside()
        holding = [root for root in self.roots if _inside(real, root)]
        if not holding:
            raise self._outside()
        for root in holding:
            if not any(self._is_hidden(root, parts) for parts in _prefixes(_below(real, root))):
                return root
        raise Refusal(
            "path_not_allowed",
            "the path is or leads to something hidden, where programs keep their keys and settings",
            f"Use a path in a visible folder; {ADD_FOLDERS}",
        )

    def open_file(self, text: str) -> LocalFile:
        """Open the file that `text` means (path, ~/…, file: URL) for reading.

        Raises Refusal: outside the allowed folders, missing (with names that come near), no regular file, key-like,
        empty, too large, not readable. Never blocks on a pipe or a device.
        """
        path = absolute(text, self.home)
        real = _real(Path(path))
        root = self.root_of(real)
        try:
            return self._open(root, real)
        except (FileNotFoundError, NotADirectoryError):
            twin = self._twin(root, real)
            for other in [twin] if twin else self._respelled(text):
                with suppress(FileNotFoundError, NotADirectoryError):
                    return self._open(self.root_of(other), other)
            raise self._missing(root, real) from None

    def is_folder(self, text: str) -> bool:
        """Return whether a folder of that path exists. Raises Refusal for a path that is not allowed."""
        real = _real(Path(absolute(text, self.home)))
        self.root_of(real)
        return _is_folder(real)

    def open_folder(self, text: str | Path) -> Folder:
        """Open a folder for writing, made if it is missing. Raises Refusal."""
        real = _real(Path(absolute(str(text), self.home)))
        if not _is_folder(real):
            real = next((other for other in self._respelled(str(text)) if _is_folder(other)), real)
        root = self.root_of(real)
        try:
            if not _is_folder(root):
                root.mkdir(parents=True, exist_ok=True)  # another result may make it at the same moment
            return descend(root, _below(real, root), make=True)
        except (FileExistsError, NotADirectoryError):
            raise Refusal("not_a_folder", f"{quoted(str(text))} is not a folder", "Name a folder") from None
        except OSError as trouble:
            raise unwritable(quoted(str(text)), trouble) from None

    # -- how ---------------------------------------------------------------------------------------------------------

    def _open(self, root: Path, real: Path) -> LocalFile:
        name = real.name
        if is_secret(name):
            raise Refusal(
                "path_not_allowed",
                f"{quoted(name)} looks like a key or a password store, and such files are never uploaded",
                f"Give {ANY_MEDIA}",
            )
        parts = _below(real, root)
        if not parts:
            raise _no_file(name, "a folder")
        try:
            with descend(root, parts[:-1]) as folder:
                before = folder.stat(parts[-1])
                if not stat.S_ISREG(before.st_mode):
                    raise _no_file(name, _sort(before.st_mode))
                fd = open_in(folder, parts[-1])
        except (FileNotFoundError, NotADirectoryError):
            raise
        except OSError as trouble:
            raise unreadable(name, trouble) from None
        opened = os.fstat(fd)
        try:
            _refuse_unfit(name, opened)
        except Refusal:
            os.close(fd)
            raise
        return LocalFile(real, fd, opened.st_size, _stamp(opened))

    def _outside(self) -> Refusal:
        folders = ", ".join(str(root) for root in self.shown[:6])
        return Refusal(
            "path_not_allowed",
            f"the path is, or leads, outside the folders this server may use ({quoted(folders)})",
            f"Use a path inside one of them; {ADD_FOLDERS}",
        )

    def _is_output(self, real: Path, closed: Path) -> bool:
        return any(_inside(output, closed) and _inside(real, output) for output in self.outputs)

    def _is_hidden(self, root: Path, parts: tuple[str, ...]) -> bool:
        if is_hidden(parts[-1]):
            return True
        in_home = self.home is not None and _same(root.joinpath(*parts[:-1]), self.home)
        return in_home and parts[-1].lower() in HIDDEN_FOLDERS

    def _missing(self, root: Path, real: Path) -> Refusal:
        parent, gone = self._end_of_road(root, real)
        last = parent / gone == real
        near = difflib.get_close_matches(gone.lower(), [name.lower() for name in _names(parent)], n=3, cutoff=0.6)
        shown = [name for name in _names(parent) if name.lower() in near][:3]
        what = f"{quoted(gone)} does not exist" if last else f"the folder {quoted(gone)} does not exist"
        where = f" in {quoted(str(parent))}"
        if shown:
            names = " or ".join(f'"{quoted(name)}"' for name in shown)
            return Refusal("file_not_found", f"{what}{where}", f"Did you mean {names} there?")
        return Refusal("file_not_found", f"{what}{where}", "Check the path with the user")

    def _twin(self, root: Path, real: Path) -> Path | None:
        """The file that reads the same: written with narrow spaces or split accents, as screenshots are on a Mac."""
        parent, gone = self._end_of_road(root, real)
        if parent / gone != real:
            return None
        twins = [name for name in _names(parent) if alike(name) == alike(gone)]
        return _real(parent / twins[0]) if len(twins) == 1 else None

    def _respelled(self, text: str) -> list[Path]:
        """Return other real paths that `text` may stand for. Raise Refusal for those that are not allowed, whether they
        exist or not."""
        others = [_real(Path(absolute(one, self.home))) for one in respelled(text)]
        for other in others:
            self.root_of(other)
        return others

    def _end_of_road(self, root: Path, real: Path) -> tuple[Path, str]:
        """The deepest folder of the way that exists (inside `root`), and the next name, which does not."""
        folder = root
        parts = _below(real, root)
        for part in parts[:-1]:
            if not _is_folder(folder / part):
                return folder, part
            folder /= part
        return folder, parts[-1]


def unreadable(name: str, trouble: OSError) -> Refusal:
    """A file that is there but cannot be read."""
    if isinstance(trouble, PermissionError):
        next_step = "Give this server's user the right to read it, or copy it elsewhere"
        return Refusal("file_unreadable", f"{quoted(name)} may not be read by this server", next_step)
    if trouble.errno == errno.ELOOP:
        return Refusal("path_not_allowed", f"{quoted(name)} became a link while it was opened", "Give the real path")
    reason = os.strerror(trouble.errno) if trouble.errno else type(trouble).__name__
    return Refusal("file_unreadable", f"{quoted(name)} cannot be read: {reason}", "Copy it elsewhere and try again")


def unwritable(where: str, trouble: OSError) -> Refusal:
    """A folder or disk that does not take what should be written."""
    if trouble.errno in (errno.ENOSPC, errno.EDQUOT):
        return Refusal("disk_full", f"the disk is full at {where}", "Free some space, or save it elsewhere")
    if trouble.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Refusal("not_writable", f"{where} may not be written by this server", "Save it elsewhere")
    if trouble.errno == errno.EFBIG:
        return Refusal("disk_full", f"the disk at {where} takes no file this large", "Save it elsewhere")
    reason = os.strerror(trouble.errno) if trouble.errno else type(trouble).__name__
    return Refusal("not_writable", f"{where} cannot be written: {reason}", "Save it elsewhere")


def _refuse_unfit(name: str, opened: os.stat_result) -> None:
    if not stat.S_ISREG(opened.st_mode):
        raise _no_file(name, _sort(opened.st_mode))
    if opened.st_size == 0:
        raise Refusal("file_empty", f"{quoted(name)} is empty", f"Give {ANY_MEDIA}")
    if opened.st_size > LARGEST_UPLOAD:
        raise Refusal(
            "file_too_large",
            f"{quoted(name)} has {opened.st_size / GIB:.1f} GiB, and {LARGEST_UPLOAD / GIB:.0f} GiB is the most",
            "Cut it or encode it smaller",
        )


def _changed(name: str, how: str) -> Refusal:
    return Refusal("file_changed", f"{quoted(name)} {how} while it was uploaded", "Call again when it stays as it is")


def _no_file(name: str, sort: str) -> Refusal:
    return Refusal("not_a_file", f"{quoted(name) or 'this'} is {sort}, not a file", "Give the path of a media file")


def _sort(mode: int) -> str:
    for is_one, word in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISLNK, "a link"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if is_one(mode):
            return word
    return "a device"


def _stamp(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _real(path: Path) -> Path:
    """The path with links and `..` taken away; what does not exist stays as it is written."""
    return Path(os.path.realpath(path))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _names(folder: Path) -> Iterator[str]:
    """Return the names in an allowed folder that may be shown."""
    try:
        with os.scandir(folder) as entries:
            for entry, _ in zip(entries, range(LISTED_FOR_HINTS), strict=False):
                shown = not is_hidden(entry.name) and not is_secret(entry.name)
                if shown and not any(is_deceptive(character) for character in entry.name):
                    yield entry.name
    except OSError:
        return


def _key(path: Path) -> tuple[str, ...]:
    return tuple(part.casefold() for part in path.parts) if FOLDS_CASE else path.parts


def _same(one: Path, other: Path) -> bool:
    return _key(one) == _key(other)


def _inside(path: Path, folder: Path) -> bool:
    return _key(path)[: len(folder.parts)] == _key(folder)


def _below(path: Path, folder: Path) -> tuple[str, ...]:
    return path.parts[len(folder.parts) :]


def _prefixes(parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (parts[: end + 1] for end in range(len(parts)))
