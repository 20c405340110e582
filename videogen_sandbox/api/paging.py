"""Query parameters and pages of today's lists. Cursors are opaque and belong to their endpoint."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from videogen_sandbox.contract.errors import Refusal, invalid
from videogen_sandbox.contract.responses import Json, page

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
"""Entries of a page (docs.videogen.io, pagination)."""


class Numbered(Protocol):
    """An entry with a sequence number in its list."""

    @property
    def seq(self) -> int: ...


Entry = TypeVar("Entry", bound=Numbered)


def flag(request: Request, name: str) -> bool:
    """Return a query parameter that is true or false; false when it is absent. Raise Refusal (400)."""
    text = request.query_params.get(name, "false")
    if text not in ("true", "false"):
        raise invalid(name, "must be true or false")
    return text == "true"


def limit_of(request: Request) -> int:
    """Return the size of a page. Raise Refusal (400)."""
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 6 and 1 <= int(digits) <= MAX_LIMIT):
        raise invalid("limit", f"must be a whole number from 1 to {MAX_LIMIT}")
    return int(digits)


def cursor_of(request: Request, name: str) -> int | None:
    """Return the sequence number below which the page begins; None for the first page. Raise Refusal (400)."""
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        kind, _, number = base64.urlsafe_b64decode(text.encode("ascii")).decode("ascii").partition(":")
    except (binascii.Error, UnicodeError, ValueError):
        kind, number = "", ""
    if kind != name or not number.isdigit() or len(number) > 15:
        raise Refusal(400, '"cursor" is not one that this list gave out.')
    return int(number)


def cursor_for(name: str, seq: int) -> str:
    """Return the cursor of the page below a sequence number."""
    return base64.urlsafe_b64encode(f"{name}:{seq}".encode()).decode()


def page_of(
    request: Request,
    name: str,
    fetch: Callable[[int | None, int], Sequence[Entry]],
    show: Callable[[Entry], Json],
) -> Response:
    """Return a page of what `fetch(before, limit)` reads from the database, newest first."""
    limit = limit_of(request)
    found = fetch(cursor_of(request, name), limit + 1)
    more = len(found) > limit
    next_cursor = cursor_for(name, found[limit - 1].seq) if more else None
    return JSONResponse(page(name, [show(entry) for entry in found[:limit]], next_cursor))


def page_of_all(request: Request, name: str, entries: Sequence[Json]) -> Response:
    """Return a page of a list that is in memory as a whole."""
    limit = limit_of(request)
    begin = cursor_of(request, name) or 0
    end = begin + limit
    next_cursor = cursor_for(name, end) if end < len(entries) else None
    return JSONResponse(page(name, list(entries[begin:end]), next_cursor))
