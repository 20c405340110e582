"""Agno."""

from __future__ import annotations

import asyncio

from agno.agent import Agent
from agno.models.openai import OpenAIChat
from agno.tools.mcp import MCPTools
from mcp import StdioServerParameters

from tests.clients.drivers.plain import Given


async def main(given: Given) -> None:
    server = StdioServerParameters(command=given.command, args=given.args, env=given.env)
    model = OpenAIChat(id="scripted", base_url=f"{given.model}/v1", api_key="none")
    async with MCPTools(server_params=server) as tools:
        await Agent(model=model, tools=[tools], telemetry=False).arun("Go on.")


asyncio.run(main(Given.read()))
