"""Executions for clients that poll them by themselves (MCP Tasks): the same calls, none of which waits."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import anyio

from videogen_mcp.api.errors import NotFound
from videogen_mcp.calls.call import Call, Caller, Purpose
from videogen_mcp.calls.replies import Reply
from videogen_mcp.calls.upstream import Account
from videogen_mcp.executions.follower import Follower
from videogen_mcp.executions.kinds import Begun
from videogen_mcp.executions.schedule import FIRST
from videogen_mcp.executions.timing import LOOK_KEPT, UNKNOWN_TYPICAL
from videogen_mcp.tools.base import Action, Tools

if TYPE_CHECKING:
    from videogen_mcp.clock import Clock

STATUSES = {"running": "working", "cancelled": "cancelled"}
"""Of executions, as tasks have them. All others are what a call would be answered with, and so the end of its task."""

NOTHING_TO_CANCEL = ("not_supported", "not_found")
"""Codes of our refusals to cancel: the task is what it is, and its client sees by polling what comes of it."""


@dataclass(frozen=True)
class Look:
    """How a task stands, seen at the Unix time `at`.

    `reply` is the answer to its call where that has one. `more` is what else the protocol wants for a status. It may
    have changed `poll_after` seconds later.
    """

    status: str
    message: str
    at: float
    poll_after: float = FIRST
    reply: Reply | None = None
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Kept:
    """The last look at one execution. The lock is held while it is taken."""

    lock: anyio.Lock = field(default_factory=anyio.Lock)
    look: Look | None = None
    taken: float = 0.0


@dataclass(frozen=True)
class ExecutionTasks:
    """Begins executions, and tells clients that poll how these stand."""

    tools: Tools
    follower: Follower
    clock: Clock
    _kept: dict[tuple[Account, Begun], _Kept] = field(default_factory=dict)

    async def begin(
        self, name: str, arguments: dict[str, Any], caller: Caller, arrived: float | None = None
    ) -> tuple[Reply, Begun | None]:
        """Carry out a call as `Tools.call` does, without waiting for its execution: return the answer, and what it has
        begun that is to be polled."""
        reply = await self.tools.call(name, arguments, replace(caller, polls=True), arrived)
        if reply.begun is None:
            return reply, None
        entry = await self.follower.journal.find(caller.account.name, reply.begun)
        handle = self.follower.kinds.handle(reply.begun, entry)
        return reply, Begun(
            handle.kind.name, reply.begun, name, int(self.clock.time()), handle.project_id, handle.actions
        )

    async def look(self, begun: Begun, caller: Caller) -> Look:
        """Return how an execution stands, as the service said within the last LOOK_KEPT seconds."""
        self._forget()
        kept = self._kept.setdefault((caller.account, begun), _Kept())
        async with kept.lock:
            if kept.look is None or self._is_old(kept):
                kept.look = await self._look(begun, caller)
                kept.taken = self.clock.monotonic()
            return kept.look

    async def cancel(self, begun: Begun, caller: Caller) -> str | None:
        """Ask for an end of an execution; what cannot be cancelled, has ended or is gone stays as it is. Return why the
        service could not be asked; None when it was."""

        async def cancel(_: None, call: Call) -> Reply:
            with suppress(NotFound):  # The client polls, and is told then what the service says.
                await self.follower.cancel(begun.execution_id, call, begun)
            return Reply("", {})

        purpose = Purpose("cancel_execution", "changed", follows=True, teaches=False)
        reply = await self.tools.carry_out(Action(purpose, cancel), caller)
        self._kept.pop((caller.account, begun), None)
        return reply.text if reply.is_error and reply.structured["error"]["code"] not in NOTHING_TO_CANCEL else None

    async def update(self, begun: Begun, responses: dict[str, Any]) -> None:
        """Take in what a client answers: no execution asks for anything."""

    # -- the steps ---------------------------------------------------------------------------------------------------

    async def _look(self, begun: Begun, caller: Caller) -> Look:
        tool = self.tools.by_name.get(begun.workflow)
        declared = getattr(tool.arguments, "typical_seconds", None) if tool is not None else None
        poll_after = FIRST

        async def poll(_: None, call: Call) -> Reply:
            nonlocal poll_after
            reply, poll_after = await self.follower.look(begun, call, declared or UNKNOWN_TYPICAL)
            return reply

        async def late(_: None, call: Call) -> Reply:
            return await self.follower.late(call)

        purpose = Purpose(begun.workflow, follows=True, teaches=False)
        reply = await self.tools.carry_out(Action(purpose, poll, late), caller)
        status = STATUSES.get(str(reply.structured["status"]), "completed")
        return Look(
            status,
            status_message(reply, begun),
            self.clock.time(),
            max(poll_after, LOOK_KEPT),
            reply if status != "working" else None,
        )

    def _is_old(self, kept: _Kept) -> bool:
        return self.clock.monotonic() - kept.taken >= LOOK_KEPT

    def _forget(self) -> None:
        for key, kept in list(self._kept.items()):
            if not kept.lock.locked() and self._is_old(kept):
                del self._kept[key]


def status_message(reply: Reply, begun: Begun) -> str:
    """Return how an execution stands in a line: people see it while they wait, and models may."""
    told = reply.structured
    if told.get("status") != "running":
        return reply.text.partition("\n")[0]
    percent = told.get("progress_percentage")
    parts = ["running" if percent is None else f"{percent:.0f} %", f"{told.get('elapsed_seconds') or 0:.0f} s"]
    line = " · ".join((begun.workflow, *parts, f"execution {begun.execution_id}"))
    return f"{line}. {told['note']}" if "note" in told else line
