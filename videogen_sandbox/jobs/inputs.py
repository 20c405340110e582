"""The files that an execution was given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from videogen_sandbox.engines import EngineError
from videogen_sandbox.storage.files import File, Files


class Inputs:
    """Finds files by the ids in a request: name of the field → ids."""

    def __init__(self, files: Files, prepare: Callable[[File], Awaitable[Path]]) -> None:
        """`prepare` returns the path of a file's original."""
        self._files = files
        self._prepare = prepare

    async def paths(self, ids: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """Return the paths of the originals. Raise EngineError when one is gone."""
        paths: dict[str, list[str]] = {}
        for name, found in ids.items():  # Python 3.10 knows no await in a comprehension within another
            paths[name] = [str(await self._original(file_id)) for file_id in found]
        return paths

    def rows(self, ids: Mapping[str, Sequence[str]]) -> list[File]:
        """Return the files that are still there."""
        return [file for found in ids.values() for file_id in found if (file := self._files.get(file_id))]

    async def _original(self, file_id: str) -> Path:
        file = self._files.get(file_id)
        if file is None:
            raise EngineError("invalid_input", f"The file {file_id} does not exist any more.")
        return await self._prepare(file)
