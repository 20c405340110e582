"""The arguments of a call as a whole: some hosts send text, a list or nothing at all where an object is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mcp import MCPError
from mcp_types import INVALID_PARAMS

if TYPE_CHECKING:
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

EXAMPLE = '{"name": "value"}'


async def whole_arguments(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Hand a request on with its arguments as an object: middleware of the SDK's server, before its own checks.

    Raise MCPError (invalid params) with what is wanted where they cannot be one.
    """
    params = ctx.params
    if ctx.method == "tools/call" and isinstance(params, Mapping) and "arguments" in params:
        meant = as_object(params["arguments"])
        if meant is not params["arguments"]:
            ctx = replace(ctx, params={**params, "arguments": meant})
    return await call_next(ctx)


def as_object(sent: Any) -> dict[str, Any]:
    """Return the object that is meant: itself, its JSON text, the only one in a list, or {} for nothing.

    Raise MCPError for everything else.
    """
    meant = sent
    if isinstance(meant, str):
        from videogen_mcp.workflows.spellings import unfolded  # loads the workflows, which listing the tools does not

        meant = unfolded(meant.strip())
        meant = None if meant in ("", "null") else meant
    if isinstance(meant, list) and len(meant) < 2:
        meant = meant[0] if meant else None
    if meant is None:
        return {}
    if not isinstance(meant, dict):
        raise MCPError(INVALID_PARAMS, f"The arguments of a tool are an object, like {EXAMPLE}")
    return meant
