"""Reading what comes back: bodies with a bound, errors in words, nothing secret in them."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pydantic_core

from videogen_mcp.api.models import ErrorBody
from videogen_mcp.api.transport import MAX_ANSWER_BYTES

LONGEST_MESSAGE = 600
"""Characters of the service's own words that go into an error."""


class BrokenBodyError(ValueError):
    """The body cannot be what was promised. The text says why and repeats nothing of it."""


def clean(text: str, secret: str | None = None) -> str:
    """`text` fit for an error: one line, bounded, without `secret` and without the query of any address."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * LONGEST_MESSAGE]).split())
    if secret:
        line = line.replace(secret, "[key]")
    line = re.sub(r"(https?://[^\s?#\"'<>]*)[?#][^\s\"'<>]*", r"\1", line)
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"


def request_id(response: httpx.Response) -> str | None:
    """The service's name for this request, for its support."""
    found = response.headers.get("x-request-id", "")
    return found[:200] if found.isprintable() and found else None


async def whole_body(response: httpx.Response) -> bytes:
    """The body, at most `MAX_ANSWER_BYTES` of it also after decompression. Raises ValueErrors of this module."""
    if response.is_stream_consumed:  # a ready-made response of a test transport
        return _bounded(response.content)
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return await _collect(response.aiter_raw(), None)
    if encoding in ("gzip", "x-gzip", "deflate"):
        return await _collect(response.aiter_raw(), zlib.decompressobj(wbits=zlib.MAX_WBITS | 32))
    raise BrokenBodyError(f"compressed as {encoding[:20]}, which was not offered")


async def _collect(chunks: AsyncIterator[bytes], inflate: Any) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks:
        if inflate is not None:
            try:
                chunk = inflate.decompress(chunk, MAX_ANSWER_BYTES + 1 - size)
            except zlib.error as error:
                raise BrokenBodyError("compressed data that cannot be read") from error
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise BrokenBodyError(f"longer than {MAX_ANSWER_BYTES // (1024 * 1024)} MB")
        parts.append(chunk)
    if inflate is not None and not inflate.eof:
        raise BrokenBodyError("compressed data that ends too early")
    return b"".join(parts)


def _bounded(body: bytes) -> bytes:
    if len(body) > MAX_ANSWER_BYTES:
        raise BrokenBodyError(f"longer than {MAX_ANSWER_BYTES // (1024 * 1024)} MB")
    return body


def error_body(body: bytes) -> ErrorBody:
    """The reasons in an error's body; an empty one when it is HTML, cut or something else."""
    try:
        return ErrorBody.model_validate(pydantic_core.from_json(body))
    except ValueError:
        return ErrorBody()


def in_words(problem: Exception | None, limit: float) -> str:
    """What happened on the way, without addresses."""
    if problem is None:
        return f"no whole answer within {limit:.0f} s"
    if isinstance(problem, httpx.ConnectTimeout):
        return "no connection in time"
    if isinstance(problem, httpx.PoolTimeout):
        return "all connections are busy"
    if isinstance(problem, httpx.TimeoutException):
        return "nothing came in time"
    return str(problem).rstrip(".") or type(problem).__name__
