"""What a poller has in common with the pollers of its account in other processes."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from videogen_mcp.api.limits import Group, RateLimit
    from videogen_mcp.api.models import Execution
    from videogen_mcp.executions.kinds import Handle
    from videogen_mcp.executions.polled import Polled


class Polling(Protocol):
    """A poller, as those see it who have it poll for other processes."""

    def join(self, handle: Handle, *, began: float, typical: tuple[float, float], known: bool, certain: bool) -> Polled:
        """Begin to poll an execution, or join those who wait for it."""
        ...

    def leave(self, polled: Polled) -> None:
        """End what `join` began; the last to leave ends the polling."""
        ...

    def take_shared(self, polled: Polled, state: Execution, at: float, *, over: bool) -> None:
        """Take in what another process saw, at a monotonic time of this one; `over` as it was there."""
        ...


class Sharing(Protocol):
    """Decides which of an account's pollers polls, and when its requests are sent."""

    shared: bool
    """Whether there may be other processes: then who wants a state asks for it here instead of polling."""

    def attach(self, poller: Polling) -> None:
        """Hand in the poller that shares; before everything else."""
        ...

    def joined(self, polled: Polled) -> None:
        """A call of this process waits for an execution that none has waited for here."""
        ...

    def left(self, polled: Polled) -> None:
        """The last call of this process that waited for it has left."""
        ...

    def asking(self, polled: Polled) -> AbstractContextManager[None]:
        """Have it polled now by whoever polls the account, unless somebody has just done so; inside, one waits for
        that alone."""
        ...

    def leads(self, polled: Polled) -> bool:
        """Return whether this process polls it."""
        ...

    async def lead(self, polled: Polled) -> None:
        """Return as soon as this process polls it."""
        ...

    async def turn(self, group: Group, requests: int = 1) -> None:
        """Return when so many requests of a group of operations may be sent."""
        ...

    def answered(self, group: Group, limit: RateLimit | None) -> None:
        """Take in what is left of the hour, as a response said."""
        ...

    def refused(self, group: Group, retry_after: float | None) -> None:
        """Take in a 429, and after how many seconds the service wants to be asked again."""
        ...

    def took(self, polled: Polled) -> None:
        """A poll of this process brought something."""
        ...


class Alone:
    """There is no other process: this one polls, and paces itself."""

    shared = False

    def attach(self, poller: Polling) -> None:
        """Nothing is to be handed to it."""

    def joined(self, polled: Polled) -> None:
        """Nobody needs to know."""

    def left(self, polled: Polled) -> None:
        """Nobody needs to know."""

    def asking(self, polled: Polled) -> AbstractContextManager[None]:
        """Nobody is to be asked."""
        return nullcontext()

    def leads(self, polled: Polled) -> bool:
        """Return True."""
        return True

    async def lead(self, polled: Polled) -> None:
        """Return at once."""

    async def turn(self, group: Group, requests: int = 1) -> None:
        """Return at once."""

    def answered(self, group: Group, limit: RateLimit | None) -> None:
        """Nobody needs to know."""

    def refused(self, group: Group, retry_after: float | None) -> None:
        """Nobody needs to know."""

    def took(self, polled: Polled) -> None:
        """Nobody needs to know."""


ALONE = Alone()
