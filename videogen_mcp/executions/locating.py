"""Which project an export or an edit is of, where it was not started from here: VideoGen finds it by that only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from videogen_mcp.api.errors import NotFound
from videogen_mcp.api.operations import LIST_PROJECTS
from videogen_mcp.executions.journal import Journal
from videogen_mcp.executions.kinds import Handle
from videogen_mcp.executions.timing import LIST_PAGE

if TYPE_CHECKING:
    from videogen_mcp.calls.upstream import Upstream

NEWEST = 10
"""Projects of the journal, and as many of the account, whose lists are read: an id that somebody has is of these
days."""


async def project_of(handle: Handle, upstream: Upstream, journal: Journal) -> str | None:
    """Return the project that lists an execution, looked for among those of broken submits that may have started it,
    the journal's, and the account's newest; None where none of them does. Raises VideoGenError."""
    doubtful = [entry for entry in reversed(await journal.doubtful(upstream.account)) if entry.kind == handle.kind.name]
    entries = [*doubtful, *await journal.recent(upstream.account, NEWEST)]
    ours = list(dict.fromkeys(entry.project_id for entry in entries if entry.project_id is not None))
    found = await _listing(handle, ours, upstream)
    if found is not None:
        return found
    return await _listing(handle, [one for one in await _newest(upstream) if one not in ours], upstream)


async def _listing(handle: Handle, projects: Iterable[str], upstream: Upstream) -> str | None:
    """Return the first project that lists the execution."""
    if (page_of := handle.kind.page) is None:
        return None
    for project_id in projects:
        try:
            page = await page_of(upstream.client, project_id, LIST_PAGE, None)
        except NotFound:
            continue  # It is gone, and with it what it listed.
        if any(state.execution_id == handle.execution_id for state in page.items):
            return project_id
    return None


async def _newest(upstream: Upstream) -> list[str]:
    from videogen_mcp.api.client import paging
    from videogen_mcp.api.parsing import page  # With the first question: hosts measure how fast the tools are listed.
    from videogen_mcp.api.project_models import Project

    listed = await upstream.client.call(LIST_PROJECTS, page(Project, "projects"), params=paging(NEWEST, None))
    return [project.project_id for project in listed.items]
