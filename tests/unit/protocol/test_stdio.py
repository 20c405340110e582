"""Answers over stdio count as delivered when their bytes have been written, not when they are ready."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import anyio
import anyio.to_thread
import pytest
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp_types import CallToolRequestParams, CallToolResult, TextContent

from videogen_mcp.protocol.sent_answers import SentAnswers
from videogen_mcp.protocol.stdio import Conversation, LastResort, Served

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="its pipes cannot be filled without blocking"),
]

SOON = 10.0
"""Seconds after which a test has failed."""

CALL = (
    b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{},"_meta":{'
    b'"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"x",'
    b'"version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}\n'
)


PROBE = CALL.replace(b'"tools/call"', b'"server/discover"').replace(b'"name":"t","arguments":{},', b"")
INITIALIZE = (
    b'{"jsonrpc":"2.0","id":8,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},'
    b'"clientInfo":{"name":"x","version":"1"}}}\n'
)
LEGACY_CALL = b'{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"t","arguments":{}}}\n'


class Never(LastResort):
    """This process is not ended."""

    def begin(self, after: float = 0.0) -> None:
        """Nothing begins."""


@dataclass
class Calls:
    """Answers when the input has been over for a while."""

    may_answer: anyio.Event

    def input_is_over(self) -> None:
        self.may_answer.set()

    def stop(self) -> None:
        assert self.may_answer.is_set()


@dataclass
class Host:
    """The other end of both pipes, and what the server did."""

    stdin: BinaryIO
    stdout: BinaryIO
    called: anyio.Event = field(default_factory=anyio.Event)
    may_answer: anyio.Event = field(default_factory=anyio.Event)
    answered: anyio.Event = field(default_factory=anyio.Event)
    delivered: anyio.Event = field(default_factory=anyio.Event)

    async def read(self, count: int) -> bytes:
        with anyio.fail_after(SOON):
            return await anyio.to_thread.run_sync(self.stdout.read, count, abandon_on_cancel=True)


@asynccontextmanager
async def conversation(*, pipe_is_full: bool = False, answer_at_once: bool = True) -> AsyncIterator[Host]:
    """A conversation with a host, which may have stopped reading before. What is not answered at once is answered when
    the input has been over for a while."""
    (from_host, to_server), (from_server, to_host) = os.pipe(), os.pipe()
    if pipe_is_full:
        os.set_blocking(to_host, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(to_host, b" " * 4096)
        os.set_blocking(to_host, True)
    with (
        os.fdopen(from_host, "rb") as its_stdin,
        os.fdopen(to_host, "wb", buffering=0) as its_stdout,
        os.fdopen(from_server, "rb", buffering=0) as stdout,
        os.fdopen(to_server, "wb", buffering=0) as stdin,
    ):
        host, sent = Host(stdin, stdout), SentAnswers()

        async def call(context: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
            assert context.request_id is not None
            host.called.set()
            if not answer_at_once:
                await host.may_answer.wait()
            sent.expect(context.request_id, host.delivered.set)
            host.answered.set()
            return CallToolResult(content=[TextContent(type="text", text="done")])

        served = Served(Server[Any]("x", version="1", on_call_tool=call), Calls(host.may_answer), sent)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Conversation(its_stdin, its_stdout, Never()).hold, served)
            yield host
            stdin.close()


async def test_an_answer_that_is_written_is_delivered() -> None:
    async with conversation() as host:
        host.stdin.write(CALL)
        with anyio.fail_after(SOON):
            await host.delivered.wait()
        assert b'"done"' in await host.read(65_536)


async def test_an_answer_that_waits_for_its_reader_is_not_delivered_yet() -> None:
    async with conversation(pipe_is_full=True) as host:
        host.stdin.write(CALL)
        with anyio.fail_after(SOON):
            await host.answered.wait()
        await anyio.wait_all_tasks_blocked()
        assert not host.delivered.is_set()
        heard = b""
        while b'"done"' not in heard:
            heard = heard[-10:] + await host.read(4096)
        with anyio.fail_after(SOON):
            await host.delivered.wait()


async def test_an_answer_after_the_end_of_input_is_not_delivered() -> None:
    """The client may have gone, or may be `printf … | videogen-mcp`."""
    async with conversation(answer_at_once=False) as host:
        host.stdin.write(CALL)
        with anyio.fail_after(SOON):
            await host.called.wait()
        host.stdin.close()
        with anyio.fail_after(SOON):
            await host.answered.wait()
    assert not host.delivered.is_set()


@pytest.mark.parametrize("answered", [True, False], ids=["answered late", "not answered yet"])
async def test_a_client_that_gives_up_its_probe_may_initialize(answered: bool) -> None:
    async with conversation() as host:
        host.stdin.write(PROBE)
        heard = await host.read(65_536) if answered else b""
        host.stdin.write(INITIALIZE)
        while b'"id":8' not in heard:
            heard += await host.read(65_536)
        assert b'"protocolVersion":"2025-11-25"' in heard
        host.stdin.write(LEGACY_CALL)
        with anyio.fail_after(SOON):
            await host.delivered.wait()


async def test_a_client_that_made_a_call_of_today_may_not_initialize() -> None:
    async with conversation() as host:
        host.stdin.write(CALL)
        with anyio.fail_after(SOON):
            await host.delivered.wait()
        host.stdin.write(INITIALIZE)
        heard = b""
        while b'"id":8' not in heard:
            heard += await host.read(65_536)
        assert b'"error"' in heard
