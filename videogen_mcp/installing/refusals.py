"""Why a file is left as it is."""

from __future__ import annotations


class Refused(Exception):
    """A file that is not changed. `str()` is why, to be read after the file's name: "is no JSON (line 3 …)"."""


class Malformed(Refused):
    """Text that is not what its format allows, at a line and a column of it."""

    def __init__(self, format_name: str, text: str, offset: int, what: str) -> None:
        lines = text.count("\n", 0, offset) + 1
        column = offset - text.rfind("\n", 0, offset)
        super().__init__(f"is no {format_name}: line {lines}, column {column}: {what}")
