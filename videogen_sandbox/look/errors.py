"""Why a file, or what follows in it, cannot be read: in words for the person who gave it."""

from __future__ import annotations

UNREADABLE = "unreadable_media"
TOO_LARGE = "media_too_large"
ENCRYPTED = "encrypted_file"


class Unreadable(Exception):
    """A file that cannot be read as media. `code` is for programs, `message` a sentence for people."""

    def __init__(self, message: str, code: str = UNREADABLE) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
