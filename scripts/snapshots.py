"""Write down what clients are told about each tool, so that a change shows in review: `make snapshots`.

One file per tool, its entry of tools/list on stdio with all toolsets in today's era, keys sorted.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, get_args

import anyio
from mcp import Client

from videogen_mcp.server import open_server
from videogen_mcp.settings import Settings, Toolset

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "snapshots" / "tools"


async def entries(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the entries of tools/list by name, as they go over the wire."""
    async with open_server(settings) as server, Client(server) as client:
        tools = (await client.list_tools()).tools
    return {tool.name: tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools}


def text(entry: dict[str, Any]) -> str:
    """Return an entry as its snapshot has it."""
    return json.dumps(entry, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def everything(state_dir: Path) -> Settings:
    """Return the settings of the snapshots: all toolsets, nothing of this user."""
    return Settings(state_dir=state_dir, journal=False, toolsets=frozenset(get_args(Toolset)))


def main() -> None:
    """Rewrite the folder."""
    with tempfile.TemporaryDirectory() as state_dir:
        current = anyio.run(entries, everything(Path(state_dir)))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for stale in {path.stem for path in FOLDER.glob("*.json")} - set(current):
        (FOLDER / f"{stale}.json").unlink()
    for name, entry in current.items():
        (FOLDER / f"{name}.json").write_text(text(entry), encoding="utf-8")
    print(f"{len(current)} tools in {FOLDER}")


if __name__ == "__main__":
    main()
