"""The journal's file is removed while something is written into it."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from videogen_mcp.executions.journal import Journal

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no file that is open"),
]

NOW = 1_800_000_000.0


class Removed(sqlite3.Connection):
    """A connection whose file is removed once, right before a statement that begins with `before`."""

    path: Path
    before: str

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> sqlite3.Cursor:  # type: ignore[override]
        if self.before and sql.startswith(self.before):
            Removed.before = ""
            for beside in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + beside).unlink()
        return super().execute(sql, values)


async def test_what_was_written_into_a_removed_file_is_in_the_new_one_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.sqlite3"
    monkeypatch.setattr(Removed, "path", path, raising=False)
    monkeypatch.setattr(Removed, "before", "", raising=False)
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Removed))
    with contextlib.closing(Journal.in_file(path)) as journal:
        Removed.before = "COMMIT"
        await journal.submitting("k", account="a", workflow="generate_image", label="a pear", now=NOW)
        assert (Removed.before, _rows(path)) == ("", [("k", None)])
        Removed.before = "UPDATE"
        journal.accepted("k", "id", NOW)
        assert (Removed.before, _rows(path)) == ("", [("k", "id")])


def _rows(path: Path) -> list[tuple[str, str | None]]:
    """Keys and executions, as another process finds them."""
    with contextlib.closing(sqlite3.connect(path)) as file:
        return file.execute("SELECT key, execution_id FROM executions").fetchall()
