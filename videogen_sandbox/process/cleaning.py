"""The command `--clean`: makes room in a data directory, and says how much."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from videogen_sandbox.process.description import owner_locks
from videogen_sandbox.process.errors import SandboxUnavailable
from videogen_sandbox.process.requirements import require_extra

NOTHING = "There is nothing to clean."


def clean_old(data_dir: Path) -> str:
    """Remove what is old, also while a sandbox runs, and return what was removed in words. Raise SandboxUnavailable."""
    require_extra()
    from videogen_sandbox.service import DATABASE
    from videogen_sandbox.storage.cleaning import OLD_DAYS, remove_old
    from videogen_sandbox.storage.database import Database, DataUnusable
    from videogen_sandbox.storage.entities import Entities
    from videogen_sandbox.storage.files import Files
    from videogen_sandbox.storage.projects import Projects

    if not (data_dir / DATABASE).is_file():
        return NOTHING
    try:
        database = Database(data_dir / DATABASE)
    except DataUnusable as error:
        raise SandboxUnavailable(str(error)) from None
    try:
        removed = remove_old(
            database,
            Files(database, data_dir / "files"),
            Projects(database, data_dir / "projects"),
            Entities(database),
            time.time(),
        )
    finally:
        database.close()
    if not removed.files and not removed.projects:
        return f"Nothing was archived or older than {OLD_DAYS} days."
    return (
        f"Removed {removed.files} files and {removed.projects} projects that were archived or older than {OLD_DAYS} "
        f"days: {removed.bytes / 1e6:.1f} MB."
    )


def clean_all(data_dir: Path) -> str:
    """Remove all that a sandbox wrote into a data directory, and say so. Raise SandboxUnavailable while one runs."""
    require_extra()
    from videogen_sandbox.service import DATABASE, FOLDERS

    if not (data_dir / DATABASE).is_file():
        return NOTHING
    if any(lock.is_held() for lock in owner_locks(data_dir)):
        raise SandboxUnavailable("A sandbox is running on these files. Stop it first (--stop), then clean all.")
    for name in FOLDERS:
        shutil.rmtree(data_dir / name, ignore_errors=True)
    for path in data_dir.glob(f"{DATABASE}*"):
        path.unlink()
    return "Everything was removed."
