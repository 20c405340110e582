"""The command line of the MCP Inspector with today's protocol, in which it makes tasks."""

from __future__ import annotations

from tests.clients.drivers.inspector_cli import run

run("--protocol-era", "modern")
