"""An agent of LlamaIndex that makes media. Needs llama-index-tools-mcp, llama-index-llms-openai and OPENAI_API_KEY."""

import asyncio
import os
import sys

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai import OpenAI
from llama_index.tools.mcp import BasicMCPClient, McpToolSpec

VIDEOGEN = BasicMCPClient(
    "/path/to/videogen_mcp/.venv/bin/videogen-mcp",
    args=[],
    env={name: value for name, value in os.environ.items() if name.startswith("VIDEOGEN_")},
    timeout=300,  # By itself it stops listening after 30 s.
)


async def main(wish: str) -> None:
    tools = await McpToolSpec(client=VIDEOGEN).to_tool_list_async()
    agent = FunctionAgent(tools=tools, llm=OpenAI(model="gpt-4.1"), timeout=None)
    print(await agent.run(wish))


asyncio.run(main(sys.argv[1]))
