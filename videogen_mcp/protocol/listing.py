"""What clients are told about the tools, written down beforehand as package data.

Hosts measure how long it takes until the tools are listed, and a tenth of that would be the making of models and
schemas, which the first call needs and the list does not. `make snapshots` writes the list down; a test holds it equal
to the tools.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp_types import Tool as Listed

from videogen_mcp.settings import Settings, Toolset

if TYPE_CHECKING:
    from videogen_mcp.tools.base import Tool

FILE = Path(__file__).with_name("listing.json")

APPS = "io.modelcontextprotocol/ui"
"""The extension MCP Apps: hosts show pages of servers in the chat."""

PLAYER = "ui://player"
"""The page that shows files (`protocol/apps.py`). Its name is short, as every tool that gives files has it."""


def listing(settings: Settings, *, local_files: bool) -> list[Listed]:
    """Return the entries of tools/list. `local_files`: whether paths of this machine are taken."""
    listed = _read()["local" if local_files else "remote"]
    return [
        Listed.model_validate(row["entry"])
        for row in listed
        if row["toolset"] in settings.toolsets and _exists(row, settings)
    ]


def missing(settings: Settings, *, local_files: bool) -> dict[str, str | None]:
    """Return the names of all other tools, and the toolset that would have to be on for each; None: none would help."""
    written = _read()
    able = {row["entry"]["name"] for row in written["local" if local_files else "remote"] if _exists(row, settings)}
    toolsets = {row["entry"]["name"]: row["toolset"] for rows in written.values() for row in rows}
    return {
        name: toolset if name in able else None
        for name, toolset in toolsets.items()
        if name not in able or toolset not in settings.toolsets
    }


@cache
def _read() -> dict[str, list[dict[str, Any]]]:
    """Return what is written down, which is the same for all servers of a process: nobody changes it."""
    written: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_text(encoding="utf-8"))
    return written


def _exists(row: dict[str, Any], settings: Settings) -> bool:
    """Return whether the chosen version of the API has what the tool does."""
    return settings.dialect == "auto" or settings.dialect in row["eras"]


def rows(tools: Iterable[tuple[Toolset, Tool]]) -> list[dict[str, Any]]:
    """Return the tools, those of an API of any version, as they are written down."""
    return [
        {
            "toolset": toolset,
            "eras": tool.eras,
            "entry": entry(tool).model_dump(mode="json", by_alias=True, exclude_none=True),
        }
        for toolset, tool in tools
    ]


def entry(tool: Tool) -> Listed:
    """Return the entry of a tool."""
    return Listed(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=tool.annotations,
        meta={"ui": {"resourceUri": PLAYER}} if tool.gives_files else None,
    )
