"""LlamaIndex: a process of the server for each call."""

from __future__ import annotations

import asyncio

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai_like import OpenAILike
from llama_index.tools.mcp import BasicMCPClient, McpToolSpec

from tests.clients.drivers.plain import Given

MAX_TURNS = 200
"""The default is 20."""


async def main(given: Given) -> None:
    client = BasicMCPClient(given.url or given.command, args=given.args, env=given.env)
    tools = await McpToolSpec(client=client).to_tool_list_async()
    model = OpenAILike(
        model="scripted",
        api_base=f"{given.model}/v1",
        api_key="none",
        is_chat_model=True,
        is_function_calling_model=True,
    )
    await FunctionAgent(tools=tools, llm=model, timeout=None).run("Go on.", max_iterations=MAX_TURNS)


asyncio.run(main(Given.read()))
