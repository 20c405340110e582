"""HTTP requests that are refused before MCP sees them, in words that the person behind an agent can act on."""

from __future__ import annotations

import json
from dataclasses import dataclass

from mcp_types import INTERNAL_ERROR, INVALID_REQUEST
from starlette.responses import Response

REALM = "VideoGen"

INSUFFICIENT_SCOPE = "insufficient_scope"
"""RFC 6750, section 3.1: the token is good, and not for this."""


@dataclass(eq=False)
class Refused(Exception):
    """A request that is refused with an HTTP status.

    `message` is for people. `error` is RFC 6750's code (None: no credentials came), which is told with statuses that
    ask for credentials. `retry_after` is in whole seconds; `allow` names the methods that would do.
    """

    status: int
    message: str
    error: str | None = None
    retry_after: int | None = None
    allow: str | None = None

    def __post_init__(self) -> None:
        super().__init__(self.message)

    def response(self, challenge: str | None = None) -> Response:
        """Return the response: a JSON-RPC error, whose message MCP clients show.

        `challenge` holds further parameters of WWW-Authenticate. The connection is closed: what else the client sends
        of the request would be read for nothing.
        """
        code = INTERNAL_ERROR if self.status >= 500 else INVALID_REQUEST
        body = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": f"{self.message}."}}
        headers = {"connection": "close"}
        if self.status == 401 or self.error == INSUFFICIENT_SCOPE:
            error = f'error="{self.error}"' if self.error else None
            told = [f'realm="{REALM}"', *(part for part in (error, challenge) if part)]
            headers["www-authenticate"] = f"Bearer {', '.join(told)}"
        if self.retry_after is not None:
            headers["retry-after"] = str(self.retry_after)
        if self.allow is not None:
            headers["allow"] = self.allow
        return Response(json.dumps(body), self.status, headers, media_type="application/json")


def no_credentials(message: str) -> Refused:
    """The request does not say who calls."""
    return Refused(401, message)


def bad_credentials(message: str) -> Refused:
    """What says who calls is not valid here."""
    return Refused(401, message, "invalid_token")


def bad_request(message: str) -> Refused:
    """Nobody can tell what is meant."""
    return Refused(400, message, "invalid_request")


def missing_scopes(message: str) -> Refused:
    """Who calls may not."""
    return Refused(403, message, INSUFFICIENT_SCOPE)
