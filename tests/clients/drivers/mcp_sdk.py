"""The MCP Python SDK from 2.0 on."""

from __future__ import annotations

import asyncio
from typing import Any

from mcp import Client, StdioServerParameters

from tests.clients.drivers.plain import Given, converse, text_of


async def main(given: Given) -> None:
    place = given.url or StdioServerParameters(command=given.command, args=given.args, env=given.env)
    async with Client(place) as client:

        async def progress(progress: float, total: float | None, message: str | None) -> None:
            """Asking for it is what makes the server send it."""

        async def call(tool: str, arguments: dict[str, Any]) -> str:
            return text_of((await client.call_tool(tool, arguments, progress_callback=progress)).content)

        await converse(given, [tool.name for tool in (await client.list_tools()).tools], call)


asyncio.run(main(Given.read()))
