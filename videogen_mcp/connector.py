"""Reaching the service: VideoGen with the user's key, or the sandbox of this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import anyio
import anyio.to_thread

from videogen_mcp.api.errors import BadSetting
from videogen_mcp.calls.upstream import SANDBOX_ACCOUNT, Upstream, account_of
from videogen_mcp.clock import Clock
from videogen_mcp.local_sandbox import find_or_start
from videogen_mcp.settings import Settings

if TYPE_CHECKING:
    from videogen_mcp.api.client import VideoGen


@dataclass
class Connector:
    """Reaches the upstream the settings mean, once; the sandbox again whenever it had to start anew."""

    settings: Settings
    clock: Clock
    _upstream: Upstream | None = None
    _lock: anyio.Lock = field(default_factory=anyio.Lock)

    @property
    def account(self) -> str:
        """The account the settings mean, known without reaching it."""
        if self.settings.uses_sandbox:
            return SANDBOX_ACCOUNT
        return account_of(self.settings.base_url, self.settings.api_key or "")

    async def connect(self) -> Upstream:
        """Return the upstream, ready for use. Raises VideoGenError with what to do when there is none."""
        if problems := self.settings.blocks("service"):
            raise BadSetting(problems)
        async with self._lock:
            if self.settings.uses_sandbox:
                return await self._sandbox()
            if self._upstream is None:
                if self.settings.api_key is None:
                    raise BadSetting(
                        "VIDEOGEN_API_KEY is not set and VIDEOGEN_MCP_SANDBOX is off. Set the key in the host's"
                        " configuration of this server, or set VIDEOGEN_MCP_SANDBOX=auto to use the sandbox"
                    )
                self._upstream = await self._open(self.settings.base_url, self.settings.api_key)
            return self._upstream

    async def close(self) -> None:
        """Close the connections."""
        if self._upstream is not None:
            await self._upstream.client.aclose()

    async def _sandbox(self) -> Upstream:
        address = await find_or_start(self.settings.state_dir, dialect=self._sandbox_dialect)
        if self._upstream is None or self._upstream.base_url != address.base_url:
            await self.close()
            self._upstream = await self._open(address.base_url, address.api_key, sandbox=True)
        return self._upstream

    async def _open(self, base_url: str, api_key: str, *, sandbox: bool = False) -> Upstream:
        client_class = await anyio.to_thread.run_sync(_client_class, abandon_on_cancel=True)
        client = client_class(
            api_key=api_key,
            base_url=base_url,
            dialect=self._sandbox_dialect if sandbox else self.settings.dialect,
            clock=self.clock,
        )
        try:
            dialect = await client.dialect()
        except BaseException:
            await client.aclose()
            raise
        return Upstream(client, dialect, self.account, sandbox, base_url)

    @property
    def _sandbox_dialect(self) -> Literal["v0", "v2"]:
        return "v0" if self.settings.dialect == "v0" else "v2"


def _client_class() -> type[VideoGen]:
    """Import the API client when it is needed, in a thread: with httpx and the models of the API it takes a tenth of a
    second, which a host would measure before the first call, and other calls need not stand still meanwhile."""
    from videogen_mcp.api.client import VideoGen

    return VideoGen
