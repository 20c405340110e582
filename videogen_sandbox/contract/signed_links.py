"""URLs that carry their own permission: signed for one rendition of one file, until a timestamp."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

ASSETS = "assets"
"""What stands for the rendition in URLs of a project's assets: one permission for all of them, as with HLS."""

SHOWN = ("preview", "thumbnail")
"""Renditions whose URLs are short, as every answer that an agent reads has one: below the page of their file."""

TAG_BYTES = 8
"""NIST SP 800-107 allows signatures of 64 bits where each guess has to be tried at the server."""

LATEST = 2**32 - 1
"""The last second (of 2106) that a token of 16 characters can hold."""

_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)
_TOKEN = re.compile(r"[\w-]{16}", re.ASCII)
_FORMER_TOKEN = re.compile(r"(\d{1,15})-([\w-]{43})", re.ASCII)
"""As version 0.1 signed."""


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
        if rendition in SHOWN:
            return f"{self.page(file_id)}/{token}{PurePosixPath(name).suffix}"
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
        what = f"{file_id}/{rendition}"
        if _TOKEN.fullmatch(token):
            expires = int.from_bytes(base64.urlsafe_b64decode(token)[:-TAG_BYTES], "big")
            signed = self._token(what, expires)
        elif former := _FORMER_TOKEN.fullmatch(token):
            expires = int(former[1])
            signed = f"{expires}-{_text(self._digest(what, expires))}"
        else:
            raise BadSignature
        if not hmac.compare_digest(token, signed):
            raise BadSignature
        if now >= expires:
            raise Expired(expires)

    def shown(self, token: str, file_id: str, now: float) -> str:
        """Return which of SHOWN a token is for. Raise BadSignature or Expired as `check` does."""
        for rendition in SHOWN:
            try:
                self.check(token, file_id, rendition, now)
            except BadSignature:
                continue
            return rendition
        raise BadSignature

    def _token(self, what: str, expires: int) -> str:
        expires = min(expires, LATEST)
        return _text(expires.to_bytes(4, "big") + self._digest(what, expires)[:TAG_BYTES])

    def _digest(self, what: str, expires: int) -> bytes:
        return hmac.new(self.secret, f"{what}\n{expires}".encode(), hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def file_name(display_name: str, suffix: str) -> str:
    """Return the last part of a URL that keeps the display name readable: "A red pear" → "A-red-pear.png"."""
    stem = _UNSAFE.sub("-", display_name.removesuffix(suffix)).strip("-.")[:60].rstrip("-.")
    return (stem or "file") + suffix
