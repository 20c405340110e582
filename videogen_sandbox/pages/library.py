"""What the pages read: executions and files as people want to see them, with links that open by themselves."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import PurePosixPath

from videogen_sandbox.clock import Clock
from videogen_sandbox.contract.responses import standing
from videogen_sandbox.contract.signed_links import Links, file_name
from videogen_sandbox.storage.executions import Execution, Executions
from videogen_sandbox.storage.files import File, Files

HOUR = 3600

LINK_HOURS = 12
"""How long a link on a page works at least: as long as somebody leaves a tab open. Ends fall on full hours, so that
a page that is drawn again has the same links and browsers keep what they have loaded."""

SHOWN_EXECUTIONS = 30
SHOWN_FILES = 60
"""The newest ones: a gallery of what was made lately, not an archive."""

ASKED_BY = ("prompt", "ttsText", "spokenDialogue")
"""The wire names of what an execution was asked for in words."""


@dataclass(frozen=True)
class Asked:
    """An execution for people. `asked` is what its prompt or text said, `seconds` how long it takes or took."""

    execution_id: str
    operation: str
    asked: str
    status: str
    percent: float
    seconds: float
    results: tuple[str, ...]
    error: str | None

    @property
    def is_over(self) -> bool:
        return self.status in ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Link:
    """A relative URL that carries its own permission."""

    url: str
    width: int | None
    height: int | None
    bytes: int | None


@dataclass(frozen=True)
class Shown:
    """A file with links to its renditions."""

    file: File
    thumbnail: Link | None
    preview: Link | None
    download: Link | None

    @property
    def sees_through(self) -> bool:
        """The download has an alpha channel and the preview was laid over a colour."""
        return "flat" in self.file.renditions


class Library:
    """Reads the stores of a sandbox and changes nothing."""

    def __init__(self, files: Files, executions: Executions, links: Links, clock: Clock) -> None:
        self._files = files
        self._executions = executions
        self._links = dataclasses.replace(links, base_url="")
        self._clock = clock

    def executions(self) -> list[Asked]:
        """The newest ones, newest first."""
        return [self._asked(execution) for execution in self._executions.listed(limit=SHOWN_EXECUTIONS)]

    def files(self) -> list[Shown]:
        """The newest ones that are listed, newest first."""
        return [self._shown(file) for file in self._files.listed(limit=SHOWN_FILES)]

    def file(self, file_id: str) -> Shown | None:
        """One file; None when there is none, or no more, or none yet."""
        file = self._files.get(file_id)
        return None if file is None or file.archived or file.state == "awaiting" else self._shown(file)

    def _asked(self, execution: Execution) -> Asked:
        status, percent, _ = standing(execution, self._clock.time())
        texts = (execution.body.get(name) for name in ASKED_BY)
        return Asked(
            execution_id=execution.id,
            operation=execution.operation,
            asked=next((text for text in texts if isinstance(text, str)), ""),
            status=status,
            percent=percent,
            seconds=max((execution.finished_at or self._clock.time()) - execution.created_at, 0.0),
            results=tuple(execution.results),
            error=execution.error.get("message") if execution.error else None,
        )

    def _shown(self, file: File) -> Shown:
        return Shown(
            file,
            thumbnail=self._link(file, "thumbnail"),
            preview=self._link(file, "preview"),
            download=self._link(file, "download"),
        )

    def _link(self, file: File, rendition: str) -> Link | None:
        found = file.renditions.get(rendition)
        if found is None:
            return None
        name = file_name(file.display_name, PurePosixPath(found.path).suffix)
        expires = (int(self._clock.time()) // HOUR + LINK_HOURS + 1) * HOUR
        url = self._links.media(file.id, rendition, name, expires)
        return Link(url, found.width, found.height, found.bytes)
