"""The certificates by which servers are trusted, as the environment names them."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import httpx

from videogen_mcp.api.errors import BadSetting

REMEDY = "Correct the path, or remove the variable to use the certificates that come with this server"


def tls_context() -> ssl.SSLContext:
    """Return the context that httpx makes of SSL_CERT_FILE, SSL_CERT_DIR and SSLKEYLOGFILE; some 20 ms.

    Raises BadSetting that names the one that is missing, empty, no certificate, or not to be written.
    """
    _refuse_unwritable("SSLKEYLOGFILE", os.environ.get("SSLKEYLOGFILE"))
    chosen = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), None)
    if chosen == "SSL_CERT_DIR" and not Path(os.environ[chosen]).is_dir():
        raise BadSetting(f"{chosen} names a folder that does not exist. {REMEDY}")
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # An SSLError is one.
        if chosen is None:
            raise BadSetting(f"The certificates of this Python installation cannot be used: {error}") from None
        reason = error.strerror or "it holds no certificate"
        if isinstance(error, ssl.SSLError):
            reason = "it holds no certificate in PEM form"
        raise BadSetting(f"{chosen} names a file that cannot be used: {reason}. {REMEDY}") from None


def _refuse_unwritable(name: str, value: str | None) -> None:
    """Refuse a file for keys that Python would fail to open for every connection."""
    if not value:
        return
    try:
        with Path(value).open("ab"):
            pass
    except OSError as error:
        raise BadSetting(f"{name} names a file that cannot be written: {error.strerror}. Remove the variable") from None
