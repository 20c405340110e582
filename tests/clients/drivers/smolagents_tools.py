"""smolagents: its tools as the code of a CodeAgent calls them."""

from __future__ import annotations

import asyncio
from typing import Any

from mcp import StdioServerParameters
from smolagents import MCPClient

from tests.clients.drivers.plain import Given, converse


def main(given: Given) -> None:
    server = StdioServerParameters(command=given.command, args=given.args, env=given.env)
    with MCPClient(server, structured_output=False) as tools:
        named = {tool.name: tool for tool in tools}

        async def call(tool: str, arguments: dict[str, Any]) -> Any:
            return await asyncio.to_thread(named[tool], **arguments)

        asyncio.run(converse(given, list(named), call))


main(Given.read())
