"""How answers become objects: each reader takes the JSON and gives the result, or raises BrokenBodyError."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from videogen_mcp.api.answers import BrokenBodyError
from videogen_mcp.api.errors import BadRequest
from videogen_mcp.api.models import File, Page, Wire

T = TypeVar("T")
W = TypeVar("W", bound=Wire)


def of_type(files: list[File], wanted: str | None) -> list[File]:
    """The files of one type; all without one."""
    return files if wanted is None else [file for file in files if file.type == wanted]


def cut(items: list[T], limit: int, cursor: str | None) -> Page[T]:
    """One page of a list that came whole; the cursor is the position."""
    if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 12):
        raise BadRequest("the cursor does not come from this list", status=400, code="invalid_parameters")
    begin = int(cursor or 0)
    end = begin + max(1, limit)
    more = end < len(items)
    return Page(items[begin:end], more, str(end) if more else None)


def nothing(answer: Any) -> None:
    """Nothing is expected."""


def execution_id(answer: Any) -> str:
    """The id in the answer to a start or a cancel."""
    found = answer.get("toolExecutionId") if isinstance(answer, dict) else None
    if not isinstance(found, str) or not found:
        raise BrokenBodyError("no execution id")
    return found


def one(model: type[W]) -> Callable[[Any], W]:
    """Reads a single thing."""

    def read(answer: Any) -> W:
        try:
            return model.model_validate(answer)
        except ValueError:
            raise BrokenBodyError(f"no readable {model.__name__}") from None

    return read


def page(model: type[W], key: str) -> Callable[[Any], Page[W]]:
    """Reads one page of the list under `key`, in either era (the seed era has one page)."""
    read_row = one(model)

    def read(answer: Any) -> Page[W]:
        rows = answer.get(key) if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise BrokenBodyError(f"no list of {key}")
        following = answer.get("nextCursor")
        cursor = following if isinstance(following, str) and following else None
        return Page([read_row(row) for row in rows], answer.get("hasMore") is True and cursor is not None, cursor)

    return read


def entries(model: type[W], key: str) -> Callable[[Any], list[W]]:
    """Reads a list that has no pages."""
    read = page(model, key)
    return lambda answer: read(answer).items
