"""The connections to the service."""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from collections.abc import AsyncIterator, Sequence
from types import ModuleType

import anyio
import httpx
import pytest

from videogen_mcp.api.pools import InTurn, Pools


class Finder:
    """Finds nothing, and notes what is looked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        self.names.append(name)
        return None


def test_a_library_that_is_not_installed_is_not_looked_for_with_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = Finder()
    monkeypatch.delitem(sys.modules, "sniffio", raising=False)
    monkeypatch.setattr(sys, "meta_path", [finder])
    Pools(httpx.MockTransport(lambda _: httpx.Response(200))).client(httpx.URL("http://127.0.0.1"))
    for _ in range(3):
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("sniffio")
    assert finder.names.count("sniffio") == 1


class Body(httpx.AsyncByteStream):
    """A body that is still on its way."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"whole"


class Busy(httpx.AsyncBaseTransport):
    """Answers when it is told to, and remembers how many requests it had at once."""

    def __init__(self) -> None:
        self.here = self.most = 0
        self.answers = anyio.Event()
        self.breaks = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.here += 1
        self.most = max(self.most, self.here)
        try:
            await self.answers.wait()
        finally:
            self.here -= 1
        if self.breaks:
            raise httpx.ReadError("broken", request=request)
        return httpx.Response(200, stream=Body())


@pytest.mark.parametrize("breaks", [False, True])
@pytest.mark.anyio
async def test_no_more_requests_are_with_the_pool_than_it_has_connections(breaks: bool) -> None:
    pool = Busy()
    pool.breaks = breaks
    came: list[bytes | str] = []

    async def ask(client: httpx.AsyncClient) -> None:
        try:
            came.append((await client.get("https://api.example")).content)
        except httpx.ReadError as error:
            came.append(str(error))

    with anyio.fail_after(10):
        async with httpx.AsyncClient(transport=InTurn(pool, 3)) as client, anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(ask, client)
            await anyio.wait_all_tasks_blocked()
            assert pool.here == 3
            pool.answers.set()
    assert came == ["broken" if breaks else b"whole"] * 10
    assert pool.most == 3


@pytest.mark.anyio
async def test_who_waits_too_long_for_a_connection_has_sent_nothing_and_who_gives_up_takes_none() -> None:
    pool = Busy()
    client = httpx.AsyncClient(transport=InTurn(pool, 1), timeout=httpx.Timeout(5.0, pool=0.01))
    with anyio.fail_after(10):
        async with client, anyio.create_task_group() as tasks:
            first = anyio.CancelScope()

            async def hold() -> None:
                with first:
                    await client.get("https://api.example")

            tasks.start_soon(hold)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(httpx.PoolTimeout, match="all connections are busy"):
                await client.get("https://api.example")
            assert pool.most == 1
            first.cancel()
            pool.answers.set()
            assert (await client.get("https://api.example")).status_code == 200


@pytest.mark.anyio
async def test_a_connection_is_free_again_once_the_body_is_closed_not_before() -> None:
    pool = Busy()
    pool.answers.set()
    async with httpx.AsyncClient(transport=InTurn(pool, 1), timeout=httpx.Timeout(5.0, pool=0.01)) as client:
        async with client.stream("GET", "https://api.example"):
            with pytest.raises(httpx.PoolTimeout):
                await client.get("https://api.example")
        assert (await client.get("https://api.example")).content == b"whole"
