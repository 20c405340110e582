"""LangChain with langchain-mcp-adapters: a process of the server for each call."""

from __future__ import annotations

import asyncio
from typing import Any

from langchain.agents import create_agent
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_openai import ChatOpenAI

from tests.clients.drivers.plain import Given

MAX_STEPS = 200
"""Two a turn; the default is 25."""


async def main(given: Given) -> None:
    server: dict[str, Any] = {"transport": "streamable_http", "url": given.url}
    if not given.url:
        server = {"transport": "stdio", "command": given.command, "args": given.args, "env": given.env}
    tools = await MultiServerMCPClient({"videogen": server}).get_tools()
    agent = create_agent(ChatOpenAI(model="scripted", base_url=f"{given.model}/v1", api_key="none"), tools)
    await agent.ainvoke({"messages": [("user", "Go on.")]}, {"recursion_limit": MAX_STEPS})


asyncio.run(main(Given.read()))
