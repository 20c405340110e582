"""Ids that look like VideoGen's: a prefix and 22 base62 characters of a UUID."""

from __future__ import annotations

import hashlib
import re
import uuid

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 22

_BODY = re.compile(r"[0-9A-Za-z]{22}", re.ASCII)


def new_id(prefix: str) -> str:
    """Return a random id, such as "vg_file_" and 22 characters."""
    return prefix + _base62(uuid.uuid4().int)


def stable_id(prefix: str, name: str) -> str:
    """Return the id that belongs to a name, for what is built in (voices, presenters)."""
    return prefix + _base62(int.from_bytes(hashlib.sha256(f"{prefix}{name}".encode()).digest()[:16], "big"))


def well_formed(prefix: str, text: str) -> bool:
    """Return whether `text` has the form of an id with this prefix."""
    return text.startswith(prefix) and _BODY.fullmatch(text[len(prefix) :]) is not None


def _base62(number: int) -> str:
    digits = ""
    for _ in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
