"""The MCP Python SDK before 2.0, which most frameworks were built on."""

from __future__ import annotations

import asyncio
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.clients.drivers.plain import Given, converse, text_of


async def main(given: Given) -> None:
    server = StdioServerParameters(command=given.command, args=given.args, env=given.env)
    async with stdio_client(server) as (reading, writing), ClientSession(reading, writing) as session:
        await session.initialize()

        async def progress(progress: float, total: float | None, message: str | None) -> None:
            """Asking for it is what makes the server send it."""

        async def call(tool: str, arguments: dict[str, Any]) -> str:
            return text_of((await session.call_tool(tool, arguments, progress_callback=progress)).content)

        await converse(given, [tool.name for tool in (await session.list_tools()).tools], call)


asyncio.run(main(Given.read()))
