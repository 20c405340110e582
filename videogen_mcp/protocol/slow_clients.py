"""uvicorn's HTTP protocol with time limits, which uvicorn has only for connections that are idle between requests."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

CHECK_SECONDS = 5.0
"""Between two checks of a connection."""

LEAST_BYTES = 15_000
"""In the time limit: 500 bytes a second while a request is sent, as Apache's mod_reqtimeout asks for."""

REQUEST_SECONDS = 30.0
"""For LEAST_BYTES of a request, or for its end."""

HEAD_SECONDS = 10.0
"""For the head of a request, which clients send at once."""

RESPONSE_SECONDS = 300.0
"""For taking some of a response. The system's buffers give way in steps of a megabyte, so that a player that reads as
it plays (16 kB/s of sound) seems to stand still for a minute; one that is paused for longer resumes by a new request.
"""


@dataclass(slots=True)
class Patience:
    """How long a client is waited for: `limit` seconds for every LEAST_BYTES."""

    limit: float
    waited: float = 0.0
    moved: int = 0

    def is_over(self, moved: int, *, waiting: bool, most: float = math.inf) -> bool:
        """Note the bytes that moved in the last CHECK_SECONDS; `waiting` tells whether more of them are due, `most` how
        long they are waited for at most."""
        self.waited, self.moved = self.waited + CHECK_SECONDS, self.moved + moved
        if not waiting or self.moved >= LEAST_BYTES:
            self.waited, self.moved = 0.0, 0
        return self.waited >= min(self.limit, most)


class BoundedHttp(H11Protocol):
    """One connection, which is closed when its client is slow: in sending a request or in taking a response.

    A request that is sent too slowly is answered with 408. Transfers that make progress may take as long as they need.
    """

    # Python keeps up to 30 attributes of an object compactly, and uvicorn has 25 of its own.
    __slots__ = ("_drained", "_known", "_received", "_request", "_response", "_timer", "_unsent")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Begin to check every CHECK_SECONDS."""
        super().connection_made(transport)
        self._request = Patience(REQUEST_SECONDS)
        self._response = Patience(RESPONSE_SECONDS)
        self._known: object = None
        self._received = 0
        self._unsent = 0
        self._drained = 0
        self._timer = self.loop.call_later(CHECK_SECONDS, self._check_again)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop checking."""
        self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what the client sends."""
        self._received += len(data)
        super().data_received(data)

    def resume_writing(self) -> None:
        """Count what the client took."""
        self._drained += LEAST_BYTES  # asyncio's buffer went from 64 kB down to 16.
        super().resume_writing()

    def check(self) -> None:
        """Close the connection if the client is slow. To be called every CHECK_SECONDS."""
        received, self._received = self._received, 0
        if self.cycle is not self._known:  # A request has begun: the one before it was complete.
            self._known, received = self.cycle, LEAST_BYTES
        unsent = self.transport.get_write_buffer_size()
        drained = self._drained + max(self._unsent - unsent, 0)
        self._unsent, self._drained = unsent, 0
        if self._response.is_over(drained, waiting=unsent > 0):
            self.transport.abort()
        else:
            most = HEAD_SECONDS if self._has_part_of_a_head() else math.inf
            if self._request.is_over(received, waiting=not unsent and self._awaits_request(), most=most):
                self._refuse()

    def _check_again(self) -> None:
        self.check()
        self._timer = self.loop.call_later(CHECK_SECONDS, self._check_again)

    def _awaits_request(self) -> bool:
        """Return whether it is the client's turn to send."""
        if self.flow.read_paused or self.transport.is_closing():
            return False
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def _has_part_of_a_head(self) -> bool:
        return self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])

    def _refuse(self) -> None:
        begun = self.conn.their_state is h11.SEND_BODY or self._has_part_of_a_head()
        if begun and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            text = (
                f"The request came too slowly: its head must come within {HEAD_SECONDS:.0f} s, then {LEAST_BYTES} bytes"
                f" every {REQUEST_SECONDS:.0f} s."
            ).encode()
            headers = [("content-type", "text/plain"), ("content-length", str(len(text))), ("connection", "close")]
            parts: list[Any] = [h11.Response(status_code=408, headers=headers, reason=b"Request Timeout")]
            for part in (*parts, h11.Data(data=text), h11.EndOfMessage()):
                self.transport.write(self.conn.send(part) or b"")
        self.transport.close()
