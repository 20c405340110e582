"""Who may see the pages: people at this machine without further ado, others with the key.

A browser asks for the key as the password of HTTP basic authentication. The Host header is looked at because a
foreign web page can let its own name point to 127.0.0.1 (DNS rebinding) and so have a visitor's browser read from
here; it cannot have the browser say "localhost" meanwhile.
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
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On every page: no script but ours, no other origin, no frame, and no signed URL in a Referer."""


def refused(request: Request, api_key: str) -> Response | None:
    """The answer to somebody who may not see the pages; None for all others."""
    if _at_this_machine(request) or _knows(request, api_key):
        return None
    return PlainTextResponse(
        "These pages open at 127.0.0.1 or localhost on the machine of the sandbox. "
        "From elsewhere: any user name, and the sandbox's key as password.\n",
        status_code=401,
        headers={**HEADERS, "WWW-Authenticate": 'Basic realm="VideoGen sandbox", charset="UTF-8"'},
    )


def _at_this_machine(request: Request) -> bool:
    peer = request.client.host if request.client else ""
    try:
        host = urlsplit("//" + request.headers.get("host", "")).hostname
    except ValueError:
        return False
    return is_loopback(peer) and is_loopback(host or "")


def _knows(request: Request, api_key: str) -> bool:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        _, _, password = base64.b64decode(credentials, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(password, api_key.encode())
