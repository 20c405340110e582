"""Claude Code, without a terminal (`claude -p`)."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.clients.drivers.plain import Given

MCP_CONFIG = Path("mcp.json")
QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_TELEMETRY": "1",
}
"""What it would look up on the network has nothing to do with its calls."""


def main(given: Given) -> None:
    server = {"command": given.command, "args": given.args, "env": given.env}
    if given.url:
        MCP_CONFIG.write_text(json.dumps({"mcpServers": {"videogen": {"type": "http", "url": given.url}}}))
    else:
        MCP_CONFIG.write_text(json.dumps({"mcpServers": {"videogen": server}}))
    os.environ.update(QUIET, ANTHROPIC_BASE_URL=given.model, ANTHROPIC_API_KEY="none")
    allowed = ["--allowedTools", "mcp__videogen,Bash,ToolSearch"]
    command = ["claude", "-p", "Go on.", "--mcp-config", str(MCP_CONFIG), "--strict-mcp-config", *allowed]
    os.execvp(command[0], command)


main(Given.read())
