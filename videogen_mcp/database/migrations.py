"""Bringing the tables of a shared database up to date, forward only.

Each part of the server lists its versions: a tuple of statements for each, first the one that makes its tables. Servers
of two versions run side by side while they are replaced, so a version only adds: columns that may be NULL or have a
default, tables, indexes. What nobody uses any more goes one release later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from videogen_mcp.database.database import Database, Session

Versions = Sequence[Sequence[str]]

TABLE = "CREATE TABLE IF NOT EXISTS schema_versions (part TEXT PRIMARY KEY, version BIGINT NOT NULL)"


class NewerDatabase(Exception):
    """The tables are those of a newer version of this program. The message says so, and what to do."""

    def __init__(self, part: str, found: int, known: int) -> None:
        super().__init__(
            f"the database is of a newer videogen-mcp: its tables for {part} are version {found}, this program knows"
            f" {known}. Install that version here, too; nothing was changed"
        )


async def migrate(database: Database, parts: Mapping[str, Versions]) -> None:
    """Carry out what the tables of the parts lack, in one transaction: all of it or nothing.

    Any number of servers may do so at once. Raises NewerDatabase, DatabaseUnavailable.
    """
    async with database.exclusive("schema") as session:
        await session.run(TABLE)
        for part, versions in parts.items():
            await _migrate(session, part, versions)


async def _migrate(session: Session, part: str, versions: Versions) -> None:
    rows = await session.rows("SELECT version FROM schema_versions WHERE part = ?", (part,))
    found = rows[0][0] if rows else 0
    if found > len(versions):
        raise NewerDatabase(part, found, len(versions))
    for statements in versions[found:]:
        for statement in statements:
            await session.run(statement)
    if found < len(versions):
        await session.run(
            "INSERT INTO schema_versions VALUES (?, ?) ON CONFLICT (part) DO UPDATE SET version = excluded.version",
            (part, len(versions)),
        )
