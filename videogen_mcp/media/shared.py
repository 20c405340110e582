"""Transfers that outlive the call that began them.

A host gives a call less time than a large file needs. So a transfer runs on its own; calls join it, see how far it is,
and leave it running when their time is over or the client cancels. The same call made again joins it again.
"""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import anyio
from anyio.abc import TaskGroup

from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.calls.call import Call
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.clock import Clock
from videogen_mcp.media.limits import KEPT_RESULTS, REPORT_EVERY

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass
class Transfer(Generic[T]):
    """One transfer and how many calls follow it."""

    clock: Clock
    doing: str = "starting"
    joined: int = 0
    ended: bool = False
    value: T | None = None
    error: VideoGenError | None = None
    _changed: anyio.Event = field(default_factory=anyio.Event)
    _notified_at: float = float("-inf")

    def report(self, doing: str, *, at_once: bool = False) -> None:
        """Report what is being done; many reports in a row become one a second unless `at_once`."""
        self.doing = doing
        if at_once or self.clock.monotonic() - self._notified_at >= REPORT_EVERY:
            self._notify()

    def end(self) -> None:
        """Mark it as over, whether it succeeded or not."""
        self.ended = True
        self._notify()

    async def changed(self) -> None:
        """Wait for the next report, or the end."""
        if not self.ended:
            await self._changed.wait()

    def _notify(self) -> None:
        self._notified_at = self.clock.monotonic()
        changed, self._changed = self._changed, anyio.Event()
        changed.set()


Work = Callable[[Transfer[T]], Awaitable[T]]


@dataclass
class SharedTransfers(Generic[T]):
    """Runs transfers in `tasks`, which must outlive every call; one for each key. What ended without a call there is
    kept for `keep` seconds."""

    tasks: TaskGroup
    clock: Clock
    keep: float = math.inf
    _running: dict[Hashable, Transfer[T]] = field(default_factory=dict)
    _unclaimed: dict[Hashable, tuple[float, T]] = field(default_factory=dict)

    async def join(self, key: Hashable, work: Work[T], call: Call) -> T:
        """The outcome of the transfer `key`, begun now unless it runs already or has ended without anyone there.

        A cancelled call leaves it running. Raises what the transfer raises.
        """
        ended, value = self._unclaimed.pop(key, (-math.inf, None))
        if value is not None and self.clock.monotonic() - ended <= self.keep:
            return value
        transfer = self._running.get(key)
        if transfer is None:
            transfer = self._running[key] = Transfer(self.clock)
            self.tasks.start_soon(self._run, key, transfer, work)
        transfer.joined += 1
        call.transferring += 1
        try:
            while not transfer.ended:
                await call.report(transfer.doing)
                await transfer.changed()
        finally:
            transfer.joined -= 1
        call.transferring -= 1
        if transfer.error is not None:
            raise transfer.error
        if transfer.value is None:
            raise Refusal("internal", "the transfer met a fault of this server; the log has it")
        return transfer.value

    async def _run(self, key: Hashable, transfer: Transfer[T], work: Work[T]) -> None:
        try:
            transfer.value = await work(transfer)
        except VideoGenError as error:
            transfer.error = error
            if not transfer.joined:
                log.info("a transfer that no call waited for failed: %s", error.message)
        except Exception:
            log.exception("a transfer failed unexpectedly")
        finally:
            del self._running[key]
            transfer.end()
        if not transfer.joined and transfer.value is not None:
            self._unclaimed[key] = self.clock.monotonic(), transfer.value
            while len(self._unclaimed) > KEPT_RESULTS:
                self._unclaimed.pop(next(iter(self._unclaimed)))


@dataclass(frozen=True)
class KeyedLocks:
    """A lock for each key, kept while anybody holds or wants it."""

    _locks: dict[Hashable, anyio.Lock] = field(default_factory=dict)

    @asynccontextmanager
    async def hold(self, key: Hashable) -> AsyncIterator[None]:
        """Hold the lock of `key` inside the block."""
        lock = self._locks.setdefault(key, anyio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked():
                self._locks.pop(key, None)


def amount(done: int, total: int | None) -> str:
    """How far a transfer is: "12.5 of 200 MB"."""
    unit, word = (1e9, "GB") if (total or done) >= 1e9 else (1e6, "MB") if (total or done) >= 1e6 else (1e3, "kB")
    return f"{done / unit:.1f} {word}" if total is None else f"{done / unit:.1f} of {total / unit:.1f} {word}"
