"""The service at the other end, VideoGen or the sandbox, and the account there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.api.dialects import Dialect
    from videogen_mcp.api.models import File


@dataclass(frozen=True, slots=True)
class Account:
    """For whom a call is made. `name` tells accounts apart without revealing the key (`account_of`); the sandbox's has
    none. `subject` is the person, where several with a login share the key. `origin` is the address from which a caller
    sent the key; it is the same account from anywhere."""

    name: str
    api_key: str | None = field(default=None, repr=False)
    subject: str | None = None
    origin: str | None = field(default=None, repr=False, compare=False)


SANDBOX = Account("sandbox")
"""The sandbox's address and key change when it starts anew; its executions do not."""

APP_PAGE = "https://app.videogen.io/media?storageFileId={file_id}"
"""A file's page in VideoGen's web app (contract notes, section 3)."""


LINKS = 2_000
"""Links of files that are remembered: some hundred answers, and less than a megabyte."""


@dataclass(frozen=True, eq=False)
class Links:
    """Which file a signed link leads to, of those that answers gave."""

    _files: dict[str, str] = field(default_factory=dict)

    def remember(self, file: File) -> None:
        """Take in the links of a file; the oldest are forgotten beyond LINKS."""
        for source in (file.preview_source, file.download_source, file.static_public_preview_source):
            if source is not None and source.url:
                self._files.pop(_unsigned(source.url), None)
                self._files[_unsigned(source.url)] = file.file_id
        while len(self._files) > LINKS:
            del self._files[next(iter(self._files))]

    def file_of(self, address: str) -> str | None:
        """Return the id of the file behind a link, whatever its signature."""
        return self._files.get(_unsigned(address))


def _unsigned(address: str) -> str:
    return re.split(r"[?#]", address, maxsplit=1)[0]


@dataclass(frozen=True, eq=False)
class Upstream:
    """One account at one service. `account` is its name (`Account`), `dialect` the version of the API that the service
    speaks."""

    client: VideoGen
    dialect: Dialect
    account: str
    sandbox: bool
    base_url: str
    links: Links = field(default_factory=Links)

    def page(self, file_id: str) -> str:
        """Return a short, stable address of a file for people."""
        if self.sandbox:
            return f"{self.base_url}/media/{file_id}"
        return APP_PAGE.format(file_id=file_id)


Connect = Callable[[Account], Awaitable[Upstream]]
"""Reaches an account; quick once it is reached. Raises VideoGenError."""


def account_of(base_url: str, api_key: str) -> str:
    """Return a name for an account that gives nothing away."""
    return hashlib.sha256(f"{base_url}\0{api_key}".encode()).hexdigest()[:16]
