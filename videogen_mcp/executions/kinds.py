"""The kinds of executions, and what differs between them.

Runner, poller, journal, recovery and messages are the same for all kinds and never ask which one it is. A kind is a
declaration: how its executions are submitted, polled, cancelled, listed and turned into files.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from videogen_mcp.executions.timing import EXECUTION_GETS_PER_HOUR

if TYPE_CHECKING:
    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.api.dialects import Dialect
    from videogen_mcp.api.limits import Group
    from videogen_mcp.api.models import Execution, Page


class Started(NamedTuple):
    """What the answer to a submit says: the execution's id, and its project's where the service needs both."""

    execution_id: str
    project_id: str | None = None


@dataclass(frozen=True)
class Handle:
    """What it takes to find an execution again."""

    kind: Kind
    execution_id: str
    project_id: str | None = None


@dataclass(frozen=True)
class Kind:
    """One kind of execution. All functions raise VideoGenError.

    `name` stands in the journal, `prefix` begins the ids. `submit` takes the path and the body of a request and returns
    the ids of what it started. `poll` returns the current state, whose `results` are the files once it succeeded;
    without `retry` it asks once. `cancel` asks for an end, best effort (None: cannot be cancelled). `page` lists up to
    `limit` executions of the key's owner, newest first, from a cursor on (None: no list), where the reached API `lists`
    them.
    """

    name: str
    prefix: str
    submit: Callable[[VideoGen, str, Mapping[str, Any]], Awaitable[Started]]
    poll: Callable[[VideoGen, Handle, bool], Awaitable[Execution]]
    cancel: Callable[[VideoGen, Handle], Awaitable[object]] | None = None
    page: Callable[[VideoGen, int, str | None], Awaitable[Page[Execution]]] | None = None
    lists: Callable[[Dialect], bool] = lambda _: False
    poll_group: Group = "execution"
    """Rate-limit group of the polls, as the API client names it."""
    list_group: Group = "executions"
    polls_per_hour: int = EXECUTION_GETS_PER_HOUR

    def listed_by(self, dialect: Dialect) -> bool:
        """Return whether this version of the API lists executions of this kind."""
        return self.page is not None and self.lists(dialect)


async def _submit_tool(client: VideoGen, path: str, body: Mapping[str, Any]) -> Started:
    return Started(await client.start(path, body))


TOOL_EXECUTION = Kind(
    name="tool_execution",
    prefix="vg_tool_",
    submit=_submit_tool,
    poll=lambda client, handle, retry: client.execution(handle.execution_id, retry=retry),
    cancel=lambda client, handle: client.cancel(handle.execution_id),
    page=lambda client, limit, cursor: client.executions(limit=limit, cursor=cursor, self_only=True),
    lists=lambda dialect: dialect.lists_executions,
)


@dataclass(frozen=True)
class Kinds:
    """The kinds that a server knows; the first one is taken where nothing tells which it is."""

    declared: tuple[Kind, ...] = (TOOL_EXECUTION,)

    def named(self, name: str) -> Kind:
        """Return the kind of a name. Raises KeyError."""
        return {kind.name: kind for kind in self.declared}[name]

    def of(self, execution_id: str, journaled: str | None = None) -> Kind:
        """Return the kind of an execution: by its id's prefix, else as the journal has it."""
        for kind in self.declared:
            if execution_id.startswith(kind.prefix):
                return kind
        known = {kind.name: kind for kind in self.declared}
        return known.get(journaled or "", self.declared[0])
