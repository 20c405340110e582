"""Saving the results of an execution in the call that answers with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.calls.call import Call
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import AnswerFile, bounded
from videogen_mcp.executions.timing import SAVE_RESERVE
from videogen_mcp.media.paths import UNUSABLE_FOLDER

if TYPE_CHECKING:
    from videogen_mcp.calls.upstream import Upstream
    from videogen_mcp.media.downloads import Downloads


@dataclass
class Saving:
    """Saves files where `save_to` says (None: in the folder of their kind). What breaks is told, never raised: the
    results are there all the same."""

    downloads: Downloads
    save_to: str | None
    next_step: str | None = None
    """What to do about files that were not saved."""
    note: str | None = None
    """What became of the name that `save_to` gives, and of captions."""
    _errors: dict[str, VideoGenError] = field(default_factory=dict)
    _notes: list[str] = field(default_factory=list)

    async def run(self, files: Sequence[AnswerFile], call: Call, upstream: Upstream) -> None:
        """Put the files on the disk while there is time, and their paths into `saved_path`."""
        with anyio.move_on_after(max(call.remaining() - SAVE_RESERVE, 0.0)):
            async with anyio.create_task_group() as tasks:
                for place, file in enumerate(files):
                    tasks.start_soon(self._save, file, place + 1 if len(files) > 1 else None, call, upstream)
        self.note = " ".join(self._notes) or None
        self.next_step = self._next_step([file.file_id for file in files if file.saved_path is None])

    async def _save(self, file: AnswerFile, number: int | None, call: Call, upstream: Upstream) -> None:
        try:
            saved = await self.downloads.download(file.file_id, upstream, call, self.save_to, number=number)
        except VideoGenError as error:
            self._errors[file.file_id] = error
            return
        file.saved_path = str(saved.path)
        if saved.note is not None:
            self._notes.append(saved.note)

    def _next_step(self, missing: Sequence[str]) -> str | None:
        if not missing:
            return None
        error = next(iter(self._errors.values()), None)
        reason = "there was no time left in this call" if error is None else bounded(error.message, 200) or "it failed"
        elsewhere = " and another save_to" if isinstance(error, Refusal) and error.code in UNUSABLE_FOLDER else ""
        return f'{len(missing)} not saved yet: {reason}. Call download_file with file_id "{missing[0]}"{elsewhere}'
