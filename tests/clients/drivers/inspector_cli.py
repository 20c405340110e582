"""The command line of the MCP Inspector: a process for each call."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from tests.clients.drivers.plain import Given, converse


def run(*options: str) -> None:
    """Run with more options of the command line."""
    os.environ["MCP_CATALOG_PATH"] = str(Path("catalogue.json").resolve())
    asyncio.run(main(Given.read(), *options))


async def main(given: Given, *options: str) -> None:
    place = [given.url] if given.url else [given.command, *given.args]
    settings = [word for name, value in given.env.items() for word in ("-e", f"{name}={value}")]

    async def ask(*method: str) -> dict[str, Any]:
        process = await asyncio.create_subprocess_exec(
            *("mcp-inspector", "--cli", *settings, *options, "--quiet", "--method", *method, *place),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, errors = await process.communicate()
        if not out.strip():
            raise RuntimeError(errors.decode(errors="replace"))
        return dict(json.loads(out))

    async def call(tool: str, arguments: dict[str, Any]) -> str:
        answer = await ask("tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments))
        return "\n".join(block.get("text", "") for block in answer["content"])

    await converse(given, [tool["name"] for tool in (await ask("tools/list"))["tools"]], call)


if __name__ == "__main__":
    run()
