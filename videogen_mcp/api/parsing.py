"""Parsers: each takes the JSON of a response and returns the result, or raises BrokenBodyError."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from videogen_mcp.api.errors import BadRequest
from videogen_mcp.api.models import Page, Wire
from videogen_mcp.api.responses import BrokenBodyError

T = TypeVar("T")
W = TypeVar("W", bound=Wire)

Parse = Callable[[Any], T]
"""JSON of a response (None when it has no body) → the result. Raises ValueError for JSON that is not as promised."""


def checked(response: Any, ids: Mapping[str, str]) -> Any:
    """Return the response as it is. Raise BrokenBodyError when it is about something else than what `ids` names.

    Proxies and connections that got out of step answer with somebody else's response, or with an earlier one.
    """
    for name, asked in ids.items():
        if isinstance(response, dict) and isinstance(found := response.get(name), str) and found != asked:
            raise BrokenBodyError(f"it is about another {name} than was asked for")
    return response


def nothing(response: Any) -> None:
    """Return None, whatever came."""


def json_object(response: Any) -> dict[str, Any]:
    """Return the JSON object as it is. Raise BrokenBodyError for any other JSON."""
    if not isinstance(response, dict):
        raise BrokenBodyError("no JSON object")
    return response


def execution_id(response: Any) -> str:
    """Return the id in the response to the start or cancel of a tool execution. Raise BrokenBodyError without one."""
    found = response.get("toolExecutionId") if isinstance(response, dict) else None
    if not isinstance(found, str) or not found:
        raise BrokenBodyError("no execution id")
    return found


def one(model: type[W]) -> Parse[W]:
    """Return a parser of a single `model`, which raises BrokenBodyError when the JSON does not fit it."""

    def parse(response: Any) -> W:
        try:
            return model.model_validate(response)
        except ValueError:
            raise BrokenBodyError(f"no readable {model.__name__}") from None

    return parse


def page(model: type[W], key: str) -> Parse[Page[W]]:
    """Return a parser of one page: the list under `key` with its cursor (the seed era's lists are one page).

    It raises BrokenBodyError when there is no list, or a row does not fit `model`.
    """
    parse_row = one(model)

    def parse(response: Any) -> Page[W]:
        rows = response.get(key) if isinstance(response, dict) else None
        if not isinstance(rows, list):
            raise BrokenBodyError(f"no list of {key}")
        following = response.get("nextCursor")
        cursor = following if isinstance(following, str) and following else None
        return Page([parse_row(row) for row in rows], response.get("hasMore") is True and cursor is not None, cursor)

    return parse


def entries(model: type[W], key: str) -> Parse[list[W]]:
    """Return a parser of the list under `key` of a response that has no pages; it raises as that of `page` does."""
    parse = page(model, key)
    return lambda response: parse(response).items


def page_of(items: list[T], limit: int, cursor: str | None) -> Page[T]:
    """Return one page of a list that came whole; its cursor is a position. Raise BadRequest for a foreign cursor."""
    if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 12):
        raise BadRequest("the cursor does not come from this list", status=400, code="invalid_parameters")
    begin = int(cursor or 0)
    end = begin + max(1, limit)
    more = end < len(items)
    return Page(items[begin:end], more, str(end) if more else None)
