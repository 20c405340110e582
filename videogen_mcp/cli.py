"""The command line: finds the command that was typed, and runs it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from typing import NoReturn

from videogen_mcp import __version__, key_shapes
from videogen_mcp.commands import COMMANDS, INTERRUPTED, PROGRAM, command
from videogen_mcp.commands.help import Help, variables

HANDED_OVER = "sandbox"
"""The command whose arguments, `--help` among them, are read by another program."""


class Parser(argparse.ArgumentParser):
    """Repeats what was typed wrongly without the keys in it."""

    def error(self, message: str) -> NoReturn:
        """Leave with exit code 2, after what is wrong."""
        super().error(key_shapes.hidden(message))


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script: run the command, then leave with its exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # Help in an encoding without "…" is better than a stack trace.
    sys.exit(run(sys.argv[1:] if arguments is None else arguments, os.environ))


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command and return its exit code. Without any it is `serve`, as hosts start it; a person who types that
    on a terminal reads what it is instead."""
    if not arguments and sys.stdin is not None and sys.stdin.isatty():
        from videogen_mcp.commands import welcome

        return welcome.run()
    typed = list(arguments) or ["serve"]
    if typed[0] == HANDED_OVER:
        asked = argparse.Namespace(command=HANDED_OVER, arguments=typed[1:])
    else:
        asked = parser(typed[0]).parse_args(typed)
    try:
        return command(asked.command).run(asked, environment)
    except KeyboardInterrupt:
        return INTERRUPTED


def parser(described: str = "") -> argparse.ArgumentParser:
    """Return the parser of one command, which is all that a start needs; of any other word, that of all commands
    without their arguments."""
    top = Parser(
        prog=PROGRAM,
        formatter_class=Help,
        description="MCP server for VideoGen: AI agents make and edit images, clips, speech, music and finished videos."
        " Without a command it serves over stdio, as hosts start it.",
        epilog=f"example:\n  {PROGRAM} install claude-desktop\n\n"
        "settings (variables of the environment; README.md has all):\n"
        + variables("VIDEOGEN_API_KEY", "VIDEOGEN_MCP_SANDBOX", "VIDEOGEN_MCP_WAIT", "VIDEOGEN_MCP_OUTPUT_DIR"),
    )
    top.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    listed = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    if described in COMMANDS:
        command(described).describe(listed.add_parser(described, formatter_class=Help))
        return top
    for name, summary in COMMANDS.items():
        listed.add_parser(name, help=summary)
    return top
