"""Whatever goes wrong, neither the key nor a signed address shows: not in messages, not in tracebacks, not in logs."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from videogen_mcp.api import errors
from videogen_mcp.api.client import VideoGen

if TYPE_CHECKING:
    from tests.unit.api.conftest import Make, Service

pytestmark = pytest.mark.anyio

SIGNED = "https://store.example/f/vg_file_1?X-Signature=s1gnature&X-Expires=60"


async def read(client: VideoGen) -> Any:
    return await client.hydrate("vg_file_1")


async def submit(client: VideoGen) -> Any:
    return await client.start("/v1/tools/upscale-image", {"imageFileId": "vg_file_1"})


async def put(client: VideoGen) -> Any:
    return await client.put_upload(SIGNED, b"x", size=1)


async def get(client: VideoGen) -> Any:
    async with client.download(SIGNED) as stream:
        return len([chunk async for chunk in stream.chunks()])


def telltale(key: str | None) -> list[httpx.Response | Exception]:
    """Answers and failures that repeat everything they were sent."""
    echo = f"no: {key} at {SIGNED}"
    return [
        httpx.Response(401, json={"message": echo, "code": "invalid_api_key"}),
        httpx.Response(500, json={"message": echo}),
        httpx.Response(403, content=f"<Error>{echo}</Error>".encode()),
        httpx.Response(202, json={"toolExecutionId": None, "uploadUrl": SIGNED, "key": key}),
        httpx.Response(302, headers={"location": SIGNED}),
        httpx.ReadError(echo),
        httpx.ConnectError(echo),
        httpx.ReadTimeout(echo),
        OSError(5, echo),
    ]


@pytest.mark.parametrize("use", [read, submit, put, get])
@pytest.mark.parametrize("case", range(9))
async def test_nothing_secret_shows(
    make: Make,
    service: Service,
    key: str,
    caplog: pytest.LogCaptureFixture,
    use: Callable[[VideoGen], Awaitable[Any]],
    case: int,
) -> None:
    caplog.set_level(logging.DEBUG)
    service.will(telltale(None if use in (put, get) else key)[case])  # a storage never gets the key
    client = make()
    try:
        shown = repr(await use(client))
    except errors.VideoGenError as error:
        shown = "".join(traceback.format_exception(error)) + repr(error) + repr(error.args) + repr(vars(error))
    shown += caplog.text + repr(client) + repr(vars(client)["_connection"])
    assert key not in shown
    assert "s1gnature" not in shown


async def test_the_log_still_says_what_was_called(
    make: Make, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    service.will(httpx.Response(200))
    await put(make())
    assert "PUT https://store.example/f/vg_file_1 " in caplog.text


async def test_two_clients_do_not_double_what_cleans_the_log(make: Make, service: Service) -> None:
    service.will(httpx.Response(200))
    before = None
    for _ in range(3):
        await put(make())
        present = len(logging.getLogger("httpx").filters)
        assert before in (None, present)
        before = present
