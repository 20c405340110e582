"""The assets of a project: what it is made of, kept by content so that nothing is made twice.

An asset is a file whose name says what it is (`speech-3f9a….wav`): a hash of everything that decides its content. What
was given is named by the hash of its bytes. Files appear whole or not at all: they are written elsewhere and renamed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from videogen_sandbox.engines import Task

_BLOCK = 1 << 20
_DIGITS = 24
"""Hexadecimal digits of a hash in a name: 96 bits, far from any collision within a project."""


class Assets:
    """The assets in one folder. What is not finished is in `scratch`, on the same disk."""

    def __init__(self, folder: Path, scratch: Path | None = None) -> None:
        self.folder = folder
        self._scratch = scratch or folder

    def path(self, name: str) -> Path:
        """Return where an asset is. Raise ValueError for what is no name of an asset."""
        if name != Path(name).name or name.startswith("."):
            raise ValueError(f"{name!r} is no name of an asset")
        return self.folder / name

    def keep(self, source: Path, prefix: str) -> str:
        """Copy a given file among the assets and return its name; the same bytes are kept once."""
        digest = hashlib.sha256()
        with source.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        name = f"{prefix}-{digest.hexdigest()[:_DIGITS]}{source.suffix.lower()}"
        self.make(name, lambda path: shutil.copyfile(source, path))
        return name

    def make(self, name: str, write: Callable[[Path], object]) -> Path:
        """Return the asset `name`; where it is not there yet, `write` is called with a path to write it to."""
        path = self.path(name)
        if not path.exists():
            unfinished = self._scratch / f".{uuid4().hex}{path.suffix}"
            try:
                write(unfinished)
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)
        return path

    def drop_others(self, prefix: str, kept: str) -> None:
        """Remove the assets whose names begin with `prefix`, but `kept`: outdated renderings."""
        for path in self.folder.glob(f"{prefix}*"):
            if path.name != kept:
                path.unlink(missing_ok=True)


def of(task: Task) -> Assets:
    """Return the assets of a task's project; its own folder where it has none."""
    folder = task.assets or task.folder / "assets"
    folder.mkdir(parents=True, exist_ok=True)
    return Assets(folder, task.folder)


def key(prefix: str, suffix: str, *content: object) -> str:
    """Return the name of the asset that `content` (JSON-able) decides."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}{suffix}"
