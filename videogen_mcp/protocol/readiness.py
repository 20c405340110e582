"""/health and /ready: whether the process runs, and whether a balancer should send it requests."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from videogen_mcp import __version__
from videogen_mcp.clock import Clock
from videogen_mcp.database.database import DatabaseUnavailable
from videogen_mcp.settings import Settings

if TYPE_CHECKING:
    from videogen_mcp.api.pools import Pools

log = logging.getLogger(__name__)

HEALTH_PATH = "/health"
READY_PATH = "/ready"

LOOK_SECONDS = 3.0
"""For one try to reach the service. Probes wait a few seconds (Kubernetes: `timeoutSeconds`)."""

LOOK_AGAIN = 10.0
"""Seconds for which the last try counts: every replica is probed every few seconds."""

Trouble = Callable[[], Awaitable[str | None]]
"""Returns what keeps a server from its work, as a sentence; None when all is well."""


@dataclass
class Readiness:
    """Whether the server can do its work: `troubles` are asked each time."""

    settings: Settings
    troubles: tuple[Trouble, ...]
    _leaving: bool = False

    def leave(self) -> None:
        """Note that the process is about to exit, so that balancers send nothing more."""
        self._leaving = True

    async def health(self, request: Request) -> Response:
        """Return that the process answers."""
        about: dict[str, Any] = {"status": "ok", "version": __version__}
        if not self.settings.hosted:
            about["sandbox"] = self.settings.uses_sandbox
        return JSONResponse(about)

    async def ready(self, request: Request) -> Response:
        """Return 200, or 503 with the reasons."""
        reasons = ["The server is about to exit"] if self._leaving else []
        reasons += [reason for trouble in self.troubles if (reason := await trouble()) is not None]
        if reasons:
            return JSONResponse({"status": "not ready", "reasons": reasons}, 503)
        return JSONResponse({"status": "ready"})


class Noticing(Protocol):
    """What says of itself that it does not work."""

    @property
    def notice(self) -> str | None:
        """What is wrong with it for now; None when all is well."""
        ...


class Answering(Noticing, Protocol):
    """What is asked of a database (`database.Database`)."""

    async def now(self) -> float:
        """Return its time. Raises DatabaseUnavailable."""
        ...


def trouble_of(database: Answering, journal: Noticing) -> Trouble:
    """Return what tells whether a database can be used, passes on what servers tell each other, and takes the journal:
    one that answers may still refuse to be written to."""

    async def trouble() -> str | None:
        try:
            await database.now()
        except DatabaseUnavailable as fault:
            return str(fault)
        return journal.notice or database.notice

    return trouble


@dataclass
class Reach:
    """Whether the service can be reached: any answer will do, since only its own clients have keys."""

    address: str
    pools: Pools
    clock: Clock
    _trouble: str | None = None
    _looked_at: float = field(default=float("-inf"))
    _looking: anyio.Lock = field(default_factory=anyio.Lock)

    async def trouble(self) -> str | None:
        """Return why not; None when it answered. Asks at most every LOOK_AGAIN seconds."""
        import httpx

        from videogen_mcp.api.errors import BadSetting

        async with self._looking:
            if self.clock.monotonic() - self._looked_at < LOOK_AGAIN:
                return self._trouble
            try:
                url = httpx.URL(self.address)
                with anyio.fail_after(LOOK_SECONDS):
                    await self.pools.client(url).head(url)
                self._trouble = None
            except (httpx.HTTPError, TimeoutError) as fault:
                self._trouble = f"{self.address} cannot be reached ({type(fault).__name__})"
                log.warning("%s", self._trouble)
            except BadSetting as fault:
                self._trouble = str(fault)
            self._looked_at = self.clock.monotonic()
        return self._trouble
