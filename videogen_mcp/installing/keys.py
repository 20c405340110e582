"""Takes an API key from a person or a script, and keeps it for this user once VideoGen has not refused it."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from videogen_mcp import kept_key
from videogen_mcp.setting_values import LARGEST_KEY_FILE, Fault, key, plain

WHERE = "https://app.videogen.io/developers"
"""Where people find their keys."""

Check = Callable[[str], str | None]
"""Has VideoGen look at a key. Returns None where it takes it, or why that could not be found out, in sentences. Raises
NotKept where it refuses the key."""


class NotKept(Exception):
    """A key that is not kept. `str()` is why, as a sentence without its end; it does not show the key."""


@dataclass(frozen=True)
class Keeper:
    """Keeps keys in `file`."""

    file: Path
    check: Check

    def keep(self, text: str) -> str:
        """Keep the key that a text holds, and return what is to be said of it. Raise NotKept."""
        if len(text) > LARGEST_KEY_FILE:
            raise NotKept(f"What was given is too long for a key. {WHERE} shows yours")
        try:
            new = key(text.strip())
        except Fault as fault:
            raise NotKept(f"What was given {fault}. {WHERE} shows yours") from None
        unchecked = self.check(new)
        had_one = self.has_one
        try:
            kept_key.keep(self.file, new)
        except OSError as refused:
            raise NotKept(f"It cannot be written to {self.file} ({refused.strerror})") from None
        judged = "VideoGen accepts it." if unchecked is None else f"It could not be checked: {unchecked}"
        former = " in the place of the one before" if had_one else ""
        return f"The key is kept{former}, in {self.file}, which only you can read. {judged}"

    @property
    def has_one(self) -> bool:
        """Whether a key is kept already, usable or not."""
        return kept_key.exists(self.file)


def asked(prompt: str, stdin: TextIO | None = None) -> str | None:
    """Return what a person types after `prompt`, without showing it, or the first line that says something of a
    standard input that is no terminal; None where there is nothing. Raise NotKept for bytes that are no text."""
    source = stdin or sys.stdin
    if source is None:  # It was closed.
        return None
    try:
        if source.isatty():
            return plain(getpass.getpass(prompt))
        lines = iter(lambda: source.readline(LARGEST_KEY_FILE + 1), "")
        return next((text for text in map(plain, lines) if text is not None), None)
    except EOFError:
        return None
    except UnicodeDecodeError:
        raise NotKept("What was given holds bytes that are no text here") from None
