"""MCP Tasks (`io.modelcontextprotocol/tasks`, its specification of 2026-07-28): what runs is answered with a task,
which its client polls.

Today's wire only, and for clients that say with the request that they take tasks. There is no store: a task's id says
what it is (`task_ids`), and whoever has the keys answers for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mcp import MCPError
from mcp.server.mcpserver import require_client_extension
from mcp_types import HEADER_MISMATCH, INTERNAL_ERROR, INVALID_PARAMS

from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply, timestamp
from videogen_mcp.executions.kinds import Begun
from videogen_mcp.protocol.handlers import TASKS, Context, result
from videogen_mcp.protocol.task_ids import TTL, TaskIds, UnknownTask
from videogen_mcp.tools.tasks import Look, status_message

MILLISECONDS = 1_000


class Source(Protocol):
    """Has the tasks; `tools.tasks.ExecutionTasks` does."""

    async def begin(
        self, name: str, arguments: dict[str, Any], caller: Caller, arrived: float | None = None
    ) -> tuple[Reply, Begun | None]:
        """Carry out a call: return its answer, and what it has begun that is to be polled instead."""
        ...

    async def look(self, begun: Begun, caller: Caller) -> Look:
        """Return how that stands."""
        ...

    async def cancel(self, begun: Begun, caller: Caller) -> str | None:
        """Ask for an end of it; return why that could not be asked for."""
        ...

    async def update(self, begun: Begun, responses: dict[str, Any]) -> None:
        """Take in what the client answers to `inputRequests`."""
        ...


@dataclass(frozen=True)
class Tasks:
    """Answers calls with tasks, and what is asked about these. `caller` tells who makes a request; `expect` hears of
    every reply that goes to a client."""

    source: Source
    ids: TaskIds
    caller: Callable[[Context], Caller]
    expect: Callable[[Context, Reply], None]

    async def call(
        self, context: Context, name: str, arguments: dict[str, Any], arrived: float
    ) -> tuple[Reply, dict[str, Any] | None]:
        """Carry out a tool call: return its answer, and the task that is answered instead, if there is one."""
        caller = self.caller(context)
        reply, begun = await self.source.begin(name, arguments, caller, arrived)
        if begun is None:
            return reply, None
        look = Look("working", status_message(reply, begun), begun.at)
        return reply, {"resultType": "task", **_task(self.ids.seal(begun, caller.account), begun, look)}

    async def answer(self, context: Context) -> dict[str, Any]:
        """Answer tasks/get, tasks/update or tasks/cancel. Raises MCPError."""
        require_client_extension(context, TASKS)
        caller, params = self.caller(context), context.params or {}
        task_id = _task_id(context, params)
        try:
            begun = self.ids.open(task_id, caller.account)
        except UnknownTask as unknown:
            raise MCPError(INVALID_PARAMS, str(unknown)) from None
        if context.method == "tasks/get":
            return await self._get(context, task_id, begun, caller)
        if context.method == "tasks/cancel":
            trouble = await self.source.cancel(begun, caller)
            if trouble is not None:
                raise MCPError(INTERNAL_ERROR, trouble)
        else:
            responses = params.get("inputResponses")
            if not isinstance(responses, dict):
                raise MCPError(INVALID_PARAMS, "inputResponses is an object: the answer to each of inputRequests")
            await self.source.update(begun, responses)
        return {}

    async def _get(self, context: Context, task_id: str, begun: Begun, caller: Caller) -> dict[str, Any]:
        look = await self.source.look(begun, caller)
        answer = {**_task(task_id, begun, look), **look.more}
        if look.reply is not None:
            self.expect(context, look.reply)
            if look.status == "completed":
                inlined = result(look.reply).model_dump(by_alias=True, mode="json", exclude_none=True)
                answer["result"] = inlined
        return answer


def _task_id(context: Context, params: Mapping[str, Any]) -> str:
    """Return the id that a request is about. Raise MCPError where it has none, or another one in its header.

    Without the header it is answered all the same: fastmcp-tasks 4.1 sends none, and no balancer here reads it.
    """
    task_id = params.get("taskId")
    if not isinstance(task_id, str):
        raise MCPError(INVALID_PARAMS, "taskId is the text that the task came with")
    header = context.request.headers.get("mcp-name") if context.request is not None else None
    if header is not None and header.strip() != task_id:
        raise MCPError(HEADER_MISMATCH, "Mcp-Name is not the taskId of this request")
    return task_id


def _task(task_id: str, begun: Begun, look: Look) -> dict[str, Any]:
    return {
        "taskId": task_id,
        "status": look.status,
        "statusMessage": look.message,
        "createdAt": timestamp(begun.at),
        "lastUpdatedAt": timestamp(look.at),
        "ttlMs": TTL * MILLISECONDS,
        "pollIntervalMs": math.ceil(look.poll_after * MILLISECONDS),
    }
