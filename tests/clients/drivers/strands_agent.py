"""Strands Agents."""

from __future__ import annotations

from mcp import StdioServerParameters, stdio_client
from strands import Agent
from strands.models.openai import OpenAIModel
from strands.tools.mcp import MCPClient

from tests.clients.drivers.plain import Given


def main(given: Given) -> None:
    server = StdioServerParameters(command=given.command, args=given.args, env=given.env)
    model = OpenAIModel(client_args={"api_key": "none", "base_url": f"{given.model}/v1"}, model_id="scripted")
    with MCPClient(lambda: stdio_client(server)) as client:
        Agent(model=model, tools=client.list_tools_sync())("Go on.")


main(Given.read())
