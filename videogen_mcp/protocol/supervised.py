"""A worker's side of `workers`: its sockets, its beats, and the end of its supervisor."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable

import anyio

from videogen_mcp.protocol.workers import BEAT_EVERY


class Supervised:
    """What joins this process to its supervisor. `listener` is where it is to listen."""

    def __init__(self, sockets: str) -> None:
        """Take the sockets over whose numbers the command line tells (`workers.spawn_with`)."""
        self.listener, self._link = (socket.socket(fileno=int(number)) for number in sockets.split(","))
        for one in (self.listener, self._link):
            one.set_inheritable(False)  # What this process starts holds neither.
            one.setblocking(False)
        self._ready = anyio.Event()

    def ready(self) -> None:
        """Tell the supervisor that this worker answers."""
        self._ready.set()

    async def keep(self, stop: Callable[[], None]) -> None:
        """Send beats once this worker is ready, and call `stop` when the supervisor asks for that or has gone."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._beat)
            await anyio.wait_readable(self._link)  # It never writes: this is the end.
            stop()

    async def _beat(self) -> None:
        await self._ready.wait()
        while True:
            with contextlib.suppress(BlockingIOError, ConnectionError):  # It stands still, or has gone.
                self._link.send(b".")
            await anyio.sleep(BEAT_EVERY)
