"""Reaching the service: VideoGen with the keys of those who call, or the sandbox of this machine."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal
from weakref import WeakValueDictionary

import anyio
import anyio.to_thread

from videogen_mcp.api.errors import BadSetting, Unauthorized
from videogen_mcp.calls.refused_keys import RefusedKeys, bad_key
from videogen_mcp.calls.upstream import SANDBOX, Account, Upstream, account_of
from videogen_mcp.clock import Clock
from videogen_mcp.local_sandbox import find_or_start
from videogen_mcp.settings import Settings

if TYPE_CHECKING:
    import httpx

    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.api.pools import Pools

MOST_IDLE, IDLE_FOR = 256, 600.0
"""Accounts of callers that are kept while nobody calls for them, and seconds after their last call: some 4 kB each, and
what is kept of their lists. One that comes back later costs a request more, for the version of its API."""

NO_KEY = "VIDEOGEN_API_KEY is not set and VIDEOGEN_MCP_SANDBOX is off"
NO_KEY_REMEDY = (
    "Set the key with the command login of this server or in the host's configuration of it, or set"
    " VIDEOGEN_MCP_SANDBOX=auto to use the sandbox"
)

MOST_AT_ONCE = 20
"""Requests under way for one caller's key: a fifth of the connections that all keys share (`Pools`), and ten times what
the service's hourly limits let a key go on with (some two a second)."""


@dataclass
class Connector:
    """Reaches accounts, each once for as long as anybody calls for it; the sandbox again whenever it had to start anew.

    All of them share their connections. `transport` replaces the network.
    """

    settings: Settings
    clock: Clock
    transport: httpx.AsyncBaseTransport | None = None
    _reached: WeakValueDictionary[Account, Upstream] = field(default_factory=WeakValueDictionary)
    """All that somebody has: a call, `_latest` or `_own`."""
    _latest: OrderedDict[Account, tuple[float, Upstream]] = field(default_factory=OrderedDict)
    """Those of callers with the time of their last call, by `clock.monotonic()`; the longest ago is the first."""
    _own: Upstream | None = None
    _locks: WeakValueDictionary[Account, anyio.Lock] = field(default_factory=WeakValueDictionary)
    _pools: Pools | None = None

    def __post_init__(self) -> None:
        self._refused = RefusedKeys(self.clock)

    @property
    def account(self) -> Account:
        """The account the settings mean, known without reaching it."""
        if self.settings.uses_sandbox:
            return SANDBOX
        return Account(account_of(self.settings.base_url, self.settings.api_key or ""), self.settings.api_key)

    async def connect(self, account: Account) -> Upstream:
        """Return the account's upstream, ready for use. Raises VideoGenError with what to do when there is none."""
        if problems := self.settings.blocks("service"):
            raise BadSetting(problems)
        account = replace(account, subject=None)
        async with self._locks.setdefault(account, anyio.Lock()):
            if self.settings.uses_sandbox and account == SANDBOX:
                upstream = await self._sandbox()
            else:
                upstream = await self._videogen(account)
        self._reached[account] = upstream
        if account in (SANDBOX, self.account):
            self._own = upstream
        else:
            self._keep(account, upstream)
        return upstream

    def budgets(self) -> Iterator[tuple[float, dict[str, str]]]:
        """Yield the requests that are left of the hour, as the service last said: by group and account."""
        now = self.clock.time()
        for account, upstream in list(self._reached.items()):
            for group, limit in upstream.client.limits.items():
                if limit.remaining is not None and limit.reset_at is not None and limit.reset_at > now:
                    yield limit.remaining, {"group": group, "account": account.name}

    async def close(self) -> None:
        """Close the connections."""
        if self._pools is not None:
            await self._pools.aclose()

    def _keep(self, account: Account, upstream: Upstream) -> None:
        """Keep the upstream of a caller who calls now, and let go of those that did so too long ago."""
        now = self.clock.monotonic()
        self._latest.pop(account, None)
        self._latest[account] = now, upstream
        while len(self._latest) > MOST_IDLE or now - next(iter(self._latest.values()))[0] > IDLE_FOR:
            self._latest.popitem(last=False)

    async def _sandbox(self) -> Upstream:
        address = await find_or_start(self.settings.state_dir, dialect=self._sandbox_dialect)
        upstream = self._reached.get(SANDBOX)
        if upstream is None or upstream.base_url != address.base_url:
            upstream = await self._open(SANDBOX, address.base_url, address.api_key)
        return upstream

    async def _videogen(self, account: Account) -> Upstream:
        if account.api_key is None:
            raise BadSetting(f"{NO_KEY}. {NO_KEY_REMEDY}")
        if (upstream := self._reached.get(account)) is not None:
            return upstream
        self._refused.check(account)
        try:
            return await self._open(account, self.settings.base_url, account.api_key)
        except Unauthorized as error:
            if account == self.account:
                raise
            self._refused.add(account)
            raise bad_key(error.message) from None

    async def _open(self, account: Account, base_url: str, api_key: str) -> Upstream:
        client_class, pools_class = await anyio.to_thread.run_sync(_api, abandon_on_cancel=True)
        sandbox, callers = account == SANDBOX, account not in (SANDBOX, self.account)
        self._pools = self._pools or pools_class(self.transport)
        client = client_class(
            api_key=api_key,
            base_url=base_url,
            dialect=self._sandbox_dialect if sandbox else self.settings.dialect,
            pools=self._pools,
            at_once=MOST_AT_ONCE if callers else None,
            clock=self.clock,
        )
        if callers and self.settings.dialect != "auto":
            await client.check_key()
        return Upstream(client, await client.dialect(), account.name, sandbox, base_url)

    @property
    def _sandbox_dialect(self) -> Literal["v0", "v2"]:
        return "v0" if self.settings.dialect == "v0" else "v2"


def _api() -> tuple[type[VideoGen], type[Pools]]:
    """Import the API client when it is needed, in a thread: with httpx and the models of the API it takes a tenth of a
    second, which a host would measure before the first call, and other calls need not stand still meanwhile."""
    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.api.pools import Pools

    return VideoGen, Pools
