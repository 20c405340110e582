"""Worker processes that the sandbox of one test leaves to that of the next: to start one costs more than most tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from videogen_sandbox.jobs.pool import Pool, Worker


@dataclass
class SharedWorkers:
    """Idle workers of one event loop, with the tests' engines and the usual limits."""

    idle: list[Worker] = field(default_factory=list)
    kept: bool = False

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Keep what pools leave behind until the block is left."""
        self.kept = True
        try:
            yield
        finally:
            self.kept = False
            await self._kill()

    @asynccontextmanager
    async def opened(self, pool: Pool) -> AsyncIterator[None]:
        """As `Pool.open`, but begin with a worker that was kept, and leave here those that are idle at the end."""
        pool.idle.append(self.idle.pop() if self.idle else await pool._spawn())
        try:
            yield
        finally:
            self.idle += pool.idle
            pool.idle.clear()
            if not self.kept:
                await self._kill()

    async def _kill(self) -> None:
        while self.idle:
            await self.idle.pop().kill()


WORKERS = SharedWorkers()
