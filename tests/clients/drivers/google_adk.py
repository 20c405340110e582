"""Google's Agent Development Kit."""

from __future__ import annotations

import asyncio
import os

from google.adk.agents import LlmAgent
from google.adk.runners import InMemoryRunner
from google.adk.tools.mcp_tool.mcp_session_manager import StdioConnectionParams, StreamableHTTPConnectionParams
from google.adk.tools.mcp_tool.mcp_toolset import McpToolset
from google.genai import types
from mcp import StdioServerParameters

from tests.clients.drivers.plain import Given


async def main(given: Given) -> None:
    if given.url:
        place = StreamableHTTPConnectionParams(url=given.url)
    else:
        server = StdioServerParameters(command=given.command, args=given.args, env=given.env)
        place = StdioConnectionParams(server_params=server)
    tools = McpToolset(connection_params=place)
    runner = InMemoryRunner(agent=LlmAgent(name="agent", model="gemini-2.5-flash", tools=[tools]), app_name="clients")
    session = await runner.session_service.create_session(app_name="clients", user_id="someone")
    message = types.Content(role="user", parts=[types.Part(text="Go on.")])
    async for _ in runner.run_async(user_id="someone", session_id=session.id, new_message=message):
        pass
    await tools.close()


given = Given.read()
os.environ["GOOGLE_API_KEY"] = "none"
os.environ["GOOGLE_GEMINI_BASE_URL"] = given.model
asyncio.run(main(given))
