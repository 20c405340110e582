"""`videogen-mcp demo`: what `make demo` runs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from videogen_mcp.commands import PROGRAM, complain
from videogen_mcp.commands.help import variables


def describe(parser: ArgumentParser) -> None:
    """Give the parser its arguments and the text of its help."""
    parser.description = (
        "A real MCP client starts this server with its sandbox, has media made, saves the files and shows them. It"
        " needs no account, spends nothing and leaves your settings out, whatever they are."
    )
    parser.epilog = (
        f"example:\n  {PROGRAM} demo --video --output films\n\nsettings (variables of the environment):\n"
        + variables("VIDEOGEN_MCP_STATE_DIR")
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--video", dest="choice", action="store_const", const="video", help="make a narrated video of half a minute"
    )
    what.add_argument("--all", dest="choice", action="store_const", const="all", help="run everything that makes media")
    parser.set_defaults(choice="picture")
    parser.add_argument(
        "--output", type=Path, default=Path("videogen-demo"), metavar="DIR", help="where files go (%(default)s)"
    )


def run(asked: Namespace, environment: Mapping[str, str]) -> int:
    """Run the demo; 0 when everything it asked for was made."""
    if find_spec("rich") is None:  # It comes with the sandbox. Asked before a second is spent on other imports.
        from videogen_mcp.installation import this_installation

        return complain(f"the demo needs the sandbox. Install it with: {this_installation().adding('sandbox')}")
    from videogen_mcp import demo

    return demo.main(asked.choice, output=asked.output, environment=environment)
