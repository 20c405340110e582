"""What the journal asks of the place where its rows are: a file of this machine, or a database of several servers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

from videogen_mcp.database.database import Rows, Session

T = TypeVar("T")


Statement = tuple[str, Sequence[Any]]
"""SQL, and the values of its marks."""


class JournalStore(Protocol):
    """Rows that outlive the process. It never raises for a place that fails, unless told to: then it goes on in memory,
    and what was written is written there later."""

    required: bool
    """Whether nothing may be submitted that cannot be written there."""
    keeps: float
    """Seconds for which what only saves work need not be read again."""

    @property
    def notice(self) -> str | None:
        """What is wrong with the place, and what that means; None when all is well."""
        ...

    @property
    def unwritten(self) -> int:
        """How many statements wait until the place can be written."""
        ...

    def post(self, sql: str, values: Sequence[Any] = (), *, durable: bool = False) -> None:
        """Write something that nobody waits for. What is posted is carried out in order, within milliseconds.

        `durable`: it outlives a power cut, as all that was written before it. What is not may be lost then, and can be
        found again at the service.
        """
        ...

    async def read(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a query, which sees all that was posted before."""
        ...

    def own(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a query among those that this process has written lately."""
        ...

    async def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement, which sees all that was posted before, and return how many rows it changed. That is
        durable."""
        ...

    async def write(
        self, name: str, work: Callable[[Session], Awaitable[T]], *, in_memory: bool = True, durable: bool = True
    ) -> T:
        """Do the work in one transaction that runs alone among those of that name, and return what it returns; what it
        raises undoes it. It sees all that was posted before.

        It may be done twice: again in memory, when the place fails under it. So it changes nothing but rows. With
        `in_memory` False it raises DatabaseUnavailable instead; nobody knows then whether it was done.
        """
        ...

    async def flushed(self) -> None:
        """Return when all that was posted outlives this process, or `notice` says that it does not."""
        ...

    def check(self) -> None:
        """See whether the place is as it was left; one that failed is tried again when it is time."""
        ...

    def close(self) -> None:
        """Write down what is not yet, and close."""
        ...
