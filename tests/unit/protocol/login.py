"""A company's login for tests: an OpenID provider with real keys, which is a transport of httpx."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import anyio
import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER = "https://login.example"
AUDIENCE = "https://videogen.example/mcp"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(name: str = "r") -> rsa.RSAPrivateKey:
    """The private key of a name; making one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    """A private key for ES256."""
    return ec.generate_private_key(ec.SECP256R1())


def public(key: Key, key_id: str | None) -> dict[str, Any]:
    """The entry of a key in the provider's key set."""
    if isinstance(key, rsa.RSAPrivateKey):
        entry = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        entry = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**entry, "use": "sig", **({"kid": key_id} if key_id else {})}


@dataclass
class Provider(httpx.AsyncBaseTransport):
    """The provider. `keys` is its key set, `away` whether it cannot be reached; `asked` are the requests it saw."""

    keys: list[dict[str, Any]] = field(default_factory=lambda: [public(rsa_key(), "r"), public(ec_key(), "e")])
    described: dict[str, Any] = field(default_factory=lambda: {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"})
    away: bool = False
    asked: list[str] = field(default_factory=list)
    hangs: anyio.Event | None = None
    """Until then it does not answer."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as a provider does."""
        self.asked.append(str(request.url))
        if self.hangs is not None:
            await self.hangs.wait()
        if self.away:
            raise httpx.ConnectError("away", request=request)
        if request.url.path == "/.well-known/openid-configuration":
            return httpx.Response(200, json=self.described)
        if request.url.path == "/keys":
            return httpx.Response(200, content=json.dumps({"keys": self.keys}))
        return httpx.Response(404)


def token(key: Key | None = None, algorithm: str = "RS256", key_id: str | None = "r", **claims: Any) -> str:
    """An access token; `claims` replace those of a good one, None takes one out."""
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "scope": "videogen:run", "exp": int(time.time()) + 300}
    payload = {name: value for name, value in {**good, **claims}.items() if value is not None}
    return jwt.encode(payload, key or rsa_key(), algorithm=algorithm, headers={"kid": key_id} if key_id else {})
