"""What a person reads who types `videogen-mcp`: hosts start it too, but with pipes."""

from __future__ import annotations

from videogen_mcp import __version__
from videogen_mcp.commands import PROGRAM, say
from videogen_mcp.installation import Installation, this_installation
from videogen_mcp.installing.hosts import BY_NAME


def run() -> int:
    """Say what this is and what can be done with it; 0."""
    say(words(this_installation()))
    return 0


def words(installation: Installation) -> str:
    """Return what the program is, and the lines that a person types here."""
    return f"""\
{PROGRAM} {__version__} is an MCP server: with it, AI agents make and edit images,
clips, speech, music and finished videos (VideoGen), with or without an account.

Programs such as Claude, Cursor, VS Code and Codex start it themselves and speak
with it through pipes. On a terminal there is nothing to type but this:

add it to a program ({", ".join(tuple(BY_NAME)[:3])}, …):
  {installation.running("install", "HOST")}
see it make a picture, without an account:
  {installation.running("demo")}
see whether everything works, and what to do about what does not:
  {installation.running("doctor")}
all commands; `serve` waits for a client on this terminal all the same:
  {installation.running("--help")}"""
