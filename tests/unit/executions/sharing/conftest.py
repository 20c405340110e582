"""A database of each engine, with the tables that pollers share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.databases import Place
from videogen_mcp.database.database import Database
from videogen_mcp.database.migrations import migrate
from videogen_mcp.executions.sharing.tables import VERSIONS


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    """The database as one process has it."""
    async with place.opened() as database:
        await migrate(database, {"polling": VERSIONS})
        yield database
