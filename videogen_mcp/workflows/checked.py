"""Requests that depend on what a file is, which only VideoGen knows of one that is there already."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class ChecksFile(Protocol):
    """A workflow that is checked against one of its files before it is submitted."""

    def file_to_check(self) -> str | None:
        """Return the file, as an argument names it; None where there is nothing to check."""
        ...

    def checked(self, file_type: str | None, seconds: float | None) -> str | None:
        """Return what the answer tells besides, by the file's type (VideoGen's) and length, as far as they are known.

        Raise ValueError, naming the argument, where the request does not fit.
        """
        ...
