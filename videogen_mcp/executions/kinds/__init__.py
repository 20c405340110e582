"""The kinds of executions, and what differs between them.

Runner, poller, journal, recovery and messages are the same for all kinds and never ask which one it is. A kind is a
declaration: how its executions are submitted, polled, cancelled, listed and turned into files.
"""

from __future__ import annotations

from videogen_mcp.executions.kinds.kind import Begun, Handle, Kind, Kinds, Started
from videogen_mcp.executions.kinds.library import ASSISTANT_MESSAGE, URL_IMPORT
from videogen_mcp.executions.kinds.projects import PROJECT_EDIT, PROJECT_EXPORT, TIMELINE
from videogen_mcp.executions.kinds.tools import TOOL_EXECUTION, WORKFLOW_RUN

__all__ = [
    "ALL_KINDS",
    "PROJECT_EDIT",
    "PROJECT_EXPORT",
    "TOOL_EXECUTION",
    "WORKFLOW_RUN",
    "Begun",
    "Handle",
    "Kind",
    "Kinds",
    "Started",
]

ALL_KINDS = Kinds((TOOL_EXECUTION, WORKFLOW_RUN, PROJECT_EXPORT, PROJECT_EDIT, TIMELINE, URL_IMPORT, ASSISTANT_MESSAGE))
