"""What the host sees while a call waits: strictly rising numbers and a line of words.

The protocol wants every value to be greater than the one before (MCP, basic/patterns/progress). The API's percentage
may stand still, fall when a new attempt starts, or be absent.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

MESSAGE_LENGTH = 200
"""Characters that Claude Code shows of a progress message."""

Send = Callable[[float, float | None, str], Awaitable[None]]
"""(progress, total, message) → the host."""


class Progress:
    """The progress of one call. `send` is None for a host that did not ask for any."""

    __slots__ = ("_known_id", "_label", "_last", "_send")

    def __init__(self, send: Send | None, label: str) -> None:
        self._send = send
        self._label = label
        self._last = 0.0
        self._known_id: str | None = None

    @property
    def wanted(self) -> bool:
        """Whether the host asked for progress and still takes it."""
        return self._send is not None

    def end(self) -> None:
        """Send nothing from now on: the call is answered, and a host may not hear of it afterwards."""
        self._send = None

    async def report(
        self, doing: str, *, elapsed: float, percent: float | None = None, execution_id: str | None = None
    ) -> None:
        """Send one message. Failing to send never fails the call: it goes on without progress."""
        if self._send is None:
            return
        parts = [self._label, doing]
        if percent is not None:
            parts.append(f"{percent:.0f} %")
        parts.append(f"{elapsed:.0f} s")
        if execution_id is not None and execution_id != self._known_id:
            parts.append(f"execution {execution_id}")
            self._known_id = execution_id
        value, total = self._next(percent, elapsed)
        try:
            await self._send(value, total, " · ".join(parts)[:MESSAGE_LENGTH])
        except Exception as error:  # noqa: BLE001 - whatever the transport raises, the call goes on without progress
            log.info("progress is no longer sent: %s", type(error).__name__)
            self._send = None

    def _next(self, percent: float | None, elapsed: float) -> tuple[float, float | None]:
        if percent is None:
            # Without a total any rising number will do. Small ones leave room for a percentage that comes later.
            self._last = max(math.nextafter(self._last, math.inf), elapsed / 1_000)
            return self._last, None
        room = 100.0 - self._last
        self._last = max(self._last + room / 1_000, min(percent, 99.9))
        return self._last, 100.0
