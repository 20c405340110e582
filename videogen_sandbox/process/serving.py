"""One sandbox at its socket, from the first response to its exit: by a signal, when idle, or without its files."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Generator
from types import FrameType

import uvicorn

from videogen_sandbox.app import create_app
from videogen_sandbox.clock import Clock, SystemClock
from videogen_sandbox.config import SandboxConfig
from videogen_sandbox.process.errors import SandboxUnavailable
from videogen_sandbox.process.health import HealthMiddleware, Usage
from videogen_sandbox.process.listening import EXIT_SIGNALS
from videogen_sandbox.process.slow_clients import BoundedHttp
from videogen_sandbox.process.used_paths import UsedPaths
from videogen_sandbox.storage.database import DataUnusable

log = logging.getLogger(__name__)

CHECK_SECONDS = 1.0
"""Between two checks whether the sandbox is still needed. A check costs a few stats and one query."""

DRAIN_TIMEOUT = 2.0
"""Seconds for responses under way at shutdown. Only large downloads take longer, and clients resume them."""

HARD_EXIT = 8.0
"""Seconds from the start of the shutdown until the process exits whatever hangs: below `launcher.STOP_TIMEOUT`."""


class Server(uvicorn.Server):
    """A uvicorn server that shuts down within HARD_EXIT seconds and exits with status 0 after a signal."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        """`ready` is called once, when requests are answered."""
        super().__init__(config)
        self._ready = ready
        self._hard_exit = threading.Timer(HARD_EXIT, os._exit, [1])
        self._hard_exit.daemon = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then call `ready`."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Handle signals as uvicorn does, but do not raise them again at the end: clean-up must still run."""
        before = {number: signal.signal(number, self._on_signal) for number in EXIT_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def shut_down(self, reason: str) -> None:
        """Accept no more requests, finish those under way, and exit within HARD_EXIT seconds."""
        log.info("shutting down: %s", reason)
        if not self.should_exit:
            self._hard_exit.start()
        self.should_exit = True

    def cancel_hard_exit(self) -> None:
        """Let the process live on: the server has stopped."""
        self._hard_exit.cancel()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit  # The second signal does not wait for responses under way.
        self.shut_down(signal.Signals(number).name)


def run(
    config: SandboxConfig,
    listener: socket.socket,
    *,
    ready: Callable[[], None],
    idle_exit: float | None = None,
    instance: str = "",
    clock: Clock | None = None,
) -> None:
    """Serve until a signal comes or the sandbox was idle for `idle_exit` seconds.

    `ready` is called once, when requests are answered. Must be called in the main thread. Raise SandboxUnavailable when
    the data directory, or something in it that the sandbox cannot do without, was removed or replaced meanwhile.
    """
    time = clock or SystemClock()
    try:
        app = create_app(config)
    except DataUnusable as error:
        raise SandboxUnavailable(str(error)) from None
    usage = Usage(app.state.busy, time)
    paths = UsedPaths.of(app.state.sandbox.paths)

    def reason_to_exit() -> str | None:
        if missing := paths.missing():
            return f"{missing} is gone"
        if idle_exit is not None and usage.idle() >= idle_exit:
            return f"idle for {idle_exit:.0f} s"
        return None

    settings = uvicorn.Config(
        HealthMiddleware(app, usage, paths.missing, key=config.api_key, instance=instance, dialect=config.dialect),
        http=BoundedHttp,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(DRAIN_TIMEOUT),
    )
    server = Server(settings, ready)
    try:
        asyncio.run(_serve(server, listener, reason_to_exit, time))
    finally:
        server.cancel_hard_exit()
    if missing := paths.missing():
        raise SandboxUnavailable(
            f"{missing} was removed or replaced while the sandbox ran, so it has stopped. Start it again: it begins "
            "with what is left there."
        )


async def _serve(
    server: Server, listener: socket.socket, reason_to_exit: Callable[[], str | None], clock: Clock
) -> None:
    async def watch() -> str:
        while not (reason := reason_to_exit()):
            await clock.sleep(CHECK_SECONDS)
        return reason

    def on_done(task: asyncio.Task[str]) -> None:
        if task.cancelled():
            return
        if error := task.exception():
            log.error("cannot tell whether the sandbox is still needed", exc_info=error)
        server.shut_down("an error" if error else task.result())

    watching = asyncio.create_task(watch())
    watching.add_done_callback(on_done)
    try:
        await server.serve(sockets=[listener])
    finally:
        watching.cancel()
