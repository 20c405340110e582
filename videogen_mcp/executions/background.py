"""Work that goes on when the call that began it is gone: submits on the wire, cancels upstream."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from anyio.abc import TaskGroup

log = logging.getLogger(__name__)


class Errands:
    """Runs errands in `tasks`, which must outlive every call, and knows how many are on their way."""

    def __init__(self, tasks: TaskGroup) -> None:
        self._tasks = tasks
        self._open = 0
        self._settled = anyio.Event()

    def start(self, errand: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        """Begin `errand(*arguments)`. It must deal with its own errors; a bug in it is logged and hurts nobody else."""
        self._open += 1
        self._tasks.start_soon(self._run, errand, arguments)

    async def settle(self, limit: float) -> None:
        """Wait until all are done, at most `limit` seconds, whatever has been cancelled around."""
        if self._open:
            with anyio.move_on_after(limit, shield=True):
                await self._settled.wait()

    async def _run(self, errand: Callable[..., Awaitable[None]], arguments: tuple[Any, ...]) -> None:
        try:
            await errand(*arguments)
        except Exception:
            log.exception("an errand failed unexpectedly")
        finally:
            self._open -= 1
            if not self._open:
                self._settled.set()
                self._settled = anyio.Event()
