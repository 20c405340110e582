"""URLs that carry their own permission: signed for one rendition of one file, until a timestamp."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import quote

ASSETS = "assets"
"""What stands for the rendition in URLs of a project's assets: one permission for all of them, as with HLS."""

_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)
_TOKEN = re.compile(r"(\d{1,15})-([\w-]{43})", re.ASCII)


class BadSignature(Exception):
    """The signature is not one of this sandbox for that URL."""


class Expired(Exception):
    """The URL has expired; `at` is when, in Unix seconds."""

    def __init__(self, at: int) -> None:
        super().__init__(str(at))
        self.at = at


@dataclass(frozen=True)
class Links:
    """Makes and checks URLs under `base_url`.

    The signature is in the path, before the file's name: the segments of an HLS playlist are relative to it and so
    are covered by the same permission.
    """

    secret: bytes
    base_url: str

    def media(self, file_id: str, rendition: str, name: str, expires: int) -> str:
        """Return the URL of a rendition ("download", "preview", "thumbnail", "hls") until `expires` (Unix seconds)."""
        token = self._token(f"{file_id}/{rendition}", expires)
        return f"{self.base_url}/signed/{token}/{file_id}/{rendition}/{quote(name)}"

    def public(self, file_id: str, rendition: str, name: str) -> str:
        """Return the permanent URL of a file with public preview."""
        return f"{self.base_url}/public/{file_id}/{rendition}/{quote(name)}"

    def upload(self, file_id: str, expires: int) -> str:
        """Return where the bytes of a new file are put, until `expires` (Unix seconds)."""
        return f"{self.base_url}/upload/{self._token(f'{file_id}/upload', expires)}/{file_id}"

    def page(self, file_id: str) -> str:
        """Return the URL of the page that shows a file."""
        return f"{self.base_url}/media/{file_id}"

    def project(self, project_id: str) -> str:
        """Return the URL of the page that shows a project."""
        return f"{self.base_url}/projects/{project_id}"

    def asset(self, project_id: str, name: str, expires: int) -> str:
        """Return the URL of an asset of a project until `expires` (Unix seconds)."""
        return self.media(project_id, ASSETS, name, expires)

    def presenter(self, slug: str, picture: str) -> str:
        """Return the URL of a picture of a presenter: portrait.png, thumbnail.png or preview.mp4."""
        return f"{self.base_url}/presenters/{slug}/{picture}"

    def check(self, token: str, file_id: str, rendition: str, now: float) -> None:
        """Raise BadSignature, or Expired when `now` (Unix seconds) is not before the token's time."""
        match = _TOKEN.fullmatch(token)
        if not match:
            raise BadSignature
        expires = int(match[1])
        if not hmac.compare_digest(token, self._token(f"{file_id}/{rendition}", expires)):
            raise BadSignature
        if now >= expires:
            raise Expired(expires)

    def _token(self, what: str, expires: int) -> str:
        digest = hmac.new(self.secret, f"{what}\n{expires}".encode(), hashlib.sha256).digest()
        return f"{expires}-{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def file_name(display_name: str, suffix: str) -> str:
    """Return the last part of a URL that keeps the display name readable: "A red pear" → "A-red-pear.png"."""
    stem = _UNSAFE.sub("-", display_name.removesuffix(suffix)).strip("-.")[:60].rstrip("-.")
    return (stem or "file") + suffix
