"""One sandbox at its socket, from the first answer to its end: signals, /health, leaving when nobody needs it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from videogen_sandbox import __version__
from videogen_sandbox.app import create_app
from videogen_sandbox.clock import Clock, SystemClock
from videogen_sandbox.config import SandboxConfig
from videogen_sandbox.process.description import proof
from videogen_sandbox.process.listening import ENDING_SIGNALS, listener, named

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks whether anybody still needs the sandbox. A look costs one stat and one query."""

DRAIN = 2.0
"""Seconds for running answers once the end is asked for. Only large downloads take longer, and they resume."""

HARD_EXIT = 8.0
"""Seconds from the request to end until the process ends whatever hangs: below `process.STOP_LIMIT`."""


def listen(host: str, ports: Iterable[int]) -> socket.socket | None:
    """A listening socket at the first port that is free; port 0 always finds one. None when there is none."""
    return next((found for port in ports if (found := _at(host, port)) is not None), None)


def _at(host: str, port: int) -> socket.socket | None:
    try:
        return listener(host, port)
    except OSError as refused:
        log.info("port %d of %s is not free: %s", port, host, refused)
        return None


def base_url(host: str, listening: socket.socket) -> str:
    """Where a client on this machine finds it; all addresses ("0.0.0.0", "::") are reached through loopback."""
    name = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{named(name)}:{listening.getsockname()[1]}"


class Usage:
    """Who needs the sandbox: requests under way, jobs, and when the last of them ended."""

    def __init__(self, busy: Callable[[], bool], clock: Clock) -> None:
        self._busy = busy
        self._clock = clock
        self._requests = 0
        self._last = clock.monotonic()

    @contextlib.contextmanager
    def request(self) -> Generator[None, None, None]:
        """Somebody is being answered."""
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1
            self._last = self._clock.monotonic()

    def idle(self) -> float:
        """Seconds since it was last needed; 0 while it is."""
        if self._requests or self._busy():
            self._last = self._clock.monotonic()
        return self._clock.monotonic() - self._last


class Door:
    """In front of the application: counts who comes, and answers /health itself.

    /health needs no key and tells nothing secret. With `?nonce=…` it proves that it knows the key.
    """

    def __init__(self, app: ASGIApp, usage: Usage, *, key: str, instance: str, dialect: str) -> None:
        self._app = app
        self._usage = usage
        self._key = key
        self._about = {"status": "ok", "version": __version__, "dialect": dialect, "instance": instance}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._usage.request():
            if scope["path"] == "/health":
                nonce = Request(scope).query_params.get("nonce", "")
                await JSONResponse({**self._about, "proof": proof(self._key, nonce)})(scope, receive, send)
            else:
                await self._app(scope, receive, send)


@dataclass(frozen=True)
class Place:
    """A directory as it is now, to notice when it is removed or replaced."""

    path: Path
    identity: tuple[int, int]

    @classmethod
    def of(cls, path: Path) -> Place:
        found = path.stat()
        return cls(path, (found.st_dev, found.st_ino))

    def gone(self) -> bool:
        """Unreadable counts as gone: what cannot be reached cannot be served."""
        try:
            found = self.path.stat()
        except OSError:
            return True
        return (found.st_dev, found.st_ino) != self.identity


class Server(uvicorn.Server):
    """Ends once, in bounded time and with status 0, when it is told to."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._last_resort = threading.Timer(HARD_EXIT, os._exit, [1])
        self._last_resort.daemon = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """As uvicorn, but without raising the signals again at the end: what comes after must still run."""
        before = {number: signal.signal(number, self._told_to_end) for number in ENDING_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def end(self, reason: str) -> None:
        """Take no more requests, finish what can be finished, and make sure that it ends."""
        log.info("ending: %s", reason)
        if not self.should_exit:
            self._last_resort.start()
        self.should_exit = True

    def ended(self) -> None:
        """It did end; the last resort is not needed."""
        self._last_resort.cancel()

    def _told_to_end(self, number: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit  # whoever asks twice does not want to wait
        self.end(signal.Signals(number).name)


def run(
    config: SandboxConfig,
    listener: socket.socket,
    *,
    ready: Callable[[], None],
    watched: Path,
    idle_exit: float | None = None,
    instance: str = "",
    clock: Clock | None = None,
) -> None:
    """Serve until a signal comes, `watched` is gone, or nobody needs it for `idle_exit` seconds.

    `ready` is called once, when answers are given. To be called in the main thread.
    """
    time = clock or SystemClock()
    app = create_app(config)
    usage = Usage(app.state.busy, time)
    place = Place.of(watched)

    def over() -> str | None:
        if place.gone():
            return f"{watched} is gone"
        if idle_exit is not None and usage.idle() >= idle_exit:
            return f"nobody needed it for {idle_exit:.0f} s"
        return None

    door = Door(app, usage, key=config.api_key, instance=instance, dialect=config.dialect)
    settings = uvicorn.Config(
        door,
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(DRAIN),
    )
    server = Server(settings, ready)
    try:
        asyncio.run(_serve(server, listener, over, time))
    finally:
        server.ended()


async def _serve(server: Server, listener: socket.socket, over: Callable[[], str | None], clock: Clock) -> None:
    async def look() -> str:
        while not (reason := over()):
            await clock.sleep(LOOK_EVERY)
        return reason

    def seen(task: asyncio.Task[str]) -> None:
        if task.cancelled():
            return
        if error := task.exception():
            log.error("cannot see whether it is needed", exc_info=error)
        server.end("an error" if error else task.result())

    looking = asyncio.create_task(look())
    looking.add_done_callback(seen)
    try:
        await server.serve(sockets=[listener])
    finally:
        looking.cancel()
