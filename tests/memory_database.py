"""A shared database in memory, on the clock of the event loop: its statements are really carried out."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from videogen_mcp.clock import Clock
from videogen_mcp.database.database import DatabaseUnavailable, Hearer, Rows, Session
from videogen_mcp.database.sql import teach_sqlite


class Memory(AbstractContextManager["Memory"]):
    """One database. `away`: it answers nobody. Each process uses it through a `Client` of its own."""

    def __init__(self, clock: Clock, tables: Sequence[str] = ()) -> None:
        self.clock = clock
        self.away = False
        self.statements: Counter[str] = Counter()
        """How many were carried out, by their first three words."""
        self.clients: list[Client] = []
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        teach_sqlite(self.db, clock.time)
        for statement in tables:
            self.db.execute(statement)

    def __exit__(self, *_: object) -> None:
        self.db.close()

    def client(self) -> Client:
        """Return the database as one process has it."""
        client = Client(self)
        self.clients.append(client)
        return client

    def execute(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        if self.away:
            raise DatabaseUnavailable("it is away")
        self.statements[" ".join(sql.split()[:3])] += 1
        return self.db.execute(sql, values)


@dataclass(eq=False)
class Client:
    """The database of one process, with the means of `Database`."""

    memory: Memory
    away: bool = False
    """It does not answer this process."""
    notice: str | None = None
    hears: bool = True
    attends: bool = False
    hearers: dict[str, list[Hearer]] = field(default_factory=dict)

    async def rows(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        return self._execute(sql, values).fetchall()

    async def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        return max(self._execute(sql, values).rowcount, 0)

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncIterator[Session]:
        """Nothing else runs meanwhile: no statement waits for anything."""
        if self.memory.away or self.away:
            raise DatabaseUnavailable("it is away")
        yield self

    async def now(self) -> float:
        return self.memory.clock.time()

    def tell(self, topic: str, *words: str) -> None:
        if not self.memory.away and not self.away:
            for client in self.memory.clients:
                if client.hears and client.attends and not client.away:
                    for hearer in client.hearers.get(topic, ()):
                        hearer(words)

    def hear(self, topic: str, hearer: Hearer) -> None:
        self.hearers.setdefault(topic, []).append(hearer)

    def attend(self, wanted: bool) -> None:
        self.attends = wanted

    def _execute(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        if self.away:
            raise DatabaseUnavailable("it is away")
        return self.memory.execute(sql, values)
