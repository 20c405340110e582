"""What a tool is, and the one path of every call of it: check the arguments, open the call, carry it out, answer."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from videogen_mcp.api.errors import BadSetting, VideoGenError
from videogen_mcp.api.operations import BOTH_ERAS, Era
from videogen_mcp.calls import messages
from videogen_mcp.calls.call import Call, Caller, Purpose
from videogen_mcp.calls.calls import Calls
from videogen_mcp.calls.replies import Reply, of_sandbox, with_note
from videogen_mcp.tools.arguments import complaints, where_from
from videogen_mcp.tools.lenient import lenient
from videogen_mcp.tools.offered import NOTHING_MISSING, Missing
from videogen_mcp.workflows.schema import accepted, published

if TYPE_CHECKING:
    from mcp_types import ToolAnnotations

log = logging.getLogger(__name__)

Handler = Callable[[Any, Call], Awaitable[Reply]]
"""(checked arguments, call) → reply. Raises VideoGenError."""


@dataclass(frozen=True)
class Action:
    """What a call carries out. `late` answers when its time is over before the handler has; None: `messages.late`
    does."""

    purpose: Purpose
    handler: Handler
    late: Handler | None = None


@dataclass(frozen=True, kw_only=True)
class Tool(Action):
    """One tool.

    Schemas are published as given; answers are made to fit `output_schema`, never checked against it here: a mismatch
    would turn a paid result into an error.
    """

    title: str
    description: str
    arguments: type[BaseModel]
    annotations: ToolAnnotations
    schema: Callable[[], dict[str, Any]] | None = None
    """Makes `input_schema` where that is not simply what is `published` of `arguments`."""
    output_schema: dict[str, Any] | None = None
    eras: tuple[Era, ...] = BOTH_ERAS
    """The versions of the API that have what it does."""
    gives_files: bool = False
    """Whether answers have links to files that were made or asked for; hosts that can show them in the chat."""

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.purpose.tool

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        """The JSON schema of its arguments, made when it is asked for: those of all tools take 0.1 s, and a call needs
        none of them."""
        return self.schema() if self.schema is not None else published(self.arguments)


@dataclass(frozen=True)
class Tools:
    """The tools of a server, by name, and how they are called."""

    by_name: dict[str, Tool]
    calls: Calls
    missing: Missing = NOTHING_MISSING
    notice: str | None = None
    """What every reply tells besides: problems of settings."""
    no_starts: str | None = None
    """Why nothing may be started, if so."""

    @classmethod
    def of(
        cls,
        tools: Iterable[Tool],
        calls: Calls,
        *,
        missing: Missing = NOTHING_MISSING,
        notice: str | None = None,
        no_starts: str | None = None,
    ) -> Tools:
        """Return the tools, in the order in which they are listed. `missing` are those that are not among them."""
        return cls({tool.name: tool for tool in tools}, calls, missing, notice, no_starts)

    async def call(self, name: str, arguments: dict[str, Any], caller: Caller, arrived: float | None = None) -> Reply:
        """Carry out one call and return its reply, whatever happens; only cancellation is raised.

        `arrived`: when the request came, by the clock of the calls; None: now. Whoever sends the reply calls
        `reply.delivered()` when the client has it.
        """
        tool = self.by_name.get(name)
        if tool is None:
            return with_note(messages.unknown_tool(name, list(self.by_name), self.missing.why(name)), self.notice)
        try:
            checked = tool.arguments.model_validate(lenient(arguments, accepted(tool.arguments)))
        except ValidationError as refusal:
            complaint = complaints(refusal, tool.input_schema)
            reply = messages.invalid_arguments(tool.purpose, complaint, where_from(refusal))
        else:
            wait_seconds = getattr(checked, "wait_seconds", None)
            reply = await self._opened(tool, checked, caller, wait_seconds, arrived)
        return with_note(self.missing.corrected(reply), self.notice)

    async def carry_out(self, action: Action, caller: Caller) -> Reply:
        """Carry out what is no tool of its own, without waiting for an execution, and return its reply as `call` does;
        the handlers get None for arguments."""
        return with_note(self.missing.corrected(await self._opened(action, None, caller, 0.0)), self.notice)

    async def _opened(
        self,
        action: Action,
        arguments: BaseModel | None,
        caller: Caller,
        wait_seconds: float | None,
        arrived: float | None = None,
    ) -> Reply:
        tool = action.purpose.tool
        try:
            async with self.calls.open(action.purpose, caller, wait_seconds, arrived) as call:
                reply = with_note(await self._carried_out(action, arguments, call), call.note)
                reply = of_sandbox(reply) if call.in_sandbox else reply
            return replace(reply, on_delivery=_on_delivery(reply, call), begun=_begun(reply, call))
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("%s failed unexpectedly [%s]", tool, reference)
            return messages.internal_fault(tool, reference)

    async def _carried_out(self, action: Action, arguments: BaseModel | None, call: Call) -> Reply:
        try:
            if action.purpose.verb == "started" and self.no_starts:
                raise BadSetting(self.no_starts)
            with call.out_of_time():
                return await action.handler(arguments, call)
            return await action.late(arguments, call) if action.late is not None else messages.late(call)
        except VideoGenError as error:
            return messages.failure(error, call)


def _on_delivery(reply: Reply, call: Call) -> tuple[Callable[[], None], ...]:
    """Return what the delivery of a call's reply means; nothing where its client has given up."""
    on_answer, call.on_answer = call.on_answer, None  # which holds the call
    if call.given_up:
        return ()
    return reply.on_delivery if on_answer is None else (*reply.on_delivery, on_answer)


def _begun(reply: Reply, call: Call) -> str | None:
    """Return the id of an execution that a call has begun whose client polls; None where there is nothing to poll."""
    return call.execution_id if call.polled and reply.structured.get("status") == "running" else None
