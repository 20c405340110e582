"""The commands, a module for each. One is imported when it runs, and imports what it needs when it runs: a host
measures how fast the server answers."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from importlib import import_module
from typing import Protocol, TextIO, cast

PROGRAM = "videogen-mcp"

COMMANDS: Mapping[str, str] = {
    "serve": "serve MCP, over stdio (the default) or HTTP",
    "demo": "let a real MCP client make media in the sandbox; needs no account",
    "install": "write this server into the configuration of a host",
    "login": "keep your API key, for every host that starts this server",
    "doctor": "say what works here, and what to do about what does not",
    "sandbox": "serve the sandbox alone (the command videogen-sandbox)",
}
"""Names of modules here, and the line of each in `--help`."""

WRONG_USE = 2
"""Exit code for a command line or, where no host waits, a setting that cannot be used: what argparse uses too."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""


class Command(Protocol):
    """What the module of a command has."""

    def describe(self, parser: ArgumentParser) -> None:
        """Give the parser of this command its arguments and the text of its help."""

    def run(self, asked: Namespace, environment: Mapping[str, str]) -> int:
        """Do what was asked for and return the exit code."""


def command(name: str) -> Command:
    """Import the module of a command, which is a key of `COMMANDS`."""
    return cast(Command, import_module(f"{__name__}.{name}"))


def say(words: str) -> bool:
    """Print a line on stdout, and return whether that could be done; what the terminal's encoding does not have comes
    out as a question mark.

    Where nobody reads on (`| head -1`) it goes nowhere: what a command does, it does all the same.
    """
    encoding = (sys.stdout and sys.stdout.encoding) or "utf-8"
    refused = _printed(sys.stdout, words.encode(encoding, "replace").decode(encoding))
    if refused is not None and not isinstance(refused, BrokenPipeError):
        complain(f"the output cannot be written: {refused.strerror}")
    return refused is None


def remark(words: str) -> None:
    """Print a line on stderr, beside what programs read on stdout."""
    _printed(sys.stderr, words)


def complain(words: str, code: int = 1) -> int:
    """One line on stderr, never a stack trace, and the exit code to leave with."""
    remark(f"{PROGRAM}: {words}")
    return code


def _printed(stream: TextIO | None, words: str) -> OSError | None:
    """Print a line at once, and return why that cannot be done; None where it was done, and where the process has no
    such stream since it was closed."""
    if stream is None:
        return None
    try:
        stream.write(f"{words}\n")
        stream.flush()
    except OSError as refused:
        nowhere = os.open(os.devnull, os.O_WRONLY)  # For what is still buffered when the process ends, too.
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        return refused
    return None
