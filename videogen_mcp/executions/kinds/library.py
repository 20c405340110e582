"""URL imports, and replies of the assistant.

Models of the API are imported when the first call needs them: hosts measure how fast the tools are listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from videogen_mcp.api import operations
from videogen_mcp.api.operations import submit_at
from videogen_mcp.executions.kinds.kind import Handle, Kind, Started
from videogen_mcp.executions.kinds.projects import PROJECT_EDIT

if TYPE_CHECKING:
    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.api.models import Execution


async def _submit_import(client: VideoGen, path: str, body: Mapping[str, Any]) -> Started:
    from videogen_mcp.api.library_models import StartedImport
    from videogen_mcp.api.parsing import one

    started = await client.submit(operations.IMPORT_URL, one(StartedImport), payload=body)
    return Started(started.file_import_id)


async def _poll_import(client: VideoGen, handle: Handle, retry: bool) -> Execution:
    from videogen_mcp.api.library_models import UrlImport
    from videogen_mcp.api.parsing import one

    return (await client.call(operations.GET_IMPORT, one(UrlImport), handle.execution_id, retry=retry)).state()


URL_IMPORT = Kind(
    name="url_import",
    prefixes=("vg_fimp_",),
    submit=_submit_import,
    poll=_poll_import,
    get=operations.GET_IMPORT,
    cannot_cancel="VideoGen cannot cancel imports",
)
"""VideoGen documents no prefix of their ids; the one here is the sandbox's."""


async def _submit_message(client: VideoGen, path: str, body: Mapping[str, Any]) -> Started:
    from videogen_mcp.api.library_models import StartedMessage
    from videogen_mcp.api.parsing import one

    operation, ids = submit_at(path)
    started = await client.submit(operation, one(StartedMessage), *ids, payload=body)
    return Started(started.message_id, started.project_id, started.project_url)


async def _poll_message(client: VideoGen, handle: Handle, retry: bool) -> Execution:
    from videogen_mcp.api.library_models import AssistantMessage
    from videogen_mcp.api.parsing import one

    return (await client.call(operations.GET_MESSAGE, one(AssistantMessage), handle.execution_id, retry=retry)).state()


ASSISTANT_MESSAGE = Kind(
    name="assistant_message",
    prefixes=("vg_mesg_", "vg_asms_"),
    submit=_submit_message,
    poll=_poll_message,
    get=operations.GET_MESSAGE,
    cannot_cancel="VideoGen cannot cancel replies of its assistant",
    starts=PROJECT_EDIT,
)
"""The second prefix is the sandbox's. A reply names the run that it starts, but not the edits."""
