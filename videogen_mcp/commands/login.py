"""`videogen-mcp login`: keeps an API key for this user."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from videogen_mcp import kept_key
from videogen_mcp.commands import PROGRAM, WRONG_USE, complain, say
from videogen_mcp.commands.key_check import checked_by
from videogen_mcp.installing.keys import WHERE, Keeper, NotKept, asked
from videogen_mcp.settings import Settings

PROMPT = f"VideoGen API key (from {WHERE}; it is not shown as you type): "


def describe(parser: argparse.ArgumentParser) -> None:
    """Give the parser its arguments."""
    parser.description = (
        "Keeps your VideoGen API key in a file that only you can read, for every host that starts this server.\n"
        "It is asked for without being shown, or read from standard input where that is no terminal.\n"
        "VIDEOGEN_API_KEY and VIDEOGEN_API_KEY_FILE win over it; without any key the sandbox is used."
    )
    parser.epilog = f"example:\n  {PROGRAM} login\n  {PROGRAM} login < key.txt"
    parser.add_argument("--forget", action="store_true", help="remove the key that is kept")
    parser.add_argument("typed", nargs="*", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Keep a key or forget it; 1 where that was not done, 2 where the key was typed into the command line."""
    if arguments.typed:
        return complain(
            "a key is not taken from the command line, which other users and the shell's history see; type it when it"
            " is asked for, or pipe it. Nothing was changed",
            WRONG_USE,
        )
    settings = Settings.from_environment(environment)
    file = kept_key.key_file(environment, settings.home)
    if file is None:
        return complain("this user has no home folder, so there is no place for a key; set VIDEOGEN_API_KEY_FILE")
    keeper = Keeper(file, checked_by(settings))
    if arguments.forget:
        return _forget(keeper)
    if keeper.has_one:
        say(f"A key is kept already, in {file}; a new one takes its place.")
    try:
        text = asked(PROMPT)
        if text is None:
            return complain("no key was given; nothing was changed")
        say(keeper.keep(text))
    except NotKept as refused:
        return complain(f"the key was not kept. {refused}.")
    if settings.key_source in ("environment", "file of VIDEOGEN_API_KEY_FILE"):
        variable = "VIDEOGEN_API_KEY" if settings.key_source == "environment" else "VIDEOGEN_API_KEY_FILE"
        say(f"{variable} is set here, and wins over it wherever that is so.")
    return 0


def _forget(keeper: Keeper) -> int:
    try:
        gone = kept_key.forget(keeper.file)
    except OSError as refused:
        return complain(f"{keeper.file} cannot be removed ({refused.strerror})")
    say(f"The key is gone from {keeper.file}." if gone else f"No key is kept ({keeper.file} does not exist).")
    return 0
