"""Pictures for sentences that name nothing one could see: a clock for time, a light bulb for an idea."""

from __future__ import annotations

import re
from collections.abc import Mapping
from configparser import ConfigParser
from functools import lru_cache

from videogen_sandbox.engines.drawing.icons import ASSETS

_WORD = re.compile(r"[a-z]+")
_ENDINGS = ("", "s", "es", "d", "ed", "ing", "ies")
"""What a word may have after the form in the table; "ies" stands for a final y."""


def picture_for(text: str) -> str | None:
    """Return what to draw for the first word of a text that stands for something, in words; None for none."""
    known = _table()
    for word in _WORD.findall(text.lower()):
        for ending in _ENDINGS:
            stem = word.removesuffix(ending) if ending else word
            found = known.get(stem) or (known.get(f"{stem}y") if ending == "ies" else None)
            if found and (not ending or word.endswith(ending)):
                return found
    return None


@lru_cache(maxsize=1)
def _table() -> Mapping[str, str]:
    """Word → picture."""
    parser = ConfigParser(delimiters="=")
    parser.read(ASSETS / "topics.ini", encoding="utf-8")
    return {word.strip(): picture for picture, words in parser["topics"].items() for word in words.split(",")}
