"""What any shared database can do, whichever engine it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

Rows = list[tuple[Any, ...]]
Hearer = Callable[[Sequence[str]], None]
"""Called with what was told, without waiting; with nothing when something may have been missed: read again."""


class DatabaseUnavailable(Exception):
    """The database cannot be used now; later it may work again. The message is for callers, the reason is in the log.

    Where it is raised by the end of a transaction, nobody knows whether that was carried out.
    """


class Session(Protocol):
    """Statements of SQLite's dialect, with marks `?` in order or `?1` by number (`sql.for_postgres`)."""

    async def rows(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a query. Raises DatabaseUnavailable."""
        ...

    async def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement and return how many rows it changed. Raises DatabaseUnavailable."""
        ...


class Database(Session, Protocol):
    """A database that several processes use. Every statement ends within seconds, and no cancellation breaks one."""

    @property
    def notice(self) -> str | None:
        """What is wrong with it for now, and what to do; None when all is well."""
        ...

    @property
    def hears(self) -> bool:
        """Whether what other processes tell is heard; where it is not, who waits for it must read now and then."""
        ...

    def exclusive(self, name: str) -> AbstractAsyncContextManager[Session]:
        """Open a transaction that runs alone among all transactions of that name; an exception undoes it.

        Raises DatabaseUnavailable.
        """
        ...

    async def now(self) -> float:
        """Return the database's own time, in Unix seconds. Raises DatabaseUnavailable."""
        ...

    def tell(self, topic: str, *words: str) -> None:
        """Let every process that hears the topic know soon, this one too; words have no white space.

        Words may be told several at once, and get lost while the database is away: hearers then read again.
        """
        ...

    def hear(self, topic: str, hearer: Hearer) -> None:
        """Call `hearer` from now on with what any process tells about the topic."""
        ...

    def attend(self, wanted: bool) -> None:
        """Say whether this process wants to hear anything now, which at first it does not. What is told meanwhile may
        never be heard: read when it begins to matter."""
        ...
