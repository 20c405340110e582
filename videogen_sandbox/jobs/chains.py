"""Executions that were requested together and run one after another: what the end of one means for the others.

A workflow run is the head of its chain: its own job builds the project, its edits and its export follow, and it ends
with the last of them. The edits of one remix request are a chain without a head.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from videogen_sandbox.storage.executions import Execution, Executions, Kind
from videogen_sandbox.storage.leases import Leases

WEIGHTS: Mapping[Kind, float] = {"run": 5.0, "remix": 1.0, "export": 4.0}
"""Of the progress of a run, by what each step usually takes: drawing and speaking a video takes about as long as
encoding it; an edit changes little."""

EARLIER_FAILED = "previous_action_failed"
"""The error code of what was not begun because something before it in its chain failed."""


class Chains:
    """Ends executions, and with them what they lead to. Every method is to be called in a transaction."""

    def __init__(self, executions: Executions, leases: Leases, ended: Callable[[str], None]) -> None:
        """`ended` is called with the id of each execution that ends."""
        self._executions = executions
        self._leases = leases
        self._ended = ended

    def progressed(self, execution: Execution, done: float) -> None:
        """Note the share of an execution that is done, 0 to 1, and that of its run."""
        members = self._executions.chain(execution)
        head = members[0]
        if execution.kind != "run":
            self._executions.progressed(execution.id, done)
        if head.kind == "run":
            self._executions.progressed(head.id, share(members, execution.id, done))

    def succeed(self, execution: Execution, results: Sequence[str], outcome: Mapping[str, Any], now: float) -> bool:
        """End an execution with success, and its run with it if it was the last; False when it had ended before."""
        members = self._executions.chain(execution)
        if any(member.id == execution.id and member.is_terminal for member in members):
            return False
        last = members[-1].id == execution.id
        if execution.kind == "run" and not last:
            self._executions.progressed(execution.id, share(members, execution.id, 1.0))
            return True
        self._succeeded(execution.id, results, outcome, now)
        if last and execution.kind != "run" and members[0].kind == "run":
            exported = {"exportId": execution.id} if execution.kind == "export" else {}
            self._succeeded(members[0].id, results, exported, now)
        return True

    def fail(self, execution: Execution, code: str, message: str, now: float) -> None:
        """End an execution with an error, and its run with the same one: what was to follow fails by its name."""
        follows = EARLIER_FAILED, f"Not begun, because {execution.tool_type} failed."
        for member in self._left(execution):
            own = member.id == execution.id or member.kind == "run"
            if self._executions.fail(member.id, *((code, message) if own else follows), now):
                self._ended(member.id)

    def cancel(self, execution: Execution, now: float) -> None:
        """Cancel an execution with all that was to follow, and its run."""
        for member in self._left(execution):
            if self._executions.cancel(member.id, now):
                self._ended(member.id)

    def _left(self, execution: Execution) -> list[Execution]:
        """Return what of a chain has not ended, without its jobs."""
        left = [member for member in self._executions.chain(execution) if not member.is_terminal]
        for member in left:
            self._leases.remove(member.id)
        return left

    def _succeeded(self, execution_id: str, results: Sequence[str], outcome: Mapping[str, Any], now: float) -> None:
        if self._executions.succeed(execution_id, results, now, outcome):
            self._ended(execution_id)


def share(members: Sequence[Execution], current: str, done: float) -> float:
    """Return the share (0 to 1) of a chain that is done when `done` of the execution `current` is. Pure."""
    weights = [WEIGHTS[member.kind] for member in members]
    index = next(index for index, member in enumerate(members) if member.id == current)
    return (sum(weights[:index]) + weights[index] * done) / sum(weights)
