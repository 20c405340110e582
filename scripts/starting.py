"""How hosts start the server from what is made for them: plugins and links.

As long as PUBLISHED is False, nothing that is checked in names the distribution to an index, where a stranger could own
the name: it starts the command videogen-mcp, which is on the PATH of whoever installed a clone as a tool. What is made
for this machine alone (`make plugins`, `make links`) starts this checkout by its absolute path.
"""

from __future__ import annotations

from pathlib import Path

from videogen_mcp import __version__
from videogen_mcp.installation import DISTRIBUTION, SCRIPT, shell_line, this_installation

PUBLISHED = False
"""Whether the distribution is on PyPI under our name. docs/releasing.md says when it becomes True."""

Command = tuple[str, ...]

BY_NAME: Command = (SCRIPT,)
"""Found on the PATH: the same on every machine."""


def from_index(version: str = __version__) -> Command:
    """What starts a version that is published, on a machine with nothing but uv."""
    return ("uvx", "--from", f"{DISTRIBUTION}[sandbox]=={version}", SCRIPT)


def checked_in() -> Command:
    """What the files in the repository start."""
    return from_index() if PUBLISHED else BY_NAME


def here() -> Command:
    """What starts this checkout."""
    return this_installation().command


def by_a_name(command: Command) -> Command:
    """Return a command whose program is a name and no path, which is all that the portable form of plugins takes."""
    if not Path(command[0]).is_absolute():
        return command
    return ("uv", "run", "--no-sync", "--project", this_installation().source, SCRIPT)


def line(command: Command) -> str:
    """Return the command as it is typed."""
    return shell_line(*command)
