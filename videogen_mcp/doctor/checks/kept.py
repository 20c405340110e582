"""What is kept on this machine: the folders of state and results, and the journal."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from videogen_mcp.doctor.context import Context
from videogen_mcp.doctor.findings import Finding, error, ok, skipped, warning
from videogen_mcp.doctor.threads import in_thread
from videogen_mcp.executions.journal_file import NEWER, Transaction, remedy
from videogen_mcp.executions.journal_schema import SCHEMA
from videogen_mcp.executions.journal_spending import submitted
from videogen_mcp.executions.machine import this_machine
from videogen_mcp.settings import Settings

LITTLE_SPACE = 1_000_000_000
"""Bytes. A finished video has some 100 MB, and the sandbox's networks and drafts as much again."""

LOCK_WAIT = 1.0
"""Seconds that the journal may be locked: its transactions take milliseconds."""

STATE_DIR, OUTPUT_DIR = "VIDEOGEN_MCP_STATE_DIR", "VIDEOGEN_MCP_OUTPUT_DIR"


async def folders(context: Context) -> list[Finding]:
    """Return whether state can be kept and results be saved, and how much space is left."""
    return await in_thread(lambda: list(_folders(context.settings)))


def _folders(settings: Settings) -> Iterator[Finding]:
    yield folder(settings.state_dir, "state", STATE_DIR)
    if settings.output_dir is not None:
        yield folder(settings.output_dir, "results", OUTPUT_DIR)
    else:
        for kind in ("VIDEO", "IMAGE", "AUDIO"):
            yield folder(settings.output_dir_for(kind), f"{kind.lower()} results", OUTPUT_DIR)
    for one in settings.allowed_dirs:
        if one.is_dir() and not os.access(one, os.R_OK | os.X_OK):
            yield warning(
                f"{one} may not be read by this user.", "Change its rights, or VIDEOGEN_MCP_ALLOWED_DIRS.", "allowed"
            )


def folder(path: Path, name: str, variable: str) -> Finding:
    """Return whether a folder can be written to, or be made; `variable` may name another one."""
    existing = next(one for one in (path, *path.parents) if os.path.lexists(one))
    if not existing.is_dir():
        return error(f"{path} cannot be used: {existing} is no folder.", f"Set {variable} to another folder.", name)
    try:
        if existing == path:
            with tempfile.TemporaryFile(dir=path):
                pass
        elif not os.access(existing, os.W_OK | os.X_OK):
            raise PermissionError(13, os.strerror(13))
        free = shutil.disk_usage(existing).free
    except OSError as refused:
        return error(
            f"{path} cannot be written to: {refused.strerror}.",
            f"Change the rights of {existing}, or set {variable} to another folder.",
            name,
        )
    made = "" if existing == path else " (made when first needed)"
    if free < LITTLE_SPACE:
        return warning(f"{path}{made} has {_size(free)} left.", f"Free some space, or set {variable}.", name)
    return ok(f"{path}{made}, {_size(free)} free.", name)


async def journal(context: Context) -> Finding:
    """Return whether the record of what was started can be used."""
    settings = context.settings
    if settings.hosted and settings.database is not None:
        return skipped("It is in the database of VIDEOGEN_MCP_DATABASE.")
    if not settings.journal:
        return warning(
            "It is off: what is running is forgotten with the process, and limits are not kept across processes.",
            "Remove VIDEOGEN_MCP_JOURNAL, unless nothing may be written on this machine.",
        )
    return await in_thread(partial(_journal, journal_path(settings)))


def journal_path(settings: Settings) -> Path:
    """Return where the journal is."""
    return settings.state_dir / "journal.sqlite3"


def _journal(path: Path) -> Finding:
    try:
        if not path.exists():
            return ok(f"There is none yet; it will be {path}.")
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=LOCK_WAIT)) as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA:
                return _unusable(path, NEWER)
            (rows,) = database.execute("SELECT count(*) FROM executions").fetchone() if version else (0,)
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
    except OSError as refused:
        return _unusable(path, refused.strerror or str(refused))
    except sqlite3.Error as trouble:
        return _unusable(path, str(trouble))
    return ok(f"{path} knows {rows} {'execution' if rows == 1 else 'executions'}{_owner(path)}.")


def _unusable(path: Path, why: str) -> Finding:
    return error(f"The journal {path} cannot be used: {why}.", f"{remedy(why)}.")


def _owner(path: Path) -> str:
    """Return that a file belongs to another user, who may have started the server as root once."""
    if os.name != "posix" or (owner := path.stat().st_uid) == os.geteuid():
        return ""
    return f"; it belongs to another user ({owner})"


def submitted_within_the_hour(settings: Settings, account: str, now: float) -> int | None:
    """Return how many executions an account has submitted within the last hour, as the journal's file counts them;
    None where it cannot be read, of which `journal` says why."""
    path = journal_path(settings)
    if not settings.journal:
        return 0
    try:
        if not path.exists():
            return 0
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=LOCK_WAIT)) as database:
            return len(asyncio.run(submitted(Transaction(database), this_machine(), account, None, now)))
    except (OSError, sqlite3.Error):
        return None


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count < 1e10 else f"{count / 1e9:.0f} GB"
