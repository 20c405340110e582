"""Webhook endpoints of this server: which account each is for, and its signing secret, sealed, in the shared database.

Every endpoint has an address of its own, whose last part is random, so that a message says whose it is before it is
known to be authentic. An address that several endpoints were made for (one secret replaces another) has all of theirs.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio

from videogen_mcp.clock import Clock
from videogen_mcp.database.database import Database, DatabaseUnavailable
from videogen_mcp.database.migrations import NewerDatabase, migrate
from videogen_mcp.sealing import CannotOpen, Opened, Seals

log = logging.getLogger(__name__)

PATH = "/webhooks/videogen"
"""Where the HTTP server listens for webhooks; endpoints of accounts have an address below it."""

PURPOSE = "videogen-mcp webhook secrets v1"

ADDRESS = re.compile(r"[0-9a-f]{32}")
"""The last part of an address: 128 random bits."""

LOOKUPS_AT_ONCE = 2
"""Messages whose endpoint is looked up at the same time: the database's connections are for the journal, and strangers
may send as much as they like."""

MOST_SECRETS = 2
"""Secrets of one address that are tried, the newest first: one and the one that it replaces."""

RESEAL_AGAIN = 60.0
"""Seconds until another try to seal anew what an older secret sealed, when the database was away."""

TABLE = """\
CREATE TABLE webhook_endpoints (
    address TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    account TEXT NOT NULL,
    sealed TEXT NOT NULL,
    made_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, endpoint_id)
)"""
VERSIONS = ((TABLE, "CREATE INDEX webhook_endpoints_by_address ON webhook_endpoints (address)"),)
"""What makes the table (`database.migrations`)."""


@dataclass(frozen=True)
class Listener:
    """Who hears messages to an address, and the secret that signs them."""

    account: str
    secret: str = field(repr=False)


class WebhookEndpoints:
    """The endpoints in a database. `seals` are made of VIDEOGEN_MCP_SECRETS."""

    def __init__(self, database: Database, given: Sequence[str], clock: Clock) -> None:
        """Raises ValueError where no secrets are given."""
        self._database = database
        self._seals = Seals(given, PURPOSE)
        self._clock = clock
        self._turn = anyio.Semaphore(LOOKUPS_AT_ONCE)
        self._nobody = self._seals.seal(secrets.token_hex(32), "", "", "")
        """Opened for addresses that nobody has, so that they take as long."""

    async def keep(self) -> None:
        """Make the table, then seal anew what an older secret sealed; again until the database lets it."""
        while True:
            try:
                await migrate(self._database, {"webhooks": VERSIONS})
                await self._reseal()
                return
            except NewerDatabase as trouble:
                log.error("%s", trouble)
                return
            except DatabaseUnavailable as trouble:
                log.info("webhook endpoints are looked after later: %s", trouble)
            await self._clock.sleep(RESEAL_AGAIN)

    async def check(self) -> None:
        """Raise DatabaseUnavailable where an endpoint could not be kept now."""
        await self._database.rows("SELECT 1 FROM webhook_endpoints WHERE address = ?", ("",))

    async def add(self, address: str, endpoint_id: str, account: str, secret: str) -> None:
        """Keep the secret of an endpoint that was made for an address. Raises DatabaseUnavailable."""
        sealed = self._seals.seal(secret, account, address, endpoint_id)
        await self._database.run(
            "INSERT INTO webhook_endpoints (address, endpoint_id, account, sealed, made_at) VALUES (?, ?, ?, ?, ?)",
            (address, endpoint_id, account, sealed, self._clock.time()),
        )

    async def remove(self, endpoint_id: str, account: str) -> bool:
        """Forget an endpoint that is deleted; return whether it was one of ours. Raises DatabaseUnavailable."""
        gone = await self._database.run(
            "DELETE FROM webhook_endpoints WHERE account = ? AND endpoint_id = ?", (account, endpoint_id)
        )
        return gone > 0

    async def is_of(self, address: str, account: str) -> bool:
        """Return whether an address is the account's own. Raises DatabaseUnavailable."""
        owners = await self._database.rows(
            "SELECT DISTINCT account FROM webhook_endpoints WHERE address = ?", (address,)
        )
        return owners == [(account,)]

    async def at(self, address: str) -> list[Listener]:
        """Return who hears messages to an address, MOST_SECRETS at most; none where nobody has it, which takes as long.

        Raises DatabaseUnavailable.
        """
        async with self._turn:
            rows = await self._database.rows(
                "SELECT account, endpoint_id, sealed FROM webhook_endpoints WHERE address = ? ORDER BY made_at DESC"
                f" LIMIT {MOST_SECRETS}",
                (address,),
            )
        opened = [
            (account, self._opened(account, address, endpoint_id, sealed)) for account, endpoint_id, sealed in rows
        ]
        for _ in range(MOST_SECRETS - len(rows)):
            self._seals.open(self._nobody, "", "", "")
        return [Listener(account, one.text) for account, one in opened if one is not None]

    async def _reseal(self) -> None:
        """Seal with the newest secret what an older one sealed, so that the older one can be taken away."""
        anew = 0
        rows = await self._database.rows("SELECT account, address, endpoint_id, sealed FROM webhook_endpoints")
        for account, address, endpoint_id, sealed in rows:
            opened = self._opened(account, address, endpoint_id, sealed)
            if opened is None:
                log.warning("webhook endpoint %s is of no use: delete it and create another one", endpoint_id)
            elif not opened.newest:
                anew += await self._database.run(
                    "UPDATE webhook_endpoints SET sealed = ? WHERE account = ? AND endpoint_id = ? AND sealed = ?",
                    (self._seals.seal(opened.text, account, address, endpoint_id), account, endpoint_id, sealed),
                )
        if anew:
            log.warning("%d webhook secrets are sealed anew, older VIDEOGEN_MCP_SECRETS are not needed for them", anew)

    def _opened(self, account: str, address: str, endpoint_id: str, sealed: str) -> Opened | None:
        try:
            return self._seals.open(sealed, account, address, endpoint_id)
        except CannotOpen as why:
            log.info("the secret of webhook endpoint %s cannot be used: %s", endpoint_id, why)
            return None


def new_address() -> str:
    """Return the last part of a new address."""
    return secrets.token_hex(16)
