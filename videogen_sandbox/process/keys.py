"""The key of a sandbox, and how a sandbox proves that it knows its key."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_key() -> str:
    """Return a random key in the form of today's API. It opens nothing but one sandbox."""
    return "sk_videogen_sandbox_" + secrets.token_urlsafe(24)


def proof(key: str, nonce: str) -> str:
    """Return the HMAC-SHA256 of `nonce` as hexadecimal digits, which /health answers.

    It shows that the process at a port knows the key, without the key being sent there.
    """
    return hmac.new(key.encode(), nonce.encode(), hashlib.sha256).hexdigest()
