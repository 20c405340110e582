"""A shared database of each engine, for tests that hold for both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from videogen_mcp.database import postgres, sqlite
from videogen_mcp.database.database import Database


class Place:
    """Where a database is that any number of servers open; `url` is that of PostgreSQL, else it is a file."""

    def __init__(self, path: Path, url: str | None) -> None:
        self.path = path
        self.url = url

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        """Yield the database as one more server has it."""
        if self.url is not None:
            async with postgres.opened(self.url) as shared:
                yield shared
        else:
            async with sqlite.opened(self.path) as file:
                yield file


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty database, once of each engine."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    return Place(tmp_path / "shared.sqlite3", url)
