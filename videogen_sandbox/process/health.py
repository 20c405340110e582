"""/health, and the count of requests under way that tells when a sandbox is idle."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from videogen_sandbox import __version__
from videogen_sandbox.clock import Clock
from videogen_sandbox.config import Dialect
from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.process.keys import proof


class Usage:
    """Whether the sandbox is in use: requests under way, jobs, and when the last of them ended."""

    def __init__(self, busy: Callable[[], bool], clock: Clock) -> None:
        """`busy` returns whether jobs are running or due."""
        self._busy = busy
        self._clock = clock
        self._requests = 0
        self._last = clock.monotonic()

    @contextlib.contextmanager
    def request(self) -> Generator[None, None, None]:
        """Count a request as under way until the block is left."""
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1
            self._last = self._clock.monotonic()

    def idle(self) -> float:
        """Return the seconds since the sandbox was last in use; 0 while it is."""
        if self._requests or self._busy():
            self._last = self._clock.monotonic()
        return self._clock.monotonic() - self._last


class HealthMiddleware:
    """Counts the requests of an application, and answers /health.

    /health needs no key and shows no secret. With `?nonce=…` it proves that this process knows the key. Without its
    data the sandbox answers every request with 503 until it has exited, so that nothing is taken and then lost.
    """

    def __init__(
        self,
        app: ASGIApp,
        usage: Usage,
        missing: Callable[[], Path | None],
        *,
        key: str,
        instance: str,
        dialect: Dialect,
    ) -> None:
        """`missing` returns what of the data was removed, None while all is there."""
        self._app = app
        self._usage = usage
        self._missing = missing
        self._key = key
        self._dialect: Dialect = dialect
        self._about = {"status": "ok", "version": __version__, "dialect": dialect, "instance": instance}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._usage.request():
            if missing := self._missing():
                gone = Refusal(503, f"{missing} was removed or replaced while the sandbox ran. It stops.")
                await JSONResponse(gone.body(self._dialect), gone.status)(scope, receive, send)
            elif scope["path"] == "/health":
                nonce = Request(scope).query_params.get("nonce", "")
                await JSONResponse({**self._about, "proof": proof(self._key, nonce)})(scope, receive, send)
            else:
                await self._app(scope, receive, send)
