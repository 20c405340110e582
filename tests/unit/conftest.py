from __future__ import annotations

from pathlib import Path
from typing import get_args

import anyio
import pytest

from tests.isolation import logging_restored
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings, Toolset
from videogen_mcp.tools.base import Tool


@pytest.fixture(scope="session")
def every_tool(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tool]:
    """Every tool of every toolset, by name; where it differs, as it is on stdio."""

    async def read(state_dir: Path) -> dict[str, Tool]:
        settings = Settings(state_dir=state_dir, toolsets=frozenset(get_args(Toolset)))
        async with open_parts(settings) as here, open_parts(settings, local_files=False) as elsewhere:
            return {**build_handlers(elsewhere).tools.by_name, **build_handlers(here).tools.by_name}

    with logging_restored():  # The fixture outlives the test that is the first to ask for it.
        return anyio.run(read, tmp_path_factory.mktemp("surface"))
