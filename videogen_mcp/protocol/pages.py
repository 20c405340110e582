"""What people see who open an address of the HTTP server in a browser. Programs get the same as JSON."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from videogen_mcp import __version__
from videogen_mcp.protocol.identity import KEY_HEADER, Callers
from videogen_mcp.protocol.refusals import Refused
from videogen_mcp.setting_values import shown
from videogen_mcp.settings import MCP_PATH

NAME = f"videogen-mcp {__version__}"

WHAT = "An MCP server for VideoGen: AI agents make and edit images, clips, speech, music and finished videos with it."

MORE = "README.md and docs/hosting.md of the project"

TITLES = {
    401: "Who are you?",
    403: "This page may not call",
    404: "There is nothing here",
    405: "This is for programs",
    421: "Not by this name",
}

STYLE = """\
:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }
body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
pre { padding: .75rem 1rem; border-radius: .5rem; background: color-mix(in srgb, currentColor 8%, transparent) }
pre { white-space: pre-wrap }
"""


def wants_page(request: Request) -> bool:
    """Return whether a browser asks for a page. No MCP client does: what they accept is JSON and event streams."""
    accept = request.headers.get("accept", "")
    return request.method in ("GET", "HEAD") and "text/html" in accept and "text/event-stream" not in accept


@dataclass(frozen=True)
class Welcome:
    """The answer at `/`: what this server is, where MCP clients reach it, and what they send. It has no secrets."""

    callers: Callers

    async def answer(self, request: Request) -> Response:
        """Return a page, or JSON."""
        if wants_page(request):
            return _page(200, NAME, self._body(request))
        told = {
            "name": "videogen-mcp",
            "version": __version__,
            "description": WHAT,
            "mcp": {"url": self._address(request), "transport": "streamable-http"},
            "sandbox": self.callers.settings.uses_sandbox,
            "callers": f"{self._who()}.",
            "documentation": MORE,
        }
        return Response(json.dumps(told, indent=2) + "\n", media_type="application/json", headers=_headers())

    def _address(self, request: Request) -> str:
        """The names of a request are checked before (`Names`)."""
        return (self.callers.settings.public_url or str(request.base_url).rstrip("/")) + MCP_PATH

    def _who(self) -> str:
        settings = self.callers.settings
        if settings.hosted:
            ways = self.callers.ways
            return f"{ways[0].upper()}{ways[1:]}"
        spent = "the sandbox makes everything" if settings.uses_sandbox else "the VideoGen key of this server is spent"
        return f"Programs of this machine need no key: {spent}"

    def _headers(self) -> dict[str, str]:
        """What to write into the entry of a host. Where there is a login, hosts ask for it themselves."""
        settings = self.callers.settings
        if not settings.hosted or self.callers.login is not None:
            return {}
        if settings.http_tokens and settings.api_key is not None:
            return {"Authorization": "Bearer your token"}
        return {KEY_HEADER: "your key"}

    def _body(self, request: Request) -> str:
        url = self._address(request)
        headers = self._headers()
        header = "".join(f' --header "{name}: {value}"' for name, value in headers.items())
        entry: dict[str, Any] = {"type": "http", "url": url, **({"headers": headers} if headers else {})}
        return _join(
            ("p", WHAT),
            ("h2", "For your agent"),
            ("p", f"Its address is {url} (Streamable HTTP). In Claude Code:"),
            ("pre", f"claude mcp add --transport http videogen {url}{header}"),
            ("p", "In programs that read JSON, such as Cursor:"),
            ("pre", json.dumps({"mcpServers": {"videogen": entry}}, indent=2)),
            ("h2", "Who may call"),
            ("p", f"{self._who()}."),
            ("h2", "More"),
            ("p", f"{MORE}. For supervisors: /health and /ready."),
        )


def nothing_at(path: str) -> Refused:
    """Return the refusal of an address where nothing is."""
    return Refused(404, f"There is nothing at {shown(path)}: MCP clients reach this server at {MCP_PATH}")


def not_so(path: str, method: str, allowed: str) -> Refused:
    """Return the refusal of a method with which an address is not used."""
    if path == MCP_PATH:
        message = f"MCP clients reach this server here, by {allowed}; a browser has nothing to see"
    else:
        message = f"{shown(path)} is not for {shown(method)}: MCP clients reach this server at {MCP_PATH}"
    return Refused(405, message, allow=allowed)


async def answer_error(request: Request, error: Exception) -> Response:
    """Return the answer where no route is, or none for the method: the exception handler of the application."""
    assert isinstance(error, HTTPException)
    path = request.url.path
    if error.status_code == 405:
        refused = not_so(path, request.method, (error.headers or {}).get("Allow", ""))
    else:
        refused = nothing_at(path) if error.status_code == 404 else Refused(error.status_code, error.detail)
    return refusal(refused, request)


def refusal(refused: Refused, request: Request, challenge: str | None = None) -> Response:
    """Return the response to a refused request: a page for browsers, else a JSON-RPC error."""
    response = refused.response(challenge)
    if not wants_page(request):
        return response
    title = TITLES.get(refused.status, "That did not work")
    kept = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
    return _page(
        refused.status, title, _join(("p", f"{refused.message}.")) + '<p><a href="/">What this server is</a></p>', kept
    )


def _page(status: int, title: str, body: str, headers: Mapping[str, str] | None = None) -> Response:
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(html, status, {**_headers(), **(headers or {})})


def _join(*elements: tuple[str, str]) -> str:
    """Return elements, each a name and its text."""
    return "".join(f"<{name}>{escape(text)}</{name}>" for name, text in elements)


@cache
def _headers() -> Mapping[str, str]:
    """No script, no other origin, no frame, no Referer, nothing guessed: of whatever is answered here."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
    return {
        "Content-Security-Policy": f"{policy}frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
