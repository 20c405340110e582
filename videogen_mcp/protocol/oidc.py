"""Access tokens of a company's login, checked as an OAuth resource server does.

Tokens are JWTs signed by the issuer of the settings (RFC 9068), whose keys are found by OpenID Connect Discovery 1.0
and kept for a while. A token is used to find out who calls and for nothing else: VideoGen never sees it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from videogen_mcp.api.causes import cause_of
from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.api.pools import Pools
from videogen_mcp.clock import Clock
from videogen_mcp.loopback import is_loopback
from videogen_mcp.protocol.refusals import Refused, bad_credentials, missing_scopes
from videogen_mcp.setting_values import DISCOVERY
from videogen_mcp.settings import MCP_PATH, Oidc

log = logging.getLogger(__name__)

METADATA_PATH = f"/.well-known/oauth-protected-resource{MCP_PATH}"
"""Where OAuth clients read which login this server belongs to (RFC 9728, section 3.1)."""

ALGORITHMS = ("RS256", "ES256")
"""Signatures that are taken: with keys that only the issuer has. Never what the token itself asks for beyond these."""

LEEWAY = 30
"""Seconds that our clock and the issuer's may be apart."""

KEYS_FRESH = 300.0
"""Seconds after which the issuer is asked for its keys again: a key that it withdrew is good for so long."""

KEYS_KEPT = 3600.0
"""Seconds for which keys are used while the issuer cannot be reached, so that its restart locks out nobody."""

FETCH_PAUSE = 5.0
"""Seconds at least between two fetches, whether tokens name keys that nobody knows or the issuer is away."""

FETCH_SECONDS = 5.0
"""For one fetch. Callers wait meanwhile."""

LARGEST_DOCUMENT = 1024 * 1024
"""Bytes. Key sets have some kilobytes."""

LONGEST_SUBJECT = 255
"""Characters (OpenID Connect Core 1.0, section 2)."""

Fetch = Callable[[str], Awaitable[Any]]
"""Returns the JSON at an address. Raises IssuerAway."""


class IssuerAway(Exception):
    """The issuer cannot be asked, or what it says cannot be used. The message says why."""


@dataclass
class Login:
    """The login of the settings: checks its access tokens, and tells OAuth clients where they get one."""

    oidc: Oidc
    public_url: str | None
    fetch: Fetch
    clock: Clock
    _keys: Mapping[str | None, jwt.PyJWK] = field(default_factory=dict)
    """By their key ids."""
    _fetched_at: float = field(default=float("-inf"))
    _tried_at: float = field(default=float("-inf"))
    _fetching: anyio.Lock = field(default_factory=anyio.Lock)

    async def subject(self, token: str) -> str:
        """Return who a token is for, with who says so. Raise Refused: 401 for tokens that are not valid here, 403 for
        missing scopes, 503 while the issuer's keys are not to be had."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise bad_credentials(f"The access token is not signed by {' or '.join(ALGORITHMS)}")
            key = await self._key(header.get("kid"))
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                issuer=self.oidc.issuer,
                audience=self.oidc.audiences,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, RecursionError) as fault:  # its JSON may be nested as deep as it likes
            raise bad_credentials(_words(fault)) from None
        self._check_scopes(claims)
        subject = claims["sub"]
        if not subject or len(subject) > LONGEST_SUBJECT or not subject.isprintable():
            raise bad_credentials("The access token names nobody that can be written down (sub)")
        return f"{self.oidc.issuer}#{subject}"

    async def metadata(self, request: Request) -> Response:
        """Return what OAuth clients must know (RFC 9728, section 2)."""
        return JSONResponse(
            {
                "resource": self._address(request) + MCP_PATH,
                "resource_name": "VideoGen",
                "authorization_servers": [self.oidc.issuer],
                "bearer_methods_supported": ["header"],
                **({"scopes_supported": self.oidc.scopes} if self.oidc.scopes else {}),
            }
        )

    def challenge(self, request: Request) -> str:
        """Return the parameters of WWW-Authenticate that lead OAuth clients to the login (RFC 9728, section 5.1)."""
        scope = f', scope="{" ".join(self.oidc.scopes)}"' if self.oidc.scopes else ""
        return f'resource_metadata="{self._address(request)}{METADATA_PATH}"{scope}'

    def _address(self, request: Request) -> str:
        return self.public_url or str(request.base_url).rstrip("/")

    def _check_scopes(self, claims: Mapping[str, Any]) -> None:
        given = claims.get("scope") or claims.get("scp")  # `scp` is what Microsoft and Okta call it.
        scopes = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
        missing = [scope for scope in self.oidc.scopes if scope not in scopes]
        if missing:
            raise missing_scopes(f"The access token lacks the scope {', '.join(missing)}")

    async def _key(self, key_id: str | None) -> jwt.PyJWK:
        """Return the key of an id; without one, the only key there is."""
        found = self._known(key_id)
        if found is None or (self._age > KEYS_FRESH and not self._fetching.locked()):
            await self._renew()
            found = self._known(key_id)
        if found is None:
            raise bad_credentials("The access token is signed with a key that its issuer does not publish")
        return found

    def _known(self, key_id: str | None) -> jwt.PyJWK | None:
        if key_id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(key_id)

    @property
    def _age(self) -> float:
        return self.clock.monotonic() - self._fetched_at

    async def _renew(self) -> None:
        """Ask the issuer for its keys, unless that was tried a moment ago. Raise Refused without any keys to go on."""
        tried_at = self._tried_at
        async with self._fetching:
            if self._tried_at == tried_at and self.clock.monotonic() - tried_at >= FETCH_PAUSE:
                try:
                    self._keys = await self._fetch_keys()
                    self._fetched_at = self.clock.monotonic()
                except IssuerAway as away:
                    log.warning("the keys of %s cannot be had: %s", self.oidc.issuer, away)
                self._tried_at = self.clock.monotonic()
        if self._age > KEYS_KEPT:
            message = "Access tokens cannot be checked: the login of this server cannot be reached"
            raise Refused(503, message, retry_after=round(FETCH_PAUSE))

    async def _fetch_keys(self) -> Mapping[str | None, jwt.PyJWK]:
        described = await self.fetch(self.oidc.issuer.rstrip("/") + DISCOVERY)
        named = described.get("issuer") if isinstance(described, dict) else None
        if named != self.oidc.issuer:
            raise IssuerAway(
                f"it calls itself {str(named)[:200]!r}, which VIDEOGEN_MCP_OIDC_ISSUER must be to the letter"
            )
        address = described.get("jwks_uri")
        if not isinstance(address, str) or not _is_safe(address):
            raise IssuerAway("it names no https address of its keys (jwks_uri)")
        try:
            published = jwt.PyJWKSet.from_dict(await self.fetch(address)).keys
        except (jwt.PyJWTError, AttributeError, TypeError, ValueError) as fault:
            raise IssuerAway(f"its keys cannot be read ({type(fault).__name__})") from None
        keys = {
            key.key_id: key
            for key in published
            if key.public_key_use in (None, "sig") and key.algorithm_name in ALGORITHMS
        }
        if not keys:
            raise IssuerAway(f"it publishes no key for {' or '.join(ALGORITHMS)}")
        return keys


def fetcher(pools: Pools) -> Fetch:
    """Return what fetches JSON by the connections of `pools`, in bounded time and size."""

    async def fetch(address: str) -> Any:
        body = bytearray()
        try:
            with anyio.fail_after(FETCH_SECONDS):
                async with pools.client(httpx.URL(address)).stream("GET", address) as response:
                    if response.status_code != 200:
                        raise IssuerAway(f"{address} answered {response.status_code}")
                    async for piece in response.aiter_bytes():
                        body += piece
                        if len(body) > LARGEST_DOCUMENT:
                            raise IssuerAway(f"{address} answered with more than {LARGEST_DOCUMENT} bytes")
            return json.loads(body)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, VideoGenError) as fault:
            why = cause_of(fault, FETCH_SECONDS).words if isinstance(fault, httpx.HTTPError) else str(fault)
            raise IssuerAway(f"{address} does not answer ({why or 'no answer in time'})") from None
        except (ValueError, RecursionError):
            raise IssuerAway(f"{address} answered with something else than JSON") from None

    return fetch


def _is_safe(address: str) -> bool:
    """Return whether nobody on the way can exchange what comes from an address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def _words(fault: Exception) -> str:
    """Return what is wrong with a token; nothing of it is shown."""
    if isinstance(fault, jwt.ExpiredSignatureError):
        return "The access token has expired"
    if isinstance(fault, jwt.InvalidAudienceError):
        return "The access token is meant for another application (aud)"
    if isinstance(fault, jwt.InvalidIssuerError):
        return "The access token comes from another issuer (iss)"
    if isinstance(fault, jwt.MissingRequiredClaimError):
        return f"The access token lacks {fault.claim}"
    if isinstance(fault, jwt.ImmatureSignatureError):
        return "The access token is not valid yet"
    if isinstance(fault, jwt.InvalidSignatureError):
        return "The access token's signature is not that of its issuer"
    return "The bearer token is none that this server takes"
