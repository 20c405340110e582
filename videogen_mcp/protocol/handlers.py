"""The SDK's server with our guides, files, prompts and completions on it.

They are answered here instead of being registered one by one: the SDK would build models of their arguments while a
host waits for the first answer, call a mistyped prompt an internal error, and give every thumbnail the same type. What
they need is loaded when somebody first asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.context import Context
from mcp_types import Completion, GetPromptResult, Prompt, Resource, ResourceTemplate

from videogen_mcp.calls.upstream import Connect
from videogen_mcp.settings import Settings
from videogen_mcp.tools.cache import Shelves

if TYPE_CHECKING:
    from mcp.server.lowlevel.helper_types import ReadResourceContents

    from videogen_mcp.protocol.resources import Resources


class Surface(MCPServer[None]):
    """Everything a client can see of this server. `identity` is what `MCPServer` takes."""

    def __init__(
        self, settings: Settings, connect: Connect, shelves: Shelves, *, local_files: bool, **identity: Any
    ) -> None:
        super().__init__(**identity)
        self._connect = connect
        self._shelves = shelves
        self._choices = settings
        self._local_files = local_files
        self.completion()(self._complete)  # type: ignore[no-untyped-call]  # the SDK's decorator has no types

    async def list_resources(self) -> list[Resource]:
        """The guides."""
        return self._resources().listed()

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        """Files and their thumbnails."""
        return self._resources().templates()

    async def read_resource(self, uri: Any, context: Context[None, Any] | None = None) -> list[ReadResourceContents]:
        """A guide, a file's facts or its thumbnail. Raises ResourceError."""
        return [await self._resources().read(str(uri))]

    async def list_prompts(self) -> list[Prompt]:
        """The usual pieces of work."""
        from videogen_mcp.protocol.prompts import RECIPES

        return [recipe.listed() for recipe in RECIPES]

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[None, Any] | None = None
    ) -> GetPromptResult:
        """Instructions with what the person filled in. Raises MCPError with what is wrong."""
        from videogen_mcp.protocol.prompts import recipe

        return recipe(name).filled(arguments)

    async def _complete(self, reference: Any, argument: Any, context: Any) -> Completion:
        from videogen_mcp.protocol.completions import Completions

        return await Completions(self._connect, self._shelves).offer(reference, argument.name, argument.value)

    def _resources(self) -> Resources:
        from videogen_mcp.protocol.resources import Resources

        return Resources(self._choices, self._connect, self._local_files)
