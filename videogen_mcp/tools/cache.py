"""A cache of the account's lists: voices, presenters and the newest files are fetched once for a while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar
from weakref import WeakKeyDictionary

from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock

if TYPE_CHECKING:
    from videogen_mcp.api.library_models import Language
    from videogen_mcp.api.models import File, Presenter, Voice

FRESH = 300.0
"""Seconds a catalogue is kept. It changes a few times a year; an agent asks several times in one conversation."""

FILES_FRESH = 10.0
"""Seconds the newest files are kept: as long as typing an id takes, short enough to include the last result."""

NEWEST = 100
"""Files that are offered while an id is typed: as many as one completion may hold (MCP specification)."""

T = TypeVar("T")


@dataclass
class Cache(Generic[T]):
    """One list, kept for `fresh` seconds for each account, and no longer than its upstream."""

    fetch: Callable[[Upstream], Awaitable[list[T]]]
    clock: Clock
    fresh: float = FRESH
    kept: WeakKeyDictionary[Upstream, tuple[float, list[T]]] = field(default_factory=WeakKeyDictionary)

    async def all(self, upstream: Upstream) -> list[T]:
        """Every row; raises VideoGenError."""
        fetched, rows = self.kept.get(upstream, (-self.fresh, []))
        if not rows or self._is_stale(fetched):
            rows = await self.fetch(upstream)
            self._keep(upstream, rows)
        return rows

    def _keep(self, upstream: Upstream, rows: list[T]) -> None:
        """Keep the account's rows, and let go of the stale ones of all."""
        for other, (fetched, _) in list(self.kept.items()):
            if self._is_stale(fetched):
                del self.kept[other]
        self.kept[upstream] = self.clock.monotonic(), rows

    def _is_stale(self, fetched: float) -> bool:
        return self.clock.monotonic() - fetched >= self.fresh

    def forget(self, upstream: Upstream) -> None:
        """Have the account's rows fetched anew: they were changed from here."""
        self.kept.pop(upstream, None)


@dataclass(frozen=True)
class Caches:
    """The lists from which agents and people choose."""

    voices: Cache[Voice]
    presenters: Cache[Presenter]
    files: Cache[File]
    languages: Cache[Language]

    @classmethod
    def of(cls, clock: Clock) -> Caches:
        """Return empty caches."""
        return cls(
            Cache(lambda upstream: upstream.client.voices(include_deprecated=True), clock),
            Cache(lambda upstream: upstream.client.presenters(), clock),
            Cache(_newest_files, clock, FILES_FRESH),
            Cache(lambda upstream: upstream.client.languages(), clock),
        )


async def _newest_files(upstream: Upstream) -> list[File]:
    return (await upstream.client.files(limit=NEWEST)).items
