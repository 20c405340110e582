"""Real sockets: connections that break at every byte, drip, stay silent, or speak something else."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import anyio
import pytest

from videogen_mcp.api import errors
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.timeouts import Timeouts

if TYPE_CHECKING:
    from tests.unit.api.conftest import Handler, Make, Peer, WireServer

    Serve = Callable[[Handler], Awaitable[WireServer]]

pytestmark = pytest.mark.anyio

PATH = "/v1/tools/generate-image"
BODY = {"prompt": "a pear"}
QUICK = Timeouts(connect=0.2, read=0.3, write=0.3, pool=0.3, total=0.6)


def answer(body: bytes, status: str = "202 Accepted") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


STARTED = answer(b'{"toolExecutionId":"vg_tool_1"}')
RUNNING = answer(b'{"toolExecutionId":"vg_tool_1","status":"running"}', "200 OK")


async def start(client: VideoGen) -> str:
    with anyio.fail_after(10):
        return await client.start(PATH, BODY)


async def test_a_submit_arrives_whole(make: Make, serve: Serve) -> None:
    requests: list[bytes] = []

    async def handler(peer: Peer) -> None:
        requests.append(await peer.request())
        await peer.say(STARTED)

    server = await serve(handler)
    assert await start(make(base_url=server.url, transport=None)) == "vg_tool_1"
    assert requests[0].startswith(b"POST /v1/tools/generate-image HTTP/1.1\r\n")
    assert requests[0].endswith(b'\r\n\r\n{"prompt":"a pear"}')


async def test_a_refused_connection_started_nothing(make: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: nobody else gets it, and it refuses
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(errors.ConnectionFailed) as failure:
            await start(make(base_url=url, transport=None))
    assert failure.value.may_have_started is False


async def test_an_unknown_host_started_nothing(make: Make) -> None:
    with pytest.raises(errors.ConnectionFailed) as failure:
        await start(make(base_url="http://nowhere.invalid", transport=None, timeouts=QUICK))
    assert failure.value.may_have_started is False


async def test_an_encrypted_connection_that_never_comes_about_started_nothing(make: Make, serve: Serve) -> None:
    async def silent(peer: Peer) -> None:
        await anyio.sleep_forever()

    server = await serve(silent)
    client = make(base_url=server.url.replace("http:", "https:"), transport=None, timeouts=QUICK)
    with anyio.fail_after(10), pytest.raises(errors.ConnectionFailed) as failure:
        await client.start(PATH, BODY, within=1.6)
    assert failure.value.may_have_started is False


@pytest.mark.parametrize("ending", ["reset", "farewell"])
async def test_a_connection_that_ends_at_once_is_unclear(make: Make, serve: Serve, ending: str) -> None:
    async def handler(peer: Peer) -> None:
        if ending == "reset":
            await peer.reset()

    server = await serve(handler)
    with pytest.raises(errors.Unclear) as failure:
        await start(make(base_url=server.url, transport=None))
    assert failure.value.may_have_started is True
    assert server.connections == 1


@pytest.mark.parametrize("ending", ["reset", "farewell"])
async def test_an_answer_that_breaks_at_any_byte_is_unclear(make: Make, serve: Serve, ending: str) -> None:
    length = 0

    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.say(STARTED[:length])
        if ending == "reset":
            await peer.reset()

    server = await serve(handler)
    client = make(base_url=server.url, transport=None)
    for length in range(len(STARTED)):
        server.connections = 0
        with pytest.raises(errors.Unclear) as failure:
            await start(client)
        assert failure.value.may_have_started is True, length
        assert server.connections == 1, length


async def test_a_request_of_which_a_part_was_read_is_unclear(make: Make, serve: Serve) -> None:
    lengths = [1, 10, 100, 200, 300]

    async def handler(peer: Peer) -> None:
        await peer.stream.receive(lengths.pop())
        await peer.reset()

    server = await serve(handler)
    client = make(base_url=server.url, transport=None)
    while lengths:
        server.connections = 0
        with pytest.raises(errors.Unclear):
            await start(client)
        assert server.connections == 1


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x15\x03\x01\x00\x02\x02\x28",
        answer(b"<html>Welcome</html>"),
        answer(b'{"toolExecutionId":'),
        answer(b""),
        b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 99999999999\r\n\r\n{}",
    ],
)
async def test_an_answer_that_is_none_is_unclear(make: Make, serve: Serve, said: bytes) -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.say(said)

    server = await serve(handler)
    with pytest.raises(errors.Unclear) as failure:
        await start(make(base_url=server.url, transport=None))
    assert failure.value.may_have_started is True
    assert server.connections == 1


async def test_silence_ends_with_the_read_timeout(make: Make, serve: Serve) -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        await anyio.sleep_forever()

    server = await serve(handler)
    times = Timeouts(connect=5, read=0.2, write=5, pool=5, total=None)
    with pytest.raises(errors.Unclear, match="nothing came in time"):
        await start(make(base_url=server.url, transport=None, timeouts=times))
    assert server.connections == 1


async def test_a_drip_ends_with_the_total_time(make: Make, serve: Serve) -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        for byte in answer(b" " * 100_000):
            await peer.say(bytes([byte]))
            await anyio.sleep(0.01)

    server = await serve(handler)
    with pytest.raises(errors.Unclear) as failure:
        await start(make(base_url=server.url, transport=None, timeouts=QUICK))
    assert failure.value.may_have_started is True
    assert server.connections == 1


async def test_submits_never_reuse_a_connection_and_reads_do(make: Make, serve: Serve) -> None:
    async def handler(peer: Peer) -> None:
        while request := await peer.request():
            await peer.say(STARTED if request.startswith(b"POST") else RUNNING)

    server = await serve(handler)
    client = make(base_url=server.url, transport=None)
    for _ in range(3):
        await client.execution("vg_tool_1")
    assert server.connections == 1
    for _ in range(3):
        await start(client)
    assert server.connections == 4


async def test_a_doubled_answer_is_not_taken_for_the_next_one(make: Make, serve: Serve) -> None:
    connections: set[int] = set()

    async def handler(peer: Peer) -> None:
        while request := await peer.request():
            connections.add(id(peer))
            name = request.split(b" ")[1].rsplit(b"/", 1)[1]
            said = answer(b'{"toolExecutionId":"%s","status":"running"}' % name, "200 OK")
            await peer.say(said)
            # Late enough that the client does not see it before its next request.
            if len(connections) == 1 and await peer.request():
                await peer.say(said)

    server = await serve(handler)
    client = make(base_url=server.url, transport=None)
    with anyio.fail_after(10):
        assert (await client.execution("vg_tool_1")).execution_id == "vg_tool_1"
        assert (await client.execution("vg_tool_2")).execution_id == "vg_tool_2"
        assert (await client.execution("vg_tool_3")).execution_id == "vg_tool_3"
    assert len(connections) >= 2


@pytest.mark.parametrize("alone", [True, False])
async def test_a_request_alone_has_a_connection_of_its_own(make: Make, serve: Serve, alone: bool) -> None:
    heads: list[tuple[Peer, bool]] = []  # kept, so that no other connection gets the id of one that is gone

    async def handler(peer: Peer) -> None:
        while request := await peer.request():
            heads.append((peer, b"connection: close" in request.lower()))
            await peer.say(answer(b'{"toolExecutions":[],"hasMore":false,"nextCursor":null}', "200 OK"))

    server = await serve(handler)
    client = make(base_url=server.url, transport=None, dialect="v2").with_options(alone=alone)
    with anyio.fail_after(10):
        await client.executions(self_only=True)
        await client.executions(self_only=True)
    assert (len({id(connection) for connection, _ in heads}) == 2) is alone
    assert [closes for _, closes in heads] == [alone, alone]


async def test_a_read_on_a_connection_that_died_meanwhile_is_repeated(make: Make, serve: Serve) -> None:
    async def handler(peer: Peer) -> None:
        if await peer.request():
            await peer.say(RUNNING)
        await peer.request()  # and then no answer to the second one

    server = await serve(handler)
    client = make(base_url=server.url, transport=None)
    for _ in range(3):
        assert (await client.execution("vg_tool_1")).status == "running"


async def test_the_proxy_settings_do_not_stand_between_us_and_this_machine(
    make: Make, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.say(RUNNING)

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server = await serve(handler)
    assert (await make(base_url=server.url, transport=None).execution("vg_tool_1")).status == "running"


async def test_a_cancelled_call_ends_at_once(make: Make, serve: Serve) -> None:
    arrived = anyio.Event()

    async def handler(peer: Peer) -> None:
        await peer.request()
        arrived.set()
        await anyio.sleep_forever()

    server = await serve(handler)
    client = make(base_url=server.url, transport=None)
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.execution, "vg_tool_1")
            await arrived.wait()
            tasks.cancel_scope.cancel()
