from __future__ import annotations

from pathlib import Path
from typing import get_args

import anyio
import pytest

from tests.isolation import logging_restored
from videogen_mcp.calls.replies import Answer, AnswerError, AnswerFile
from videogen_mcp.protocol.guides import MEANINGS
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings, Toolset
from videogen_mcp.tools.base import Tool

OF_FILES = {"download_url", "thumbnail_url", "links_expire_at"}
"""What get_file says beyond other answers."""


@pytest.fixture(scope="session")
def every_tool(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tool]:
    """Every tool of every toolset, by name."""

    async def read(state_dir: Path) -> dict[str, Tool]:
        settings = Settings(state_dir=state_dir, toolsets=frozenset(get_args(Toolset)))
        async with open_parts(settings) as parts:
            return build_handlers(parts).tools.by_name

    with logging_restored():  # The fixture outlives the test that is the first to ask for it.
        return anyio.run(read, tmp_path_factory.mktemp("surface"))


@pytest.fixture(scope="session")
def known_names(every_tool: dict[str, Tool]) -> set[str]:
    """What a text for agents may name: tools, their arguments, what answers hold, and error codes."""
    arguments = {name for tool in every_tool.values() for name in tool.input_schema["properties"]}
    fields = {*Answer.model_fields, *AnswerFile.model_fields, *AnswerError.model_fields}
    return {*every_tool, *arguments, *fields, *OF_FILES, *MEANINGS}
