"""An agent of LangChain that makes media. Needs langchain, langchain-mcp-adapters, langchain-openai, OPENAI_API_KEY."""

import asyncio
import os
import sys

from langchain.agents import create_agent
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools

VIDEOGEN = {
    "transport": "stdio",
    "command": "/path/to/videogen_mcp/.venv/bin/videogen-mcp",
    "args": [],
    "env": {name: value for name, value in os.environ.items() if name.startswith("VIDEOGEN_")},
}


async def main(wish: str) -> None:
    # One session for all calls: `get_tools` of the client would start the server anew for each.
    async with MultiServerMCPClient({"videogen": VIDEOGEN}).session("videogen") as session:
        agent = create_agent("openai:gpt-4.1", await load_mcp_tools(session))
        result = await agent.ainvoke({"messages": [("user", wish)]})
    print(result["messages"][-1].text)


asyncio.run(main(sys.argv[1]))
