"""Servers of other libraries, each with one trivial tool: what ours is measured beside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.clients.environments import installed
from tests.clients.table import CLIENTS
from tests.e2e.node import node_of_wheel

BARE = """
from mcp.server.mcpserver import MCPServer

server = MCPServer("bare")


@server.tool()
def add(a: int, b: int) -> int:
    return a + b


server.run()
"""

FASTMCP = """
from fastmcp import FastMCP

server = FastMCP("bare")


@server.tool
def add(a: int, b: int) -> int:
    return a + b


server.run(show_banner=False)
"""

TYPESCRIPT = """
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const server = new McpServer({ name: "bare", version: "1" });
server.registerTool("add", { inputSchema: { a: z.number(), b: z.number() } }, async ({ a, b }) => ({
  content: [{ type: "text", text: String(a + b) }],
}));
await server.connect(new StdioServerTransport());
"""


def commands(folder: Path) -> tuple[Mapping[str, list[str]], Mapping[str, str]]:
    """Return what starts each peer that can be had here, by its name, and why the others cannot."""
    found = {"bare MCPServer": [sys.executable, str(_written(folder / "bare.py", BARE))]}
    missing: dict[str, str] = {}
    for name, command in (("FastMCP", _fastmcp), ("TypeScript SDK", _typescript)):
        here = _if_it_can_be_had(command, folder)
        if isinstance(here, str):
            missing[name] = here
        else:
            found[name] = here
    return found, missing


def _if_it_can_be_had(command: Callable[[Path], list[str]], folder: Path) -> list[str] | str:
    """Return the command, or why there is none."""
    try:
        return command(folder)
    except (OSError, subprocess.SubprocessError) as error:
        return f"could not be installed: {error}"


def _fastmcp(folder: Path) -> list[str]:
    return [str(_environment("fastmcp") / "bin" / "python"), str(_written(folder / "with_fastmcp.py", FASTMCP))]


def _typescript(folder: Path) -> list[str]:
    environment, node = _environment("typescript-v1"), node_of_wheel()
    if node is None:
        raise FileNotFoundError("Node is not there; `make node` brings it")
    script = _written(folder / "server.mjs", TYPESCRIPT)
    (folder / "node_modules").symlink_to(environment / "node_modules")  # Node looks for packages beside the script.
    return [node.path, str(script)]


def _environment(name: str) -> Path:
    return installed(next(client for client in CLIENTS if client.name == name))


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
