"""Access to the pages: from this machine without a key, from others with it.

A browser asks for the key as the password of HTTP basic authentication. The Host header is checked against DNS
rebinding: a web page can let its own name point to 127.0.0.1 and have a visitor's browser read from here, but the
browser then sends that name, not "localhost".

What changes something is taken from these pages alone: a browser also sends what other sites ask it to.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from videogen_sandbox.loopback import is_loopback

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; script-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""On every page: own scripts only, no other origin, no frame, no Referer for others. "no-referrer" would have browsers
hide the origin of our own forms, too."""


def refused(request: Request, api_key: str) -> Response | None:
    """Return the response (401) to a request without access; None for all others."""
    if _is_local(request) or _has_key(request, api_key):
        return None
    return PlainTextResponse(
        "These pages open at 127.0.0.1 or localhost on the machine of the sandbox. "
        "From elsewhere: any user name, and the sandbox's key as password.\n",
        status_code=401,
        headers={**HEADERS, "WWW-Authenticate": 'Basic realm="VideoGen sandbox", charset="UTF-8"'},
    )


def is_foreign(request: Request) -> bool:
    """Return whether a request that changes something was not sent by a page of this origin.

    Browsers name the origin of each POST (Fetch standard, 3.1), and newer ones tell how near it is. What names none is
    no page; programs have the API.
    """
    host = request.headers.get("host", "").lower()
    is_own = request.headers.get("origin", "").lower() in (f"http://{host}", f"https://{host}")
    return not is_own or request.headers.get("sec-fetch-site", "same-origin") != "same-origin"


def _is_local(request: Request) -> bool:
    peer = request.client.host if request.client else ""
    try:
        host = urlsplit("//" + request.headers.get("host", "")).hostname
    except ValueError:
        return False
    return is_loopback(peer) and is_loopback(host or "")


def _has_key(request: Request, api_key: str) -> bool:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        _, _, password = base64.b64decode(credentials, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(password, api_key.encode())
