"""An agent of pydantic-ai that makes media. Needs pydantic-ai-slim[mcp,openai] and OPENAI_API_KEY."""

import asyncio
import os
import sys

from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset

VIDEOGEN = StdioTransport(
    "/path/to/videogen_mcp/.venv/bin/videogen-mcp",
    [],
    env={name: value for name, value in os.environ.items() if name.startswith("VIDEOGEN_")},
)


async def main(wish: str) -> None:
    agent = Agent("openai:gpt-4.1", toolsets=[MCPToolset(VIDEOGEN)])
    async with agent:
        result = await agent.run(wish)
    print(result.output)


asyncio.run(main(sys.argv[1]))
