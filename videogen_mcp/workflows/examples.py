"""Arguments of the demo's calls, and what stands in them for files, projects and rows that exist only later."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class ResultOf(str):
    """In an example: something that the example of the workflow so named makes."""

    __slots__ = ()


class FileOf(ResultOf):
    """The id of its file."""

    __slots__ = ()


class ProjectOf(ResultOf):
    """The id of its project."""

    __slots__ = ()


class OwnFile(str):
    """In an example: a file so named that the demo brings along."""

    __slots__ = ()


class FirstOf(str):
    """In an example: what the first row that the catalogue tool so named lists has under the argument's own name, or
    that and "_id"."""

    __slots__ = ()


def arguments(**example: Any) -> Mapping[str, Any]:
    """Return the arguments of an example, which nobody may change."""
    return MappingProxyType(example)
