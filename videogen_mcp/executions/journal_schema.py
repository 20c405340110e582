"""The tables of the journal on both engines, and how the rows of one copy of a file are merged into another."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

SCHEMA = 1
"""Raised only for changes that older versions cannot live with. Columns that were ADDED are none."""

TABLES = """
CREATE TABLE IF NOT EXISTS executions (
    key TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    workflow TEXT NOT NULL,
    label TEXT NOT NULL,
    execution_id TEXT,
    state TEXT NOT NULL,
    process BIGINT NOT NULL,
    submitted_at DOUBLE PRECISION NOT NULL,
    accepted_at DOUBLE PRECISION,
    ended_at DOUBLE PRECISION,
    delivered_at DOUBLE PRECISION,
    files TEXT NOT NULL DEFAULT '[]',
    error TEXT
);
CREATE INDEX IF NOT EXISTS by_time ON executions (account, submitted_at);
CREATE TABLE IF NOT EXISTS cuts (
    client TEXT NOT NULL, elapsed DOUBLE PRECISION NOT NULL, at DOUBLE PRECISION NOT NULL
);
CREATE TABLE IF NOT EXISTS uploads (
    account TEXT NOT NULL, hash TEXT NOT NULL, file_id TEXT NOT NULL, at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, hash)
);
"""

ADDED = {
    "kind": "TEXT NOT NULL DEFAULT 'tool_execution'",
    "project_id": "TEXT",
    "owner": "TEXT",
    "boot": "TEXT",
    "uptime": "DOUBLE PRECISION",
    "client": "TEXT",
    "subject": "TEXT",
    "wish": "TEXT",
    "attended": "BIGINT",
    "cut": "TEXT",
    "listed": "TEXT",
    "listed_at": "DOUBLE PRECISION",
    "listed_up": "DOUBLE PRECISION",
    "unclear_at": "DOUBLE PRECISION",
    "unclear_up": "DOUBLE PRECISION",
    "took": "DOUBLE PRECISION",
    "project_url": "TEXT",
    "edits": "TEXT",
    "actions": "TEXT",
    "then_export": "TEXT",
    "halted": "BIGINT",
    "parent": "TEXT",
    "save_to": "TEXT",
    "archived": "TEXT",
    "requested": "BIGINT",
    "settings": "TEXT",
}
"""Columns of the executions that version 0.1 did not have; its files get them when they are opened."""

INDEXES = {
    "by_account": "(account, execution_id)",
    "by_wish": "(account, wish) WHERE delivered_at IS NULL",
    "by_parent": "(parent) WHERE parent IS NOT NULL",
    "by_end": "(account, workflow, state, ended_at, took) WHERE took IS NOT NULL",
    "by_uptime": "(account, boot, uptime)",
}
"""Indexes of the executions that version 0.1 did not have: with them, what a call asks for takes as long with thousands
of executions of an account as with one."""

_STATEMENTS = [statement for statement in TABLES.split(";") if statement.strip()]

SHARED_TABLES = (
    (
        *_STATEMENTS,
        *(f"ALTER TABLE executions ADD COLUMN {name} {kind}" for name, kind in ADDED.items()),
        *(f"CREATE INDEX {name} ON executions {columns}" for name, columns in INDEXES.items()),
        "CREATE TABLE replicas (id TEXT PRIMARY KEY, seen DOUBLE PRECISION NOT NULL)",
    ),
)
"""The same in a shared database, by version (`database.migrations`). A column that comes later stands among ADDED, and
is added here by a version of its own, unless it is there (ADD COLUMN IF NOT EXISTS)."""

MERGED_TABLES = ("executions", "cuts", "uploads")

OUTCOME = ("state", "error", "files", "ended_at")
"""Columns that are taken over together, from the row that knows more."""


LATEST = ("attended", "cut", "save_to", "archived")
"""Columns that change back and forth: what the source says of them is newer."""


def lacks(db: sqlite3.Connection) -> list[str]:
    """Return the statements that bring an opened database up to date; none when nothing is missing."""
    present = _columns(db, "executions")
    indexed = {row[1] for row in db.execute("PRAGMA index_list(executions)")}
    additions = [f"ALTER TABLE executions ADD COLUMN {name} {ADDED[name]}" for name in ADDED if name not in present]
    additions += [f"CREATE INDEX {name} ON executions {INDEXES[name]}" for name in INDEXES if name not in indexed]
    if present and db.execute("PRAGMA user_version").fetchone()[0] == SCHEMA:
        return additions
    return [*_STATEMENTS, *additions, f"PRAGMA user_version = {SCHEMA}"]


def merge(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Bring the target's rows up to what the source knows. Nothing known gets lost, and once is as good as twice."""
    for table in MERGED_TABLES:
        columns = _columns(source, table)
        rows = source.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
        target.executemany(_merging(table, columns), rows)


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]


def _merging(table: str, columns: Sequence[str]) -> str:
    """Return the statement that merges one row."""
    names, marks = ", ".join(columns), ", ".join(f"?{place + 1}" for place in range(len(columns)))
    if table == "executions":
        assignments = ", ".join(f"{name} = {_merged(name)}" for name in columns if name != "key")
        return f"INSERT INTO executions ({names}) VALUES ({marks}) ON CONFLICT (key) DO UPDATE SET {assignments}"
    same = " AND ".join(f"{name} IS ?{place + 1}" for place, name in enumerate(columns))
    new = f"SELECT {marks} WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE {same})"
    return f"INSERT INTO {table} ({names}) {new} ON CONFLICT DO NOTHING"


def _merged(column: str) -> str:
    if column in OUTCOME:
        wins = f"{_knowledge('excluded')} > {_knowledge('executions')}"
        return f"CASE WHEN {wins} THEN excluded.{column} ELSE executions.{column} END"
    if column in LATEST:
        return f"COALESCE(excluded.{column}, executions.{column})"
    return f"COALESCE(executions.{column}, excluded.{column})"


def _knowledge(row: str) -> str:
    """Return how much a row knows, as an expression: an id counts more than an end, an end more than a doubt."""
    return (
        f"(CASE WHEN {row}.execution_id IS NULL THEN 0 ELSE 4 END"
        f" + CASE WHEN {row}.ended_at IS NULL THEN 0 ELSE 2 END"
        f" + CASE WHEN {row}.state = 'submitting' THEN 0 ELSE 1 END)"
    )
