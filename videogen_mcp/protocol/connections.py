"""How many connections the HTTP server takes: as many as it can open files for, and the others are told to come again.

A process without a free file can neither reach the service nor write its journal, and asyncio logs a stack trace for
every connection that it cannot accept, as fast as it can. So the limit of connections is kept below that of files:

    up to `most`            served
    up to `most + spare`    the request is read and answered with 503; /health is answered as ever
    above                   503 and closed, whatever was asked
    no file is left         the same, by a file that is kept back for it
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from videogen_mcp.protocol.slow_clients import BoundedHttp, Patience

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 10_000
"""Of one process, however many files it may open: waiting calls of so many take a gigabyte."""

OTHER_FILES = 256
"""Files kept for everything else: connections to the service (100 at once), to a database, the journal, and
connections that are being refused."""

SPARE_PART = 4
"""One in so many of the other files may be a connection whose request is read before it is refused."""

ACCEPTED_AT_ONCE = 16
"""Connections that are accepted before the event loop counts them. asyncio itself takes up to 2,048 in one go."""

SPARE_SECONDS = 5.0
"""What a connection above the limit has for its request."""

RETRY_AFTER = 5
"""Whole seconds after which a client that was refused may come again."""

TOLD_EVERY = 60.0
"""Seconds between two lines in the log about refused connections."""

LOST_FILE_PAUSE = 0.02
"""Seconds to wait when not even the file that is kept back is to be had: asyncio would try again at once."""

NO_FILES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""What accept(2) fails with when the process or the machine can open nothing more."""

BUSY = "This server has as many connections as it can serve; try again in a moment."
BUSY_RESPONSE = (
    f"HTTP/1.1 503 Service Unavailable\r\nretry-after: {RETRY_AFTER}\r\nconnection: close\r\n"
    f"content-type: text/plain; charset=utf-8\r\ncontent-length: {len(BUSY)}\r\n\r\n{BUSY}"
).encode()


@dataclass
class Limits:
    """How many connections there may be, and what is said about those that are refused."""

    most: int
    spare: int
    always: frozenset[str]
    """Paths that are answered above `most` too."""
    _refused: int = 0
    _told_at: float = field(default=-TOLD_EVERY)

    @classmethod
    def of(cls, files: int, always: frozenset[str]) -> Limits:
        """Return the limits of a process that may open `files` files."""
        others = min(OTHER_FILES, files // 2)
        return cls(min(files - others, MOST_CONNECTIONS), others // SPARE_PART, always)

    def refused(self, now: float) -> None:
        """Count a refused connection at `now` monotonic seconds, and log them from time to time."""
        self._refused += 1
        if now - self._told_at >= TOLD_EVERY:
            log.warning(
                "%d connections were refused: %d are open, which is what the limit of open files (ulimit -n) allows",
                self._refused,
                self.most,
            )
            self._refused, self._told_at = 0, now


class LimitedHttp(BoundedHttp):
    """One connection: it is served, or told to come again."""

    __slots__ = ("_limits",)

    def __init__(self, limits: Limits, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._limits = limits

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Count the connection, and refuse it when there are too many."""
        super().connection_made(transport)
        above = len(self.connections) - self._limits.most
        if above > self._limits.spare:
            self._limits.refused(self.loop.time())
            transport.write(BUSY_RESPONSE)
            transport.close()
        elif above > 0:
            self.app = self._refuse_all_but_health(self.app)
            self._request = Patience(SPARE_SECONDS)

    def _refuse_all_but_health(self, app: ASGIApp) -> ASGIApp:
        async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
            async def send_and_close(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
                await send(message)

            if scope["path"] in self._limits.always:
                await app(scope, receive, send_and_close)
                return
            self._limits.refused(self.loop.time())
            busy = PlainTextResponse(BUSY, 503, {"retry-after": str(RETRY_AFTER)})
            await busy(scope, receive, send_and_close)

        return refusing


def limited_http(limits: Limits) -> type[asyncio.Protocol]:
    """Return what makes a LimitedHttp of each connection, in the form that uvicorn takes."""
    return cast("type[asyncio.Protocol]", partial(LimitedHttp, limits))


class LimitedListener(socket.socket):
    """A listening socket that accepts a few connections at a time, and refuses them when no file is left."""

    def __init__(self, listener: socket.socket, limits: Limits) -> None:
        """Take over `listener`, which is closed for everybody else."""
        super().__init__(fileno=listener.detach())
        self._limits = limits
        self._kept: int | None = None
        self._keep()
        self._in_a_row = 0

    def accept(self) -> tuple[socket.socket, Any]:
        """Return the next connection and its address. Raise BlockingIOError when the event loop comes first."""
        self._in_a_row += 1
        if self._in_a_row > ACCEPTED_AT_ONCE:
            self._in_a_row = 0
            raise BlockingIOError(errno.EAGAIN, "the event loop comes first")
        try:
            return super().accept()
        except OSError as trouble:
            self._in_a_row = 0
            if trouble.errno not in NO_FILES:
                raise
        self._refuse_one()
        raise BlockingIOError(errno.EAGAIN, "no file is left for a connection")

    def close(self) -> None:
        """Stop listening."""
        if self._kept is not None:
            os.close(self._kept)
            self._kept = None
        super().close()

    def _refuse_one(self) -> None:
        """Answer the next connection by the file that is kept back."""
        self._limits.refused(time.monotonic())
        if self._kept is None:
            time.sleep(LOST_FILE_PAUSE)
        else:
            os.close(self._kept)
            self._kept = None
            try:
                connection, _ = super().accept()
            except OSError as trouble:  # Its client has gone, or another thread was quicker.
                log.debug("a connection could not be refused: %s", trouble)
            else:
                with connection:
                    connection.setblocking(False)
                    try:
                        connection.send(BUSY_RESPONSE)
                    except OSError as gone:
                        log.debug("a connection could not be told that it is refused: %s", gone)
        self._keep()

    def _keep(self) -> None:
        try:
            self._kept = os.open(os.devnull, os.O_RDONLY)
        except OSError as trouble:
            if trouble.errno not in NO_FILES:
                raise
