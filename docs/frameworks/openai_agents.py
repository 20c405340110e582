"""An agent of the OpenAI Agents SDK that makes media. Needs openai-agents and OPENAI_API_KEY."""

import asyncio
import os
import sys

from agents import Agent, Runner
from agents.mcp import MCPServerStdio

VIDEOGEN = {
    "command": "/path/to/videogen_mcp/.venv/bin/videogen-mcp",
    "env": {name: value for name, value in os.environ.items() if name.startswith("VIDEOGEN_")},
}


async def main(wish: str) -> None:
    # By itself the SDK stops listening after 5 s.
    async with MCPServerStdio(params=VIDEOGEN, client_session_timeout_seconds=300) as videogen:
        agent = Agent(name="studio", instructions="You make media with VideoGen.", mcp_servers=[videogen])
        result = await Runner.run(agent, wish)
    print(result.final_output)


asyncio.run(main(sys.argv[1]))
