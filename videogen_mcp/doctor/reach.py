"""The one conversation with the API that all checks share: two GETs, one with the key, that cost nothing."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import anyio
import httpx

from videogen_mcp.api.causes import cause_of
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.errors import ApiError, BadSetting, ConnectionFailed, VideoGenError
from videogen_mcp.api.limits import Group, RateLimit
from videogen_mcp.api.pools import Pools, base_address
from videogen_mcp.api.timeouts import Timeouts
from videogen_mcp.clock import Clock
from videogen_mcp.doctor.threads import in_thread
from videogen_mcp.loopback import is_loopback
from videogen_mcp.settings import Settings

TIMEOUTS = Timeouts(connect=4.0, read=6.0, write=6.0, pool=6.0, total=6.0)
"""Shorter than those of calls: somebody waits in front of a terminal."""

ASKING = 7.0
"""Seconds for the account, with what is repeated."""

RESOLVING = 4.0
"""Seconds for the address behind a name. Resolvers try for up to half a minute, which nothing can cut short."""

DATE = 3.0
"""Seconds for the service's time."""

Resolve = Callable[[str, int], object]
"""Finds the addresses of a host and port, as `socket.getaddrinfo` does. Raises OSError."""


@dataclass(frozen=True)
class Answer:
    """What came of it."""

    host: str
    via: str | None = None
    """The proxy on the way, as messages name it."""
    era: str | None = None
    error: VideoGenError | None = None
    date: str | None = None
    """The Date header of a response, and when it came, in Unix seconds."""
    dated_at: float = 0.0
    limits: Mapping[Group, RateLimit] = field(default_factory=dict)
    unprepared: bool = False
    """Whether the way there cannot be used (proxies, certificates), so that nothing was sent."""

    @property
    def reached(self) -> bool:
        """Whether there was a response of any kind."""
        return self.error is None or isinstance(self.error, ApiError)


@dataclass
class Reach:
    """Asks once, when it is first needed."""

    settings: Settings
    pools: Pools
    clock: Clock
    resolve: Resolve | None = socket.getaddrinfo
    """None: names need no addresses, since no network is used."""
    _answer: Answer | None = None
    _asking: anyio.Lock = field(default_factory=anyio.Lock)

    async def answer(self) -> Answer:
        """Return what the API says to the key of the settings."""
        async with self._asking:
            if self._answer is None:
                self._answer = await self._ask()
        return self._answer

    async def _ask(self) -> Answer:
        url = base_address(self.settings.base_url)
        try:
            via = self.pools.proxy_name(url)
            self.pools.client(url)
        except BadSetting as fault:
            return Answer(url.host, error=fault, unprepared=True)
        try:
            await self.find(url)
            client = VideoGen(
                api_key=self.settings.api_key or "",
                base_url=self.settings.base_url,
                dialect=self.settings.dialect,
                pools=self.pools,
                clock=self.clock,
                timeouts=TIMEOUTS,
            )
            if self.settings.dialect != "auto":
                await client.check_key(within=ASKING)
            era = (await client.dialect(within=ASKING)).name
        except VideoGenError as error:
            answer = Answer(url.host, via, error=error)
        else:
            answer = Answer(url.host, via, era, limits=dict(client.limits))
        return await self._dated(answer, url) if answer.reached else answer

    async def find(self, url: httpx.URL) -> None:
        """Look up the name of the machine to which a request for an address goes: it would do so in a thread that
        nothing ends. Raise ConnectionFailed when that takes too long; what else is wrong with the name, the request
        will say. Raise BadSetting for a proxy that cannot be used."""
        peer = self.pools.first_hop(url)
        if self.resolve is None or is_loopback(peer.host):
            return
        with anyio.move_on_after(RESOLVING) as scope:
            try:
                await in_thread(partial(self.resolve, peer.host, peer.port or 443))
            except OSError:
                return
        if scope.cancelled_caught:
            cause = cause_of(httpx.ConnectTimeout(""), RESOLVING, self.pools.proxy_name(url))
            raise ConnectionFailed(f"{url.host} could not be reached: {cause.words}.", remedy=cause.remedy)

    async def _dated(self, answer: Answer, url: httpx.URL) -> Answer:
        """Return the answer with the service's time, which is left out where a second request does not get it."""
        with anyio.move_on_after(DATE):
            try:
                response = await self.pools.client(url).head(url)
            except (httpx.HTTPError, VideoGenError):
                return answer
            return replace(answer, date=response.headers.get("date"), dated_at=self.clock.time())
        return answer
