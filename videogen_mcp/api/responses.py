"""Reading responses: bodies up to a size, failures as text without keys and signed addresses."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pydantic_core

from videogen_mcp.api.models import ErrorBody

MAX_RESPONSE_BYTES = 10 * 1024 * 1024
"""Longest JSON response we take. A page of 200 hydrated files with transcripts stays below 4 MB; more than this is a
broken or hostile server, which must not cost us the memory."""

WEB_PAGES = ("text/html", "application/xhtml+xml")

LONGEST_MESSAGE = 600
"""Characters of the service's own words that go into an error."""


class BrokenBodyError(ValueError):
    """A body that is not what the API promises. The message says why and repeats nothing of the body."""


def clean(text: str, secret: str | None = None) -> str:
    """Return `text` fit for an error: one line of at most LONGEST_MESSAGE characters, without `secret` and without the
    query of any address."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * LONGEST_MESSAGE]).split())
    if secret:
        line = line.replace(secret, "[key]")
    line = re.sub(r"(https?://[^\s?#\"'<>]*)[?#][^\s\"'<>]*", r"\1", line)
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"


def request_id(response: httpx.Response) -> str | None:
    """Return the service's id of this request (x-request-id, which its support asks for), at most 200 characters."""
    found = response.headers.get("x-request-id", "")
    return found[:200] if found.isprintable() and found else None


async def read_body(response: httpx.Response) -> bytes:
    """Return the whole body, decompressed.

    Raise BrokenBodyError when it is longer than MAX_RESPONSE_BYTES or badly compressed, httpx.TransportError when the
    connection breaks.
    """
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
                chunk = inflate.decompress(chunk, MAX_RESPONSE_BYTES + 1 - size)
            except zlib.error as error:
                raise BrokenBodyError("compressed data that cannot be read") from error
        size += len(chunk)
        if size > MAX_RESPONSE_BYTES:
            raise BrokenBodyError(f"longer than {MAX_RESPONSE_BYTES // (1024 * 1024)} MB")
        parts.append(chunk)
    if inflate is not None and not inflate.eof:
        raise BrokenBodyError("compressed data that ends too early")
    return b"".join(parts)


def _bounded(body: bytes) -> bytes:
    if len(body) > MAX_RESPONSE_BYTES:
        raise BrokenBodyError(f"longer than {MAX_RESPONSE_BYTES // (1024 * 1024)} MB")
    return body


def parse_error(body: bytes) -> ErrorBody:
    """Return the reasons in the body of a refusal; an empty ErrorBody when it is HTML, cut off or anything else."""
    try:
        return ErrorBody.model_validate(pydantic_core.from_json(body))
    except ValueError:
        return ErrorBody()


def redirected_to(response: httpx.Response) -> str:
    """Return " to HOST" for a redirect to another host; an address may hold secrets. Empty where it names none."""
    try:
        host = httpx.URL(response.headers.get("location", "")).host
    except httpx.InvalidURL:
        return ""
    return f" to {host}" if host else ""


def is_web_page(response: httpx.Response) -> bool:
    """Return whether a page for people came, which the API never sends: a proxy, a gateway or a network's login did."""
    return response.headers.get("content-type", "").partition(";")[0].strip().lower() in WEB_PAGES
