"""Media bytes up and down, on real sockets where bytes matter."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from videogen_mcp.api import errors
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.timeouts import Timeouts

if TYPE_CHECKING:
    from tests.unit.api.conftest import Handler, Make, Peer, Service, WireServer

    Serve = Callable[[Handler], Awaitable[WireServer]]

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(256)) * 4
QUICK = Timeouts(connect=0.3, read=0.3, write=0.3, pool=0.3, total=None)


async def fetch(client: VideoGen, url: str, got: bytearray) -> None:
    """Adds to `got` what comes after it."""
    async with client.download(url, start=len(got)) as stream:
        async for chunk in stream.chunks():
            got += chunk


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


# up


@pytest.mark.parametrize("streamed", [True, False])
async def test_an_upload_arrives_as_one_plain_put(make: Make, serve: Serve, streamed: bool) -> None:
    requests: list[bytes] = []

    async def handler(peer: Peer) -> None:
        requests.append(await peer.request())
        await peer.say(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")

    server = await serve(handler)
    content = pieces(CONTENT[:100], b"", CONTENT[100:]) if streamed else CONTENT
    client = make(transport=None)
    status = await client.put_upload(f"{server.url}/put?sig=1", content, size=len(CONTENT), content_type="image/png")
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert (status, body) == (201, CONTENT)
    assert head.startswith(b"PUT /put?sig=1 HTTP/1.1\r\n")
    lines = head.lower().split(b"\r\n")
    assert b"content-length: 1024" in lines
    assert b"content-type: image/png" in lines
    assert not any(line.startswith((b"authorization", b"transfer-encoding", b"x-videogen")) for line in lines)


async def test_an_empty_file_is_uploaded_as_one(make: Make, service: Service) -> None:
    service.will(httpx.Response(200))
    await make().put_upload("https://store.example/put", b"", size=0)
    assert service.requests[0].headers["content-length"] == "0"
    assert "content-type" not in service.requests[0].headers


async def test_a_big_upload_needs_little_memory(make: Make, serve: Serve) -> None:
    size, piece = 64 * 1024 * 1024, 256 * 1024
    received = 0

    async def handler(peer: Peer) -> None:
        nonlocal received
        head = b""
        while b"\r\n\r\n" not in head:
            head += await peer.stream.receive()
        received = len(head.partition(b"\r\n\r\n")[2])
        while received < size:
            received += len(await peer.stream.receive())
        await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def big() -> AsyncIterator[bytes]:
        for _ in range(size // piece):
            yield bytes(piece)

    server = await serve(handler)
    client = make(transport=None)
    tracemalloc.start()
    try:
        await client.put_upload(f"{server.url}/put", big(), size=size)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert received == size
    assert peak < 8 * 1024 * 1024


@pytest.mark.parametrize(("parts", "reason"), [((b"12345", b"6"), "only 6 of 7"), ((b"12345", b"678"), "more than 7")])
async def test_a_file_that_changes_while_it_is_read_is_not_uploaded(
    make: Make, serve: Serve, parts: tuple[bytes, ...], reason: str
) -> None:
    whole: list[bytes] = []

    async def handler(peer: Peer) -> None:
        whole.append(await peer.request())

    server = await serve(handler)
    with pytest.raises(errors.BadRequest, match=reason):
        await make(transport=None).put_upload(f"{server.url}/put", pieces(*parts), size=7)
    assert whole == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (413, errors.ApiError),
        (307, errors.ApiError),
        (503, errors.ServiceFault),
    ],
)
async def test_a_refused_upload_tells_its_status(
    make: Make, service: Service, status: int, kind: type[errors.ApiError]
) -> None:
    service.will(httpx.Response(status, content=b"<Error><StringToSign>s3cret</StringToSign></Error>"))
    with pytest.raises(errors.ApiError) as failure:
        await make().put_upload("https://store.example/put?sig=s3cret", b"x", size=1)
    assert type(failure.value) is kind
    assert failure.value.status == status
    assert "s3cret" not in str(failure.value)
    assert len(service.requests) == 1


async def test_an_upload_that_breaks_off_is_unclear_and_not_repeated(make: Make, serve: Serve) -> None:
    async def handler(peer: Peer) -> None:
        await peer.stream.receive()
        await peer.reset()

    server = await serve(handler)
    with pytest.raises(errors.Unclear, match="broke off"):
        await make(transport=None).put_upload(f"{server.url}/put", CONTENT * 1000, size=len(CONTENT) * 1000)
    assert server.connections == 1


async def test_an_upload_that_nobody_takes_ends(make: Make, serve: Serve) -> None:
    async def handler(peer: Peer) -> None:
        await anyio.sleep_forever()

    server = await serve(handler)
    client = make(transport=None, transfer_timeouts=QUICK)
    with anyio.fail_after(10), pytest.raises(errors.Unclear, match="nothing came in time"):
        await client.put_upload(f"{server.url}/put", b"x", size=1)


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "ftp://store.example/x", "store.example/x", "https://u:p@x/"]
)
async def test_only_web_addresses_are_used(make: Make, service: Service, url: str) -> None:
    with pytest.raises(errors.BadRequest):
        await make().put_upload(url, b"x", size=1)
    with pytest.raises(errors.BadRequest):
        async with make().download(url):
            pass
    assert service.requests == []


# down


def file_server(content: bytes = CONTENT, etag: str = '"one"') -> Callable[[httpx.Request], httpx.Response]:
    """A storage that knows ranges."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.headers.get("range")
        headers = {"etag": etag, "content-type": "video/mp4"}
        if asked is None or request.headers.get("if-range", etag) != etag:
            return httpx.Response(200, content=content, headers=headers)
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= len(content):
            return httpx.Response(416, headers={"content-range": f"bytes */{len(content)}"})
        headers["content-range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return httpx.Response(206, content=content[start:], headers=headers)

    return answer


async def test_a_download_brings_the_bytes_and_what_is_known_of_them(make: Make, service: Service) -> None:
    service.will(file_server())
    async with make().download("https://cdn.example/f?sig=1") as stream:
        got = b"".join([chunk async for chunk in stream.chunks()])
    assert got == CONTENT
    assert (stream.status, stream.start, stream.total_size) == (200, 0, len(CONTENT))
    assert (stream.etag, stream.content_type) == ('"one"', "video/mp4")
    sent = service.requests[0].headers
    assert "authorization" not in sent
    assert "range" not in sent
    assert sent["accept-encoding"] == "identity"


async def test_a_download_goes_on_where_it_stopped(make: Make, service: Service) -> None:
    service.will(file_server())
    async with make().download("https://cdn.example/f", start=1000, etag='"one"') as stream:
        got = b"".join([chunk async for chunk in stream.chunks()])
    assert (stream.status, stream.start, stream.total_size) == (206, 1000, len(CONTENT))
    assert got == CONTENT[1000:]
    assert (service.requests[0].headers["range"], service.requests[0].headers["if-range"]) == ("bytes=1000-", '"one"')


async def test_a_changed_file_begins_again(make: Make, service: Service) -> None:
    service.will(file_server(etag='"two"'))
    async with make().download("https://cdn.example/f", start=1000, etag='"one"') as stream:
        got = b"".join([chunk async for chunk in stream.chunks()])
    assert (stream.status, stream.start, got) == (200, 0, CONTENT)


async def test_a_weak_etag_is_no_condition(make: Make, service: Service) -> None:
    service.will(file_server())
    async with make().download("https://cdn.example/f", start=10, etag='W/"one"'):
        assert "if-range" not in service.requests[0].headers


async def test_nothing_after_the_end_is_no_error(make: Make, service: Service) -> None:
    service.will(file_server())
    async with make().download("https://cdn.example/f", start=len(CONTENT)) as stream:
        assert [chunk async for chunk in stream.chunks()] == []
    assert (stream.status, stream.total_size) == (416, len(CONTENT))


@pytest.mark.parametrize("span", ["bytes 0-9/1024", "bytes 9-1023/1024", "pages 10-20/30", "", "bytes */1024x"])
async def test_another_part_than_asked_for_is_refused(make: Make, service: Service, span: str) -> None:
    service.will(httpx.Response(206, content=b"0123456789", headers={"content-range": span}))
    with pytest.raises(errors.BrokenAnswer, match="another part"):
        async with make().download("https://cdn.example/f", start=10):
            pass


@pytest.mark.parametrize(
    ("status", "kind"), [(403, errors.Forbidden), (404, errors.NotFound), (500, errors.ServiceFault)]
)
async def test_a_refused_download_tells_its_status(
    make: Make, service: Service, status: int, kind: type[errors.ApiError]
) -> None:
    service.will(httpx.Response(status))
    with pytest.raises(kind) as failure:
        async with make().download("https://cdn.example/f?sig=s3cret"):
            pass
    assert "s3cret" not in str(failure.value)


@pytest.mark.parametrize(
    ("hops", "asked"),
    [
        (["https://b.example/f"], ["cdn.example", "b.example"]),
        (["/other"], ["cdn.example", "cdn.example"]),
        (["https://b.example/f", "https://c.example/f"], ["cdn.example", "b.example", "c.example"]),
    ],
)
async def test_a_download_follows_redirects(make: Make, service: Service, hops: list[str], asked: list[str]) -> None:
    service.will(*(httpx.Response(302, headers={"location": hop}) for hop in hops), file_server())
    async with make().download("https://cdn.example/f") as stream:
        assert stream.status == 200
    assert [request.url.host for request in service.requests] == asked


@pytest.mark.parametrize("target", ["http://b.example/f", "file:///etc/passwd", "https://u:p@b.example/"])
async def test_a_redirect_to_somewhere_unsafe_is_not_followed(make: Make, service: Service, target: str) -> None:
    service.will(httpx.Response(302, headers={"location": target}))
    with pytest.raises(errors.BrokenAnswer, match="redirects"):
        async with make().download("https://cdn.example/f"):
            pass
    assert len(service.requests) == 1


async def test_redirects_in_a_circle_end(make: Make, service: Service) -> None:
    service.will(httpx.Response(302, headers={"location": "https://cdn.example/f"}))
    with pytest.raises(errors.BrokenAnswer, match="more than 3"):
        async with make().download("https://cdn.example/f"):
            pass
    assert len(service.requests) == 4


@pytest.mark.parametrize("ending", ["reset", "farewell"])
async def test_a_download_that_breaks_off_gives_what_came_and_can_go_on(make: Make, serve: Serve, ending: str) -> None:
    async def handler(peer: Peer) -> None:
        request = await peer.request()
        found = [line for line in request.split(b"\r\n") if line.lower().startswith(b"range: bytes=")]
        start = int(found[0].partition(b"=")[2].rstrip(b"-")) if found else 0
        rest = CONTENT[start:]
        span = f"Content-Range: bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}\r\n" if found else ""
        status = "206 Partial Content" if found else "200 OK"
        head = f"HTTP/1.1 {status}\r\n{span}Content-Length: {len(rest)}\r\n\r\n"
        await peer.say(head.encode() + rest[:300])
        if ending == "reset" and len(rest) > 300:
            await anyio.wait_all_tasks_blocked()  # a reset discards what the other side has not read yet
            await peer.reset()

    server = await serve(handler)
    client = make(transport=None)
    got = bytearray()
    with anyio.fail_after(10):
        for _ in range(3):
            with pytest.raises(errors.Unclear):
                await fetch(client, f"{server.url}/f", got)
        await fetch(client, f"{server.url}/f", got)
    assert hashlib.sha256(got).digest() == hashlib.sha256(CONTENT).digest()


async def test_a_download_that_stalls_ends(make: Make, serve: Serve) -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome")
        await anyio.sleep_forever()

    server = await serve(handler)
    client = make(transport=None, transfer_timeouts=QUICK)
    got = bytearray()
    with anyio.fail_after(10), pytest.raises(errors.Unclear, match="nothing came in time"):
        await fetch(client, f"{server.url}/f", got)
    assert got == b"some"


async def test_a_download_may_be_left_early(make: Make, service: Service) -> None:
    service.will(file_server())
    client = make()
    async with client.download("https://cdn.example/f") as stream:
        assert stream.total_size == len(CONTENT)
    async with client.download("https://cdn.example/f") as stream:
        assert b"".join([chunk async for chunk in stream.chunks()]) == CONTENT


async def test_a_server_that_is_away_is_an_error_of_its_own(make: Make, service: Service) -> None:
    service.will(httpx.ConnectError("refused"))
    with pytest.raises(errors.ConnectionFailed):
        async with make().download("https://cdn.example/f"):
            pass
    with pytest.raises(errors.ConnectionFailed):
        await make().put_upload("https://store.example/put", b"x", size=1)
