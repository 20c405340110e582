"""MCP over stdin and stdout, and exiting in time.

Hosts stop a server by closing its stdin, by SIGTERM, or (Claude Code) by SIGINT with SIGTERM 100 ms later. All of them
end here the same way: calls are cancelled, submits on the wire may finish, the journal is closed, the process exits
within a second.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, BinaryIO, cast

import anyio
import anyio.to_thread
from anyio.abc import TaskStatus
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

log = logging.getLogger(__name__)


Open = Callable[[], AbstractAsyncContextManager[Server[Any]]]
"""Opens the server that is to be served, and closes it at the end."""


def serve(open_server: Open) -> None:
    """Serve one client until it disconnects. Does not return: a thread that still reads stdin must not hold the
    process."""
    quiet_libraries()
    anyio.run(_serve, open_server)


def quiet_libraries() -> None:
    """Their request lines would put signed addresses into the host's log."""
    for name in ("httpx", "httpcore", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)


async def _serve(open_server: Open) -> None:
    serving = anyio.CancelScope()
    async with anyio.create_task_group() as tasks:
        if sys.platform != "win32":
            await tasks.start(_exit_on_signal, serving)
        async with open_server() as server:
            with serving:
                async with stdio_server(stdin=cast("Any", Lines(_take_stdin()))) as (read, write):
                    await server.run(read, write, server.create_initialization_options())
        sys.stderr.flush()
        os._exit(0)  # Here, where signals still have a handler: the second one must not kill what the first one ends.


class Lines:
    """Lines of a binary file as they come. A wait for the next one can be cancelled: the thread is left behind."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __aiter__(self) -> Lines:
        return self

    async def __anext__(self) -> str:
        line = await anyio.to_thread.run_sync(self._file.readline, abandon_on_cancel=True)
        if not line:
            raise StopAsyncIteration
        return line.decode("utf-8", errors="replace")


def _take_stdin() -> BinaryIO:
    """Return stdin for this module alone: children and stray reads find nothing on descriptor 0."""
    if sys.platform == "win32":
        return sys.stdin.buffer
    wire = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return os.fdopen(wire, "rb")


async def _exit_on_signal(
    serving: anyio.CancelScope, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for number in signals:
            log.info("exiting on %s", signal.Signals(number).name)
            serving.cancel()
