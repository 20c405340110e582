"""Background tasks: work that goes on when the call that began it is gone, such as submits and cancels on the wire."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from anyio.abc import TaskGroup

log = logging.getLogger(__name__)


class BackgroundTasks:
    """Runs them in `tasks`, which must outlive every call, and knows how many are running."""

    def __init__(self, tasks: TaskGroup) -> None:
        self._tasks = tasks
        self._open = 0
        self._settled = anyio.Event()

    def start(self, task: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        """Begin `task(*arguments)`. It must handle its own errors; a bug in it is logged and stops no other task."""
        self._open += 1
        self._tasks.start_soon(self._run, task, arguments)

    async def settle(self, limit: float) -> None:
        """Wait until all are done, at most `limit` seconds, whatever has been cancelled around."""
        if self._open:
            with anyio.move_on_after(limit, shield=True):
                await self._settled.wait()

    async def _run(self, task: Callable[..., Awaitable[None]], arguments: tuple[Any, ...]) -> None:
        try:
            await task(*arguments)
        except Exception:
            log.exception("a background task failed unexpectedly")
        finally:
            self._open -= 1
            if not self._open:
                self._settled.set()
                self._settled = anyio.Event()
