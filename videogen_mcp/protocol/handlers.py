"""The MCP server: tools, skills, files, prompts and completions on the SDK's low-level server.

What only some clients ask for is loaded when it is first asked for.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from mcp import MCPError, ServerSession
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp_types import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    CallToolRequestParams,
    CallToolResult,
    CompleteRequestParams,
    CompleteResult,
    ContentBlock,
    GetPromptRequestParams,
    GetPromptResult,
    ImageContent,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListRootsRequest,
    ListRootsResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    RequestParams,
    TextContent,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from videogen_mcp import __version__
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.calls import Calls
from videogen_mcp.calls.replies import Reply, bounded, picture_type
from videogen_mcp.calls.upstream import Account
from videogen_mcp.default_folders import TASK_KEYS_IN_STATE
from videogen_mcp.protocol.accounts import account_in
from videogen_mcp.protocol.instructions import instructions
from videogen_mcp.protocol.listing import APPS, listing
from videogen_mcp.protocol.sent_answers import SentAnswers
from videogen_mcp.protocol.whole_arguments import whole_arguments
from videogen_mcp.settings import Settings
from videogen_mcp.tools.cache import Caches

if TYPE_CHECKING:
    from mcp.server.context import HandlerResult
    from mcp_types import Tool

    from videogen_mcp.protocol.resources import Resources
    from videogen_mcp.protocol.tasks import Source, Tasks
    from videogen_mcp.tools.base import Tools

log = logging.getLogger(__name__)

Context = ServerRequestContext[Any]

SKILLS = "io.modelcontextprotocol/skills"
"""The extension for skills (SEP-2640). Its methods are of today's protocol; older clients read them as resources."""

TASKS = "io.modelcontextprotocol/tasks"
TASK_METHODS = ("tasks/get", "tasks/update", "tasks/cancel")

LONGEST_CLIENT = 100
"""Characters of a client's name, which the journal keeps with its limits; known ones have some twenty."""


@dataclass(frozen=True)
class Handlers:
    """Answers the requests of MCP.

    `account`: for whom calls are made that name none. `local_files`: whether paths of this machine are taken. `sent`
    tells when answers have been written, where the transport knows; else they count as delivered when they are made.
    """

    settings: Settings
    calls: Calls
    make_tools: Callable[[], Tools]
    make_tasks: Callable[[Tools], Source]
    caches: Caches
    account: Account
    local_files: bool
    sent: SentAnswers | None = None

    def server(self) -> Server[Any]:
        """Return the server, ready to be run over a transport."""
        server = Server[Any](
            "videogen",
            version=__version__,
            title="VideoGen",
            description="Make and edit media with VideoGen",
            instructions=instructions(self.settings, local_files=self.local_files),
            website_url="https://videogen.io",
            get_tool_input_schema=self._input_schema,
            on_list_tools=self.list_tools,
            on_list_resources=self.list_resources,
            on_list_resource_templates=self.list_resource_templates,
            on_read_resource=self.read_resource,
            on_list_prompts=self.list_prompts,
            on_get_prompt=self.get_prompt,
            on_completion=self.complete,
        )
        server.add_request_handler("tools/call", CallToolRequestParams, self.call_tool)
        server.middleware.append(whole_arguments)
        server.extensions[SKILLS] = {"directoryRead": True}
        server.add_request_handler("skills/list", PaginatedRequestParams, self.list_skills)
        server.add_request_handler("skills/get", ReadResourceRequestParams, self.get_skill)
        server.add_request_handler("resources/directory/read", ReadResourceRequestParams, self.read_directory)
        server.extensions[APPS] = {}
        server.extensions[TASKS] = {}
        for method in TASK_METHODS:
            server.add_request_handler(method, RequestParams, self.answer_task)
        return server

    async def list_tools(self, context: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        """Return all tools of the chosen toolsets. Raises MCPError."""
        _of_one_page(params)
        return ListToolsResult(tools=self._listed)

    async def call_tool(self, context: Context, params: CallToolRequestParams) -> HandlerResult:
        """Carry out a call; who takes tasks is answered with one where it runs something."""
        arrived = self.calls.clock.monotonic()  # The client counts what loading the tools takes.
        name, arguments = params.name, params.arguments or {}
        task = None
        if takes_tasks(context):
            reply, task = await self.tasks.call(context, name, arguments, arrived)
        else:
            reply = await self.tools.call(name, arguments, self.caller(context), arrived)
        self._expect(context, reply)
        return task or result(reply)

    async def answer_task(self, context: Context, params: RequestParams) -> HandlerResult:
        """Tell how a task stands, or end it. Raises MCPError."""
        _of_today(context, context.method)
        return await self.tasks.answer(context)

    async def list_resources(self, context: Context, params: PaginatedRequestParams | None) -> ListResourcesResult:
        """Return the skills, the page of this server, and the player to clients that show it. Raises MCPError."""
        _of_one_page(params)
        resources = self._resources().listed(context.session.client_capabilities)
        return ListResourcesResult(resources=resources)

    async def list_resource_templates(
        self, context: Context, params: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        """Return files and their thumbnails. Raises MCPError."""
        _of_one_page(params)
        return ListResourceTemplatesResult(resource_templates=self._resources().templates())

    async def read_resource(self, context: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        """Return a file of a skill, the page of this server, the player, a file's facts or its thumbnail. Raises
        MCPError."""
        contents = await self._resources().read(str(params.uri), self.caller(context))
        return ReadResourceResult(contents=[contents])

    async def list_skills(self, context: Context, params: PaginatedRequestParams) -> dict[str, Any]:
        """Return all skills. Raises MCPError."""
        from videogen_mcp.protocol import skills

        _of_today(context, "skills/list")
        _of_one_page(params)
        return skills.listed()

    async def get_skill(self, context: Context, params: ReadResourceRequestParams) -> dict[str, Any]:
        """Return one skill. Raises MCPError."""
        from videogen_mcp.protocol import skills

        _of_today(context, "skills/get")
        return skills.got(params.uri)

    async def read_directory(self, context: Context, params: ReadResourceRequestParams) -> dict[str, Any]:
        """Return what is in a folder of a skill. Raises MCPError."""
        from videogen_mcp.protocol import skills

        _of_today(context, "resources/directory/read")
        return skills.directory(params.uri)

    async def list_prompts(self, context: Context, params: PaginatedRequestParams | None) -> ListPromptsResult:
        """Return the prompts for usual tasks. Raises MCPError."""
        from videogen_mcp.protocol.prompts import recipes

        _of_one_page(params)
        settings = self.settings
        offered = recipes(local_files=self.local_files, dialect=settings.dialect, toolsets=settings.toolsets)
        return ListPromptsResult(prompts=[recipe.listed() for recipe in offered])

    async def get_prompt(self, context: Context, params: GetPromptRequestParams) -> GetPromptResult:
        """Return instructions with what the person filled in. Raises MCPError with what is wrong."""
        from videogen_mcp.protocol.prompts import recipe

        return recipe(params.name, local_files=self.local_files).filled(params.arguments)

    async def complete(self, context: Context, params: CompleteRequestParams) -> CompleteResult:
        """Return ids that fit what is typed."""
        from videogen_mcp.protocol.completions import Completions

        completions = Completions(self.calls, self.caches)
        typed = params.argument
        return CompleteResult(
            completion=await completions.offer(params.ref, typed.name, typed.value, self.caller(context))
        )

    def caller(self, context: Context) -> Caller:
        """Return who makes a request, and for whom. Raise MCPError where a hosted server was not told."""
        account = account_in(context.request.scope) if context.request is not None else None
        if account is None and self.settings.hosted:
            raise MCPError(INVALID_REQUEST, "Who calls is not said")
        return caller_of(context, account or self.account)

    @cached_property
    def tools(self) -> Tools:
        """The tools, made when they are first called."""
        return self.make_tools()

    @cached_property
    def tasks(self) -> Tasks:
        """The tasks, made when the first client takes them."""
        from videogen_mcp.protocol.task_ids import TaskIds
        from videogen_mcp.protocol.tasks import Tasks

        settings = self.settings
        folder = settings.state_dir / TASK_KEYS_IN_STATE if settings.journal else None
        ids = TaskIds(settings.secrets, folder, self.calls.clock.time)
        return Tasks(self.make_tasks(self.tools), ids, self.caller, self._expect)

    def _expect(self, context: Context, reply: Reply) -> None:
        """Count a reply as delivered when its bytes are written, where the transport knows; else now."""
        if self.sent is None or context.request_id is None:
            reply.delivered()
        else:
            self.sent.expect(context.request_id, reply.delivered)

    @cached_property
    def _listed(self) -> list[Tool]:
        return listing(self.settings, local_files=self.local_files)

    def _input_schema(self, name: str) -> dict[str, Any] | None:
        return next((tool.input_schema for tool in self._listed if tool.name == name), None)

    def _resources(self) -> Resources:
        from videogen_mcp.protocol.resources import Resources

        return Resources(self.settings, self.calls, self.local_files)


def _of_today(context: Context, method: str) -> None:
    """Raise MCPError where the client speaks a protocol that has no extensions."""
    if context.protocol_version not in MODERN_PROTOCOL_VERSIONS:
        raise MCPError(METHOD_NOT_FOUND, "Method not found", method)


def _of_one_page(params: PaginatedRequestParams | None) -> None:
    """Raise MCPError where a list is asked for from a cursor on: no list here has given one."""
    if params is not None and params.cursor:
        raise MCPError(INVALID_PARAMS, "There is no such cursor: the list is one page")


def takes_tasks(context: Context) -> bool:
    """Return whether a call may be answered with a task: today's wire, and its client says so with the request."""
    offered = context.session.client_capabilities
    extensions = offered.extensions if offered is not None else None
    return TASKS in (extensions or {}) and context.protocol_version in MODERN_PROTOCOL_VERSIONS


def caller_of(context: Context, account: Account) -> Caller:
    """Return who calls for an account, in both protocol eras, and how progress reaches them."""
    session = context.session
    params = session.client_params
    wants_progress = bool(context.meta and context.meta.get("progress_token") is not None)
    return Caller(
        client=bounded(params.client_info.name, LONGEST_CLIENT) or "" if params is not None else "",
        send=session.report_progress if wants_progress else None,
        roots=partial(_roots, session) if _offers_roots(session) else None,
        transport="stdio" if context.request is None else "http",
        era="modern" if context.protocol_version in MODERN_PROTOCOL_VERSIONS else "handshake",
        account=account,
    )


def result(reply: Reply) -> CallToolResult:
    """Return a reply as MCP content: text, structure and perhaps pictures."""
    pictures = [
        ImageContent(type="image", data=base64.b64encode(picture).decode(), mime_type=picture_type(picture))
        for picture in reply.pictures
    ]
    content: list[ContentBlock] = [TextContent(type="text", text=reply.text), *pictures]
    return CallToolResult(content=content, structured_content=reply.structured, is_error=reply.is_error)


def _offers_roots(session: ServerSession) -> bool:
    offered = session.client_capabilities
    return session.can_send_request and offered is not None and offered.roots is not None


async def _roots(session: ServerSession) -> list[str]:
    """Return the client's folders as URLs; none when it does not say. `session.list_roots` warns: deprecated."""
    try:
        listed = await session.send_request(ListRootsRequest(), ListRootsResult)
    except (MCPError, ValidationError) as error:
        log.info("the client does not name its folders: %s", type(error).__name__)
        return []
    return [str(root.uri) for root in listed.roots]
