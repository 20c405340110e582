"""Who calls over HTTP: what the headers of a request say, and for which account it is made.

There are three ways to say who one is, all of them in every request:

- a VideoGen key of one's own in X-VideoGen-Api-Key; it always decides the account,
- a token of this server (VIDEOGEN_MCP_HTTP_TOKEN) as a bearer token: the server's own key is spent,
- an access token of the company's login (OpenID Connect), likewise.

Where neither tokens nor a login are configured there is no MCP authorization, and a bearer token is a VideoGen key.
Nothing of these is stored or logged, and no token is ever sent on to VideoGen.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from videogen_mcp import setting_values
from videogen_mcp.calls.messages import KEYS_PAGE
from videogen_mcp.calls.upstream import Account, account_of
from videogen_mcp.protocol.oidc import Login
from videogen_mcp.protocol.refusals import Refused, bad_credentials, bad_request, no_credentials
from videogen_mcp.setting_values import Fault
from videogen_mcp.settings import Settings

KEY_HEADER = "X-VideoGen-Api-Key"

LONGEST_KEY = 512
"""Characters. VideoGen's keys have some fifty."""

LONGEST_TOKEN = 8_192
"""Characters: access tokens of companies that put every group of a person into them have some thousands."""

SECRET_PARAMETERS = frozenset({"access_token", "api_key", "apikey", "api-key", "key", "token", KEY_HEADER.lower()})
"""Query parameters by which other services take keys. Addresses are kept in logs and histories, so we do not."""

FINGERPRINT = 8
"""Characters that tell tokens without a label apart in logs and limits."""


@dataclass(frozen=True)
class Callers:
    """Finds out for which account requests are made."""

    settings: Settings
    login: Login | None

    @property
    def takes_bearer_keys(self) -> bool:
        """Whether a bearer token is a VideoGen key: there is no MCP authorization."""
        return not self.settings.http_tokens and self.login is None

    async def account(self, request: HTTPConnection) -> Account | None:
        """Return for which account a request is made; None when it names none. Raise Refused for credentials that are
        wrong, malformed, or several at once."""
        headers, query = request.headers, request.query_params
        if SECRET_PARAMETERS.intersection(name.lower() for name in query):
            raise bad_request(f"Keys and tokens are taken from headers only, since addresses are logged: {self.ways}")
        bearer = _bearer(headers)
        keys = headers.getlist(KEY_HEADER)
        subject = None
        if bearer is not None and self.takes_bearer_keys:
            keys.append(bearer)
        elif bearer is not None:
            subject = await self._subject(bearer)
        if keys:
            key = _key(keys)
            origin = request.client.host if request.client else None
            return Account(account_of(self.settings.base_url, key), key, origin=origin)
        if subject is None:
            return None
        own = self.settings.api_key
        if own is None:
            raise no_credentials(f"This server has no VideoGen key of its own; send yours in {KEY_HEADER} as well")
        return Account(account_of(self.settings.base_url, own), own, subject)

    @property
    def ways(self) -> str:
        """How to say who one is, as a sentence without its end."""
        if self.takes_bearer_keys:
            return f"send your VideoGen key in the header {KEY_HEADER}, or as Authorization: Bearer"
        token = "an access token" if self.login is not None else "a token of this server"
        return f"send {token} as Authorization: Bearer, or a VideoGen key of your own in the header {KEY_HEADER}"

    def nobody(self) -> Refused:
        """Return the refusal of a request that does not say who calls."""
        return no_credentials(f"Who calls is not said: {self.ways}")

    async def _subject(self, token: str) -> str:
        if len(token) <= LONGEST_TOKEN:
            if (subject := self._subject_of_ours(token)) is not None:
                return subject
            if self.login is not None:
                return await self.login.subject(token)
        raise bad_credentials("The bearer token is none that this server takes")

    def _subject_of_ours(self, token: str) -> str | None:
        """Return who has a token of ours. All are compared, each in constant time."""
        digest = hashlib.sha256(token.encode()).digest()
        found = None
        for ours in self.settings.http_tokens:
            expected = hashlib.sha256(ours.value.encode()).digest()
            if hmac.compare_digest(digest, expected):
                found = f"token:{ours.label or expected.hex()[:FINGERPRINT]}"
        return found


def _bearer(headers: Headers) -> str | None:
    """Return the bearer token; other schemes are of no concern here. Raise Refused for several, or an empty one."""
    given = [one.strip().partition(" ") for one in headers.getlist("authorization")]
    tokens = {token.strip() for scheme, _, token in given if scheme.lower() == "bearer"}
    if len(tokens) > 1:
        raise bad_request("Several different bearer tokens came with one request; send one")
    if "" in tokens:
        raise bad_credentials("Authorization: Bearer came without a token")
    return tokens.pop() if tokens else None


def _key(given: Iterable[str]) -> str:
    """Return the one VideoGen key that came. Raise Refused for a malformed one, or several."""
    different = set(given)
    if len(different) > 1:
        raise bad_request("Several different VideoGen keys came with one request; send one")
    text = different.pop()
    try:
        if not text.strip():
            raise Fault("is empty")
        if len(text) > LONGEST_KEY:
            raise Fault("is longer than any key")
        if not text.isprintable():
            raise Fault("holds characters that no key has (a line break, for example)")
        return setting_values.key(text)
    except Fault as fault:
        raise bad_credentials(f"The VideoGen key {fault}; keys are made at {KEYS_PAGE}") from None
