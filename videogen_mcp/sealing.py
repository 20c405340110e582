"""Secrets sealed for a database: AES-GCM with keys that stand in the settings, each good for one purpose and place.

A sealed text is base64url of: form (1 byte), id of the key (4), nonce (12), ciphertext with its tag (16 more than the
text). What it was sealed for is authenticated with it, so a row that is copied over another one does not open.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORM = b"\x01"
KEY_BYTES, ID_BYTES, NONCE_BYTES = 32, 4, 12


class CannotOpen(Exception):
    """None of the keys opens it, or it was sealed for something else. The message says which."""


@dataclass(frozen=True)
class Opened:
    """What was sealed, and whether with the newest key."""

    text: str = field(repr=False)
    newest: bool


class Seals:
    """Seals with the first of the secrets, opens with all. They must be 32 characters at least, as the settings see to,
    and may seal other things elsewhere: `purpose` makes other keys of them."""

    def __init__(self, from_secrets: Sequence[str], purpose: str) -> None:
        """Derive the keys. Raises ValueError without any secret."""
        if not from_secrets:
            raise ValueError("there is no secret to seal with")
        self._purpose = purpose
        self._keys: dict[bytes, AESGCM] = {}
        for secret in from_secrets:
            derived = HKDF(SHA256(), KEY_BYTES + ID_BYTES, None, purpose.encode()).derive(secret.encode())
            self._keys.setdefault(derived[KEY_BYTES:], AESGCM(derived[:KEY_BYTES]))
        self._newest = next(iter(self._keys))

    def seal(self, text: str, *place: str) -> str:
        """Return a text that opens only at that place, such as an account and an id."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._keys[self._newest].encrypt(nonce, text.encode(), self._about(place))
        return base64.urlsafe_b64encode(FORM + self._newest + nonce + sealed).decode()

    def open(self, sealed: str, *place: str) -> Opened:
        """Return what was sealed for that place. Raises CannotOpen."""
        try:
            raw = base64.urlsafe_b64decode(sealed)
        except ValueError:
            raise CannotOpen("it is no sealed text") from None
        form, key_id, rest = raw[:1], raw[1 : 1 + ID_BYTES], raw[1 + ID_BYTES :]
        key = self._keys.get(key_id)
        if form != FORM or key is None:
            raise CannotOpen("it was sealed with a secret that is not among those of VIDEOGEN_MCP_SECRETS")
        try:
            text = key.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], self._about(place)).decode()
        except (InvalidTag, ValueError):
            raise CannotOpen("it was changed, or sealed for something else") from None
        return Opened(text, key_id == self._newest)

    def _about(self, place: Sequence[str]) -> bytes:
        return json.dumps([self._purpose, *place]).encode()
