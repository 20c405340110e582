"""FastMCP's client."""

from __future__ import annotations

import asyncio
from typing import Any

from fastmcp import Client
from fastmcp.client.transports import StdioTransport, StreamableHttpTransport

from tests.clients.drivers.plain import Given, converse, text_of


async def main(given: Given) -> None:
    over: Any = StdioTransport(given.command, given.args, env=given.env)
    async with Client(StreamableHttpTransport(given.url) if given.url else over) as client:

        async def call(tool: str, arguments: dict[str, Any]) -> str:
            answer = await client.call_tool(tool, arguments)
            made = answer.structured_content or {}
            if "status" in made and made.get("files"):  # what the output schema tells is what .data has
                typed = [(file.file_id, file.name, file.width, file.duration_seconds) for file in answer.data.files]
                names = ("file_id", "name", "width", "duration_seconds")
                assert typed == [tuple(map(file.get, names)) for file in made["files"]]
            return text_of(answer.content)

        await converse(given, [tool.name for tool in await client.list_tools()], call)


if __name__ == "__main__":
    asyncio.run(main(Given.read()))
