"""The OpenAI Agents SDK."""

from __future__ import annotations

import asyncio

from agents import Agent, OpenAIResponsesModel, Runner, set_tracing_disabled
from agents.mcp import MCPServerStdio, MCPServerStreamableHttp
from openai import AsyncOpenAI

from tests.clients.drivers.plain import Given

MAX_TURNS = 60
"""At its limit of 5 s, an execution of 75 s takes twenty turns; the default is 10."""


async def main(given: Given) -> None:
    if given.url:
        opening = MCPServerStreamableHttp(params={"url": given.url})
    else:
        opening = MCPServerStdio(params={"command": given.command, "args": given.args, "env": given.env})
    model = OpenAIResponsesModel("scripted", AsyncOpenAI(base_url=f"{given.model}/v1", api_key="none"))
    async with opening as server:
        agent = Agent(name="agent", instructions="Make media.", model=model, mcp_servers=[server])
        await Runner.run(agent, "Go on.", max_turns=MAX_TURNS)


set_tracing_disabled(True)
asyncio.run(main(Given.read()))
