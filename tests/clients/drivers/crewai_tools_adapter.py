"""CrewAI: its tools as an agent of a crew calls them. It sends null for whatever an agent leaves out."""

from __future__ import annotations

import asyncio
from typing import Any

from crewai_tools import MCPServerAdapter
from mcp import StdioServerParameters

from tests.clients.drivers.plain import Given, converse


def main(given: Given) -> None:
    server = StdioServerParameters(command=given.command, args=given.args, env=given.env)
    with MCPServerAdapter(server) as tools:
        named = {tool.name: tool for tool in tools}

        async def call(tool: str, arguments: dict[str, Any]) -> Any:
            return await asyncio.to_thread(named[tool].run, **arguments)

        asyncio.run(converse(given, list(named), call))


main(Given.read())
