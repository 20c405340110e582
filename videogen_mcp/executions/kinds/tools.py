"""Executions of single tools, and runs of workflows that make finished videos.

Models of the API are imported when the first call needs them: hosts measure how fast the tools are listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from videogen_mcp.api import operations
from videogen_mcp.api.operations import submit_at
from videogen_mcp.executions.kinds.kind import Handle, Kind, Started

if TYPE_CHECKING:
    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.api.models import Execution, Page


async def _submit_tool(client: VideoGen, path: str, body: Mapping[str, Any]) -> Started:
    return Started(await client.start(path, body))


TOOL_EXECUTION = Kind(
    name="tool_execution",
    prefixes=("vg_tool_", "vg_exec_"),
    submit=_submit_tool,
    poll=lambda client, handle, retry: client.execution(handle.execution_id, retry=retry),
    get=operations.GET_EXECUTION,
    cancel=lambda client, handle: client.cancel(handle.execution_id),
    listing=operations.LIST_EXECUTIONS,
    page=lambda client, _, limit, cursor: client.executions(limit=limit, cursor=cursor, self_only=True),
    types=frozenset(
        {
            "generate_image",
            "generate_video_clip",
            "text_to_speech",
            "generate_sound_effect",
            "generate_music",
            "generate_motion_graphic",
            "generate_avatar_clip",
            "vectorize_image",
            "remove_image_background",
            "upscale_image",
            "image_3d_effect",
            "remove_video_background",
            "upscale_video",
        }
    ),
)


async def _submit_run(client: VideoGen, path: str, body: Mapping[str, Any]) -> Started:
    from videogen_mcp.api.parsing import one
    from videogen_mcp.api.project_models import StartedRun

    operation, ids = submit_at(path)
    run = await client.submit(operation, one(StartedRun), *ids, payload=body)
    return Started(run.workflow_run_id, run.project_id, run.project_url)


async def _poll_run(client: VideoGen, handle: Handle, retry: bool) -> Execution:
    from videogen_mcp.api.parsing import one
    from videogen_mcp.api.project_models import WorkflowRun

    return (await client.call(operations.GET_RUN, one(WorkflowRun), handle.execution_id, retry=retry)).state()


async def _cancel_run(client: VideoGen, handle: Handle) -> None:
    from videogen_mcp.api.parsing import json_object

    await client.call(operations.CANCEL_RUN, json_object, handle.execution_id)


async def _page_of_runs(client: VideoGen, project_id: str | None, limit: int, cursor: str | None) -> Page[Execution]:
    from videogen_mcp.api.client import paging
    from videogen_mcp.api.parsing import page
    from videogen_mcp.api.project_models import WorkflowRun

    params = {**paging(limit, cursor), "selfOnly": "true"}
    return (await client.call(operations.LIST_RUNS, page(WorkflowRun, "workflowRuns"), params=params)).map(
        WorkflowRun.state
    )


WORKFLOW_RUN = Kind(
    name="workflow_run",
    prefixes=("vg_work_",),
    submit=_submit_run,
    poll=_poll_run,
    get=operations.GET_RUN,
    cancel=_cancel_run,
    listing=operations.LIST_RUNS,
    page=_page_of_runs,
    types=frozenset(
        {
            "script_to_video",
            "voiceover_to_video",
            "slideshow_to_video",
            "storyboard_to_video",
            "prompt_to_video_clip",
        }
    ),
)
"""What the service calls a run of video_to_video is not documented (contract notes, section 15)."""
