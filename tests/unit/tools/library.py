"""A client of the file tools, the real server and a service on loopback."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp import Client

from tests.loopback import KEY, Loopback, loopback
from videogen_mcp.server import open_server
from videogen_mcp.settings import Settings


@dataclass
class Server:
    """A client, its server's settings and the service behind them."""

    client: Client
    service: Loopback
    settings: Settings

    async def call(self, tool: str, **arguments: Any) -> tuple[dict[str, Any], str, bool]:
        """Structure, text and whether it is an error; nothing secret is ever in either."""
        result = await self.client.call_tool(tool, arguments)
        text = "\n".join(getattr(block, "text", "") for block in result.content)
        structured = dict(result.structured_content or {})
        assert KEY not in text + json.dumps(structured)
        assert "/put/" not in text + json.dumps(structured)
        return structured, text, bool(result.is_error)


@asynccontextmanager
async def serving(tmp_path: Path) -> AsyncIterator[Server]:
    """Media are allowed in `media`, results are saved in `out`."""
    async with loopback() as service:
        settings = Settings(
            api_key=KEY,
            base_url=service.url,
            dialect="v2",
            output_dir=tmp_path / "out",
            allowed_dirs=(tmp_path / "media",),
            state_dir=tmp_path / "state",
        )
        (tmp_path / "media").mkdir()
        async with open_server(settings) as opened, Client(opened) as client:
            yield Server(client, service, settings)
