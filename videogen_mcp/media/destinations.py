"""Where a result is saved: what `save_to` means, and what becomes of the name that it gives."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.folders import Folder
from videogen_mcp.media.names import MEDIA_ENDINGS, WINDOWS, absolute, ending, meaning, quoted
from videogen_mcp.media.paths import AllowedPaths

SAME_ENDINGS = (
    *(frozenset(words.split()) for words in ("jpg jpeg jpe", "tif tiff", "mp4 m4v", "mpg mpeg", "ts mts m2ts")),
    *(frozenset(words.split()) for words in ("ogg oga opus", "aif aiff", "heic heif")),
)
"""Endings that mean the same format."""

DOCUMENT_ENDINGS = frozenset({"pdf", "txt", "srt", "vtt", "json", "xml", "fcpxml", "otio", "zip"})
"""Endings of results that are no media and cannot be told by their first bytes: the name may say what they are."""


def open_destination(save_to: str | None, default: Path, allowed: AllowedPaths) -> tuple[Folder, str | None]:
    """Return the folder, opened and made if it is missing, and the name of the file in it; None: the file's own.

    `save_to` is a folder if it exists or ends with a slash, else a file; relative to `default`, which is what None
    means. Raises Refusal for what is not allowed, no path, or cannot be made.
    """
    if save_to is None:
        return allowed.open_folder(default), None
    if meaning(save_to) == "address":
        raise Refusal("invalid_path", f"{quoted(save_to)} is an address on the web", "Give a folder of this machine")
    path = absolute(save_to if _begins_anywhere(save_to) else f"{default}/{save_to}", allowed.home)
    folder, name = os.path.split(path)
    if name in ("", ".", "..") or allowed.is_folder(path):
        return allowed.open_folder(path), None
    return allowed.open_folder(folder), name


def _begins_anywhere(path: str) -> bool:
    """Whether a path says where it begins."""
    return bool(re.match(r"file:|[A-Za-z]:[\\/]|[/~]", path, re.IGNORECASE)) or (WINDOWS and path.startswith("\\"))


def of_several(name: str, number: int) -> str:
    """Return the name for one of several results: ("logo.png", 2) → "logo-2.png"."""
    known = ending(name) in MEDIA_ENDINGS | DOCUMENT_ENDINGS
    stem, dot, last = name.rpartition(".") if known else (name, "", "")
    return f"{stem}-{number}{dot}{last}"


def document_ending(url: str) -> str | None:
    """Return the ending that the link to a document has; None where it has none of a document."""
    found = ending(urlsplit(url).path.rpartition("/")[2])
    return found if found in DOCUMENT_ENDINGS else None


def fitting_ending(name: str | None, found: str | None, default: str) -> tuple[str, str]:
    """Return a name without its ending, and the ending for it: that of what the file is (`found`), spelled as the name
    has it; where that is not known, the name's own if it is a document's, else `default`."""
    given = (name or "").rpartition(".")[2] if ending(name or "") else ""
    own = given.lower()
    same = next((group for group in SAME_ENDINGS if found in group), frozenset({found}))
    keeps = own in same if found is not None else own in DOCUMENT_ENDINGS
    stem = (name or "").removesuffix(f".{given}") if keeps or own in MEDIA_ENDINGS | DOCUMENT_ENDINGS else name or ""
    return stem, given if keeps else found or default


def renaming(asked: str, saved: str) -> str | None:
    """Return a sentence about a file that got another name than was asked for; None where it is as expected."""
    worded = re.search(r"\.[A-Za-z]\w*$", asked) is not None
    if saved == asked or (not worded and saved.rpartition(".")[0] == asked):
        return None
    reasons = []
    if worded and ending(asked) != ending(saved):
        reasons.append(f"the file is {ending(saved).upper()}")
    if re.search(r" \(\d+\)$", saved.rpartition(".")[0]):
        reasons.append("nothing is overwritten")
    return f"{quoted(asked)} is saved as {saved}: {' and '.join(reasons) or 'not every system takes that name'}."
