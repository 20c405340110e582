"""The servers that share a database: which of them run, and what time it is for all of them."""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress

from videogen_mcp.clock import Clock
from videogen_mcp.database.database import Database, DatabaseUnavailable, Session
from videogen_mcp.executions.machine import Machine
from videogen_mcp.executions.timing import BEAT, LISTENED, LISTENED_EVERY, SEEN_WITHIN

log = logging.getLogger(__name__)

SHARED = "shared"
"""The boot of rows in a shared database: all are written in its time."""

FORGOTTEN = 86_400.0
"""Seconds after which a server that is gone leaves the table."""


class Replica:
    """This server among those that share a database; the owner of the rows that it writes (`journal_rows.Owner`).

    Rows are written in the database's time: this process's own, moved by what was measured last.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        """Nothing is reached yet; until `beat` was, the clock of this machine is believed."""
        self.name = secrets.token_hex(8)
        self._database = database
        self._clock = clock
        self._offset = clock.time() - clock.monotonic()
        self._seen_at: float | None = None
        self._trusts_after = 0.0
        self._found: dict[str, float] = {}
        """When others were last found to run: they are asked for once in BEAT seconds."""
        self._signs: dict[str, tuple[bool, float]] = {}
        """Whether others gave a sign of life when they were listened for, and when that was."""
        self._tidies = False

    @property
    def machine(self) -> Machine:
        """The time that rows are written in."""
        return Machine(SHARED, self.time, shared=True)

    def time(self) -> float:
        """Return the database's time, in Unix seconds."""
        return self._clock.monotonic() + self._offset

    def hold(self) -> str:
        """Return the name for a row."""
        return self.name

    async def runs(self, name: str, within: Session | None = None) -> bool | None:
        """Return whether the server of that name runs; None when it cannot be known. `within`: a transaction that is
        open.

        Who was away with the database cannot be told from who is gone, until there was time for a sign of life.
        """
        if name == self.name or self._clock.monotonic() - self._found.get(name, -BEAT) < BEAT:
            return True
        try:
            rows = await (within or self._database).rows("SELECT seen FROM replicas WHERE id = ?", (name,))
        except DatabaseUnavailable:
            if within is not None:
                raise
            return None
        if not rows:
            return False
        now, seen = self.time(), float(rows[0][0])
        if now - seen < SEEN_WITHIN:
            self._found[name] = self._clock.monotonic()
            return True
        self._found.pop(name, None)
        return now < self._trusts_after

    def gave_sign(self, name: str) -> bool | None:
        """Return whether the server of that name was heard of when it was listened for; None where that was not done
        lately."""
        if name == self.name:
            return True
        given, at = self._signs.get(name, (False, -LISTENED))
        return given if self._clock.monotonic() - at < LISTENED else None

    async def listen_for(self, name: str) -> None:
        """Wait for a sign of life of the server of that name, LISTENED seconds at most; `gave_sign` says whether it
        came. While the database is away nobody gives one, and nothing is started either."""
        seen = "SELECT seen FROM replicas WHERE id = ?"
        with suppress(DatabaseUnavailable):
            rows = before = await self._database.rows(seen, (name,))
            until = self._clock.monotonic() + LISTENED
            while rows and rows == before and self._clock.monotonic() < until:
                await self._clock.sleep(LISTENED_EVERY)
                rows = await self._database.rows(seen, (name,))
            self._signs[name] = bool(rows) and rows != before, self._clock.monotonic()

    async def beat(self) -> None:
        """Give a sign of life, and measure the database's time. Raises DatabaseUnavailable."""
        before = self._clock.monotonic()
        now = await self._database.now()
        self._offset = now - (before + self._clock.monotonic()) / 2
        if self._seen_at is not None and now - self._seen_at > SEEN_WITHIN / 2:
            self._trusts_after = now + SEEN_WITHIN
        self._seen_at = now
        await self._database.run(
            "INSERT INTO replicas (id, seen) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen",
            (self.name, now),
        )
        if self._tidies:
            self._tidies = False
            await self._database.run("DELETE FROM replicas WHERE seen < ?", (now - FORGOTTEN,))

    async def keep(self) -> None:
        """Give signs of life as long as this server runs. Never returns."""
        while True:
            await self._clock.sleep(BEAT)
            with suppress(DatabaseUnavailable):  # the next one tells as much; the journal says what is wrong
                await self.beat()

    async def leave(self) -> None:
        """Have the others know that this server is gone, without waiting for it."""
        try:
            await self._database.run("DELETE FROM replicas WHERE id = ?", (self.name,))
        except DatabaseUnavailable as trouble:
            log.info("the other servers will notice that this one is gone: %s", trouble)

    def tidy(self) -> None:
        """Have the next sign of life remove servers that are long gone."""
        self._tidies = True

    def release(self) -> None:
        """Nothing is held; `leave` tells the others."""
