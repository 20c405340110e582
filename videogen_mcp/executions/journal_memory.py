"""What the journal remembers only to save work: how long clients wait, how long executions take, what was uploaded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from itertools import takewhile
from typing import Any

from videogen_mcp.database.database import Rows
from videogen_mcp.executions.journal_rows import JournalRows


class Memory(JournalRows):
    """Statements about what is only there to save work.

    Limits and durations are read for every call, so they are kept for as long as the store says.
    """

    def __init__(self, *arguments: Any) -> None:
        """As `JournalRows`."""
        super().__init__(*arguments)
        self._kept: dict[Hashable, tuple[float, Rows]] = {}

    def client_cancelled(self, client: str, elapsed: float, now: float) -> None:
        """Write down that a client cancelled a waiting call after `elapsed` seconds."""
        self._post(
            "INSERT INTO cuts SELECT ?1, ?2, ?3"
            " WHERE NOT EXISTS (SELECT 1 FROM cuts WHERE client = ?1 AND elapsed = ?2 AND at = ?3)",
            (client, elapsed, now),
        )
        self._kept.pop(client, None)

    def client_survived(self, client: str, elapsed: float) -> None:
        """Forget the client's cancellations before `elapsed` seconds: it waited that long for an answer."""
        self._post("DELETE FROM cuts WHERE client = ? AND elapsed < ?", (client, elapsed))
        self._kept.pop(client, None)

    async def client_cancellations(self, client: str, since: float) -> list[tuple[float, float]]:
        """Return when the client cancelled calls since a Unix time, and after how many seconds; oldest first."""
        read = partial(self._store.read, "SELECT at, elapsed FROM cuts WHERE client = ? ORDER BY at", (client,))
        return [(at, elapsed) for at, elapsed in await self._lately(client, read) if at > since]

    async def durations(self, account: str, workflow: str, limit: int = 20) -> list[float]:
        """Return the seconds that the latest succeeded executions took whose end was seen as it came."""
        read = partial(
            self._store.read,
            "SELECT took FROM executions WHERE account = ? AND workflow = ?"
            " AND state = 'succeeded' AND took IS NOT NULL ORDER BY ended_at DESC LIMIT ?",
            (account, workflow, limit),
        )
        return [took for (took,) in await self._lately((account, workflow), read)]

    def uploaded(self, account: str, content_hash: str, file_id: str, now: float) -> None:
        """A file with this content is known upstream as `file_id`."""
        self._post(
            "INSERT INTO uploads VALUES (?, ?, ?, ?)"
            " ON CONFLICT (account, hash) DO UPDATE SET file_id = excluded.file_id, at = excluded.at",
            (account, content_hash, file_id, now),
        )

    async def upload(self, account: str, content_hash: str) -> str | None:
        """The file id a content was uploaded as, if it was."""
        rows = await self._store.read(
            "SELECT file_id FROM uploads WHERE account = ? AND hash = ?", (account, content_hash)
        )
        return rows[0][0] if rows else None

    async def _lately(self, key: Hashable, read: Callable[[], Awaitable[Rows]]) -> Rows:
        """Return what was read within the last `JournalStore.keeps` seconds, else read it."""
        now = self._machine.uptime()
        kept = self._kept.get(key)
        if kept is not None and self._is_fresh(kept[0], now):
            return kept[1]
        rows = await read()
        self._kept.pop(key, None)  # What was read first comes first.
        for old in [*takewhile(lambda old: not self._is_fresh(self._kept[old][0], now), self._kept)]:
            del self._kept[old]
        self._kept[key] = now, rows
        return rows

    def _is_fresh(self, read_at: float, now: float) -> bool:
        return 0 <= now - read_at < self._store.keeps
