"""Lists in statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

MOST = 100
"""Rows of one statement: SQLite took 999 values for long, and a row has nine at most."""


def marks(count: int, first: int = 1) -> str:
    """Return the marks `?1, ?2, …` of so many values."""
    return ", ".join(f"?{place}" for place in range(first, first + count))


def table(rows: int, types: Sequence[str], first: int = 1) -> str:
    """Return a list of rows of marks, each of a type."""
    count = len(types)
    lines = (
        ", ".join(f"CAST(?{first + row * count + place} AS {type_})" for place, type_ in enumerate(types))
        for row in range(rows)
    )
    return ", ".join(f"({line})" for line in lines)


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the items in parts of MOST at most."""
    for start in range(0, len(items), MOST):
        yield items[start : start + MOST]
