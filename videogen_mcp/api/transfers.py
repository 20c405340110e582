"""Bytes of media: to a signed upload URL, from a signed download URL.

A signed URL gives access to whoever holds it, so it never appears in an error, and the API key is never sent to it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

import httpx

from videogen_mcp.api.causes import cause_of
from videogen_mcp.api.errors import ApiError, BadRequest, BrokenAnswer, ConnectionFailed, Unclear, error_class
from videogen_mcp.api.http import NOT_SENT
from videogen_mcp.api.limits import retry_after
from videogen_mcp.api.pools import Pools, timeout, web_address
from videogen_mcp.api.responses import clean
from videogen_mcp.api.timeouts import TRANSFER_TIMEOUTS, Timeouts

MOST_REDIRECTS = 3
"""Hops from a download URL to its bytes. Storage services use one, a CDN in front a second."""

RANGE_NOT_SATISFIABLE = 416
TRANSFER_ERRORS = (httpx.TransportError, OSError)


async def put(
    pools: Pools,
    upload_url: str,
    content: AsyncIterable[bytes] | bytes,
    *,
    size: int,
    content_type: str | None,
    now: float,
    timeouts: Timeouts = TRANSFER_TIMEOUTS,
) -> int:
    """PUT exactly `size` bytes to `upload_url`, streamed in constant memory, and return the status of the success.

    Nothing is repeated: a stream can be read once, and the URL expires. `now` is in Unix seconds. Raise an ApiError
    (class and `status` are the storage's refusal), ConnectionFailed when nothing was sent, Unclear when the transfer
    broke, BadRequest when `content` does not have `size` bytes (a file that changes while it is read) or the URL is
    not http(s).
    """
    url = _address(upload_url)
    headers = {"Content-Length": str(size)}
    if content_type:
        headers["Content-Type"] = content_type
    client = pools.client(url, fresh=True)
    try:
        request = client.build_request(
            "PUT", url, content=_measured(content, size), headers=headers, timeout=timeout(timeouts)
        )
        response = await client.send(request, stream=True)
    except TRANSFER_ERRORS as error:
        raise _broken_off(error, url.host, timeouts) from None
    async with aclosing(response):
        if not response.is_success:
            raise _refused(response, "upload", url.host, now)
    return response.status_code


async def _measured(content: AsyncIterable[bytes] | bytes, size: int) -> AsyncIterator[bytes]:
    """Yield `content` as it is. Raise BadRequest when it does not have `size` bytes."""
    sent = 0
    async for chunk in _chunks(content):
        sent += len(chunk)
        if sent > size:
            raise _changed(f"more than {size}")
        if chunk:
            yield chunk
    if sent < size:
        raise _changed(f"only {sent} of {size}")


async def _chunks(content: AsyncIterable[bytes] | bytes) -> AsyncIterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    async for chunk in content:
        yield chunk


def _changed(bytes_came: str) -> BadRequest:
    return BadRequest(f"the content changed while it was uploaded: {bytes_came} bytes came", status=400)


@dataclass
class Download:
    """An open download. Read `chunks()` once, inside the `async with` that gave this."""

    status: int
    """200: from the beginning; 206: from `start`; 416: there is nothing at or after the requested start."""
    start: int
    """Where the first byte belongs: 0 when the server sends everything although a later start was requested."""
    total_size: int | None
    """Bytes of the whole file, as far as the server says."""
    etag: str | None
    content_type: str | None
    _response: httpx.Response = field(repr=False)
    _host: str
    _timeouts: Timeouts

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes as they come. Raise Unclear when they break off before the announced end."""
        if self.status == RANGE_NOT_SATISFIABLE:
            return
        received = 0
        try:
            async for chunk in _pieces(self._response):
                received += len(chunk)
                yield chunk
        except (*TRANSFER_ERRORS, httpx.DecodingError) as error:
            raise _broken_off(error, self._host, self._timeouts) from None
        if self.total_size is not None and self.start + received < self.total_size:
            raise Unclear(
                f"the download from {self._host} ended after {self.start + received} of {self.total_size} bytes",
                may_have_started=False,
            )


@asynccontextmanager
async def get(
    pools: Pools,
    url: str,
    *,
    start: int,
    etag: str | None,
    now: float,
    timeouts: Timeouts = TRANSFER_TIMEOUTS,
) -> AsyncIterator[Download]:
    """Open `url` for reading from byte `start`; with `etag` only if the file is still that one (If-Range).

    `now` is in Unix seconds. Raise an ApiError (the storage's refusal), ConnectionFailed, Unclear when the response
    breaks off, BrokenAnswer for unsafe redirects or another part of the file, BadRequest for a URL that is not http(s).
    """
    address = _address(url)
    headers = {"Accept-Encoding": "identity"}
    if start > 0:
        headers["Range"] = f"bytes={start}-"
        if etag and not etag.startswith("W/"):  # a weak one is not allowed here (RFC 9110 13.1.5)
            headers["If-Range"] = etag
    response = await _follow(pools, address, headers, timeouts)
    async with aclosing(response):
        if response.status_code != RANGE_NOT_SATISFIABLE and not response.is_success:
            raise _refused(response, "download", address.host, now)
        yield _opened(response, start, address.host, timeouts)


async def _follow(pools: Pools, url: httpx.URL, headers: dict[str, str], timeouts: Timeouts) -> httpx.Response:
    """GET, following a few redirects; never from https to http. No key is at stake, only the signed address."""
    host = url.host
    for _ in range(MOST_REDIRECTS + 1):
        client = pools.client(url)
        try:
            request = client.build_request("GET", url, headers=headers, timeout=timeout(timeouts))
            response = await client.send(request, stream=True)
        except TRANSFER_ERRORS as error:
            raise _broken_off(error, url.host, timeouts) from None
        if not response.has_redirect_location:
            return response
        await response.aclose()
        target = web_address(str(url.join(response.headers["location"])))
        if target is None or (url.scheme == "https" and target.scheme != "https"):
            raise BrokenAnswer(f"{host} redirects to an address that is not safe to follow", may_have_started=False)
        url = target
    raise BrokenAnswer(f"{host} redirects more than {MOST_REDIRECTS} times", may_have_started=False)


def _opened(response: httpx.Response, start: int, host: str, timeouts: Timeouts) -> Download:
    headers = response.headers
    begin, total = 0, None
    encoded = headers.get("content-encoding", "identity") != "identity"
    if response.status_code in (206, RANGE_NOT_SATISFIABLE):
        begin, total = _content_range(headers.get("content-range", ""), start)
        if response.status_code == 206 and (begin != start or encoded):
            raise BrokenAnswer(f"{host} sent another part of the file than was asked for", may_have_started=False)
    elif not encoded and headers.get("content-length", "").isdecimal():
        total = int(headers["content-length"])
    return Download(
        status=response.status_code,
        start=begin,
        total_size=total,
        etag=headers.get("etag"),
        content_type=headers.get("content-type"),
        _response=response,
        _host=host,
        _timeouts=timeouts,
    )


def _content_range(text: str, start: int) -> tuple[int, int | None]:
    """Return start and total size: `bytes 5-9/10` → (5, 10), `bytes */10` → (start, 10), `bytes 5-9/*` → (5, None),
    anything unreadable → (-1, None)."""
    found = re.fullmatch(r"\s*bytes\s+(?:(\d{1,18})-\d{1,18}|\*)/(\d{1,18}|\*)\s*", text)
    if found is None:
        return -1, None
    first, total = found.groups()
    return (start if first is None else int(first)), (None if total == "*" else int(total))


async def _pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    encoded = response.headers.get("content-encoding", "identity") != "identity"
    pieces = response.aiter_bytes() if encoded or response.is_stream_consumed else response.aiter_raw()
    async for piece in pieces:
        yield piece


def _address(text: str) -> httpx.URL:
    url = web_address(text)
    if url is None:
        raise BadRequest("the signed address is not an http or https address", status=400)
    return url


def _refused(response: httpx.Response, what: str, host: str, now: float) -> ApiError:
    """The storage's refusal. Its body is left out: storages repeat the signature in it."""
    status = response.status_code
    hint = "; signed addresses expire, a new one may work" if status in (400, 401, 403, 404, 410) else ""
    kind = error_class(status, None)
    return kind(f"{host} refused the {what}{hint}", status=status, retry_after=retry_after(response.headers, now))


def _broken_off(error: Exception, host: str, timeouts: Timeouts) -> ConnectionFailed | Unclear:
    reason = clean(cause_of(error, timeouts.read).words)
    if isinstance(error, NOT_SENT):
        return ConnectionFailed(f"{host} could not be reached: {reason}.")
    return Unclear(f"the transfer with {host} broke off: {reason}.", may_have_started=False)
