"""What executions start themselves: VideoGen's assistant begins runs and edits, which cost as much as any other."""

from __future__ import annotations

import logging
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

import anyio

from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.clock import Clock
from videogen_mcp.executions.journal import Entry, Journal
from videogen_mcp.executions.kinds import Handle, Kinds
from videogen_mcp.executions.recovery import ids_of
from videogen_mcp.executions.timing import DELIVERY_TIMEOUT, LIST_PAGE

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution
    from videogen_mcp.calls.upstream import Upstream

log = logging.getLogger(__name__)

EDITS, RUN = "edit_project", "finished_video"
"""What they are called: edits as the tool that makes them, a run as its type, or so where it says none."""


class Found(NamedTuple):
    """An execution that another one has started, and the workflow that it is of."""

    handle: Handle
    workflow: str


async def started_by(
    state: Execution, origin: Entry | None, upstream: Upstream, journal: Journal, kinds: Kinds, clock: Clock
) -> str | None:
    """Return the id of what an execution that succeeded has started; None where nothing is known of any. `origin` is
    its row, if it has one.

    It is journaled, so that it is listed, and waited for by every process. Edits of one project are one execution.
    """
    if state.generation_id is None and (origin is None or kinds.named(origin.kind).starts is None):
        return None
    key = f"{origin.key if origin is not None else state.execution_id}.started"
    if (known := await journal.entry(key)) is not None:
        return known.execution_id
    try:
        with anyio.fail_after(DELIVERY_TIMEOUT):
            found = await _found(state, origin, upstream, journal, kinds)
    except (VideoGenError, TimeoutError) as error:
        log.warning("what %s has started is not known: %s", state.execution_id, error)
        return state.generation_id
    if found is None:
        return None
    handle = found.handle
    journal.found(
        key,
        handle.execution_id,
        account=upstream.account,
        workflow=found.workflow,
        label=origin.label if origin is not None else "",
        subject=origin.subject if origin is not None else None,
        kind=handle.kind.name,
        project_id=handle.project_id,
        project_url=handle.project_url,
        actions=handle.actions,
        now=clock.time(),
    )
    return handle.execution_id


async def _found(
    state: Execution, origin: Entry | None, upstream: Upstream, journal: Journal, kinds: Kinds
) -> Found | None:
    """Return the run that a reply names, else the edits of its project that it names, else those that are new since it
    was asked for and that nobody here has started. Raises VideoGenError."""
    if state.generation_id is not None:
        handle = Handle(kinds.of(state.generation_id), state.generation_id, state.project_id, state.project_url)
        run = await handle.kind.poll(upstream.client, handle, True)
        return Found(handle, (run.tool_type or RUN).lower())
    kind = kinds.named(origin.kind).starts if origin is not None else None
    text = state.text or ""
    names = kind is not None and any(prefix in text for prefix in kind.prefixes)
    if origin is None or kind is None or kind.page is None or (origin.listed is None and not names):
        return None
    before = set(origin.listed or ())
    page = await kind.page(upstream.client, origin.project_id, LIST_PAGE, None)
    since = list(takewhile(lambda edit: edit.execution_id not in before, page.items))
    ours = ids_of(await journal.known(upstream.account, [edit.execution_id for edit in since]))
    new = [edit for edit in reversed(since) if edit.execution_id not in ours]
    named = [edit for edit in new if edit.execution_id in text]
    new = named or (new if origin.listed is not None else [])
    if not new:
        return None
    actions = tuple(edit.execution_id for edit in new)
    return Found(Handle(kind, actions[0], origin.project_id, new[0].project_url, actions), EDITS)
