"""What checks look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote, urlsplit

from videogen_mcp.api.pools import Pools
from videogen_mcp.calls.upstream import SANDBOX, account_of
from videogen_mcp.clock import Clock
from videogen_mcp.doctor.reach import Reach
from videogen_mcp.installation import Installation
from videogen_mcp.installing.hosts import Machine
from videogen_mcp.settings import Settings

SHORTEST_SECRET = 6
"""Characters. A shorter text would be found in words that have nothing to do with it."""

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


@dataclass(frozen=True)
class Context:
    """One machine, user and environment."""

    environment: Mapping[str, str]
    settings: Settings
    installation: Installation
    machine: Machine | None
    """Where hosts keep their files; None for a user without a home folder."""
    clock: Clock
    pools: Pools
    reach: Reach

    @property
    def account(self) -> str:
        """The name under which the journal keeps what the settings' account does."""
        if self.settings.uses_sandbox or self.settings.api_key is None:
            return SANDBOX.name
        return account_of(self.settings.base_url, self.settings.api_key)

    @property
    def needs_api(self) -> bool:
        """Whether calls go to VideoGen, and are not kept from it by the settings."""
        return not self.settings.uses_sandbox and self.settings.blocks("service") is None

    def redacted(self, text: str) -> str:
        """Return the text without any secret of the environment, the last line of defence since no check shows one, and
        without what a terminal would take for a command."""
        text = "".join(character if character.isprintable() else " " for character in text)
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text

    @cached_property
    def _secrets(self) -> tuple[str, ...]:
        return tuple(sorted({one for one in self._all_secrets() if len(one) >= SHORTEST_SECRET}, key=len, reverse=True))

    def _all_secrets(self) -> Iterator[str]:
        settings = self.settings
        yield settings.api_key or ""
        yield self.environment.get("VIDEOGEN_API_KEY", "").strip()
        yield from (*settings.webhook_secrets, *settings.secrets, *(token.value for token in settings.http_tokens))
        addresses = [settings.database or "", settings.database_listen or ""]
        addresses += [self.environment.get(name, "") for one in PROXIES for name in (one, one.lower())]
        for address in addresses:
            yield from _passwords(address)


def _passwords(address: str) -> Iterator[str]:
    """Yield the password in an address as it stands there and as it is meant."""
    user, at, _ = address.rpartition("@")
    if not at:
        return
    try:
        written = urlsplit(address).password or ""
    except ValueError:
        written = user.rpartition(":")[2]
    yield written
    yield unquote(written)
