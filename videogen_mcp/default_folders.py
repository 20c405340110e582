"""Where things are kept when no setting says otherwise."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import platformdirs

PROGRAM = "videogen-mcp"
"""The name of the state directory."""

TASK_KEYS_IN_STATE = "task-keys"
"""The folder of the keys that seal task ids inside the state directory."""

SHARED_IN_STATE = "shared.sqlite3"
"""What the processes of a hosted server share inside the state directory, where there is no other database."""

OUTPUT_IN_STATE = "output"
"""The folder of results inside the state directory, for a user without a home."""


def home_folder() -> Path | None:
    """Return the home folder of this user. A HOME that is empty or relative says nothing; None where the list of users
    (passwd) has none either, as for `docker run --user 12345`."""
    if sys.platform == "win32" or os.environ.get("HOME", "").startswith("/"):
        return Path.home()
    import pwd

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return None


def default_output_dir(kind: str | None = None) -> Path:
    """Return a folder in which people look for a file of that kind: VideoGen in their pictures (`IMAGE`), their music
    (`AUDIO`), else in their videos, as the platform names these (XDG_VIDEOS_DIR, Movies).

    It may not exist yet. In the state directory of a user without a home.
    """
    home = home_folder()
    if home is None:
        return default_state_dir() / OUTPUT_IN_STATE
    of_kind = {"IMAGE": platformdirs.user_pictures_path, "AUDIO": platformdirs.user_music_path}
    folder = of_kind.get(kind or "", platformdirs.user_videos_path)()
    return (folder if folder.is_absolute() else home) / "VideoGen"


def default_state_dir() -> Path:
    """Return where the platform keeps a program's state: XDG_STATE_HOME, Application Support, LOCALAPPDATA.

    Version 0.1 did not heed XDG_STATE_HOME on macOS; a state directory that it left there is used on. An
    XDG_STATE_HOME that is not absolute is ignored, as the specification of these folders wants it. For a user without
    a home it is a path in the folder for temporary files, at which nothing may be kept.
    """
    home = home_folder()
    if sys.platform == "darwin" and home is not None and (home / "Library" / "Application Support" / PROGRAM).is_dir():
        return home / "Library" / "Application Support" / PROGRAM
    if sys.platform in ("win32", "darwin") or os.environ.get("XDG_STATE_HOME", "").startswith("/"):
        return platformdirs.user_state_path(PROGRAM, appauthor=False)
    return (home / ".local" / "state" if home is not None else Path(tempfile.gettempdir())) / PROGRAM
