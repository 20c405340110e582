"""Tools for executions that are already running, and for those that got lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from videogen_mcp.calls.call import Call, Purpose
from videogen_mcp.calls.replies import ANSWER_SCHEMA, ASSISTANT_ANSWER_SCHEMA, Reply
from videogen_mcp.executions.follower import Follower
from videogen_mcp.executions.history import History
from videogen_mcp.executions.history_rows import Wanted
from videogen_mcp.tools.annotations import READING, REMOVING
from videogen_mcp.tools.arguments import Arguments, Limit
from videogen_mcp.tools.base import Tool
from videogen_mcp.workflows.base import TEXT, Identifier
from videogen_mcp.workflows.call_arguments import SaveTo, WaitSeconds
from videogen_mcp.workflows.schema import published
from videogen_mcp.workflows.spellings import VIDEOGEN_ID, identifier, one_word, unfolded

LISTED = 10
"""Rows by default: enough to find the last hours' work, and at most 1.5 kB."""


STATUSES = dict.fromkeys(("pending", "queued", "processing", "open", "in_progress", "active"), "running")
STATUSES |= dict.fromkeys(("done", "finished", "completed", "complete", "success", "successful"), "succeeded")
STATUSES |= dict.fromkeys(("error", "errors", "failure"), "failed") | {"canceled": "cancelled", "any": "all"}
"""Other words for the statuses."""

MOST_AT_ONCE = 20
"""Executions that one call waits for: as many links as one answer has."""


def _ids(value: object) -> object:
    """Return the ids that a list or a text names, each once."""
    value = unfolded(value) if isinstance(value, str) else value
    if isinstance(value, str):
        whole = identifier(value)
        parts = [part for part in re.split(r"[,;\s]+", value.strip()) if part.casefold() not in ("", "and")]
        value = [whole] if re.fullmatch(VIDEOGEN_ID, str(whole)) or not parts else parts
    elif isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, list):
        return value
    ids = [identifier(one) for one in value]
    return list(dict.fromkeys(ids)) if all(isinstance(one, str) for one in ids) else ids


ExecutionIds = Annotated[list[Identifier], Field(min_length=1, max_length=MOST_AT_ONCE), BeforeValidator(_ids), TEXT]


class Wait(Arguments):
    """Arguments of wait_for_execution."""

    execution_id: ExecutionIds = Field(description="One id, or several separated by commas.")
    save_to: SaveTo | None = Field(None, description="Folder (ends with /) or file name; later waits keep it.")
    wait_seconds: WaitSeconds | None = Field(
        None, description="0 to 600; 0 polls once. Default: as long as the host allows."
    )


class List(Arguments):
    """Arguments of list_executions."""

    status: Annotated[Wanted, one_word(**STATUSES)] = "all"
    limit: Limit = LISTED


class Cancel(Arguments):
    """Arguments of cancel_execution."""

    execution_id: Identifier


ONE_OR_SEVERAL: dict[str, Any] = {
    **ASSISTANT_ANSWER_SCHEMA,
    "properties": {
        **ASSISTANT_ANSWER_SCHEMA["properties"],
        "executions": {"type": "array", "items": {"type": "object"}},
    },
}
"""What wait_for_execution publishes: the answer about one execution, or those about several."""


def execution_tools(follower: Follower, history: History, *, local_files: bool = True) -> list[Tool]:
    """Return wait_for_execution, list_executions and cancel_execution. `local_files`: whether results can be saved."""

    def waiting() -> dict[str, Any]:
        schema = published(Wait)
        if not local_files:
            del schema["properties"]["save_to"]
        return schema

    async def wait(arguments: Wait, call: Call) -> Reply:
        if len(arguments.execution_id) > 1:
            return await follower.follow_all(arguments.execution_id, call, arguments.save_to)
        return await follower.follow(arguments.execution_id[0], call, arguments.save_to)

    async def show(arguments: List, call: Call) -> Reply:
        return await history.show(arguments.limit, call, arguments.status)

    async def cancel(arguments: Cancel, call: Call) -> Reply:
        return await follower.cancel(arguments.execution_id, call)

    async def late(arguments: Wait | Cancel, call: Call) -> Reply:
        return await follower.late(call)

    return [
        Tool(
            Purpose("wait_for_execution", follows=True),
            title="Wait for execution",
            description="Go on waiting for executions that still run, with progress, and get their files. Takes any"
            " execution id of this account: of files, videos, edits, exports.",
            arguments=Wait,
            handler=wait,
            annotations=READING,
            schema=waiting,
            output_schema=ONE_OR_SEVERAL,
            late=late,
            gives_files=True,
        ),
        Tool(
            Purpose("list_executions"),
            title="List executions",
            description="Executions of this account, newest first; what still runs or was not delivered before the"
            " others. Finds what a cancelled call or a crash left behind.",
            arguments=List,
            handler=show,
            annotations=READING,
        ),
        Tool(
            Purpose("cancel_execution", "changed", follows=True),
            title="Cancel execution",
            description="Stop a running execution and tell what became of it: cancelled (what was done may be"
            " billed), or already finished.",
            arguments=Cancel,
            handler=cancel,
            annotations=REMOVING,
            output_schema=ANSWER_SCHEMA,
            late=late,
            gives_files=True,
        ),
    ]
