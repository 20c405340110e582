"""The error of engines, and of the reader below them."""

from __future__ import annotations


class EngineError(Exception):
    """The request cannot be carried out here. Becomes the `error` of the failed execution.

    `code` is for programs, `message` a sentence for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
