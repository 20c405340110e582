"""The tools of each toolset, in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import get_args

from videogen_mcp.clock import Clock
from videogen_mcp.executions.history import History
from videogen_mcp.executions.runner import Runner
from videogen_mcp.media.downloads import Downloads
from videogen_mcp.settings import Dialect, Toolset
from videogen_mcp.tools.base import Tool
from videogen_mcp.tools.cache import Caches
from videogen_mcp.tools.catalogue import catalogue_tools
from videogen_mcp.tools.distant_files import distant_file_tools
from videogen_mcp.tools.entities import entity_tools
from videogen_mcp.tools.executions import execution_tools
from videogen_mcp.tools.files import file_tools, local_file_tools
from videogen_mcp.tools.projects import project_tools
from videogen_mcp.tools.texts import text_tools
from videogen_mcp.tools.webhooks import NOWHERE, Receiving, webhook_tools
from videogen_mcp.tools.workflows import workflow_tools
from videogen_mcp.workflows import workflows_of


def tools_by_toolset(
    dialect: Dialect,
    runner: Runner,
    history: History,
    downloads: Downloads | None,
    caches: Caches,
    clock: Clock,
    receiving: Receiving = NOWHERE,
) -> Iterator[tuple[Toolset, Tool]]:
    """Yield every tool that an API of this dialect has: those of the toolset's workflows, then the others.

    `downloads` is None where local files are out of reach; `receiving` is this server as a receiver of webhooks.
    """
    media = runner.media
    others: Mapping[Toolset, Callable[[], list[Tool]]] = {
        "videos": project_tools,
        "executions": partial(execution_tools, runner.follower, history, local_files=downloads is not None),
        "files": lambda: [
            *(local_file_tools(media, downloads) if downloads is not None else distant_file_tools(media)),
            *file_tools(media, clock, runner.journal),
        ],
        "catalogue": partial(catalogue_tools, caches),
        "entities": partial(entity_tools, media, caches),
        "editor": text_tools,
        "webhooks": partial(webhook_tools, receiving, over_http=downloads is None),
    }
    for toolset in get_args(Toolset):
        workflows = workflows_of(dialect, toolset)
        for tool in workflow_tools(runner, workflows, caches, local_files=downloads is not None):
            yield toolset, tool
        for tool in others[toolset]() if toolset in others else ():
            if dialect == "auto" or dialect in tool.eras:
                yield toolset, tool
