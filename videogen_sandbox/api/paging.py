"""Pages of today's lists. Cursors are opaque and belong to their endpoint."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from starlette.responses import JSONResponse, Response

from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.responses import page
from videogen_sandbox.contract.validation import Json


class Numbered(Protocol):
    """An entry with a sequence number in its list."""

    @property
    def seq(self) -> int:
        """Its number; later entries have larger ones."""
        ...


Entry = TypeVar("Entry", bound=Numbered)


def cursor_of(query: Json, name: str) -> int | None:
    """Return the sequence number below which the page begins; None for the first page. Raise Refusal (400)."""
    text = query.get("cursor")
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
    query: Json,
    name: str,
    fetch: Callable[[int | None, int], Sequence[Entry]],
    show: Callable[[Entry], Json],
) -> Response:
    """Return a page of what `fetch(before, limit)` reads from the database, newest first."""
    limit = query["limit"]
    found = fetch(cursor_of(query, name), limit + 1)
    more = len(found) > limit
    next_cursor = cursor_for(name, found[limit - 1].seq) if more else None
    return JSONResponse(page(name, [show(entry) for entry in found[:limit]], next_cursor))


def page_of_all(query: Json, name: str, entries: Sequence[Json]) -> Response:
    """Return a page of a list that is in memory as a whole."""
    limit = query["limit"]
    begin = cursor_of(query, name) or 0
    end = begin + limit
    next_cursor = cursor_for(name, end) if end < len(entries) else None
    return JSONResponse(page(name, list(entries[begin:end]), next_cursor))
