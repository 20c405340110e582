"""One text of SQL for both engines.

Statements are written as SQLite takes them, in words that PostgreSQL has too: DOUBLE PRECISION instead of REAL (which
has four bytes there), BIGINT, ON CONFLICT, no RETURNING (SQLite before 3.35 has none), NULLS LAST where it matters.
In both, `now()` is the database's own time in Unix seconds; SQLite is taught that, and `greatest`.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

MARK = re.compile(r"\?(\d*)")

SAME = re.compile(r"\bIS (NOT )?(?=\?)")
"""SQLite's comparison in which NULL equals NULL."""

NOW, POSTGRES_NOW = "now()", "extract(epoch FROM statement_timestamp())::float8"


@lru_cache(maxsize=512)
def for_postgres(sql: str) -> str:
    """Return a statement as psycopg takes it: marks are named by their number, `IS ?` in PostgreSQL's words."""
    numbers = iter(range(1, sql.count("?") + 1))

    def named(mark: re.Match[str]) -> str:
        return f"%(v{mark[1] or next(numbers)})s"

    same = SAME.sub(lambda found: "IS DISTINCT FROM " if found[1] else "IS NOT DISTINCT FROM ", sql.replace("%", "%%"))
    return MARK.sub(named, same).replace(NOW, POSTGRES_NOW)


def teach_sqlite(database: sqlite3.Connection, now: Callable[[], float]) -> None:
    """Teach a connection the functions of common statements that SQLite lacks; `now` returns Unix seconds."""
    database.create_function("now", 0, now)
    database.create_function("greatest", -1, max)


def named_values(values: Sequence[Any]) -> dict[str, Any]:
    """Return the values of a statement under the names that `for_postgres` gives its marks.

    Texts lose the character NUL, which PostgreSQL cannot hold.
    """
    held = (value.replace("\0", "") if isinstance(value, str) else value for value in values)
    return {f"v{place}": value for place, value in enumerate(held, start=1)}
