"""pydantic-ai."""

from __future__ import annotations

import asyncio
from typing import Any

from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent, UsageLimits
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from tests.clients.drivers.plain import Given

MAX_REQUESTS = 200
"""More than any script asks for; the default is 50."""


async def main(given: Given) -> None:
    place: Any = given.url or StdioTransport(given.command, given.args, env=given.env)
    provider = OpenAIProvider(base_url=f"{given.model}/v1", api_key="none")
    agent = Agent(OpenAIChatModel("scripted", provider=provider), toolsets=[MCPToolset(place)])
    async with agent:
        await agent.run("Go on.", usage_limits=UsageLimits(request_limit=MAX_REQUESTS))


asyncio.run(main(Given.read()))
