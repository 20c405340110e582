"""The commands. Each imports what it needs when it runs: a host measures how fast the server answers."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from videogen_mcp import __version__
from videogen_mcp.settings import Settings, SettingsError

if TYPE_CHECKING:
    from videogen_sandbox.api.faults import Faults

PROGRAM = "videogen-mcp"

WRONG_USE = 2
"""Exit code for a command line or a setting that cannot be meant: what argparse uses too."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""

SANDBOX_PORT = 8791

HTTP_PORT = 8000


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script: run the command, then leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments, os.environ))


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command and return its exit code."""
    asked = parser().parse_args(arguments)
    try:
        settings = Settings.from_environment(environment)
    except SettingsError as error:
        return complain(str(error), WRONG_USE)
    try:
        if asked.command == "sandbox":
            return _sandbox(asked, settings)
        if asked.command == "demo":
            return _demo(asked, environment)
        return _serve(asked, settings)
    except KeyboardInterrupt:
        return INTERRUPTED


def parser() -> argparse.ArgumentParser:
    """The command line as `--help` shows it."""
    top = argparse.ArgumentParser(
        prog=PROGRAM,
        description="MCP server for VideoGen. Without a command it serves over stdio, as hosts start it.",
    )
    top.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve MCP, over stdio (the default) or HTTP")
    serve.add_argument("--transport", choices=("stdio", "http"), default="stdio", help="(%(default)s)")
    serve.add_argument("--host", default="127.0.0.1", help="HTTP: address of this machine to listen on (%(default)s)")
    serve.add_argument("--port", type=_port, default=HTTP_PORT, help="HTTP: 0 picks a free one (%(default)s)")

    demo = commands.add_parser("demo", help="let a real MCP client make media in the sandbox; needs no account")
    demo.add_argument("--all", action="store_true", help="run every workflow")
    demo.add_argument(
        "--output", type=Path, default=Path("videogen-demo"), metavar="DIR", help="where files go (%(default)s)"
    )

    sandbox = commands.add_parser("sandbox", help="serve the sandbox alone; the first line is its URL and key")
    sandbox.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    sandbox.add_argument("--port", type=_port, default=SANDBOX_PORT, help="0 picks a free one (%(default)s)")
    sandbox.add_argument("--data-dir", type=Path, metavar="DIR", help="where it keeps files and state")
    sandbox.add_argument("--dialect", choices=("v0", "v2"), default="v2", help="which era of the API (%(default)s)")
    sandbox.add_argument(
        "--faults", type=_faults, metavar="SHARES", help="break requests: rate_limited=0.1,server_error=0.05,seed=7"
    )
    sandbox.add_argument("--stop", action="store_true", help="end the sandbox that runs in the background")
    return top


def complain(words: str, code: int = 1) -> int:
    """One line on stderr, never a stack trace, and the exit code to leave with."""
    sys.stderr.write(f"{PROGRAM}: {words}\n")
    return code


@contextmanager
def loading() -> Iterator[None]:
    """Import without looking for garbage: nearly all of what is loaded stays, and looking through it again and again
    takes a tenth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def log_to_stderr(level: str) -> None:
    """Send this process's log to stderr: stdout belongs to MCP."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=level, stream=sys.stderr)


def _serve(asked: argparse.Namespace, settings: Settings) -> int:
    if getattr(asked, "transport", "stdio") == "http":
        return _serve_http(asked, settings)
    with loading():
        from videogen_mcp.protocol import stdio
        from videogen_mcp.server import open_server

    log_to_stderr(settings.log_level)
    stdio.serve(partial(open_server, settings))
    return 0


def _serve_http(asked: argparse.Namespace, settings: Settings) -> int:
    with loading():
        from videogen_mcp.protocol import http
        from videogen_mcp.server import open_shared_server

    log_to_stderr(settings.log_level)
    try:
        http.serve(partial(open_shared_server, settings), settings, asked.host, asked.port)
    except http.CannotServe as error:
        return complain(str(error))
    return 0


def _demo(asked: argparse.Namespace, environment: Mapping[str, str]) -> int:
    try:
        from videogen_mcp import demo
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] != "rich":
            raise
        return complain('the demo needs the sandbox; install it with: pip install "videogen-mcp-server[sandbox]"')
    return demo.main(everything=asked.all, output=asked.output, environment=environment)


def _sandbox(asked: argparse.Namespace, settings: Settings) -> int:
    from videogen_sandbox.process import process

    try:
        if asked.stop:
            stopped = process.stop(settings.state_dir)
            sys.stdout.write("The sandbox has stopped.\n" if stopped else "No sandbox was running.\n")
            return 0
        data_dir = asked.data_dir or settings.state_dir / "sandbox"
        process.serve(host=asked.host, port=asked.port, data_dir=data_dir, dialect=asked.dialect, faults=asked.faults)
    except process.SandboxUnavailable as error:
        return complain(str(error))
    return 0


def _faults(text: str) -> Faults:
    from videogen_sandbox.api.faults import Faults

    try:
        return Faults.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)
