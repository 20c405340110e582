"""From what a request names (file ids, local paths) to the file ids the service takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from videogen_mcp.clock import Clock
from videogen_mcp.executions.calls import Call
from videogen_mcp.executions.failures import Refusal
from videogen_mcp.executions.journal import Journal
from videogen_mcp.executions.runner import Request
from videogen_mcp.settings import Settings

PATH_LIKE = re.compile(r"[/\\~]|^[A-Za-z]:|^file:")


@dataclass(frozen=True)
class MediaResolver:
    """Makes file ids of the media that a request names."""

    settings: Settings
    journal: Journal
    clock: Clock

    async def resolve(self, request: Request, call: Call) -> Mapping[str, str]:
        """value → file id for every value that is not an id itself. Raises Refusal before anything is paid."""
        for one in request.media():
            if PATH_LIKE.search(one.value):
                raise Refusal("local_file_refused", f"{one.argument} takes a file id here", "Use a file id")
        return {}
