"""The commands. Each imports what it needs when it runs: a host measures how fast the server answers."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from videogen_mcp import __version__
from videogen_mcp.settings import MCP_PATH, Settings

PROGRAM = "videogen-mcp"

WRONG_USE = 2
"""Exit code for a command line or, where no host waits, a setting that cannot be used: what argparse uses too."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""

HTTP_PORT = 8000

MOST_WORKERS = 64
"""Processes of one server: more than one for each core is of no use, and they share one journal."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script: run the command, then leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments, os.environ))


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command and return its exit code."""
    handed_over = list(arguments[1:]) if arguments[:1] == ["sandbox"] else None
    asked = parser().parse_args(arguments if handed_over is None else ["sandbox"])
    settings = Settings.from_environment(environment)
    try:
        if handed_over is not None:
            return _sandbox(handed_over, settings)
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
    serve.add_argument(
        "--workers", type=_workers, default=1, metavar="N", help="HTTP: processes that share the port (%(default)s)"
    )
    serve.add_argument("--worker", help=argparse.SUPPRESS)  # One of them: `protocol.workers` starts it.

    demo = commands.add_parser("demo", help="let a real MCP client make media in the sandbox; needs no account")
    what = demo.add_mutually_exclusive_group()
    what.add_argument(
        "--video", dest="choice", action="store_const", const="video", help="make a narrated video of half a minute"
    )
    what.add_argument("--all", dest="choice", action="store_const", const="all", help="run everything that makes media")
    demo.set_defaults(choice="picture")
    demo.add_argument(
        "--output", type=Path, default=Path("videogen-demo"), metavar="DIR", help="where files go (%(default)s)"
    )

    commands.add_parser("sandbox", help="serve the sandbox alone (the command videogen-sandbox)", add_help=False)
    return top


def complain(words: str, code: int = 1) -> int:
    """One line on stderr, never a stack trace, and the exit code to leave with."""
    sys.stderr.write(f"{PROGRAM}: {words}\n")
    return code


@contextmanager
def loading() -> Iterator[None]:
    """Import without garbage collection: nearly all of what is loaded stays, and collecting again and again takes a
    tenth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _serve(asked: argparse.Namespace, settings: Settings) -> int:
    over_http = getattr(asked, "transport", "stdio") == "http"
    if over_http:
        settings = settings.served_at(asked.host)
    is_worker = getattr(asked, "worker", None) is not None
    if not is_worker and not settings.hosted:  # A hosted one does not start with any, and says why.
        for problem in settings.problems:
            complain(str(problem))
    if over_http:
        return _serve_by_workers(asked, settings) if asked.workers > 1 else _serve_http(asked, settings)
    if getattr(asked, "workers", 1) > 1:
        return complain("--workers is for --transport http", WRONG_USE)
    with loading():
        from videogen_mcp.logs import log_to_stderr
        from videogen_mcp.protocol import stdio
        from videogen_mcp.server import open_stdio_server

    log_to_stderr(settings.log_level)
    stdio.serve(partial(open_stdio_server, settings))
    return 0


def _serve_http(asked: argparse.Namespace, settings: Settings) -> int:
    with loading():
        from videogen_mcp.logs import log_to_stderr
        from videogen_mcp.protocol import http
        from videogen_mcp.protocol.supervised import Supervised
        from videogen_mcp.server import open_shared_server

    log_to_stderr(settings.log_level, hosted=settings.hosted)
    supervised = None if asked.worker is None else Supervised(asked.worker)
    try:
        http.serve(
            partial(open_shared_server, several=supervised is not None), settings, asked.host, asked.port, supervised
        )
    except http.CannotServe as error:
        return complain(str(error), 1 if supervised is None else WRONG_USE)
    return 0


def _serve_by_workers(asked: argparse.Namespace, settings: Settings) -> int:
    from videogen_mcp.listening import CannotListen, say_where
    from videogen_mcp.logs import log_to_stderr
    from videogen_mcp.protocol import workers
    from videogen_mcp.protocol.hosting import obstacles

    if sys.platform == "win32":
        return complain("--workers needs Linux or macOS: here processes cannot share a port", WRONG_USE)
    host = asked.host.strip("[]")
    log_to_stderr(settings.log_level, hosted=settings.hosted)
    if reasons := obstacles(settings, host):
        return complain(" ".join(reasons))
    try:
        sockets = workers.listeners(host, asked.port, asked.workers)
    except CannotListen as error:
        return complain(str(error))
    port = sockets[0].getsockname()[1]
    where = ", in the sandbox" if settings.uses_sandbox else ""
    command = [sys.executable, "-m", "videogen_mcp", "serve", "--transport", "http"]
    return workers.Supervisor(
        workers.spawn_with([*command, "--host", host, "--port", str(port), "--worker"]),
        sockets,
        ready=lambda: say_where(host, port, MCP_PATH, f" with {asked.workers} workers{where}"),
    ).run()


def _demo(asked: argparse.Namespace, environment: Mapping[str, str]) -> int:
    try:
        from videogen_mcp import demo
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] != "rich":
            raise
        return complain('the demo needs the sandbox; install it with: pip install "videogen-mcp-server[sandbox]"')
    return demo.main(asked.choice, output=asked.output, environment=environment)


def _sandbox(arguments: Sequence[str], settings: Settings) -> int:
    """Hand over to the command videogen-sandbox, with the state directory of this server as the default."""
    from videogen_sandbox import cli as sandbox

    unusable = [str(problem) for problem in settings.problems if problem.variable == "VIDEOGEN_MCP_STATE_DIR"]
    if unusable:
        return complain(unusable[0], WRONG_USE)
    return sandbox.main(["--state-dir", str(settings.state_dir), *arguments], program=f"{PROGRAM} sandbox")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"a number of processes is from 1 to {MOST_WORKERS}, not {text!r}")
    return int(text)
