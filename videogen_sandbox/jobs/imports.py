"""The kind `import`: a file is fetched from a URL and read as an upload is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from videogen_sandbox.jobs.fetching import Fetcher
from videogen_sandbox.jobs.ingesting import read_media
from videogen_sandbox.jobs.pool import Pool
from videogen_sandbox.jobs.results import describe, read_renditions
from videogen_sandbox.jobs.work import NewFile, Note, Outcome
from videogen_sandbox.storage.executions import Execution
from videogen_sandbox.storage.files import File
from videogen_sandbox.storage.ids import new_id

FETCHED = 0.7
"""The share of the progress at which the file is there and is read."""

UNNAMED = "import"
"""The display name of a file whose URL has no last part."""


class Imports:
    """Fetches files and finds out what they are."""

    def __init__(self, fetcher: Fetcher, pool: Pool, now: Callable[[], float], ingested: Callable[[str], None]) -> None:
        """`now` returns Unix seconds. `ingested` is called with the file's id in the transaction that stores it."""
        self._fetcher = fetcher
        self._pool = pool
        self._now = now
        self._ingested = ingested

    async def __call__(self, execution: Execution, folder: Path, note: Note) -> Outcome:
        """Return the imported file. Raise EngineError when it cannot be fetched or is of no known type."""
        body = execution.body
        fetched = await self._fetcher.fetch(body["url"], folder)
        note(FETCHED)
        answer = await read_media(self._pool, fetched.path, folder, body.get("type"))
        final = folder / "result"
        fetched.path.replace(final / fetched.path.name)
        temporary = bool(body.get("isTemporary"))
        row = File(
            id=new_id("vg_file_"),
            state="ready",
            type=answer["kind"],
            scope="TEMPORARY" if temporary else "GLOBAL",
            display_name=body.get("displayName") or fetched.name or UNNAMED,
            created_at=self._now(),
            description=None if temporary else describe(answer),
            duration=answer["duration"],
            sha256=fetched.sha256,
            renditions=read_renditions(answer),
        )
        return Outcome([NewFile(row, final)], store=lambda: self._ingested(row.id))
