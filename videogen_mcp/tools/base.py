"""A tool as the MCP SDK wants it, built from a pydantic model of its arguments and a handler.

The SDK's decorator would drop unknown arguments silently and quote pydantic at the model, so the `Tool` objects are
made here: flat arguments, unknown ones refused, short refusals, slim schemas.
"""

from __future__ import annotations

import base64
import difflib
import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

from mcp.server.mcpserver.context import Context
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.server.session import ServerSession
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CallToolResult,
    ContentBlock,
    ImageContent,
    ListRootsRequest,
    ListRootsResult,
    TextContent,
    ToolAnnotations,
)
from pydantic import BaseModel, ValidationError

from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply, bounded

log = logging.getLogger(__name__)

Handler = Callable[[Any, Caller], Awaitable[Reply]]

NOISE = ("title", "default")
"""Schema keywords that cost a model's context and tell it nothing."""


class ModelTool(Tool):
    """A tool whose arguments are checked by `arguments` and carried out by `handler`."""

    arguments: type[BaseModel]
    handler: Handler

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:
        """Check, carry out, answer. Never raises but for cancellation: a bug becomes one sentence with a reference."""
        try:
            checked = self.arguments.model_validate(_unfolded(arguments, self.arguments))
        except ValidationError as refusal:
            return result(self._shaped(refused(self.name, refusal, self.arguments)))
        try:
            return result(await self.handler(checked, caller_of(context)))
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("%s failed unexpectedly [%s]", self.name, reference)
            fault = error_reply(
                "internal",
                f"{self.name} met an unexpected fault of this server; the log names it under {reference}.",
                "Call list_executions before trying again: what was submitted is there.",
            )
            return result(self._shaped(fault))

    def _shaped(self, refusal: Reply) -> Reply:
        """The refusal as the published schema wants it: TypeScript clients check errors too, and would show the agent
        their own complaint instead of ours."""
        if self.fn_metadata.output_schema is None:
            return refusal
        return replace(refusal, structured={"status": "failed", **refusal.structured})


def tool(
    name: str,
    *,
    title: str,
    description: str,
    arguments: type[BaseModel],
    handler: Handler,
    annotations: ToolAnnotations,
    input_schema: dict[str, Any] | None = None,
    output_schema: dict[str, Any] | None = None,
) -> ModelTool:
    """Build a tool. Schemas are published as given; answers are made to fit them, never checked against them here:
    a mismatch would turn a paid result into an error."""
    return ModelTool(
        fn=handler,
        name=name,
        title=title,
        description=description,
        parameters=input_schema or slim_schema(arguments),
        fn_metadata=FuncMetadata(arg_model=ArgModelBase, output_schema=output_schema),
        is_async=True,
        annotations=annotations,
        arguments=arguments,
        handler=handler,
    )


def caller_of(context: Context[Any, Any]) -> Caller:
    """Who calls, in both protocol eras, and how progress reaches them."""
    request = context.request_context
    params = request.session.client_params
    wants_progress = bool(request.meta and request.meta.get("progress_token") is not None)
    return Caller(
        client=params.client_info.name if params is not None else "",
        send=request.session.report_progress if wants_progress else None,
        roots=partial(_roots, request.session) if _offers_roots(request.session) else None,
    )


def _offers_roots(session: ServerSession) -> bool:
    offered = session.client_capabilities
    return session.can_send_request and offered is not None and offered.roots is not None


async def _roots(session: ServerSession) -> list[str]:
    """The client's folders as URLs; none when it does not say. `session.list_roots` warns that it is deprecated."""
    try:
        told = await session.send_request(ListRootsRequest(), ListRootsResult)
    except (MCPError, ValidationError) as error:
        log.info("the client does not name its folders: %s", type(error).__name__)
        return []
    return [str(root.uri) for root in told.roots]


def result(reply: Reply) -> CallToolResult:
    """A reply as MCP content: text, structure and perhaps pictures."""
    pictures = [
        ImageContent(type="image", data=base64.b64encode(picture).decode(), mime_type="image/jpeg")
        for picture in reply.pictures
    ]
    content: list[ContentBlock] = [TextContent(type="text", text=reply.text), *pictures]
    return CallToolResult(content=content, structured_content=reply.structured, is_error=reply.is_error)


def error_reply(code: str, message: str, next_step: str | None = None) -> Reply:
    """A refusal or failure that belongs to no execution."""
    error = {"code": code, "message": message}
    structured: dict[str, Any] = {"error": error, "next_step": next_step} if next_step else {"error": error}
    return Reply(f"{message}\n{next_step}" if next_step else message, structured, is_error=True)


def slim_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of an argument model, references resolved, without titles, defaults, nulls and class texts."""
    schema = model.model_json_schema()
    slim: dict[str, Any] = _slim(schema, schema.get("$defs", {}))
    slim.pop("description", None)
    return slim


def refused(name: str, refusal: ValidationError, model: type[BaseModel]) -> Reply:
    """What is wrong with the arguments, one line each, in the tool's words."""
    known = list(model.model_fields)
    lines = [_complaint(cast("dict[str, Any]", error), known) for error in refusal.errors(include_url=False)]
    told = "; ".join(dict.fromkeys(lines))
    return error_reply("invalid_arguments", f"{name} was not started: {told}" + ("" if told.endswith("?") else "."))


def _complaint(error: dict[str, Any], known: list[str]) -> str:
    place = error["loc"]
    argument = str(place[0]) if place else ""
    where = argument + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place[1:2])
    if "[key]" in place:
        where = f"a name in {argument}"
    kind = error["type"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden":
        shown = bounded(argument, 60) or "an empty name"
        near = difflib.get_close_matches(argument, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(known) or 'none'}"
        return f"{shown} is not an argument of this tool; {hint}"
    if kind == "missing":
        return f"{where} is missing"
    if kind == "string_too_short":
        return f"{where} is empty"
    if kind in ("string_too_long", "too_long"):
        unit = "characters" if kind == "string_too_long" else "entries"
        return f"{where} takes at most {context.get('max_length')} {unit}"
    if kind == "too_short":
        return f"{where} needs at least {context.get('min_length')} entries"
    if kind in ("value_error", "assertion_error"):
        said = str(context.get("error") or error["msg"]).removeprefix("Value error, ")
        return f"{where} {said}" if where else said
    if kind == "literal_error":
        return f"{where} is one of {context.get('expected', '').replace(chr(39), '').replace(' or ', ', ')}"
    said = error["msg"][:1].lower() + error["msg"][1:]
    return f"{where} {said.replace('input should be', 'must be').replace('input should', 'must')}".strip()


def _unfolded(arguments: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """Lists and objects that came as JSON text, as some hosts send them, made what they are."""
    unfolded = dict(arguments)
    for name, value in arguments.items():
        field = model.model_fields.get(name)
        if field is None or not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
            continue
        if "list" in str(field.annotation) or "dict" in str(field.annotation):
            try:
                unfolded[name] = json.loads(value)
            except ValueError:
                continue
    return unfolded


def _slim(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_slim(one, definitions) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _slim(
            {**definitions[node["$ref"].rsplit("/", 1)[-1]], **{k: v for k, v in node.items() if k != "$ref"}},
            definitions,
        )
    choices = [one for one in node.get("anyOf", ()) if one.get("type") != "null"]
    if len(choices) == 1:
        return _slim({**{k: v for k, v in node.items() if k != "anyOf"}, **choices[0]}, definitions)
    slim: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":
            slim[key] = {name: _slim(one, definitions) for name, one in value.items()}
        elif key not in NOISE and key != "$defs":
            slim[key] = _slim(value, definitions)
    if "properties" in slim:
        slim.pop("description", None)
    return slim
