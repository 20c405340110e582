"""Takes an API key from a person or a script, and keeps it for this user once VideoGen has not refused it."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from videogen_mcp import kept_key
from videogen_mcp.setting_problems import unencrypted
from videogen_mcp.setting_values import LARGEST_KEY_FILE, Fault, key, plain
from videogen_mcp.settings import Settings

WHERE = "https://app.videogen.io/developers"
"""Where people find their keys."""

CHECK_SECONDS = 10.0
"""How long VideoGen may take to look at a key before it is kept unchecked: a person waits for it."""

Check = Callable[[str], str | None]
"""Has VideoGen look at a key. Returns None where it takes it, or why that could not be found out. Raises NotKept where
it refuses the key."""


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
        return self.file.exists()


def asked(prompt: str, stdin: TextIO | None = None) -> str | None:
    """Return what a person types after `prompt`, without showing it, or the first line of a standard input that is no
    terminal; None where there is nothing."""
    source = stdin or sys.stdin
    try:
        text = getpass.getpass(prompt) if source.isatty() else source.readline(LARGEST_KEY_FILE + 1)
    except EOFError:
        return None
    return plain(text)


def checked_by(settings: Settings) -> Check:
    """Return what has VideoGen, at the address of the settings, look at a key: a GET that costs nothing."""

    def check(new: str) -> str | None:
        faults = [one for one in settings.problems if one.variable == "VIDEOGEN_BASE_URL"]
        if faults := faults or unencrypted("VIDEOGEN_BASE_URL", settings.base_url):
            return str(faults[0])
        import anyio

        return anyio.run(partial(_answer, settings, new))

    return check


async def _answer(settings: Settings, new: str) -> str | None:
    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.api.errors import Unauthorized, VideoGenError
    from videogen_mcp.calls.messages import remedy
    from videogen_mcp.calls.replies import sentence

    try:
        async with VideoGen(api_key=new, base_url=settings.base_url) as client:
            await client.check_key(within=CHECK_SECONDS)
    except Unauthorized as refused:
        raise NotKept(f"VideoGen refuses it: {refused.message.rstrip('.')}. {WHERE} shows yours") from None
    except VideoGenError as error:
        return " ".join(sentence(part) for part in (error.message, remedy(error)) if part)
    return None
