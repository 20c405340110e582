"""`videogen-mcp serve`, and `videogen-mcp` alone: the MCP server."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from videogen_mcp.commands import PROGRAM, WRONG_USE, complain
from videogen_mcp.commands.help import variables
from videogen_mcp.settings import MCP_PATH, Settings

HTTP_HOST = "127.0.0.1"
HTTP_PORT = 8000

MOST_WORKERS = 64
"""Processes of one server: more than one for each core is of no use, and they share one journal."""


def describe(parser: argparse.ArgumentParser) -> None:
    """Give the parser its arguments and the text of its help."""
    parser.description = (
        "Serves MCP: over stdio to the client that started it, or over HTTP to any number of clients. docs/hosting.md"
        " says how one server for many is set up."
    )
    parser.epilog = (
        f"example:\n  {PROGRAM} serve --transport http --port 8000\n\nsettings (variables of the environment):\n"
        + variables("VIDEOGEN_API_KEY", "VIDEOGEN_MCP_SANDBOX", "VIDEOGEN_MCP_TOOLSETS", "VIDEOGEN_MCP_OUTPUT_DIR")
        + "\n\nsettings over HTTP:\n"
        + variables("VIDEOGEN_MCP_HTTP_TOKEN", "VIDEOGEN_MCP_OIDC_ISSUER", "VIDEOGEN_MCP_DATABASE")
    )
    parser.add_argument(
        "--transport", choices=("stdio", "http"), default="stdio", help="how clients reach it (%(default)s)"
    )
    parser.add_argument("--host", default=HTTP_HOST, help="HTTP: address of this machine to listen on (%(default)s)")
    parser.add_argument("--port", type=_port, default=HTTP_PORT, help="HTTP: 0 picks a free one (%(default)s)")
    parser.add_argument(
        "--workers", type=_workers, default=1, metavar="N", help="HTTP: processes that share the port (%(default)s)"
    )
    parser.add_argument("--worker", help=argparse.SUPPRESS)  # One of them: `protocol.workers` starts it.


def run(asked: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Serve until the client leaves or a signal comes; 1 or 2 where that cannot be."""
    settings = Settings.from_environment(environment)
    over_http = asked.transport == "http"
    if over_http:
        settings = settings.served_at(asked.host)
    if asked.worker is None and not settings.hosted:  # A hosted one does not start with any, and says why.
        for problem in settings.problems:
            complain(str(problem))
    if over_http:
        return _by_workers(asked, settings) if asked.workers > 1 else _over_http(asked, settings)
    if (asked.host, asked.port, asked.workers) != (HTTP_HOST, HTTP_PORT, 1):
        return complain("--host, --port and --workers are for --transport http", WRONG_USE)
    if sys.stdin is not None and sys.stdin.isatty():
        complain(
            "this waits for an MCP client: one JSON-RPC message a line, Ctrl-D ends it. Hosts start it themselves."
        )
    with loading():
        from videogen_mcp.logs import log_to_stderr
        from videogen_mcp.protocol import stdio
        from videogen_mcp.server import open_stdio_server

    log_to_stderr(settings.log_level)
    stdio.serve(partial(open_stdio_server, settings))
    return 0


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


def _over_http(asked: argparse.Namespace, settings: Settings) -> int:
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


def _by_workers(asked: argparse.Namespace, settings: Settings) -> int:
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


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"a number of processes is from 1 to {MOST_WORKERS}, not {text!r}")
    return int(text)
