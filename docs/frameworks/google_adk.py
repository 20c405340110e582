"""An agent of Google's Agent Development Kit that makes media. Needs google-adk[mcp] and GOOGLE_API_KEY."""

import asyncio
import os
import sys

from google.adk.agents import LlmAgent
from google.adk.runners import InMemoryRunner
from google.adk.tools.mcp_tool.mcp_session_manager import StdioConnectionParams
from google.adk.tools.mcp_tool.mcp_toolset import McpToolset
from google.genai.types import Content, Part
from mcp import StdioServerParameters

SETTINGS = {name: value for name, value in os.environ.items() if name.startswith("VIDEOGEN_")}
VIDEOGEN = StdioConnectionParams(
    server_params=StdioServerParameters(
        command="/path/to/videogen_mcp/.venv/bin/videogen-mcp",
        # The server knows that this kit stops listening after 5 s by itself, and has to be told that here it does not.
        env={"VIDEOGEN_MCP_WAIT": "280", **SETTINGS},
    ),
    timeout=300,
)


async def main(wish: str) -> None:
    tools = McpToolset(connection_params=VIDEOGEN)
    agent = LlmAgent(name="studio", model="gemini-2.5-flash", tools=[tools])
    runner = InMemoryRunner(agent=agent, app_name="studio")
    session = await runner.session_service.create_session(app_name="studio", user_id="me")
    message = Content(role="user", parts=[Part(text=wish)])
    async for event in runner.run_async(user_id="me", session_id=session.id, new_message=message):
        if event.is_final_response() and event.content:
            print("".join(part.text or "" for part in event.content.parts))
    await tools.close()


asyncio.run(main(sys.argv[1]))
