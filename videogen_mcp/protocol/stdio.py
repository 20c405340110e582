"""MCP over stdin and stdout, and exiting in time.

Hosts stop a server by closing its stdin, by SIGTERM, or (Claude Code) by SIGINT with SIGTERM 100 ms later. All of them
end here the same way: calls answer with what is known or are cancelled, submits on the wire may finish, the journal is
closed, the process exits within a second, also when the host has stopped reading. Only calls that were piped in one go,
before the process was ready, have longer.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

import anyio
import anyio.to_thread
from anyio.abc import TaskStatus
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.server.lowlevel import Server
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse

from videogen_mcp.protocol import frames
from videogen_mcp.protocol.sent_answers import SentAnswers

log = logging.getLogger(__name__)

LAST_CALLS = 0.5
"""Seconds after the end of input in which calls may still be carried out. After that, a call answers as soon as its
execution has an id."""

IN_ONE_GO = 1.0
"""Seconds from the first message to the end of input, at most, if everything was piped in one go
(`printf … | videogen-mcp`), with no call answered meanwhile. A host takes longer to make its first call, and to give it
up."""

FIRST_CALLS = 5.0
"""Seconds more for calls that were piped in one go: the first call of a process loads what it needs, which takes most
of a second, and reaches the service."""

LAST_ANSWERS = 0.1
"""Seconds in which answers that are ready may still be written when the server stops."""

HARD_EXIT = 0.9
"""Seconds from the end of input or the first signal to the end of the process, whatever still holds it: hosts kill
after 1 s. Calls that were piped in one go have FIRST_CALLS more. The journal is written before every submit, so nothing
in it is lost."""

NOTED_WITHIN = 0.2
"""Seconds for which a request, or the end of input, waits until the answer that is being written counts as delivered.
It takes far less, unless the client does not read."""

LONGEST_LINE = 64 * 1024**2
"""Bytes. The largest requests that make sense have some hundred kB."""


class LastCalls(Protocol):
    """What calls are told at the end of input; those of the tools are (`Calls`)."""

    def input_is_over(self) -> None:
        """Have every call answer as soon as its execution is known."""
        ...

    def stop(self) -> None:
        """Have every call answer now with what is known."""
        ...


@dataclass(frozen=True)
class Served:
    """What is served: the MCP server, the calls of its tools, and who wants to know of answers that were written."""

    server: Server[Any]
    calls: LastCalls
    sent: SentAnswers


FromClient = MemoryObjectReceiveStream[SessionMessage | Exception]
"""What the MCP server reads in a session."""

Open = Callable[[], AbstractAsyncContextManager[Served]]
"""Opens what is to be served, and closes it at the end."""


def serve(open_served: Open) -> None:
    """Serve one client until it disconnects. Does not return: threads that still read stdin or write to stdout must
    not hold the process."""
    quiet_libraries()
    anyio.run(_serve, open_served)


def quiet_libraries() -> None:
    """Their request lines would put signed addresses into the host's log."""
    for name in ("httpx", "httpcore", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)


async def _serve(open_served: Open) -> None:
    serving = anyio.CancelScope()
    last_resort = LastResort()
    async with anyio.create_task_group() as tasks:
        if sys.platform != "win32":
            await tasks.start(_exit_on_signal, serving, last_resort)
        code = 0
        try:
            async with open_served() as served:
                with serving:
                    await Conversation(_take_stdin(), _take_stdout(), last_resort).hold(served)
        except Exception:
            log.exception("the server stops")
            code = 1
        if sys.stderr is not None:
            sys.stderr.flush()
        os._exit(code)  # Here, where signals still have a handler: the second one must not kill what the first ends.


class LastResort:
    """Ends the process HARD_EXIT seconds after `begin`, whatever still holds it."""

    def __init__(self) -> None:
        self._unused = threading.Semaphore()

    def begin(self, after: float = 0.0) -> None:
        """Count from `after` seconds on: the host has gone, or wants the process to exit. May be called in any thread
        and several times; the earliest end counts. Of signals only the first starts a thread, which cannot be done
        while that is being done."""
        if after or self._unused.acquire(blocking=False):
            timer = threading.Timer(after + HARD_EXIT, os._exit, [0])
            timer.daemon = True
            timer.start()


class Conversation:
    """Messages between one client, on two pipes, and the MCP server.

    Waits for a pipe happen in threads that are left behind when they are cancelled. What is to be written never makes
    the reader wait: it must see the end of input also when the client does not read.
    """

    def __init__(self, stdin: BinaryIO, stdout: BinaryIO, last_resort: LastResort) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._last_resort = last_resort
        self._open: dict[str | int, int] = {}
        self._answered = anyio.Event()
        self._noted = anyio.Event()
        """Set when the last answer has been written and counts as delivered."""
        self._noted.set()
        self._input_is_over = False
        """The client may have gone without reading what is written from here on."""
        self._asked: set[str] = set()
        """The methods of all requests."""
        self._first_line_at: float | None = None
        self._calls: set[str | int] = set()
        """Ids of tool calls, until the first of them is answered."""
        self._converses = False
        """A call was answered before the end of input, so not everything was piped in one go."""
        self._more_time = 0.0
        """Seconds that calls get because they came in one go."""

    async def hold(self, served: Served) -> None:
        """Serve until the end of input, or until the client cannot be written to."""
        sessions_for, sessions = anyio.create_memory_object_stream[FromClient](1)
        to_client, from_server = anyio.create_memory_object_stream[SessionMessage | str](math.inf)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._read, sessions_for, to_client.clone(), served.calls)
            tasks.start_soon(self._write, from_server, tasks.cancel_scope, served.sent)
            async with to_client, sessions:
                async for from_client in sessions:
                    options = served.server.create_initialization_options()
                    await served.server.run(from_client, to_client.clone(), options)
            tasks.cancel_scope.deadline = anyio.current_time() + LAST_ANSWERS

    async def _read(
        self,
        sessions: MemoryObjectSendStream[FromClient],
        to_client: MemoryObjectSendStream[SessionMessage | str],
        calls: LastCalls,
    ) -> None:
        # Broken: the client cannot be written to, or the server has stopped, and this task is about to be cancelled.
        with contextlib.suppress(anyio.BrokenResourceError):
            async with contextlib.AsyncExitStack() as open_streams:
                await open_streams.enter_async_context(to_client)
                await open_streams.enter_async_context(sessions)
                to_server = await open_streams.enter_async_context(await _session(sessions))
                while line := await anyio.to_thread.run_sync(self._next_line, abandon_on_cancel=True):
                    message = frames.read(line)
                    if isinstance(message, frames.Refused):
                        log.warning("a line on stdin is no MCP message: %s", message.reason)
                        for response in message.responses:
                            to_client.send_nowait(response)
                    elif message is not None:
                        if self._has_given_up_probing(message):
                            await to_server.aclose()
                            to_server = await open_streams.enter_async_context(await _session(sessions))
                        self._note_request(message)
                        await self._note_what_was_read()
                        await to_server.send(SessionMessage(message))
                await self._note_what_was_read()
                self._input_is_over = True
                if self._is_heard():
                    await self._settle(LAST_CALLS)
                    calls.input_is_over()
                    await self._settle(self._more_time)
                    calls.stop()
                    await self._settle(LAST_ANSWERS)

    def _next_line(self) -> bytes:
        """Return the next line, also one that the end of input cuts off; empty at the end. Runs in a thread.

        Of a line that is too long only the beginning is returned, which is no JSON.
        """
        try:
            line = rest = self._stdin.readline(LONGEST_LINE)
            while len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
                rest = self._stdin.readline(LONGEST_LINE)
        except OSError as error:
            log.info("stdin cannot be read any more: %s", error)
            line = b""
        if self._first_line_at is None:
            self._first_line_at = time.monotonic()
        if not line:
            at_once = not self._converses and time.monotonic() - self._first_line_at < IN_ONE_GO
            if self._calls and at_once:
                self._more_time = FIRST_CALLS
            self._last_resort.begin(self._more_time)
        return line

    def _is_heard(self) -> bool:
        """Return whether the other end of stdout is open: an answer that nobody gets must not count as delivered."""
        if sys.platform == "win32":
            return True
        poll = select.poll()
        poll.register(self._stdout, 0)
        return not any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))

    async def _settle(self, limit: float) -> None:
        """Wait until every request is answered, at most `limit` seconds."""
        with anyio.move_on_after(limit):
            while self._open:
                await self._answered.wait()

    async def _note_what_was_read(self) -> None:
        """Let an answer count as delivered before what its client did because of it: a request, or to go."""
        noted = self._noted
        with anyio.move_on_after(NOTED_WITHIN):
            await noted.wait()
        noted.set()  # A client that does not read is not waited for again.

    async def _write(
        self,
        from_server: MemoryObjectReceiveStream[SessionMessage | str],
        conversation: anyio.CancelScope,
        sent: SentAnswers,
    ) -> None:
        async with from_server:
            async for item in from_server:
                self._noted = anyio.Event()
                text = (
                    item if isinstance(item, str) else item.message.model_dump_json(by_alias=True, exclude_unset=True)
                )
                try:
                    await anyio.to_thread.run_sync(self._write_line, text, abandon_on_cancel=True)
                except OSError as error:
                    log.info("the client cannot be written to: %s", error)
                    self._last_resort.begin()
                    conversation.cancel()
                    return
                if not isinstance(item, str) and isinstance(item.message, JSONRPCResponse | JSONRPCError):
                    if item.message.id is not None and not self._input_is_over:
                        sent.written(item.message.id)
                    self._note_answer(item.message.id)
                self._noted.set()

    def _write_line(self, text: str) -> None:
        """Write to the unbuffered pipe. Runs in a thread."""
        rest = memoryview(text.encode("utf-8", errors="replace") + b"\n")
        while rest:
            rest = rest[self._stdout.write(rest) :]

    def _has_given_up_probing(self, message: object) -> bool:
        """Return whether the client only asked for today's protocol so far and now goes back to the handshake.

        Vercel's AI SDK waits 1 s for an answer, and a first start takes longer. A session speaks the protocol of its
        first request, so that another one has to begin.
        """
        if not isinstance(message, JSONRPCRequest):
            return False
        given_up = message.method == "initialize" and self._asked == {"server/discover"}
        if given_up:
            self._open.clear()  # Nobody waits for an answer to the probe.
        self._asked.add(message.method)
        return given_up

    def _note_request(self, message: object) -> None:
        if isinstance(message, JSONRPCRequest):
            self._open[message.id] = self._open.get(message.id, 0) + 1
            if message.method == "tools/call" and not self._converses:
                self._calls.add(message.id)
        elif isinstance(message, JSONRPCNotification) and message.method == "notifications/cancelled":
            self._note_answer((message.params or {}).get("requestId"))  # It gets none (MCP, cancellation).

    def _note_answer(self, request_id: object) -> None:
        if not isinstance(request_id, str | int) or request_id not in self._open:
            return
        self._open[request_id] -= 1
        if not self._open[request_id]:
            del self._open[request_id]
        self._converses = self._converses or request_id in self._calls
        self._answered.set()
        self._answered = anyio.Event()


async def _session(sessions: MemoryObjectSendStream[FromClient]) -> MemoryObjectSendStream[SessionMessage | Exception]:
    """Begin a session with the MCP server; return where its messages go."""
    to_server, from_client = anyio.create_memory_object_stream[SessionMessage | Exception]()
    await sessions.send(from_client)
    return to_server


def _take_stdin() -> BinaryIO:
    """Return stdin for this module alone: children and stray reads find nothing on descriptor 0."""
    if sys.platform == "win32":
        return sys.stdin.buffer
    wire = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.set_blocking(wire, True)
    return os.fdopen(wire, "rb")


def _take_stdout() -> BinaryIO:
    """Return stdout, unbuffered, for this module alone: what children and stray prints write goes to stderr."""
    wire = os.dup(1)
    if sys.platform == "win32":
        sys.stdout = sys.stderr
        return os.fdopen(wire, "wb", buffering=0)
    try:
        os.dup2(2, 1)
    except OSError:  # There is no stderr.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
    os.set_blocking(wire, True)
    return os.fdopen(wire, "wb", buffering=0)


async def _exit_on_signal(
    serving: anyio.CancelScope,
    last_resort: LastResort,
    *,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        for number in (signal.SIGTERM, signal.SIGINT):
            # The receiver is still woken; this runs also while the event loop hangs, on a log that nobody reads.
            signal.signal(number, lambda *_: last_resort.begin())
        task_status.started()
        async for number in signals:
            log.info("exiting on %s", signal.Signals(number).name)
            serving.cancel()
