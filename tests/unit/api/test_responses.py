"""Bodies that come in pieces, compressed, cut off or without end."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from tests.garbage import left_behind
from videogen_mcp.api import errors
from videogen_mcp.api.responses import MAX_RESPONSE_BYTES
from videogen_mcp.api.timeouts import Timeouts

if TYPE_CHECKING:
    from tests.unit.api.conftest import Make, Service
    from videogen_mcp.api.client import VideoGen

pytestmark = pytest.mark.anyio

PATH = "/v1/tools/generate-image"
BODY = {"prompt": "a pear"}
STARTED = httpx.Response(202, json={"toolExecutionId": "vg_tool_1"})
RUNNING = httpx.Response(200, json={"toolExecutionId": "vg_tool_1", "status": "running"})


def streamed(*pieces: bytes | Exception, status: int = 200, **headers: str) -> httpx.Response:
    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=body(), headers=named)


def answering(*answers: httpx.Response) -> httpx.MockTransport:
    left = list(answers)
    return httpx.MockTransport(lambda request: left.pop(0))


async def test_an_endless_body_is_cut_off(make: Make) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 65536
            yield b" " * 65536

    client = make(transport=httpx.MockTransport(lambda request: httpx.Response(200, content=endless())))
    with pytest.raises(errors.BrokenAnswer, match="longer than 10 MB"):
        await client.execution("vg_tool_1", retry=False)
    assert read <= MAX_RESPONSE_BYTES + 2 * 65536


async def test_a_compressed_answer_is_read(make: Make) -> None:
    packed = gzip.compress(RUNNING.content)
    client = make(transport=answering(streamed(packed[:9], packed[9:], content_encoding="gzip")))
    assert (await client.execution("vg_tool_1")).status == "running"


@pytest.mark.parametrize(
    ("pieces", "encoding", "reason"),
    [
        ((gzip.compress(b" " * (MAX_RESPONSE_BYTES * 2)),), "gzip", "longer than 10 MB"),
        ((gzip.compress(RUNNING.content)[:-9],), "gzip", "ends too early"),
        ((b"not compressed",), "gzip", "cannot be read"),
        ((zlib.compress(RUNNING.content),), "br", "compressed as br"),
    ],
    ids=["bomb", "cut", "lie", "unknown"],
)
async def test_a_badly_compressed_answer_is_broken(
    make: Make, pieces: tuple[bytes, ...], encoding: str, reason: str
) -> None:
    client = make(transport=answering(streamed(*pieces, content_encoding=encoding)))
    with pytest.raises(errors.BrokenAnswer, match=reason):
        await client.execution("vg_tool_1", retry=False)


@pytest.mark.parametrize("problem", [httpx.ReadError("reset"), httpx.RemoteProtocolError("incomplete")])
async def test_a_submit_whose_answer_breaks_off_may_have_started(make: Make, problem: Exception) -> None:
    client = make(transport=answering(streamed(b'{"toolEx', problem, status=202, x_request_id="req_1"), STARTED))
    with pytest.raises(errors.Unclear, match="broke off") as failure:
        await client.start(PATH, BODY)
    assert (failure.value.may_have_started, failure.value.request_id) == (True, "req_1")


async def test_a_refusal_whose_body_breaks_off_is_still_a_refusal(make: Make) -> None:
    client = make(transport=answering(streamed(b'{"mess', httpx.ReadError("reset"), status=403)))
    with pytest.raises(errors.Forbidden) as failure:
        await client.start(PATH, BODY)
    assert failure.value.may_have_started is False


async def test_a_body_that_drips_for_ever_ends_with_the_total_time(make: Make) -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await anyio.sleep(0.005)

    times = Timeouts(connect=1, read=1, write=1, pool=1, total=0.05)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=drip()))
    with anyio.fail_after(5), pytest.raises(errors.Unclear, match="no whole answer"):
        await make(transport=transport, timeouts=times).execution("vg_tool_1", retry=False)


@pytest.mark.parametrize("answer", [RUNNING, httpx.Response(404, json={"code": "not_found", "message": "no"})])
async def test_a_response_that_was_read_is_freed_at_once(
    client: VideoGen, service: Service, answer: httpx.Response
) -> None:
    service.will(answer)
    with left_behind() as garbage:
        with suppress(errors.NotFound):
            await client.execution("vg_tool_1")
        service.requests.clear()
    assert [one for one in garbage if isinstance(one, (httpx.Response, httpx.Request))] == []
