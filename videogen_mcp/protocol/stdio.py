"""MCP over stdin and stdout, and leaving in time.

Hosts stop a server by closing its stdin, by SIGTERM, or (Claude Code) by SIGINT with SIGTERM 100 ms later. All of them
end here the same way: calls are cancelled, submits on the wire get a moment, the journal is whole, the process leaves
within a second.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import Any, BinaryIO, cast

import anyio
import anyio.to_thread
from anyio.abc import TaskStatus
from mcp.server.stdio import stdio_server

from videogen_mcp.server import open_server
from videogen_mcp.settings import Settings

log = logging.getLogger(__name__)


def serve(settings: Settings) -> None:
    """Serve one client until it leaves. Does not return: a thread that still reads stdin must not hold the process."""
    quiet_libraries()
    anyio.run(_serve, settings)


def quiet_libraries() -> None:
    """Their request lines would put signed addresses into the host's log."""
    for name in ("httpx", "httpcore", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)


async def _serve(settings: Settings) -> None:
    serving = anyio.CancelScope()
    async with anyio.create_task_group() as tasks:
        if sys.platform != "win32":
            await tasks.start(_leave_on_signal, serving)
        async with open_server(settings) as server:
            lowlevel = server._lowlevel_server  # noqa: SLF001 - run_stdio_async() cannot take a stdin that lets go
            with serving:
                async with stdio_server(stdin=cast("Any", Lines(_take_stdin()))) as (read, write):
                    await lowlevel.run(read, write, lowlevel.create_initialization_options())
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
    """The wire for us alone: children and stray reads find nothing on descriptor 0."""
    if sys.platform == "win32":
        return sys.stdin.buffer
    wire = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return os.fdopen(wire, "rb")


async def _leave_on_signal(
    serving: anyio.CancelScope, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for number in signals:
            log.info("leaving on %s", signal.Signals(number).name)
            serving.cancel()
