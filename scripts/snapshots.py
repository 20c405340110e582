"""Write down what clients are told about each tool: `make snapshots`.

`videogen_mcp/protocol/listing.json` is what the server lists. Under `tests/snapshots/` is one file per tool, its entry
of tools/list on stdio with all toolsets in today's era, keys sorted, so that a change shows in review.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, get_args

import anyio
from mcp import Client

from videogen_mcp.protocol import listing
from videogen_mcp.server import every_tool, open_parts, open_server
from videogen_mcp.settings import Settings, Toolset
from videogen_mcp.tools.cache import Caches

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "snapshots" / "tools"


async def entries(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the entries of tools/list by name, as they go over the wire."""
    async with open_server(settings) as server, Client(server) as client:
        tools = (await client.list_tools()).tools
    return {tool.name: tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools}


async def listed(settings: Settings) -> str:
    """Return what the package keeps of the list, with and without local files: JSON, a line for each tool."""
    found = []
    for name, local_files in (("local", True), ("remote", False)):
        async with open_parts(settings, local_files=local_files) as parts:
            rows = listing.rows(every_tool(parts, Caches.of(parts.clock)))
        lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
        found.append(f'"{name}": [\n{lines}\n]')
    return f"{{{', '.join(found)}}}\n"


def text(entry: dict[str, Any]) -> str:
    """Return an entry as its snapshot has it."""
    return json.dumps(entry, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def everything(state_dir: Path) -> Settings:
    """Return the settings of the snapshots: all toolsets, nothing of this user."""
    return Settings(state_dir=state_dir, journal=False, toolsets=frozenset(get_args(Toolset)))


def main() -> None:
    """Rewrite the folder."""
    with tempfile.TemporaryDirectory() as state_dir:
        listing.FILE.write_text(anyio.run(listed, everything(Path(state_dir))), encoding="utf-8")
        current = anyio.run(entries, everything(Path(state_dir)))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for stale in {path.stem for path in FOLDER.glob("*.json")} - set(current):
        (FOLDER / f"{stale}.json").unlink()
    for name, entry in current.items():
        (FOLDER / f"{name}.json").write_text(text(entry), encoding="utf-8")
    print(f"{len(current)} tools in {FOLDER}")


if __name__ == "__main__":
    main()
