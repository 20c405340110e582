"""Why a file, or what follows in it, cannot be read: in words for the person who gave it."""

from __future__ import annotations

from videogen_sandbox.engine_errors import EngineError

UNREADABLE = "unreadable_media"
CUT_OFF = "media_cut_off"
TOO_LARGE = "media_too_large"
TOO_LONG = "media_too_long"
ENCRYPTED = "encrypted_file"


class Unreadable(EngineError):
    """A file that cannot be read as media."""

    def __init__(self, message: str, code: str = UNREADABLE) -> None:
        super().__init__(code, message)
