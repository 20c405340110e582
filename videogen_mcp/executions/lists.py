"""What the account's list of executions shows just before a submit: the proof of what was there already."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakValueDictionary

import anyio

from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.clock import Clock
from videogen_mcp.executions.kinds import Kind
from videogen_mcp.executions.timing import LISTED, LISTED_DISTRUST, LISTED_FRESH, LISTED_TIMEOUT

if TYPE_CHECKING:
    from videogen_mcp.calls.upstream import Upstream

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listed:
    """The newest executions of the key's owner, and when they were asked for: Unix and `clock.monotonic()` seconds."""

    execution_ids: tuple[str, ...]
    asked_at: float
    asked: float


@dataclass(slots=True)
class _Last:
    listed: Listed | None = None
    distrusted_until: float = 0.0


class Lists:
    """Reads the lists before submits. Those of one moment share one, and one that hangs is left alone for a while."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: WeakKeyDictionary[Upstream, dict[tuple[str, str | None], _Last]] = WeakKeyDictionary()
        self._reading: WeakValueDictionary[tuple[Upstream, str, str | None], anyio.Lock] = WeakValueDictionary()

    async def before(self, upstream: Upstream, kind: Kind, project_id: str | None) -> Listed | None:
        """Return what is listed now, at most LISTED_FRESH seconds old; None where that cannot be had in time."""
        if not kind.listed_by(upstream.dialect, project_id):
            return None
        lists = self._last.setdefault(upstream, {})
        key = kind.name, project_id if kind.of_projects else None
        last = lists.setdefault(key, _Last())
        async with self._reading.setdefault((upstream, *key), anyio.Lock()):
            now = self._clock.monotonic()
            if now < last.distrusted_until:
                return None
            if last.listed is None or now - last.listed.asked > LISTED_FRESH:
                last.listed = await self._read(upstream, kind, project_id)
                if last.listed is None:
                    last.distrusted_until = self._clock.monotonic() + LISTED_DISTRUST
            if kind.of_projects and last.listed is not None:
                lists.pop(key, None)  # There are many projects, and each is seldom asked about.
            return last.listed

    async def _read(self, upstream: Upstream, kind: Kind, project_id: str | None) -> Listed | None:
        assert kind.page is not None
        asked_at, asked = self._clock.time(), self._clock.monotonic()
        try:
            with anyio.fail_after(LISTED_TIMEOUT):
                page = await kind.page(upstream.client.with_options(alone=True), project_id, LISTED, None)
        except (VideoGenError, TimeoutError) as error:
            log.info("the list of executions cannot be read, so a broken submit could not be recovered: %s", error)
            return None
        return Listed(tuple(state.execution_id for state in page.items), asked_at, asked)
