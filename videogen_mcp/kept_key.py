"""The API key that `videogen-mcp login` keeps for this user: in a file of its own, which nobody else may read."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from videogen_mcp.default_folders import PROGRAM
from videogen_mcp.setting_values import Fault, key_in, shown

FILE = "api-key"

PRIVATE_FOLDER = 0o700

OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""The rights of everybody but the owner, of which the file gives none."""


def key_file(environment: Mapping[str, str], home: Path | None, platform: str = sys.platform) -> Path | None:
    """Return the file, where the platform keeps programs' configuration: XDG_CONFIG_HOME, Application Support, APPDATA.

    It may not exist. None for a user without a home folder, for whom nothing is kept.
    """
    if home is None:
        return None
    variable = {"win32": "APPDATA", "darwin": ""}.get(platform, "XDG_CONFIG_HOME")
    named = Path(environment.get(variable) or ".")
    return (named if named.is_absolute() else usual_folder(home, platform)) / PROGRAM / FILE


def usual_folder(home: Path, platform: str = sys.platform) -> Path:
    """Return where programs' configuration is when no variable says so."""
    parts = {"win32": ("AppData", "Roaming"), "darwin": ("Library", "Application Support")}.get(platform, (".config",))
    return home.joinpath(*parts)


def exists(file: Path) -> bool:
    """Return whether a key is kept, usable or not."""
    return os.path.lexists(file)


def read(file: Path) -> str | None:
    """Return the key that is kept, None where there is none.

    Raise Fault, to be read after "the kept key", where the file cannot be used: others may read it, it holds no key, or
    it is no file. No fault shows the key.
    """
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None  # Also where the home folder is none (/dev/null), or another user's: nothing was kept there.
    except OSError as refused:
        raise Fault(f"is in {shown(str(file))}, which cannot be read ({refused.strerror})") from None
    if not stat.S_ISREG(status.st_mode):
        raise Fault(f"is in {shown(str(file))}, which is {_kind(status.st_mode)}")
    if os.name == "posix" and status.st_mode & OTHERS:
        raise Fault(f"is in {shown(str(file))}, which other users may read or write")
    return key_in(file, "is in")


def keep(file: Path, new: str) -> None:
    """Keep a key in the place of any other. Raise OSError where it cannot be kept; then the other one still is."""
    real = Path(os.path.realpath(file))
    for folder in (file.parent, real.parent):
        folder.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        file.parent.chmod(PRIVATE_FOLDER)  # Not that to which a link of the file leads: it is somebody else's.
    descriptor, name = tempfile.mkstemp(prefix=f".{FILE}.", dir=real.parent)  # With rights for the owner alone.
    try:
        with os.fdopen(descriptor, "w") as opened:
            opened.write(f"{new}\n")
            opened.flush()
            os.fsync(opened.fileno())
        Path(name).replace(real)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def forget(file: Path) -> bool:
    """Remove the key that is kept, and return whether there was one. Raise OSError where it cannot be removed."""
    try:
        file.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    with contextlib.suppress(OSError):  # Whatever else lies there is not ours to remove.
        file.parent.rmdir()
    return True


def _kind(mode: int) -> str:
    return "a folder" if stat.S_ISDIR(mode) else "no ordinary file"
