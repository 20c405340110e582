"""What was run: the journal's rows, what became of them, and what else the service lists."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from videogen_mcp.api.errors import NotFound, Unauthorized, VideoGenError
from videogen_mcp.calls.call import Call
from videogen_mcp.calls.messages import BAD_KEY, Refusal
from videogen_mcp.calls.replies import Reply, bounded, sentence
from videogen_mcp.clock import Clock
from videogen_mcp.executions.chains import Chains
from videogen_mcp.executions.journal import Journal
from videogen_mcp.executions.kinds import Handle, Kind, Kinds
from videogen_mcp.executions.poller import Pollers
from videogen_mcp.executions.recovery import Search, recover
from videogen_mcp.executions.timing import LIST_PAGE, LONGEST_ASKING, SHARE_FOR_ASKING

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution
    from videogen_mcp.calls.upstream import Upstream
    from videogen_mcp.executions.history_rows import Wanted

log = logging.getLogger(__name__)

POLLED_SINGLY = 10
"""Open rows that are polled one by one where no list tells their state."""


@dataclass
class Findings:
    """What the service said: states by execution id, and what became of broken submits by journal key."""

    states: dict[str, Execution] = field(default_factory=dict)
    searches: dict[str, Search] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    listed: int = 0
    more: bool = False
    """How many executions the lists showed, and whether they have more."""


@dataclass(frozen=True)
class History:
    """Shows the executions of an account, also when the service is away: then from the journal alone. Where it refuses
    the key, nothing is shown."""

    journal: Journal
    pollers: Pollers
    clock: Clock
    chains: Chains
    kinds: Kinds
    alone: bool = True
    """Whether this process alone serves: else nobody cares which one a submit came from."""

    async def show(self, limit: int, call: Call, status: Wanted = "all") -> Reply:
        """Return up to `limit` rows of that status: those of the journal, what still runs or was never delivered first,
        then newest first; where they leave room, what else the service lists."""
        from videogen_mcp.executions import history_rows  # With the first call: listing the tools loads no workflow.

        findings = Findings()
        with call.asking(min(call.remaining() * SHARE_FOR_ASKING, LONGEST_ASKING)) as asking:
            await self._ask(findings, limit if status == "all" else LIST_PAGE, call)
        if asking.cancelled_caught:
            findings.notes.append("The service did not answer in time, so this is what the journal knows.")
        if self.journal.notice:
            findings.notes.append(self.journal.notice)
        entries = await self.journal.recent(call.account, LIST_PAGE)
        makers = await self.journal.makers(call.account)
        rows = [
            history_rows.row(
                entry,
                findings.states.pop(entry.execution_id or "", None),
                findings.searches.get(entry.key),
                makers,
                new=self.alone and self.journal.is_own(entry),
            )
            for entry in entries
        ]
        rows += [history_rows.foreign(state) for state in findings.states.values()]
        rows = [row for row in rows if history_rows.fits(row["status"], status)]
        unread = await self.journal.count(call.account) - len(entries)
        total = len(rows) + (unread if status == "all" else 0)
        at_least = (findings.more and findings.listed >= total) or (unread > 0 and status != "all")
        not_delivered = sum(row.get("delivered") is False for row in rows)
        totals = history_rows.Totals(total, not_delivered, at_least)
        return history_rows.reply(rows[:limit], totals, findings.notes, self.clock.time(), alone=self.alone)

    async def _ask(self, findings: Findings, limit: int, call: Call) -> None:
        """Find broken submits, list, and poll what the list does not show. The journal learns every end."""
        try:
            upstream = await call.connect()
            for kind in self.kinds.declared:
                findings.searches |= await recover(upstream, kind, self.journal, self.clock)
                await self._list(upstream, kind, findings, limit)
            await self._poll_the_rest(upstream, findings, limit)
        except VideoGenError as error:
            if isinstance(error, Unauthorized) or (isinstance(error, Refusal) and error.code == BAD_KEY):
                raise  # A key that VideoGen does not take any more opens the journal to nobody.
            reason = bounded(error.message) or type(error).__name__
            findings.notes.append(sentence(f"The service could not be asked, so this is the journal alone: {reason}"))
        for state in findings.states.values():
            if state.is_terminal:
                self.journal.saw_end(call.account, state, self.clock.time())

    async def _list(self, upstream: Upstream, kind: Kind, findings: Findings, limit: int) -> None:
        if kind.page is None or not kind.listed_at_once(upstream.dialect):
            return
        try:
            page = await kind.page(upstream.client, None, min(limit * 2, LIST_PAGE), None)
        except NotFound as error:
            log.info("the service has no list of %s: %s", kind.name, error)
        else:
            findings.states |= {state.execution_id: state for state in page.items}
            findings.listed += len(page.items)
            findings.more |= page.has_more

    async def _poll_the_rest(self, upstream: Upstream, findings: Findings, limit: int) -> None:
        rest = [
            self.kinds.handle(entry.execution_id, entry)
            for entry in await self.journal.recent(upstream.account, limit)
            if entry.is_open and entry.execution_id and entry.execution_id not in findings.states
        ]
        poller = self.pollers.of(upstream)

        async def poll(handle: Handle) -> None:
            try:
                state = await poller.poll(await self.chains.step(handle, upstream))
                findings.states[handle.execution_id] = self.chains.shown(handle, state)
            except VideoGenError as error:
                log.info("execution %s could not be polled: %s", handle.execution_id, error)

        async with anyio.create_task_group() as tasks:
            for handle in rest[:POLLED_SINGLY]:
                tasks.start_soon(poll, handle)
